"""What one caller may do with the records and fields of one model.

Four things restrict it: the companies that the caller may act in, the record rules of
the caller's roles, and the permissions that reading and writing single fields take.
They become conditions with bound values and shorter lists of names, worked out once
for a caller and a model; a model that declares none of them costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from attrs import define, field, frozen

from eerp.errors import ValidationFailed
from eerp.interfaces import Identity
from eerp.limits import ACCESS_CACHED_MAX
from eerp.orm.compile_where import compile_guard
from eerp.orm.condition import Condition, Reader, Some, Unknown
from eerp.orm.fields import array_literal, is_uuid
from eerp.orm.model import Model, Rule
from eerp.orm.relations import Insider
from eerp.orm.view import OPEN, Guard, View, forbidden, open_view

__all__ = [
    "OPERATIONS", "SAMPLE", "Access", "Caller", "OwnModels", "RuleReader",
    "check_rules", "companies_of", "restricting",
]  # fmt: skip

OPERATIONS = ("read", "create", "update", "delete")
"""What a rule may be for; delete is restore and purge too."""


@frozen(eq=False)
class Access:
    """What a caller may do with a model.

    `view` says what is seen. `guards` say which records each operation may leave
    behind, `targets` which it may take: those that are seen besides. `locked` are the
    fields that the caller may not set, each with the permission that it takes.
    """

    view: View
    guards: Mapping[str, Guard]
    targets: Mapping[str, Guard]
    locked: Mapping[str, str] = MappingProxyType({})

    def is_free(self, operation: str) -> bool:
        """Whether nothing restricts `operation`, nor what its result shows."""
        return self.view.plain and not self.guards[operation].sql


@frozen
class Caller:
    """Who is acting: a user, or nobody on a public route."""

    identity: Identity | None

    def access(self, model: Model) -> Access:
        """What the caller may do with `model`."""
        if model.limited:
            return _limited(model, self.identity)
        return _open(model)

    def view(self, model: Model, depth: int) -> View:
        """What is seen of a model that is reached from another; takes the permission
        to read it. Raises `Forbidden`."""
        self.require(f"{model.module}.{model.name}.read")
        return self.seen(model, depth)

    def seen(self, model: Model, depth: int) -> View:
        """What is seen of a model by whoever may read it at all."""
        if model.limited:
            return _limited_view(model, self.identity, depth)
        return open_view(model, depth)

    def require(self, permission: str) -> None:
        """Raise `Forbidden` unless the caller has `permission`."""
        if not _may(self.identity, permission):
            raise forbidden(permission)


@frozen
class OwnModels:
    """A module that asks by itself, for `caller`: along a relation to another of its
    models, which it could as well read, it needs no permission of the caller's. Records
    and fields that the caller may not see stay unseen."""

    caller: Caller
    module: str

    def view(self, model: Model, depth: int) -> View:
        """What is seen of a related model. Raises `Forbidden`."""
        if model.module == self.module:
            return self.caller.seen(model, depth)
        return self.caller.view(model, depth)


def _may(identity: Identity | None, permission: str) -> bool:
    return identity is not None and identity.may(permission)


def _open(model: Model) -> Access:
    """Made once, and kept with the views."""
    access: Access | None = model.views.get("access")
    if access is None:
        access = Access(open_view(model), _OPEN_GUARDS, _OPEN_GUARDS)
        model.views["access"] = access
    return access


_OPEN_GUARDS = MappingProxyType(dict.fromkeys(OPERATIONS, OPEN))


@lru_cache(ACCESS_CACHED_MAX)
def _limited(model: Model, identity: Identity | None) -> Access:
    view = _limited_view(model, identity, 0)
    guards = {
        operation: _guard(model, identity, operation, open_view(model))
        for operation in OPERATIONS
    }
    locked = {
        name: field.write
        for name, field in model.fields.items()
        if field.write is not None and not _may(identity, field.write)
    }
    targets = {
        operation: _both(view.guard, guard) for operation, guard in guards.items()
    }
    return Access(
        view,
        MappingProxyType(guards),
        MappingProxyType(targets),
        MappingProxyType(locked),
    )


@lru_cache(ACCESS_CACHED_MAX)
def _limited_view(model: Model, identity: Identity | None, depth: int) -> View:
    whole = open_view(model, depth)
    hidden = {
        name: field.read
        for name, field in model.fields.items()
        if field.read is not None and not _may(identity, field.read)
    }
    fields = {name: f for name, f in whole.fields.items() if name not in hidden}
    guard = _guard(model, identity, "read", whole)
    return View(model, depth, MappingProxyType(fields), MappingProxyType(hidden), guard)


def _guard(
    model: Model, identity: Identity | None, operation: str, view: View
) -> Guard:
    """The records that the caller's companies and roles leave for an operation."""
    scope = _scope(model, identity, view)
    return _both(scope, _ruled(model, identity, operation, view))


