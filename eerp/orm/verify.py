"""What a module describes, compared with the tables there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from eerp.database.catalog import Column, columns, triggers
from eerp.errors import DescriptionInvalid
from eerp.interfaces import Transaction
from eerp.orm.model import Field, Model

__all__ = ["verify"]

_CATALOG_NAMES = {
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
}
_ALIVE = "CASE WHEN (deleted_at IS NULL) THEN true ELSE NULL::boolean END"
_TRIGGERS = {
    "eerp_audit_insert": "is not audited",
    "eerp_audit_update": "is not audited",
    "eerp_audit_delete": "is not audited",
    "EERP_follow": "does not pass deletions on",
}
"""The triggers that each table has, and what is true of one without."""


async def verify(
    transaction: Transaction, module: str, models: Iterable[Model]
) -> None:
    """Compare described models with the tables there are.

    Raises `DescriptionInvalid` for the first difference, naming model and field.
    """
    tables = await columns(transaction, module)
    called = await triggers(transaction, module)
    for model in models:
        table = tables.get(model.name)
        if table is None:
            message = f"Model {module}.{model.name} has no table."
            raise DescriptionInvalid(module, message)
        for fault in _differences(model, table):
            message = f"Model {module}.{model.name}, field {fault}."
            raise DescriptionInvalid(module, message)
        for trigger, words in _TRIGGERS.items():
            if trigger not in called.get(model.name, ()):
                raise DescriptionInvalid(
                    module,
                    f"The table of model {module}.{model.name} {words}: it has no "
                    f"trigger {trigger}, or that is off.",
                    hint=f"Run SELECT eerp.audit_table('{module}', '{model.name}')"
                    if "audit" in trigger
                    else None,
                )


def _differences(model: Model, table: Mapping[str, Column]) -> Iterator[str]:
    if "alive" in model.fields:
        yield "'alive' has a name that the core keeps for itself"
    if not _keeps_alive(table.get("alive")):
        yield "'alive', which the core adds, has no column as it should be"
    for field in model.fields.values():
        column = table.get(field.name)
        words = "has no column" if column is None else _difference(field, column)
        if words is not None:
            yield f"{field.name!r} {words}"
    for name, column in table.items():
        if name not in model.fields and not column.nullable and column.default is None:
            yield f"{name!r} is not described, and its column may not be null"


def _difference(field: Field, column: Column) -> str | None:
    declared = _catalog_name(field.type.name)
    if column.sql_type != declared:
        return f"is of type {field.type.name}, and its column {column.sql_type}"
    if column.nullable != field.nullable:
        may = "may" if field.nullable else "may not"
        return f"{may} be null, contrary to its column"
    if column.generated != _is_computed(field):
        is_computed = "is not computed" if column.generated else "is computed"
        return f"{is_computed}, contrary to its column"
    if field.default is not None and column.default is None:
        return "has a default, and its column has none"
    return None


def _keeps_alive(column: Column | None) -> bool:
    return (
        column is not None
        and column.generated
        and column.sql_type == "boolean"
        and " ".join((column.default or "").split()) == _ALIVE
    )


def _is_computed(field: Field) -> bool:
    return bool(getattr(field, "computed", False))


def _catalog_name(name: str) -> str:
    """A type as PostgreSQL writes it."""
    element, array, _ = name.partition("[]")
    return _CATALOG_NAMES.get(element, element) + array
