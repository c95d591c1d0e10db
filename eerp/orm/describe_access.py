"""From a module's description to who may do what: company, rules, limits of fields."""

from __future__ import annotations

import re

from eerp.limits import PERMISSION_CHARACTERS_MAX, RULES_PER_MODEL_MAX
from eerp.orm.access import OPERATIONS
from eerp.orm.document import Document
from eerp.orm.model import Model, Rule

__all__ = ["check_company", "read_permission", "read_rules"]

_PERMISSION = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+", re.ASCII).fullmatch


def read_permission(document: Document, key: str) -> str | None:
    """The permission that a field takes to be read or set."""
    name: str | None = document.get(key, str, None)
    if name is None:
        return None
    if not _PERMISSION(name) or len(name) > PERMISSION_CHARACTERS_MAX:
        document.refuse(f"has a {key!r} that is not a permission")
    return name


def read_rules(document: Document) -> tuple[Rule, ...]:
    """The record rules of a model; their conditions are looked at later, when the
    models that they lead to are known."""
    values = document.get("rules", list, [])
    if len(values) > RULES_PER_MODEL_MAX:
        document.refuse(f"has more than {RULES_PER_MODEL_MAX} rules")
    return tuple(
        _read_rule(document, number, value) for number, value in enumerate(values)
    )


def _read_rule(model: Document, number: int, value: object) -> Rule:
    document = Document.of(f"{model.place}, rule {number}", value, model.fail)
    document.only("role", "operations", "where")
    operations = frozenset(document.text_list("operations"))
    unknown = sorted(operations - set(OPERATIONS))
    if unknown:
        known = ", ".join(OPERATIONS)
        document.refuse(f"is for {unknown[0]!r}, which is none of {known}")
    where = document.get("where", dict, None)
    return Rule(document.get("role", str), operations, where)


def check_company(document: Document, model: Model) -> None:
    """The company of a record is a field of its own that everybody may read: what is
    shown depends on it."""
    if model.company is None:
        return
    company = model.own.get(model.company)
    if company is None or company.type.name != "uuid":
        document.refuse(
            f"has a 'company' that is no field of type uuid: {model.company}"
        )
    if company.read or company.computed:
        document.refuse("has a 'company' that is limited or computed")
