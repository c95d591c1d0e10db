"""GraphQL's side of the daemon: from a question to a plan of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
)
from graphql.execution.values import VariableValues

from eerp.auth.access import require
from eerp.calls import Caller
from eerp.errors import QueryInvalid, QueryTooLarge
from eerp.graphql.bounds import Parts
from eerp.graphql.calling import Calling
from eerp.graphql.cost import Cost
from eerp.graphql.document import Documents, invalid
from eerp.graphql.introspection import (
    INTROSPECT,
    Aside,
    Introspection,
    is_introspection,
)
from eerp.graphql.plan import Plan, make_plan
from eerp.graphql.reading import Reading
from eerp.graphql.selection import Selected, Selections
from eerp.interfaces import Identity
from eerp.limits import GRAPHQL_ERRORS_MAX, GRAPHQL_VARIABLE_VALUES_MAX
from eerp.orm.access import Caller as Seer
from eerp.orm.cursor import Cursors
from eerp.routes import RouteTable

__all__ = ["GraphQL", "Question"]


@frozen
class Question:
    """What a client asks: a document, one of its operations, and its variables."""

    text: str
    variables: Mapping[str, Any] = field(factory=dict)
    operation: str | None = None


@define(eq=False)
class GraphQL:
    """Plans operations on `schema`, whose routes are those of `table`."""

    schema: GraphQLSchema
    table: RouteTable
    cursors: Cursors
    aside: Aside
    documents: Documents = field(init=False)
    introspection: Introspection = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.documents = Documents(self.schema)
        self.introspection = Introspection(self.schema, self.aside)

    async def plan(self, question: Question, caller: Caller) -> Plan:
        """What has to be called for an answer. Raises `QueryInvalid`, `QueryTooLarge`,
        `Unauthenticated`, and `Forbidden` for who may not see the schema."""
        try:
            return await self._plan(question, caller)
        except RecursionError:
            raise QueryTooLarge("The operation is nested too deep.") from None

    async def _plan(self, question: Question, caller: Caller) -> Plan:
        identity = caller.identity
        hints = identity is not None and identity.may(INTROSPECT)
        parts = self.documents.read(question.text, hints=hints)
        operation = _operation(parts, question.operation)
        variables = self._variables(operation, question.variables, hints)
        selections = Selections(parts.fragments, variables)
        fields = selections.of(self._root(operation), [operation.selection_set])
        reading = Reading(selections, Seer(identity), self.cursors, Cost())
        calling = Calling(self.table, caller, reading)
        known = await self._known(question, operation, parts, fields, identity)
        changes = operation.operation is OperationType.MUTATION
        return make_plan(fields, calling, known, changes)

    def _root(self, operation: OperationDefinitionNode) -> GraphQLObjectType:
        kind = self.schema.get_root_type(operation.operation)
        if kind is None:
            raise QueryInvalid(f"There is no {operation.operation.value} here.")
        return kind

    def _variables(
        self,
        operation: OperationDefinitionNode,
        given: Mapping[str, Any],
        hints: bool,
    ) -> VariableValues:
        _check_amount(given)
        values = get_variable_values(
            self.schema,
            operation.variable_definitions or (),
            dict(given),
            max_errors=GRAPHQL_ERRORS_MAX,
            hide_suggestions=not hints,
        )
        if isinstance(values, list):
            raise invalid(values)
        return values

    async def _known(
        self,
        question: Question,
        operation: OperationDefinitionNode,
        parts: Parts,
        fields: Sequence[Selected],
        identity: Identity | None,
    ) -> dict[str, Any]:
        """The fields that no route answers: the schema's own."""
        name = self._root(operation).name
        known: dict[str, Any] = {
            asked.key: name for asked in fields if asked.name == "__typename"
        }
        asking = [asked for asked in fields if is_introspection(asked)]
        if asking:
            require(identity, INTROSPECT)
            known |= await self.introspection.answer(
                operation, parts, asking, question.variables, question.text
            )
        # What stands there when there is no module.
        unbound = [each for each in fields if each.field and not each.field.extensions]
        return known | dict.fromkeys([each.key for each in unbound])


def _operation(parts: Parts, name: str | None) -> OperationDefinitionNode:
    """The operation that is meant. Raises `QueryInvalid`."""
    if name is None and len(parts.operations) == 1:
        [operation] = parts.operations.values()
        return operation
    found = parts.operations.get(name)
    if found is None or name is None:
        message = "Say by operationName which of the operations is meant."
        raise QueryInvalid(
            message if name is None else f"There is no operation {name!r}."
        )
    return found


def _check_amount(value: Any) -> None:
    """Raise `QueryTooLarge` for variables of too many values, before each is looked
    at by its type."""
    left, waiting = GRAPHQL_VARIABLE_VALUES_MAX, [value]
    while waiting:
        each = waiting.pop()
        inner = each.values() if isinstance(each, dict) else each
        if isinstance(each, dict | list):
            left -= len(each)
            if left < 0:
                most = GRAPHQL_VARIABLE_VALUES_MAX
                raise QueryTooLarge(f"The variables have more than {most} values.")
            waiting.extend(inner)
