"""A model as frozen data: everything that its queries need, worked out once.

A model is made from what the module described. Its fields carry the SQL of each
place where a field can stand, and the model the fixed parts of its statements, so
that serving a query looks up and joins texts, and reflects on nothing.

While modules load, a model is completed: by its relations, and by the fields that
later modules keep of it in tables of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from attrs import evolve, field, frozen

from eerp.orm.fields import SqlType, WrongValue, quote, sql_type

__all__ = [
    "EXTENSIONS", "SYSTEM_COLUMNS", "Change", "Extension", "Field", "Model",
    "Reference", "Relation", "Rule", "Sql", "extensions_column", "select_list",
]  # fmt: skip

EXTENSIONS = "extensions"
"""Under this name a record shows what other modules keep of it."""

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


@frozen
class Rule:
    """A record rule: what users with `role` may do the `operations` with.

    `where` is a condition as JSON, in which a value may be of the caller; None allows
    every record.
    """

    role: str
    operations: frozenset[str]
    where: Any = None


@frozen(eq=False)
class Relation:
    """A way to records of `model`: to one, by a field of ours, or to many, by a field
    of theirs."""

    name: str
    many: bool
    field: str
    model: Model


@frozen(eq=False)
class Field:
    """One field. `column` is its column, `json` what a record shows of it, `shown` the
    same under its name.

    `value` is the placeholder of a value to store, `operand` that of a value to
    compare with, `operands` that of several. `listed`, `marked` and `assigned` are its
    parts of an INSERT and an UPDATE, each with a comma at its end. `read` and `write`
    are the permissions that reading and setting it take. A field of an extension has a
    dotted name, and `source`, the table that keeps it.
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
    read: str | None = None
    write: str | None = None
    computed: bool = False
    currency: str | None = None
    source: str | None = None
    column: str = field(init=False)
    json: str = field(init=False)
    shown: str = field(init=False)
    value: str = field(init=False)
    listed: str = field(init=False)
    marked: str = field(init=False)
    assigned: str = field(init=False)
    operand: str = field(init=False)
    operands: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        name, put = quote(self.name.rpartition(".")[2]), object.__setattr__
        put(self, "column", self._column(name))
        put(self, "json", self.type.shown.format(self.column))
        put(self, "shown", f"{self.json} AS {name}")
        put(self, "value", f"%s::{self.type.name}")
        put(self, "listed", f"{name}, ")
        put(self, "marked", f"%s::{self.type.name}, ")
        put(self, "assigned", f"{name} = %s::{self.type.name}, ")
        put(self, "operand", f"%s::{self.type.operand}")
        put(self, "operands", f"%s::{self.type.operand}[]")

    def _column(self, name: str) -> str:
        if self.source is None:
            return f"{self.qualifier}{name}"
        ours = f'x."id" = {self.qualifier}"id"'
        return f"(SELECT x.{name} FROM {self.source} AS x WHERE {ours})"

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
class Extension:
    """What `module` keeps of the records of another's model, in a table of its own,
    called `name`, in SQL `table`. `fields` have the table as ``x``; `guarded` are the
    references among them to models that are limited."""

    module: str
    name: str
    fields: Mapping[str, Field]
    guarded: Mapping[str, Model] = MappingProxyType({})
    table: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        table = f"{quote(self.module)}.{quote(self.name)}"
        object.__setattr__(self, "table", table)


