"""An operation as calls of routes, and its answer made of what became of them.

What cannot be called is known before anything is done. In a query each field stands for
itself: one that is refused is null, and the others are answered. The changes of a
mutation are made together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import define, field

from eerp.calls import Outcome, Step
from eerp.errors import EerpError, QueryTooLarge, RequestError, Unauthenticated, Undone
from eerp.graphql.calling import Calling, Made
from eerp.graphql.selection import Selected
from eerp.limits import GRAPHQL_CALLS_MAX

__all__ = ["Explain", "Plan", "make_plan", "told"]

Explain = Callable[[EerpError], Mapping[str, Any]]
"""What a client is told of an error beside its message."""


@define(eq=False)
class Plan:
    """The fields of an operation, in order: what is known of them already, and what is
    called for. `refused` are those that cannot be called."""

    atomic: bool
    known: dict[str, Any] = field(factory=dict)
    made: dict[str, Made] = field(factory=dict)
    refused: dict[str, EerpError] = field(factory=dict)

    @property
    def called(self) -> Sequence[Step]:
        """The calls; none where there is nothing to do."""
        if self.atomic and self.refused:
            return ()
        return [one.step for one in self.made.values()]

    def answer(self, outcomes: Sequence[Outcome], explain: Explain) -> dict[str, Any]:
        """The response: data, and what was refused. Raises `GuestProtocolError` where
        a change cannot be told, which takes it back."""
        data = dict(self.known)
        errors = [(key, error) for key, error in self.refused.items()]
        undone = self.atomic and bool(self.refused)
        for (key, made), outcome in zip(self.made.items(), outcomes, strict=False):
            try:
                data[key] = made.value(outcome)
            except EerpError as error:
                if self.atomic and not isinstance(outcome, EerpError):
                    # It was done, and must not be when nobody can tell what.
                    raise
                undone = undone or self.atomic
                if not isinstance(error, Undone):
                    errors.append((key, error))
        if undone:
            for key in self.made:
                data[key] = None
        content: dict[str, Any] = {"data": data}
        if errors:
            places = list(self.known)
            errors.sort(key=lambda one: places.index(one[0]))
            content["errors"] = [
                {**told(error, explain), "path": [key]} for key, error in errors
            ]
        return content


def told(error: EerpError, explain: Explain) -> dict[str, Any]:
    """An error in GraphQL's form."""
    return {"message": error.message, "extensions": dict(explain(error))}


def make_plan(
    fields: Sequence[Selected], calling: Calling, known: Mapping[str, Any], atomic: bool
) -> Plan:
    """The plan of the fields of an operation; of some the value is `known`. Raises
    `QueryTooLarge`, and `Unauthenticated` when nobody is signed in and somebody has to
    be."""
    plan = Plan(atomic)
    for asked in fields:
        plan.known[asked.key] = known.get(asked.key)
        if asked.key in known:
            continue
        if len(plan.made) + len(plan.refused) == GRAPHQL_CALLS_MAX:
            message = f"An operation calls at most {GRAPHQL_CALLS_MAX} routes."
            raise QueryTooLarge(message)
        try:
            plan.made[asked.key] = calling.make(asked)
        except (QueryTooLarge, Unauthenticated):
            raise
        except RequestError as error:
            plan.refused[asked.key] = error
    return plan
