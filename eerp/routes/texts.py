"""Values that stand in an address: the parameters of a path, and of a query.

They come as texts. Each is read as the type that its JSON Schema names, and then they
are checked together against all of it, which is compiled once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from attrs import define, field, frozen

from eerp import limits
from eerp.errors import Fault
from eerp.schema import SchemaCheck, compile_schema

__all__ = ["NO_QUERY", "TextCheck", "compile_params", "compile_query"]

Where = Literal["path", "query"]
_Pairs = Iterable[tuple[str, str]]
_Read = Callable[[str], Any]

_INTEGER = re.compile(rf"-?[0-9]{{1,{limits.JSON_INTEGER_DIGITS_MAX}}}").fullmatch
_NUMBER = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?").fullmatch
_TRUTHS: Mapping[str, Any] = {"true": True, "false": False}
_READERS: Mapping[str, _Read] = {
    "string": str,
    "integer": lambda text: int(text) if _INTEGER(text) else text,
    "number": lambda text: float(text) if _NUMBER(text) else text,
    "boolean": lambda text: _TRUTHS.get(text, text),
}
_GROUPS = frozenset({"and", "or", "not.and", "not.or"})
_FILTER = "must be a filter that the field has, such as eq.value or not.is.null"
_GROUP = "must be a group of filters, such as (a.eq.1,b.gt.2)"


@frozen
class _Kind:
    """How the texts of one name are read; `many` may be there."""

    read: _Read
    many: bool


_FILTERS = _Kind(str, True)


@frozen(eq=False)
class TextCheck:
    """The parameters of a path or a query, with their compiled JSON Schema."""

    where: Where
    _check: SchemaCheck
    _kinds: Mapping[str, _Kind]

    @property
    def schema(self) -> dict[str, Any]:
        """The schema, that of an object with a property for each name."""
        schema = self._check.schema
        assert isinstance(schema, dict)
        return schema

    @property
    def filters(self) -> bool:
        """Whether there are names beside the known ones, which are filters."""
        return "patternProperties" in self.schema

    def faults(self, pairs: _Pairs) -> tuple[Fault, ...]:
        """What is wrong with the parameters; empty when they fit."""
        given = _Given(self.where, self._kinds)
        for name, text in pairs:
            given.take(name, text)
        if self._check.accepts(given.values):
            return tuple(given.faults)
        found = self._check.faults(given.values)
        return (*given.faults, *map(self._placed, found))

    def _placed(self, fault: Fault) -> Fault:
        """A fault of the value as one of what the client wrote."""
        name = fault.pointer.partition("/")[2]
        if fault.code == "unknown_field":
            words = "is an unknown parameter"
            return Fault(f"{self.where}/{name}", "unknown_parameter", words)
        name, _, _item = name.partition("/")
        if name not in self._kinds and fault.code == "pattern":
            words = _GROUP if name in _GROUPS else _FILTER
            return Fault(f"{self.where}/{name}", "format", words)
        return Fault(f"{self.where}{fault.pointer}", fault.code, fault.message)


@define
class _Given:
    """The parameters of one request, as far as they were read."""

    where: Where
    kinds: Mapping[str, _Kind]
    values: dict[str, Any] = field(factory=dict)
    faults: list[Fault] = field(factory=list)

    def take(self, name: str, text: str) -> None:
        """Read one parameter. What no name of the schema is, its patterns judge."""
        kind = self.kinds.get(name, _FILTERS)
        if kind.many:
            self.values.setdefault(name, []).append(kind.read(text))
        elif name in self.values:
            where = f"{self.where}/{name}"
            self.faults.append(Fault(where, "duplicate", "is there more than once"))
        else:
            self.values[name] = kind.read(text)


def compile_params(schemas: Mapping[str, Any]) -> TextCheck:
    """The check of a path's parameters, by their schemas. Raises ValueError, with what
    is wrong."""
    kinds = {name: _kind(name, schema) for name, schema in schemas.items()}
    many = [name for name, kind in kinds.items() if kind.many]
    if many:
        raise ValueError(f"{many[0]} is a list")
    schema = {"type": "object", "properties": dict(schemas)}
    return TextCheck("path", compile_schema(schema), kinds)


def compile_query(schema: Mapping[str, Any]) -> TextCheck:
    """The check of a query by its schema. Raises ValueError, likewise."""
    _refuse_open(schema)
    properties = schema.get("properties", {})
    kinds = {name: _kind(name, part) for name, part in properties.items()}
    patterns = schema.get("patternProperties", {})
    if len(patterns) > limits.QUERY_PATTERNS_MAX:
        # Each is tried on each parameter that is no property.
        raise ValueError(f"it has more than {limits.QUERY_PATTERNS_MAX} patterns")
    for pattern, part in patterns.items():
        filters = _kind(pattern, part)
        if not filters.many or filters.read is not str:
            raise ValueError(f"{pattern} is not a list of texts")
    # Without properties the validator names one unknown parameter, not all.
    return TextCheck("query", compile_schema({"properties": {}, **schema}), kinds)


def _refuse_open(schema: Mapping[str, Any]) -> None:
    """What takes any parameter checks none."""
    if schema.get("type") != "object":
        raise ValueError("it is not of type object")
    if schema.get("additionalProperties") is not False:
        raise ValueError("it does not say additionalProperties: false")
    for key in ("properties", "patternProperties"):
        if not isinstance(schema.get(key, {}), dict):
            raise ValueError(f"its {key} are not an object")


def _kind(name: str, schema: object) -> _Kind:
    many = isinstance(schema, dict) and schema.get("type") == "array"
    one = schema.get("items") if many and isinstance(schema, dict) else schema
    type_ = one.get("type") if isinstance(one, dict) else None
    read = _READERS.get(type_) if isinstance(type_, str) else None
    if read is None:
        kinds = ", ".join(_READERS)
        raise ValueError(f"{name} is none of {kinds}, nor a list of such")
    return _Kind(read, many)


NO_QUERY = compile_query({"type": "object", "additionalProperties": False})
"""The check where no parameter is taken."""
