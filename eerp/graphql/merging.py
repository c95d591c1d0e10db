"""That what is answered under one name is one thing.

The rule of the specification compares every two fields, and has to know what types
they stand on. In a schema of objects alone, which ours is, fields that meet stand on
the same type: it is enough to compare each with the first of its name, and the work is
that of walking the fields once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    print_ast,
)

from eerp.errors import QueryInvalid

__all__ = ["check_merging"]

Fragments = Mapping[str, FragmentDefinitionNode]


def check_merging(selections: Sequence[SelectionSetNode], fragments: Fragments) -> None:
    """Raise `QueryInvalid` where two fields with one name in the answer differ."""
    groups: dict[str, list[FieldNode]] = {}
    seen: set[str] = set()
    for each in selections:
        _gather(each, fragments, groups, seen)
    for name, nodes in groups.items():
        first = nodes[0]
        for other in nodes[1:]:
            if not _alike(first, other):
                raise _conflict(name, first, other)
        inner = [node.selection_set for node in nodes if node.selection_set]
        if inner:
            check_merging(inner, fragments)


def _gather(
    selections: SelectionSetNode,
    fragments: Fragments,
    groups: dict[str, list[FieldNode]],
    seen: set[str],
) -> None:
    for each in selections.selections:
        match each:
            case FieldNode():
                name = (each.alias or each.name).value
                groups.setdefault(name, []).append(each)
            case InlineFragmentNode():
                _gather(each.selection_set, fragments, groups, seen)
            case FragmentSpreadNode() if each.name.value not in seen:
                seen.add(each.name.value)
                inner = fragments[each.name.value].selection_set
                _gather(inner, fragments, groups, seen)


def _alike(one: FieldNode, other: FieldNode) -> bool:
    return one.name.value == other.name.value and _said(one) == _said(other)


def _said(node: FieldNode) -> dict[str, str]:
    return {each.name.value: print_ast(each.value) for each in node.arguments or ()}


def _conflict(name: str, *nodes: FieldNode) -> QueryInvalid:
    message = f"Two fields that differ would be answered as {name}: give one an alias."
    places = tuple(
        (node.loc.start_token.line, node.loc.start_token.column)
        for node in nodes
        if node.loc is not None
    )
    return QueryInvalid(message, ((message, places),))
