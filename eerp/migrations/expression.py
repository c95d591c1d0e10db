"""What a computed column is computed of: an expression tree, in SQL; pure.

Only what PostgreSQL calls immutable is in the language: a generated column is stored,
and must not depend on a setting or on the time. Numbers are computed as `numeric`, so
that nothing overflows on the way to the column's own type.
"""

from __future__ import annotations

from typing import Any, NoReturn

from attrs import Factory, define, frozen

from eerp.limits import EXPRESSION_DEPTH_MAX, EXPRESSION_PARTS_MAX
from eerp.migrations.replay import Computed, Table
from eerp.orm.document import Document
from eerp.orm.fields import SqlType, WrongValue, literal, quote, sql_type
from eerp.orm.model import Field

__all__ = ["read_expression"]

_SIGNS = {"add": " + ", "sub": " - ", "mul": " * "}
_JOINS = (*_SIGNS, "concat", "coalesce")
# Their text is the same whatever a session's settings are.
_SPELT = frozenset({"text", "number", "uuid", "boolean"})


def read_expression(table: Table, document: Document, column: Field) -> Computed:
    """The expression under `computed` of a column that is put into `table`."""
    reader = _Reader(table, document)
    part = reader.read(document.value["computed"], EXPRESSION_DEPTH_MAX)
    kind = _kind(column.type)
    sql = reader.as_kind(part, kind, column.type)
    if kind == "number":
        sql = f"{sql}::{column.type.name}"
    return Computed(sql, frozenset(reader.columns))


@frozen
class _Part:
    """A part of an expression, in SQL; `kind` is a type, or ``number``.

    What a constant is depends on what it stands beside: it has no SQL yet.
    """

    kind: str
    sql: str = ""
    type: SqlType | None = None
    constant: Any = None


def _kind(type_: SqlType) -> str:
    base, _, rest = type_.name.partition("(")
    number = base in ("integer", "bigint", "numeric") and not rest.endswith("[]")
    return "number" if number else type_.name


@define
class _Reader:
    """Reads one tree."""

    table: Table
    document: Document
    columns: list[str] = Factory(list)
    left: int = EXPRESSION_PARTS_MAX

    def read(self, value: object, depth: int) -> _Part:
        """A part, and what is below it."""
        self.left -= 1
        if depth == 0 or self.left < 0:
            self.refuse(
                f"more than {EXPRESSION_PARTS_MAX} parts, or parts nested more than "
                f"{EXPRESSION_DEPTH_MAX} deep"
            )
        if not isinstance(value, dict) or len(value) != 1:
            self.refuse("what is not one of field, value or an operation")
        ((word, given),) = value.items()
        if word == "field":
            return self._field(given)
        if word == "value" and given is not None:
            return _Part("constant", constant=given)
        if word in ("lower", "upper"):
            text = self.as_kind(self.read(given, depth - 1), "text")
            return _Part("text", f"{word}({text})")
        if word not in _JOINS:
            known = ", ".join(("field", "value", "lower", "upper", *_JOINS))
            self.refuse(f"something else than {known}")
        return self._joined(word, self._parts(word, given, depth))

    def refuse(self, what: str) -> NoReturn:
        """Refuse the column."""
        self.document.refuse(f"is computed of {what}")

    def _parts(self, word: str, parts: object, depth: int) -> list[_Part]:
        if not isinstance(parts, list) or len(parts) <= 1:
            self.refuse(f"{word} of what is not a list of at least two parts")
        return [self.read(part, depth - 1) for part in parts]

    def _field(self, name: object) -> _Part:
        column = self.table.columns.get(name) if isinstance(name, str) else None
        if column is None:
            known = ", ".join(self.table.columns)
            self.refuse(f"{name!r}, which is no column before it: {known}")
        if column.name in self.table.computed:
            self.refuse(f"{name!r}, which is computed itself")
        self.columns.append(column.name)
        kind, sql = _kind(column.type), quote(column.name)
        if kind == "number" and column.type.name != "numeric":
            sql = f"{sql}::numeric"
        return _Part(kind, sql, column.type)

    def _joined(self, word: str, parts: list[_Part]) -> _Part:
        if word == "concat":
            return self._concat(parts)
        if word == "coalesce":
            return self._coalesce(parts)
        return self._arithmetic(word, parts)

    def _arithmetic(self, word: str, parts: list[_Part]) -> _Part:
        texts = [self.as_kind(part, "number") for part in parts]
        return _Part("number", f"({_SIGNS[word].join(texts)})")

    def _concat(self, parts: list[_Part]) -> _Part:
        texts = []
        for part in parts:
            known = "text" if part.kind == "constant" else part.kind
            if known not in _SPELT:
                self.refuse(f"the text of a {known}, which depends on settings")
            sql = self.as_kind(part, known)
            texts.append(sql if known == "text" else f"{sql}::text")
        return _Part("text", f"({' || '.join(texts)})")

    def _coalesce(self, parts: list[_Part]) -> _Part:
        """Its kind is that of the first part that is no constant."""
        first = next((part for part in parts if part.kind != "constant"), None)
        if first is None:
            self.refuse("coalesce of constants alone")
        texts = [self.as_kind(part, first.kind, first.type) for part in parts]
        return _Part(first.kind, f"coalesce({', '.join(texts)})", first.type)

    def as_kind(self, part: _Part, kind: str, type_: SqlType | None = None) -> str:
        """The SQL of a part that must be of a kind."""
        if part.kind == "constant":
            return self._constant(part.constant, kind, type_)
        if part.kind != kind:
            self.refuse(f"a {part.kind} where a {kind} must be")
        return part.sql

    def _constant(self, value: Any, kind: str, type_: SqlType | None) -> str:
        number = sql_type("numeric(1000,500)")
        assert number is not None
        known = number if kind == "number" else type_ or sql_type(kind)
        assert known is not None
        try:
            text = known.encode(value)
        except WrongValue as wrong:
            self.refuse(f"the constant {value!r}, which {wrong.message}")
        return f"{literal(text)}::{'numeric' if kind == 'number' else known.name}"
