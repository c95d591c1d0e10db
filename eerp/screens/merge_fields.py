"""Fields as a module declares them, laid over what follows from models and bodies."""

from __future__ import annotations

from eerp.screens.catalogue import Piece, own_key
from eerp.screens.declaring import Declaring, chosen
from eerp.screens.fields import of_relation

__all__ = ["asked_first", "merged_fields"]

_TOLD = ("label", "help", "widget", "width", "visible", "currency")
_ALIKE = (
    frozenset({"text", "multiline", "email", "phone", "url", "colour", "currency"}),
    frozenset({"decimal", "percent", "money"}),
)


def merged_fields(
    by: Declaring, fields: list[Piece], declared: Piece, place: str
) -> list[Piece]:
    """All `fields`, with what is declared of some."""
    by.only(declared, [field["name"] for field in fields], place)
    return [
        _field(by, field, declared[field["name"]], f"{place}.{field['name']}")
        if field["name"] in declared
        else field
        for field in fields
    ]


def asked_first(
    by: Declaring, fields: list[Piece], declared: Piece, place: str
) -> list[Piece]:
    """The fields of a dialog: those declared in their order, then the others."""
    shown = merged_fields(by, fields, declared, place)
    order = {name: number for number, name in enumerate(declared)}
    return sorted(shown, key=lambda each: order.get(each["name"], len(order)))


def _field(by: Declaring, field: Piece, declared: Piece, place: str) -> Piece:
    shown = {**field, **chosen(declared, _TOLD)}
    if "relation" in declared:
        shown |= _relation(by, field, declared["relation"], place)
    if "kind" in declared:
        shown["kind"] = _kind(by, field["kind"], declared["kind"], place)
    if "options" in declared:
        options = field.get("options", [])
        values = [option["value"] for option in options]
        by.only(declared["options"], values, f"{place}.options")
        shown["options"] = [
            {**each, **declared["options"].get(each["value"], {})} for each in options
        ]
    if "fields" in declared:
        inner, at = field.get("fields", []), f"{place}.fields"
        shown["fields"] = asked_first(by, inner, declared["fields"], at)
    return shown


def _relation(by: Declaring, field: Piece, name: str, place: str) -> Piece:
    related = of_relation(field["kind"], own_key(by.module, name))
    if not related:
        by.refuse(f"{place}.relation", "it holds no ids, and so leads nowhere")
    return related


def _kind(by: Declaring, derived: str, declared: str, place: str) -> str:
    """What a text or a number is meant to be; it stays one."""
    pair = {derived, declared}
    if len(pair) > 1 and not any(pair <= alike for alike in _ALIKE):
        by.refuse(f"{place}.kind", f"a {derived} cannot be a {declared}")
    return declared
