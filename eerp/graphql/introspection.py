"""What a client may ask of the schema itself; graphql-core answers it.

It takes a permission, for the schema tells of every module. Since it is the same for
all who may see it, an answer is kept; and since the first one takes some hundred
milliseconds, a thread works it out, which leaves the reactor its turns.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from attrs import define, field
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    execute_sync,
)

from eerp.errors import QueryTooLarge
from eerp.graphql.bounds import Parts
from eerp.graphql.document import invalid
from eerp.graphql.selection import Selected
from eerp.limits import GRAPHQL_INTROSPECTED_LISTS_MAX, GRAPHQL_INTROSPECTIONS_CACHED

__all__ = ["INTROSPECT", "Aside", "Introspection", "is_introspection"]

INTROSPECT = "eerp.graphql.introspect"
"""The permission to see the whole schema."""
_ROOTS = frozenset({"__schema", "__type"})
_LISTS = frozenset({"types", "args", "enumValues", "directives"})
_OF_TYPES = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})


def is_introspection(asked: Selected) -> bool:
    """Whether a field asks of the schema."""
    return asked.name in _ROOTS


Aside = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs what takes long where it is in nobody's way."""


@define(eq=False)
class Introspection:
    """Answers for `schema`, working `aside`."""

    schema: GraphQLSchema
    aside: Aside
    _known: OrderedDict[bytes, dict[str, Any]] = field(factory=OrderedDict, init=False)

    async def answer(
        self,
        operation: OperationDefinitionNode,
        parts: Parts,
        fields: Sequence[Selected],
        variables: Mapping[str, Any],
        text: str,
    ) -> Mapping[str, Any]:
        """What `fields` of an operation ask; `text` is the document's. Raises
        `QueryTooLarge`, and `QueryInvalid` for wrong variables."""
        name = operation.name.value if operation.name else None
        key = orjson.dumps([text, name, variables])
        if key not in self._known:
            nodes = SelectionSetNode(selections=tuple(_node(each) for each in fields))
            _Lists(parts).count(nodes, 0)
            document = _document(operation, nodes, parts)
            found: dict[str, Any] = await self.aside(
                lambda: self._answer(document, dict(variables))
            )
            self._known[key] = found
            if len(self._known) > GRAPHQL_INTROSPECTIONS_CACHED:
                self._known.popitem(last=False)
            return found
        return self._known[key]

    def _answer(
        self, document: DocumentNode, variables: dict[str, Any]
    ) -> dict[str, Any]:
        result = execute_sync(
            self.schema, document, variable_values=variables, root_value={}
        )
        if result.errors:
            raise invalid(result.errors)
        assert result.data is not None
        return result.data


def _document(
    operation: OperationDefinitionNode, nodes: SelectionSetNode, parts: Parts
) -> DocumentNode:
    """The operation with these fields alone."""
    alone = OperationDefinitionNode(
        operation=operation.operation,
        name=operation.name,
        variable_definitions=operation.variable_definitions,
        directives=(),
        selection_set=nodes,
    )
    return DocumentNode(definitions=(alone, *parts.fragments.values()))


def _node(asked: Selected) -> FieldNode:
    """The field as one node, whatever fragments it was in."""
    first = asked.nodes[0]
    inner = [each for one in asked.selections for each in one.selections]
    return FieldNode(
        alias=NameNode(value=asked.key),
        name=first.name,
        arguments=first.arguments,
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(inner)),
    )


@define
class _Lists:
    """Counts the lists that are asked for: each multiplies what is within it."""

    parts: Parts
    lists: int = 0

    def count(self, selections: SelectionSetNode, within: int) -> None:
        """Raise `QueryTooLarge` for too many lists, or types within types of types."""
        for each in selections.selections:
            deeper = within
            if isinstance(each, FieldNode):
                of_types = each.name.value in _OF_TYPES
                deeper += of_types
                self.lists += of_types or each.name.value in _LISTS
            if self.lists > GRAPHQL_INTROSPECTED_LISTS_MAX or deeper > 1:
                raise QueryTooLarge("This asks for too much of the schema at once.")
            inner = self._within(each)
            if inner is not None:
                self.count(inner, deeper)

    def _within(self, node: SelectionNode) -> SelectionSetNode | None:
        if isinstance(node, FragmentSpreadNode):
            return self.parts.fragments[node.name.value].selection_set
        assert isinstance(node, FieldNode | InlineFragmentNode)
        return node.selection_set
