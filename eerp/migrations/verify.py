"""What a module describes, compared with the tables there are."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from attrs import frozen

from eerp.database.catalog import Column, columns, triggers
from eerp.errors import DescriptionInvalid
from eerp.interfaces import Transaction
from eerp.orm.model import Field
from eerp.orm.registry import Described

__all__ = ["verify"]

_CATALOG_NAMES = {
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
}
_ALIVE = "CASE WHEN (deleted_at IS NULL) THEN true ELSE NULL::boolean END"
_AUDIT = {
    "eerp_audit_insert": "is not audited",
    "eerp_audit_update": "is not audited",
    "eerp_audit_delete": "is not audited",
}
_TRIGGERS = {**_AUDIT, "EERP_follow": "does not pass deletions on"}
"""The triggers that each table has, and what is true of one without."""


async def verify(transaction: Transaction, described: Described) -> None:
    """Compare what a module describes with the tables there are: its models, and what
    it keeps of those of others.

    Raises `DescriptionInvalid` for the first difference, naming model and field.
    """
    found = await _Found.of(transaction, described.module)
    for model in described.models:
        found.check("Model", model.name, model.fields, _TRIGGERS)
    for extension in described.extensions:
        found.check("Extension", extension.name, extension.fields, _AUDIT)


@frozen
class _Found:
    """What the catalogue has of a module."""

    module: str
    tables: Mapping[str, Mapping[str, Column]]
    triggers: Mapping[str, Container[str]]

    @classmethod
    async def of(cls, transaction: Transaction, module: str) -> _Found:
        return cls(
            module,
            await columns(transaction, module),
            await triggers(transaction, module),
        )

    def check(
        self,
        what: str,
        name: str,
        fields: Mapping[str, Field],
        wanted: Mapping[str, str],
    ) -> None:
        """Raise `DescriptionInvalid` for the first difference."""
        table = self.tables.get(name)
        if table is None:
            raise DescriptionInvalid(
                self.module, f"{what} {self.module}.{name} has no table."
            )
        for fault in _differences(fields, table):
            message = f"{what} {self.module}.{name}, field {fault}."
            raise DescriptionInvalid(self.module, message)
        for trigger, words in wanted.items():
            if trigger not in self.triggers.get(name, ()):
                raise DescriptionInvalid(
                    self.module,
                    f"The table {self.module}.{name} {words}: it has no trigger "
                    f"{trigger}, or that is off.",
                )


def _differences(
    fields: Mapping[str, Field], table: Mapping[str, Column]
) -> Iterator[str]:
    if "alive" in fields:
        yield "'alive' has a name that the core keeps for itself"
    if not _keeps_alive(table.get("alive")):
        yield "'alive', which the core adds, has no column as it should be"
    for field in fields.values():
        column = table.get(field.name)
        words = "has no column" if column is None else _difference(field, column)
        if words is None and column is not None:
            words = _telltale(field, column, fields)
        if words is not None:
            yield f"{field.name!r} {words}"
    for name, column in table.items():
        must = not column.nullable and column.default is None
        if must and name not in fields and name != "id":
            yield f"{name!r} is not described, and its column may not be null"


def _difference(field: Field, column: Column) -> str | None:
    declared = _catalog_name(field.type.name)
    if column.sql_type != declared:
        return f"is of type {field.type.name}, and its column {column.sql_type}"
    if column.nullable != field.nullable:
        may = "may" if field.nullable else "may not"
        return f"{may} be null, contrary to its column"
    if column.generated != field.computed:
        is_computed = "is not computed" if column.generated else "is computed"
        return f"{is_computed}, contrary to its column"
    if field.default is not None and column.default is None:
        return "has a default, and its column has none"
    return None


def _telltale(field: Field, column: Column, fields: Mapping[str, Field]) -> str | None:
    """A computed field tells of what it is computed of, and takes the same to read."""
    for name in column.sources if column.generated else ():
        source = fields.get(name)
        if source is not None and source.read and source.read != field.read:
            return (
                f"is computed of {name!r}, which takes the permission {source.read} "
                "to read, and does not take that itself"
            )
    return None


def _keeps_alive(column: Column | None) -> bool:
    return (
        column is not None
        and column.generated
        and column.sql_type == "boolean"
        and " ".join((column.default or "").split()) == _ALIVE
    )


def _catalog_name(name: str) -> str:
    """A type as PostgreSQL writes it."""
    element, array, _ = name.partition("[]")
    return _CATALOG_NAMES.get(element, element) + array
