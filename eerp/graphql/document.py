"""From the text of a query to a document that fits the schema, or one clear error.

Each step is only taken by what was small enough for it: the text is measured before it
is parsed, the document before it is validated. What has passed is kept, by its text.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from attrs import define, field
from graphql import (
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OverlappingFieldsCanBeMergedRule,
    parse,
    specified_rules,
    validate,
)

from eerp.errors import QueryInvalid, QueryTooLarge
from eerp.graphql.bounds import Parts, check_bounds
from eerp.graphql.merging import check_merging
from eerp.limits import (
    GRAPHQL_CACHED_CHARACTERS_MAX,
    GRAPHQL_COMMENTS_MAX,
    GRAPHQL_ERRORS_MAX,
    GRAPHQL_QUERY_CHARACTERS_MAX,
    GRAPHQL_TOKENS_MAX,
)

__all__ = ["Documents", "invalid"]

_RULES = [r for r in specified_rules if r is not OverlappingFieldsCanBeMergedRule]


@define(eq=False)
class Documents:
    """The documents that clients sent lately, parsed and found valid."""

    schema: GraphQLSchema
    _known: OrderedDict[str, Parts] = field(factory=OrderedDict, init=False)
    _characters: int = field(default=0, init=False)

    def read(self, text: str, *, hints: bool) -> Parts:
        """The parts of a document. `hints` says whether an error may tell what else
        there is. Raises `QueryInvalid` and `QueryTooLarge`."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        parts = self._known[text] = self._read(text, hints)
        self._characters += len(text)
        while self._characters > GRAPHQL_CACHED_CHARACTERS_MAX:
            oldest, _ = self._known.popitem(last=False)
            self._characters -= len(oldest)
        return parts

    def _read(self, text: str, hints: bool) -> Parts:
        if len(text) > GRAPHQL_QUERY_CHARACTERS_MAX:
            most = GRAPHQL_QUERY_CHARACTERS_MAX
            raise QueryTooLarge(f"The document has more than {most} characters.")
        try:
            document = parse(
                text,
                max_lexical_tokens=GRAPHQL_TOKENS_MAX,
                max_comments=GRAPHQL_COMMENTS_MAX,
            )
        except GraphQLSyntaxError as error:
            raise invalid([error]) from None
        parts = Parts.of(document)
        check_bounds(document, parts)
        errors = validate(
            self.schema,
            document,
            _RULES,
            max_errors=GRAPHQL_ERRORS_MAX,
            hide_suggestions=not hints,
        )
        if errors:
            raise invalid(errors)
        for operation in parts.operations.values():
            check_merging([operation.selection_set], parts.fragments)
        return parts


def invalid(errors: Iterable[GraphQLError]) -> QueryInvalid:
    """What graphql-core found wrong, as one error."""
    places = tuple(
        (
            error.message,
            tuple((place.line, place.column) for place in error.locations or ()),
        )
        for error in errors
    )
    return QueryInvalid(places[0][0], places)
