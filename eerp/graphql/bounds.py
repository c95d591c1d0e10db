"""How large a document may be, found out before anything is looked up in the schema.

Fragments are walked once each, however often they are spread, so that what they come to
is known before anybody expands it; and one that spreads itself is found on the way.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field, frozen
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from eerp.errors import QueryInvalid, QueryTooLarge
from eerp.limits import (
    GRAPHQL_DEFINITIONS_MAX,
    GRAPHQL_DEPTH_MAX,
    GRAPHQL_DIRECTIVES_MAX,
    GRAPHQL_FIELDS_MAX,
)

__all__ = ["Parts", "check_bounds"]


@frozen
class Parts:
    """The definitions of a document, by name."""

    operations: Mapping[str | None, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]

    @classmethod
    def of(cls, document: DocumentNode) -> Parts:
        """The operations and fragments of a document; other definitions have no
        business in one."""
        operations: dict[str | None, OperationDefinitionNode] = {}
        fragments: dict[str, FragmentDefinitionNode] = {}
        for each in document.definitions:
            if isinstance(each, OperationDefinitionNode):
                operations[each.name.value if each.name else None] = each
            elif isinstance(each, FragmentDefinitionNode):
                fragments[each.name.value] = each
        return cls(operations, fragments)


def check_bounds(document: DocumentNode, parts: Parts) -> None:
    """Raise `QueryTooLarge` or, for fragments in a circle, `QueryInvalid`."""
    if len(document.definitions) > GRAPHQL_DEFINITIONS_MAX:
        raise _too_large("operations and fragments", GRAPHQL_DEFINITIONS_MAX)
    sizes = _Sizes(parts.fragments)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            sizes.directives += len(operation.directives or ())
            for variable in operation.variable_definitions or ():
                sizes.directives += len(variable.directives or ())
            sizes.check(sizes.of(operation.selection_set, 0))
    for name in parts.fragments:
        sizes.check(sizes.of_fragment(name))


def _too_large(what: str, most: int) -> QueryTooLarge:
    return QueryTooLarge(f"The document has more than {most} {what}.")


@frozen
class _Size:
    """What selections come to: their fields, and how deep they are nested."""

    fields: int = 0
    depth: int = 0


@define
class _Sizes:
    """The sizes of fragments, as far as they are known."""

    fragments: Mapping[str, FragmentDefinitionNode]
    known: dict[str, _Size | None] = field(factory=dict)
    directives: int = 0

    def check(self, size: _Size) -> None:
        """Raise `QueryTooLarge` beyond what may be."""
        if size.fields > GRAPHQL_FIELDS_MAX:
            raise _too_large("fields", GRAPHQL_FIELDS_MAX)
        if size.depth > GRAPHQL_DEPTH_MAX:
            raise _too_large("levels", GRAPHQL_DEPTH_MAX)
        if self.directives > GRAPHQL_DIRECTIVES_MAX:
            raise _too_large("directives", GRAPHQL_DIRECTIVES_MAX)

    def of(self, selections: SelectionSetNode | None, above: int) -> _Size:
        """The size of selections that have so many levels above them."""
        fields, depth = 0, 0
        for each in () if selections is None else selections.selections:
            self.directives += len(each.directives or ())
            match each:
                case FieldNode():
                    inner = self.of(each.selection_set, above + 1)
                    inner = _Size(inner.fields + 1, inner.depth + 1)
                case InlineFragmentNode():
                    inner = self.of(each.selection_set, above + 1)
                    inner = _Size(inner.fields, inner.depth + 1)
                case FragmentSpreadNode():
                    inner = self.of_fragment(each.name.value)
                case _:
                    continue
            fields, depth = fields + inner.fields, max(depth, inner.depth)
            self.check(_Size(fields, above + depth))
        return _Size(fields, depth)

    def of_fragment(self, name: str) -> _Size:
        """The size of a fragment. Raises `QueryInvalid` when it spreads itself."""
        if name not in self.fragments:
            # That it is missing is said by whoever validates.
            return _Size()
        if name not in self.known:
            self.known[name] = None
            self.known[name] = self.of(self.fragments[name].selection_set, 0)
        size = self.known[name]
        if size is None:
            raise QueryInvalid(f"The fragment {name} spreads itself.")
        return size
