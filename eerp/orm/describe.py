"""From the JSON of a module's description to models, or one clear error.

The error names module, model and field, and says what was wrong there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NoReturn

from eerp.errors import DescriptionInvalid
from eerp.limits import FIELDS_PER_MODEL_MAX, ORDER_KEYS_MAX
from eerp.orm.describe_access import check_company, read_permission, read_rules
from eerp.orm.document import Document
from eerp.orm.fields import TYPE_NAMES, SqlType, WrongValue, is_identifier, sql_type
from eerp.orm.model import EXTENSIONS, SYSTEM_COLUMNS, Field, Model, Reference

__all__ = ["RESERVED", "read_fields", "read_model", "read_type"]

RESERVED = frozenset({*SYSTEM_COLUMNS, EXTENSIONS, "alive"})
"""Names of fields that the core keeps for itself."""


def read_model(module: str, value: object) -> Model:
    """One model of a description's `models`. Raises `DescriptionInvalid`."""

    def fail(message: str) -> NoReturn:
        raise DescriptionInvalid(module, message)

    document = Document.of(f"A model of module {module}", value, fail)
    name = document.get("name", str)
    if not is_identifier(name):
        document.refuse(f"has the name {name!r}, which is not an identifier")
    document = Document(f"Model {module}.{name}", document.value, fail)
    document.only(
        "name", "title", "plural", "display", "order", "fields", "company", "rules"
    )
    own = read_fields(document)
    model = Model(
        module=module,
        name=name,
        title=document.get("title", str, name),
        plural=document.get("plural", str, name),
        display=document.get("display", str, None),
        order=_read_order(document),
        own=own,
        company=document.get("company", str, None),
        rules=read_rules(document),
    )
    _check_names(document, model)
    check_company(document, model)
    return model


def read_fields(document: Document) -> Mapping[str, Field]:
    """The `fields` of a model, or of an extension of one."""
    values = document.get("fields", list)
    if len(values) > FIELDS_PER_MODEL_MAX:
        document.refuse(f"has more than {FIELDS_PER_MODEL_MAX} fields")
    fields: dict[str, Field] = {}
    for value in values:
        read = _read_field(document, value)
        if read.name in fields:
            document.refuse(f"has two fields {read.name!r}")
        fields[read.name] = read
    for read in fields.values():
        _check_currency(document, read, fields)
    return MappingProxyType(fields)


def _read_field(model: Document, value: object) -> Field:
    document = Document.of(f"{model.place}: a field", value, model.fail)
    name = document.get("name", str)
    if not is_identifier(name):
        document.refuse(f"has the name {name!r}, which is not an identifier")
    if name in RESERVED:
        document.refuse(f"is called {name!r}, a name that the core keeps for itself")
    document = Document(f"{model.place}, field {name!r}", document.value, model.fail)
    document.only(
        "name", "type", "nullable", "label", "max_length", "format", "default",
        "values", "references", "readonly", "read", "write", "computed", "currency",
    )  # fmt: skip
    kind = read_type(document, "type")
    read = Field(
        name=name,
        type=kind,
        nullable=document.get("nullable", bool, True),
        label=document.get("label", str, name),
        max_length=_read_max_length(document, kind),
        values=_read_words(document, kind),
        format=document.get("format", str, None),
        default=document.value.get("default"),
        references=_read_reference(document, kind),
        readonly=document.get("readonly", bool, False),
        read=read_permission(document, "read"),
        write=read_permission(document, "write"),
        computed=document.get("computed", bool, False),
        currency=document.get("currency", str, None),
    )
    _check_default(document, read)
    _check_limits(document, read)
    return read


def read_type(document: Document, key: str) -> SqlType:
    """The type that `document` names under `key`."""
    declared = document.get(key, str)
    kind = sql_type(declared)
    if kind is None:
        types = ", ".join(TYPE_NAMES)
        document.refuse(f"has the {key} {declared!r}, which is none of {types}")
    return kind


def _read_max_length(document: Document, kind: SqlType) -> int | None:
    length: int | None = document.get("max_length", int, None)
    if length is None:
        return None
    if kind.name != "text" or length < 1:
        document.refuse("has a 'max_length', which is for text and at least 1")
    return length


def _read_words(document: Document, kind: SqlType) -> tuple[str, ...] | None:
    if document.value.get("values") is None:
        return None
    words = document.text_list("values")
    if kind.name != "text" or len(set(words)) < len(words):
        document.refuse("has 'values', which are for text, and each only once")
    return words


def _read_reference(document: Document, kind: SqlType) -> Reference | None:
    value = document.get("references", dict, None)
    if value is None:
        return None
    if kind.name != "uuid":
        document.refuse("has 'references', which are for fields of type uuid")
    reference = Document(f"{document.place}, references", value, document.fail)
    reference.only("module", "model")
    return Reference(reference.get("module", str), reference.get("model", str))


def _check_default(document: Document, read: Field) -> None:
    if read.default is None:
        return
    try:
        read.encode(read.default)
    except WrongValue as wrong:
        document.refuse(f"has a 'default' that {wrong.message}")


def _check_limits(document: Document, read: Field) -> None:
    if read.computed and read.default is not None:
        document.refuse("is computed, and has a 'default'")
    # Whoever may not know of it must be able to make a record without it.
    free = read.nullable or read.computed or read.default is not None
    if (read.read or read.write) and not free:
        document.refuse("is limited, and is neither nullable nor has a 'default'")


def _check_currency(
    document: Document, read: Field, fields: Mapping[str, Field]
) -> None:
    if read.currency is None:
        return
    named = fields.get(read.currency)
    if named is None or named.type.name not in ("uuid", "text"):
        document.refuse(
            f"has a field {read.name!r} whose 'currency' is no field of type uuid or "
            "text"
        )
    if not read.type.name.startswith("numeric("):
        document.refuse(f"has a field {read.name!r} with a 'currency' and not numeric")


def _read_order(document: Document) -> tuple[tuple[str, str], ...]:
    order = []
    for key in document.get("order", list, []):
        match key:
            case [str(name), "asc" | "desc" as direction]:
                order.append((name, direction))
            case _:
                document.refuse("has an 'order' that is not like [['name', 'asc']]")
    if len(order) > ORDER_KEYS_MAX:
        document.refuse(f"has more than {ORDER_KEYS_MAX} fields in its 'order'")
    if len({name for name, _ in order}) < len(order):
        document.refuse("names a field twice in its 'order'")
    return tuple(order)


def _check_names(document: Document, model: Model) -> None:
    if model.display is not None and model.display not in model.fields:
        document.refuse(f"has no field {model.display!r} to 'display'")
    for name, _ in model.order:
        if name not in model.fields:
            document.refuse(f"has no field {name!r} to 'order' by")
        if not model.fields[name].type.ordered:
            document.refuse(f"cannot 'order' by {name!r}, whose type has no order")
