"""The fields that a selection asks for, with fragments and conditions worked in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, frozen
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
)
from graphql.execution.values import VariableValues

from eerp.graphql.document import invalid

__all__ = ["Selected", "Selections"]


@frozen(eq=False)
class Selected:
    """A field that is asked for: under which key, with what arguments, and what is
    asked of its value."""

    key: str
    name: str
    field: GraphQLField | None
    arguments: Mapping[str, Any]
    selections: Sequence[SelectionSetNode]
    nodes: Sequence[FieldNode]


@define(eq=False)
class Selections:
    """Reads the selections of one operation."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues

    def of(
        self, kind: GraphQLObjectType, selections: Sequence[SelectionSetNode]
    ) -> list[Selected]:
        """What is asked of a value of `kind`. Raises `QueryInvalid` for an argument
        that a variable spoils."""
        nodes: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for each in selections:
            self._gather(each, nodes, seen)
        return [self._selected(kind, key, found) for key, found in nodes.items()]

    def _gather(
        self,
        selections: SelectionSetNode,
        nodes: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for each in selections.selections:
            if each.directives and not self._wanted(each):
                continue
            match each:
                case FieldNode():
                    nodes.setdefault((each.alias or each.name).value, []).append(each)
                case InlineFragmentNode():
                    self._gather(each.selection_set, nodes, seen)
                case FragmentSpreadNode() if each.name.value not in seen:
                    seen.add(each.name.value)
                    inner = self.fragments[each.name.value].selection_set
                    self._gather(inner, nodes, seen)

    def _wanted(self, node: Any) -> bool:
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def _selected(
        self, kind: GraphQLObjectType, key: str, nodes: Sequence[FieldNode]
    ) -> Selected:
        name = nodes[0].name.value
        field_ = kind.fields.get(name)
        arguments: Mapping[str, Any] = {}
        if field_ is not None and field_.args:
            try:
                arguments = get_argument_values(field_, nodes[0], self.variables)
            except GraphQLError as error:
                raise invalid([error]) from None
        inner = [node.selection_set for node in nodes if node.selection_set]
        return Selected(key, name, field_, arguments, inner, nodes)