def _both(one: Guard, other: Guard) -> Guard:
    if not one.sql or one == other:
        return other
    if not other.sql:
        return one
    return Guard(
        f"{one.sql} AND {other.sql}",
        one.parameters + other.parameters,
        one.fields | other.fields,
    )


def _scope(model: Model, identity: Identity | None, view: View) -> Guard:
    """The records of the caller's companies, and those that belong to none."""
    if model.company is None or (identity is not None and identity.unscoped):
        return OPEN
    company = view.fields[model.company]
    sql = f"{company.column} = ANY(%s::uuid[])"
    if company.nullable:
        sql = f"({sql} OR {company.column} IS NULL)"
    return Guard(
        sql, (array_literal(companies_of(identity)),), frozenset({company.name})
    )


def companies_of(identity: Identity | None) -> list[str]:
    """The companies that the caller may act in."""
    if identity is None:
        return []
    own = dict.fromkeys([*identity.companies, identity.company_id or ""])
    return [company for company in own if is_uuid(company)]


def restricting(
    model: Model, identity: Identity | None, operation: str
) -> tuple[Rule, ...]:
    """The rules that let the caller do `operation` with some records only; none for a
    caller who may do it with all."""
    roles = () if identity is None else identity.roles
    mine = [
        rule
        for rule in model.rules
        if rule.role in roles and operation in rule.operations
    ]
    return () if any(rule.where is None for rule in mine) else tuple(mine)


def _ruled(
    model: Model, identity: Identity | None, operation: str, view: View
) -> Guard:
    rules = restricting(model, identity, operation)
    if identity is None or not rules:
        return OPEN
    said = _facts(identity)
    conditions = tuple(_condition(view, rule, said) for rule in rules)
    return compile_guard(Some(conditions))


def _facts(identity: Identity) -> dict[str, Any]:
    """What rules compare with of a caller; null where it is not a value of its type."""
    company = identity.company_id
    return {
        "user_id": identity.user_id if is_uuid(identity.user_id) else None,
        "company_id": company if company and is_uuid(company) else None,
        "companies": companies_of(identity),
        "username": identity.username,
    }


def _condition(view: View, rule: Rule, facts: Mapping[str, Any]) -> Condition:
    insider = Insider(view.model.module)
    reader = RuleReader(view.fields, view, insider, facts=facts)
    return reader.read(rule.where, "/where")


@define
class RuleReader(Reader):
    """Reads the condition of a rule, in which values may be of the caller."""

    facts: Mapping[str, Any] = field(kw_only=True, factory=dict)

    def compared(self, name: Any, operator: str, value: Any, pointer: str) -> Condition:
        """A comparison; with what the caller has not, it is unknown."""
        match value:
            case {"identity": str(word)} if word in self.facts:
                value = self.facts[word]
                if value is None:
                    return Unknown()
        return Reader.compared(self, name, operator, value, pointer)


SAMPLE = {
    "user_id": "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90",
    "company_id": "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90",
    "companies": [],
    "username": "ann",
}
"""Somebody to try conditions with."""


def check_rules(model: Model) -> Iterable[str]:
    """What is wrong with the rules of a model: a sentence for each."""
    for number, rule in enumerate(model.rules):
        if rule.where is None:
            continue
        try:
            _condition(open_view(model), rule, SAMPLE)
        except ValidationFailed as error:
            said = "; ".join(fault.message.rstrip(".") for fault in error.errors)
            yield f"rule {number} for role {rule.role!r} has a wrong 'where': {said}"