@frozen(eq=False)
class Model:
    """One model. `fields` has the columns of the core too, and the fields of
    extensions by their dotted names; `own` has only what the module described.

    `table` is its SQL name, `columns` the SELECT list of a record with the table as
    ``t``; `required` are the fields that a new record cannot go without. `limited`
    says that some records or fields are not for everybody. `guarded` are the
    references to models of which that is so. `simple` says that neither is the case,
    and that no other module keeps anything of it. `settable` are the fields that the
    values of a record may name.
    """

    module: str
    name: str
    title: str
    plural: str
    display: str | None
    order: tuple[tuple[str, str], ...]
    own: Mapping[str, Field]
    company: str | None = None
    rules: tuple[Rule, ...] = ()
    fields: Mapping[str, Field] = field(init=False)
    relations: Mapping[str, Relation] = field(init=False, factory=dict)
    extensions: Mapping[str, Extension] = field(init=False, factory=dict)
    guarded: Mapping[str, Model] = field(init=False, factory=dict)
    settable: Mapping[str, Field] = field(init=False)
    limited: bool = field(init=False)
    simple: bool = field(init=False)
    required: tuple[str, ...] = field(init=False)
    table: str = field(init=False)
    columns: str = field(init=False)
    sql: Sql = field(init=False)
    views: dict[Any, Any] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        put = object.__setattr__
        put(self, "table", f"{quote(self.module)}.{quote(self.name)}")
        put(self, "required", tuple(filter(self._is_required, self.own)))
        settable = {name: f for name, f in self.own.items() if not f.computed}
        put(self, "settable", settable)
        self._complete()

    def _is_required(self, name: str) -> bool:
        own = self.own[name]
        return not (own.nullable or own.computed or name == self.company) and (
            own.default is None
        )

    def relate(
        self, relations: Mapping[str, Relation], guarded: Mapping[str, Model]
    ) -> None:
        """Set the relations, and the references to models that are limited."""
        object.__setattr__(self, "relations", MappingProxyType(dict(relations)))
        object.__setattr__(self, "guarded", MappingProxyType(dict(guarded)))
        self._simplify()

    def extend(self, extension: Extension) -> None:
        """Add what another module keeps of the records."""
        extensions = {**self.extensions, extension.module: extension}
        object.__setattr__(self, "extensions", MappingProxyType(extensions))
        self._complete()

    def _complete(self) -> None:
        put = object.__setattr__
        core = {name: _system_field(name) for name in SYSTEM_COLUMNS}
        fields = {"id": core.pop("id"), **self.own, **core}
        columns = select_list(fields.values())
        if self.extensions:
            columns += f", {extensions_column('t', self.extensions)}"
            fields |= self._outer_fields()
        limits = any(each.read or each.write for each in fields.values())
        put(self, "fields", MappingProxyType(fields))
        put(self, "limited", bool(limits or self.rules or self.company))
        self._simplify()
        put(self, "columns", columns)
        put(self, "sql", _sql(self.table, columns))
        # What was worked out of the model before is out of date.
        self.views.clear()

    def _simplify(self) -> None:
        simple = not (self.limited or self.guarded or self.extensions)
        object.__setattr__(self, "simple", simple)

    def _outer_fields(self) -> dict[str, Field]:
        outer = {}
        for extension in self.extensions.values():
            for name, inner in extension.fields.items():
                place = f"{EXTENSIONS}.{extension.module}"
                outer[f"{place}.{name}"] = evolve(
                    inner,
                    name=f"{place}.{name}",
                    qualifier="t.",
                    source=extension.table,
                    nullable=True,
                    currency=inner.currency and f"{place}.{inner.currency}",
                )
        return outer


# ruff: noqa: S608  # the SQL below is joined of checked identifiers

_TOUCH = '"updated_at" = now(), "updated_by" = %s::uuid, "version" = t."version" + 1'


def _sql(table: str, columns: str) -> Sql:
    # No field is called like these aliases, which begin with an underscore.
    record = f"(SELECT row_to_json(_r) FROM (SELECT {columns}) AS _r)::text"
    return Sql(
        get='SELECT row_to_json(_r)::text, _r."version" FROM '
        f'(SELECT {columns} FROM {table} AS t WHERE t."id" = %s::uuid '
        'AND t."deleted_at" IS NULL) AS _r',
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
            'SELECT row_to_json(_r)::text, _r."version" '
            f"FROM (SELECT {columns} FROM changed AS t) AS _r UNION ALL "
            f'SELECT NULL, t."version" FROM {table} AS t WHERE {here} '
            "AND NOT EXISTS (SELECT FROM changed)",
        ),
    )


def select_list(fields: Iterable[Field]) -> str:
    """What `fields` show, as a SELECT list."""
    return ", ".join([shown.shown for shown in fields])


def extensions_column(
    alias: str,
    extensions: Mapping[str, Extension],
    sources: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The column of a record that holds an object for each of `extensions`, or null
    where its table holds nothing. It is read from `sources`, by module, instead where
    the statement itself writes it."""
    objects = ", ".join(
        f"(SELECT row_to_json(_e) FROM (SELECT {select_list(each.fields.values())} "
        f'FROM {sources.get(each.module, each.table)} AS x WHERE x."id" = {alias}."id")'
        f" AS _e) AS {quote(each.module)}"
        for each in extensions.values()
    )
    return (
        f"(SELECT row_to_json(_m) FROM (SELECT {objects}) AS _m) AS {quote(EXTENSIONS)}"
    )


def _system_field(name: str) -> Field:
    declared, nullable = SYSTEM_COLUMNS[name]
    kind = sql_type(declared)
    assert kind is not None
    return Field(name, kind, nullable, readonly=True)
