"""What a write sets, checked: the values of a record, and those of its extensions.

A value is found wrong before any statement runs, and so is a field that the caller may
not set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from attrs import frozen

from eerp.errors import Fault
from eerp.orm.access import Access, Caller
from eerp.orm.faults import refuse_any, refused
from eerp.orm.fields import WrongValue, is_uuid
from eerp.orm.model import EXTENSIONS, SYSTEM_COLUMNS, Field, Model
from eerp.orm.view import forbidden

__all__ = ["Values", "Written", "encode_values", "read_written"]

Values = Sequence[tuple[Field, str | None]]
"""Fields, each with the text to bind."""

_NONE: Mapping[str, Values] = MappingProxyType({})


@frozen
class Written:
    """What one record is given; `extensions` by module."""

    values: Values
    extensions: Mapping[str, Values] = _NONE


def read_written(
    access: Access,
    caller: Caller,
    values: Any,
    *,
    creating: bool,
    pointer: str = "",
) -> Written:
    """What `values` sets of a record. Raises `ValidationFailed` with every fault, and
    `Forbidden` for a field that the caller may not set."""
    model = access.view.model
    own, extensions = values, _NONE
    if model.extensions and isinstance(values, dict) and EXTENSIONS in values:
        own = {name: value for name, value in values.items() if name != EXTENSIONS}
        extensions = _read_extensions(access, values[EXTENSIONS], pointer)
    encoded = encode_values(model, own, creating=creating, pointer=pointer)
    if access.locked:
        for each, _ in encoded:
            if each.name in access.locked:
                raise forbidden(access.locked[each.name])
    if creating and model.company is not None and model.company not in own:
        encoded = [*encoded, _company(model, caller, pointer)]
    return Written(encoded, extensions)


def _company(model: Model, caller: Caller, pointer: str) -> tuple[Field, str | None]:
    """The company that is acted in, where none is said."""
    company = model.own[model.company or ""]
    identity = caller.identity
    here = None if identity is None else identity.company_id
    if here is not None and is_uuid(here):
        return company, here
    if not company.nullable:
        message = f"{company.name} is required."
        raise refused(f"{pointer}/{company.name}", "required", message)
    return company, None


def encode_values(
    model: Model, values: Any, *, creating: bool, pointer: str = ""
) -> Values:
    """The values to store, checked. Raises `ValidationFailed` with every fault; each
    pointer is that of the value in `values`."""
    if not isinstance(values, dict):
        message = "The values are not a JSON object."
        raise refused(pointer or "/values", "format", message)
    faults: list[Fault] = []
    encoded = []
    settable = model.settable
    for name, value in values.items():
        field_ = settable.get(name)
        if field_ is None:
            faults.append(_stranger(model, name, pointer))
            continue
        try:
            encoded.append((field_, field_.encode(value)))
        except WrongValue as wrong:
            faults.append(_wrong(pointer, name, wrong.code, wrong.message))
    if creating:
        for name in model.required:
            if name not in values:
                faults.append(_wrong(pointer, name, "required", "is required"))
    if faults:
        refuse_any(faults)
    return encoded


def _wrong(pointer: str, name: str, code: str, message: str) -> Fault:
    return Fault(f"{pointer}/{name}", code, f"{name} {message}.")


def _stranger(model: Model, name: object, pointer: str) -> Fault:
    if name in SYSTEM_COLUMNS:
        message = f"{name} is set by the core alone."
        return Fault(f"{pointer}/{name}", "readonly", message)
    if name in model.own:
        message = f"{name} is computed of other fields."
        return Fault(f"{pointer}/{name}", "readonly", message)
    names = ", ".join(model.own)
    escaped = str(name).replace("~", "~0").replace("/", "~1")
    message = f"There is no such field; there are: {names}."
    return Fault(f"{pointer}/{escaped}", "unknown", message)


def _read_extensions(access: Access, values: Any, pointer: str) -> dict[str, Values]:
    """What is set in the tables of extensions, by module."""
    pointer = f"{pointer}/{EXTENSIONS}"
    known = access.view.model.extensions
    if not isinstance(values, dict) or not values.keys() <= known.keys():
        message = f"Extensions are objects, one for each of {', '.join(known)}."
        raise refused(pointer, "unknown", message)
    return {
        module: _read_extension(access, module, value, f"{pointer}/{module}")
        for module, value in values.items()
    }


def _read_extension(access: Access, module: str, values: Any, pointer: str) -> Values:
    fields = access.view.model.extensions[module].fields
    if not isinstance(values, dict):
        raise refused(pointer, "format", "An extension is a JSON object.")
    faults: list[Fault] = []
    encoded = []
    for name, value in values.items():
        each = fields.get(name)
        dotted = f"{EXTENSIONS}.{module}.{name}"
        if dotted in access.locked:
            raise forbidden(access.locked[dotted])
        if each is None or each.computed:
            message = f"There is no such field to set; there are: {', '.join(fields)}."
            faults.append(Fault(f"{pointer}/{name}", "unknown", message))
            continue
        try:
            encoded.append((each, each.encode(value)))
        except WrongValue as wrong:
            faults.append(_wrong(pointer, name, wrong.code, wrong.message))
    refuse_any(faults)
    return encoded
