"""What a module keeps of the records of another's model, as its description says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn

from attrs import evolve

from eerp.errors import DescriptionInvalid
from eerp.limits import EXTENSIONS_MAX
from eerp.orm.describe import read_fields
from eerp.orm.document import Document
from eerp.orm.fields import is_identifier
from eerp.orm.model import Extension, Model
from eerp.orm.relations import guarded

__all__ = ["read_extension"]


def read_extension(
    module: str, value: object, known: Mapping[tuple[str, str], Model]
) -> tuple[Model, Extension]:
    """One of a description's `extensions`, and the model that it extends. Raises
    `DescriptionInvalid`."""

    def fail(message: str) -> NoReturn:
        raise DescriptionInvalid(module, message)

    document = Document.of(f"An extension of module {module}", value, fail)
    document.only("module", "model", "table", "fields")
    owner, name = document.get("module", str), document.get("model", str)
    table = document.get("table", str)
    if not is_identifier(table):
        document.refuse(f"has the table {table!r}, which is not an identifier")
    document = Document(
        f"Extension of {owner}.{name} by {module}", document.value, fail
    )
    model = known.get((owner, name))
    if model is None or owner == module:
        document.refuse("is not of a model of a module in its depends")
    if len(model.extensions) >= EXTENSIONS_MAX:
        document.refuse(f"is one more than {EXTENSIONS_MAX} of one model")
    fields = {
        name: evolve(field, qualifier="x.")
        for name, field in read_fields(document).items()
    }
    if not fields:
        document.refuse("has no fields")
    for field in fields.values():
        to = field.references
        if to is not None and (to.module, to.model) not in known:
            document.refuse(
                f"has a field {field.name!r} that refers to {to.module}.{to.model}, "
                "which is not a model of this module or of one in its depends"
            )
    kept = MappingProxyType(fields)
    return model, Extension(module, table, kept, guarded(kept, known))
