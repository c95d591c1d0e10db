"""A model as frozen data: everything that its queries need, worked out once.

A model is made from what the module described. Its fields carry the SQL of each
place where a field can stand, and the model the fixed parts of its statements, so
that serving a query looks up and joins texts, and reflects on nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from eerp.orm.fields import SqlType, WrongValue, quote, sql_type

__all__ = [
    "SYSTEM_COLUMNS", "Change", "Field", "Model", "Reference", "Sql", "select_list",
]  # fmt: skip

SYSTEM_COLUMNS: Mapping[str, tuple[str, bool]] = MappingProxyType(
    {
        "id": ("uuid", False),
        "version": ("integer", False),
        "created_at": ("timestamptz", False),
        "created_by": ("uuid", True),
        "updated_at": ("timestamptz", False),
        "updated_by": ("uuid", True),
        "deleted_at": ("timestamptz", True),
    }
)
"""The columns that the core adds to each table: type, and whether it may be null."""


@frozen
class Reference:
    """The model that a field's ids belong to."""

    module: str
    model: str


@frozen(eq=False)
class Field:
    """One field. `column` is its column, `json` what a record shows of it, `shown` the
    same under its name.

    `value` is the placeholder of a value to store, `operand` that of a value to
    compare with, `operands` that of several.
    """

    name: str
    type: SqlType
    nullable: bool = True
    label: str = ""
    max_length: int | None = None
    values: tuple[str, ...] | None = None
    format: str | None = None
    default: Any = None
    references: Reference | None = None
    readonly: bool = False
    qualifier: str = "t."
    column: str = field(init=False)
    json: str = field(init=False)
    shown: str = field(init=False)
    value: str = field(init=False)
    assignment: str = field(init=False)
    operand: str = field(init=False)
    operands: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        name, put = quote(self.name), object.__setattr__
        put(self, "column", f"{self.qualifier}{name}")
        put(self, "json", self.type.shown.format(self.column))
        put(self, "shown", f"{self.json} AS {name}")
        put(self, "value", f"%s::{self.type.name}")
        put(self, "assignment", f"{name} = %s::{self.type.name}")
        put(self, "operand", f"%s::{self.type.operand}")
        put(self, "operands", f"%s::{self.type.operand}[]")

    def encode(self, value: Any) -> str | None:
        """The text to bind for a value to store. Raises `WrongValue`."""
        if value is None:
            if not self.nullable:
                raise WrongValue("required", "may not be null")
            return None
        text = self.type.encode(value)
        if self.max_length is not None and len(text) > self.max_length:
            message = f"has more than {self.max_length} characters"
            raise WrongValue("max_length", message)
        if self.values is not None and text not in self.values:
            raise WrongValue("enum", f"must be one of {', '.join(self.values)}")
        return text


@frozen
class Change:
    """The fixed parts of an UPDATE; what it sets stands between.

    `plain` takes the record as it is, `guarded` only at the version that is named.
    Both answer (record, version); when the guard refused, the record is null. To
    tell that from a record that is not there costs no second round trip.
    """

    plain: tuple[str, str]
    guarded: tuple[str, str]


@frozen
class Sql:
    """The texts of a model's statements; `create` lacks names and placeholders."""

    get: str
    create: tuple[str, str, str]
    update: Change
    restore: Change


@frozen(eq=False)
class Model:
    """One model. `fields` has the columns of the core too, `own` only the others.

    `table` is its SQL name, `columns` the SELECT list of a record with the table as
    ``t``; `required` are the fields that a new record cannot go without.
    """

    module: str
    name: str
    title: str
    plural: str
    display: str | None
    order: tuple[tuple[str, str], ...]
    own: Mapping[str, Field]
    fields: Mapping[str, Field] = field(init=False)
    required: tuple[str, ...] = field(init=False)
    table: str = field(init=False)
    columns: str = field(init=False)
    sql: Sql = field(init=False)

    def __attrs_post_init__(self) -> None:
        put = object.__setattr__
        core = {name: _system_field(name) for name in SYSTEM_COLUMNS}
        fields = {"id": core.pop("id"), **self.own, **core}
        table = f"{quote(self.module)}.{quote(self.name)}"
        columns = select_list(fields.values())
        put(self, "fields", MappingProxyType(fields))
        put(self, "required", tuple(filter(self._is_required, self.own)))
        put(self, "table", table)
        put(self, "columns", columns)
        put(self, "sql", _sql(table, columns))

    def _is_required(self, name: str) -> bool:
        own = self.own[name]
        return not own.nullable and own.default is None


# ruff: noqa: S608  # the SQL below is joined of checked identifiers

_TOUCH = '"updated_at" = now(), "updated_by" = %s::uuid, "version" = t."version" + 1'


def _sql(table: str, columns: str) -> Sql:
    record = f"(SELECT row_to_json(r) FROM (SELECT {columns}) AS r)::text"
    return Sql(
        get='SELECT row_to_json(r)::text, r."version" FROM '
        f'(SELECT {columns} FROM {table} AS t WHERE t."id" = %s::uuid '
        'AND t."deleted_at" IS NULL) AS r',
        create=(
            f"INSERT INTO {table} AS t (",
            '"created_by", "updated_by") VALUES (',
            f'%s::uuid, %s::uuid) RETURNING {record}, t."version", t."id"::text',
        ),
        update=_change(table, columns, record, "IS NULL"),
        restore=_change(table, columns, record, "IS NOT NULL"),
    )


def _change(table: str, columns: str, record: str, deleted: str) -> Change:
    head = f"UPDATE {table} AS t SET "
    here = f't."id" = %s::uuid AND t."deleted_at" {deleted}'
    return Change(
        plain=(head, f'{_TOUCH} WHERE {here} RETURNING {record}, t."version"'),
        guarded=(
            f"WITH changed AS ({head}",
            f'{_TOUCH} WHERE {here} AND t."version" = %s::integer RETURNING t.*) '
            'SELECT row_to_json(r)::text, r."version" '
            f"FROM (SELECT {columns} FROM changed AS t) AS r UNION ALL "
            f'SELECT NULL, t."version" FROM {table} AS t WHERE {here} '
            "AND NOT EXISTS (SELECT FROM changed)",
        ),
    )


def select_list(fields: Iterable[Field]) -> str:
    """What `fields` show, as a SELECT list."""
    return ", ".join(shown.shown for shown in fields)


def _system_field(name: str) -> Field:
    declared, nullable = SYSTEM_COLUMNS[name]
    kind = sql_type(declared)
    assert kind is not None
    return Field(name, kind, nullable, readonly=True)
