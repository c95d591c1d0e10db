"""What of a model's audit trail a caller may see, and how its values are shown.

The trail has whole rows. What a caller may not read of a record is left out of its
history too, and so is a column that the model no longer has: nobody can say any more
who may read it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from eerp.errors import Forbidden
from eerp.interfaces import Identity
from eerp.orm.access import restricting
from eerp.orm.model import Field, Model

__all__ = ["Source", "Trail", "refuse_limited", "shown", "sources"]

_DECIMALS = ("numeric", "bigint")
_BYTEA_PREFIX = "\\x"


@frozen
class Source:
    """A table whose trail belongs to a model's: its name there, and its fields.

    `own` says that it is the model's own table, and not one in which another module
    keeps more of the record.
    """

    model: str
    fields: Mapping[str, Field]
    own: bool = True


def sources(model: Model) -> tuple[Source, ...]:
    """The model's own table, then those of its extensions."""
    own = {name: field for name, field in model.fields.items() if "." not in name}
    return (
        Source(f"{model.module}.{model.name}", own),
        *(
            Source(f"{kept.module}.{kept.name}", kept.fields, own=False)
            for kept in model.extensions.values()
        ),
    )


@frozen
class Trail:
    """What one may ask the history of: a model, or what the core keeps of its own.

    `name` is a full name such as ``crm.contacts``, and `permission` what reading it
    takes. `company` is the field with the own company, if there is one, and `table`
    where that stands now, in SQL.
    """

    name: str
    sources: tuple[Source, ...]
    permission: str
    company: str | None = None
    table: str = ""

    @classmethod
    def of(cls, model: Model) -> Trail:
        """That of a model."""
        name = f"{model.module}.{model.name}"
        return cls(name, sources(model), f"{name}.read", model.company, model.table)


def refuse_limited(model: Model, identity: Identity) -> None:
    """Raise `Forbidden` when record rules let the caller see some records only: what a
    record was like when somebody else changed it, a rule cannot tell."""
    if restricting(model, identity, "read"):
        raise Forbidden(
            f"Your role sees some records of {model.module}.{model.name} only, and the"
            " audit trail is for those who see all."
        )


def shown(source: Source, identity: Identity, row: str | None) -> dict[str, Any] | None:
    """A row of the trail as JSON, as a record shows it: decimals are strings."""
    if row is None:
        return None
    values = json.loads(row, parse_float=Decimal)
    return {
        name: _value(source.fields[name].type.name, value)
        for name, value in values.items()
        if name in source.fields and _may_read(source.fields[name], identity)
    }


def _may_read(field: Field, identity: Identity) -> bool:
    return field.read is None or identity.may(field.read)


def _value(type_name: str, value: Any) -> Any:
    if isinstance(value, list) and type_name.endswith("[]"):
        return [_value(type_name.removesuffix("[]"), each) for each in value]
    if type_name.startswith(_DECIMALS) and isinstance(value, Decimal | int):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if type_name == "bytea" and isinstance(value, str):
        raw = bytes.fromhex(value.removeprefix(_BYTEA_PREFIX))
        return base64.b64encode(raw).decode()
    return value
