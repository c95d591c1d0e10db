"""The types of records: what a model shows, its relations, and pages of it.

Each field says in its `extensions`, under ``BINDING``, what it stands for; planning
reads that, and no resolver is ever called.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field, frozen
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from eerp.graphql.bindings import BINDING, Column, Extended, Related
from eerp.graphql.inputs import Inputs
from eerp.graphql.names import Names, camel
from eerp.graphql.relations import relation_names, shown
from eerp.graphql.scalars import BIG_INT, leaf_of
from eerp.limits import GRAPHQL_ROWS_PER_RELATION, ROWS_PER_PAGE
from eerp.orm.model import EXTENSIONS, Extension, Field, Model, Relation

__all__ = ["RecordTypes", "Records", "page_arguments"]

PAGE_INFO = GraphQLObjectType(
    "PageInfo",
    {
        "hasNextPage": GraphQLField(GraphQLNonNull(GraphQLBoolean)),
        "hasPreviousPage": GraphQLField(GraphQLNonNull(GraphQLBoolean)),
        "startCursor": GraphQLField(GraphQLString),
        "endCursor": GraphQLField(GraphQLString),
    },
    description="Where a page lies in its list, as Relay wants to know it.",
)
DELETED = GraphQLEnumType(
    "Deleted",
    {"exclude": "exclude", "include": "include", "only": "only"},
    description="Whether deleted records are found.",
)


@frozen(eq=False)
class RecordTypes:
    """The types of one model."""

    record: GraphQLObjectType
    edge: GraphQLObjectType
    connection: GraphQLObjectType


@define(eq=False)
class Records:
    """Makes the types of models, each once; `names` are those of all types."""

    names: Names
    inputs: Inputs
    _made: dict[int, RecordTypes] = field(factory=dict, init=False)

    def of(self, model: Model) -> RecordTypes:
        """The types of `model`."""
        made = self._made.get(id(model))
        if made is None:
            made = self._made[id(model)] = self._make(model)
        return made

    def _make(self, model: Model) -> RecordTypes:
        name = self.inputs.name_of(model)
        record = GraphQLObjectType(
            name, lambda: self._fields(model), description=f"{model.title}."
        )
        edge = GraphQLObjectType(
            self.names.take(f"{name}Edge"),
            {
                "cursor": GraphQLField(GraphQLNonNull(GraphQLString)),
                "node": GraphQLField(GraphQLNonNull(record)),
            },
            description=f"{model.title} in a page, and where in the list it stands.",
        )
        return RecordTypes(record, edge, self._connection(name, model, record, edge))

    def _connection(
        self,
        name: str,
        model: Model,
        record: GraphQLObjectType,
        edge: GraphQLObjectType,
    ) -> GraphQLObjectType:
        listed = {"edges": edge, "nodes": record}
        fields = {
            key: GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(kind))))
            for key, kind in listed.items()
        }
        fields["pageInfo"] = GraphQLField(GraphQLNonNull(PAGE_INFO))
        fields["totalCount"] = GraphQLField(
            GraphQLNonNull(BIG_INT), description="How many there are in all pages."
        )
        return GraphQLObjectType(
            self.names.take(f"{name}Connection"),
            fields,
            description=f"A page of {model.plural}.",
        )

    def _fields(self, model: Model) -> Mapping[str, GraphQLField]:
        names = Names()
        fields = {
            names.take(each.name): self._column(model, each)
            for each in model.fields.values()
            if each.source is None
        }
        if model.extensions:
            fields[names.take(EXTENSIONS)] = self._extensions(model)
        for relation in shown(model.relations.values()):
            key = names.take(*relation_names(relation))
            fields[key] = self._relation(relation)
        return fields

    def _column(self, model: Model, column: Field) -> GraphQLField:
        kind = self.inputs.enum_of(model, column) or leaf_of(column.type)
        # A field that is not for everybody is not there for some.
        nullable = column.nullable or column.read is not None
        return GraphQLField(
            kind if nullable else GraphQLNonNull(kind),
            description=column.label or None,
            extensions={BINDING: Column(column.name)},
        )

    def _extensions(self, model: Model) -> GraphQLField:
        fields = {
            name: GraphQLField(
                self._extension(model, extension),
                description=f"What {name} keeps; null where it keeps nothing.",
                extensions={BINDING: Column(name)},
            )
            for name, extension in model.extensions.items()
        }
        kind = GraphQLObjectType(
            self.names.take(f"{self.inputs.name_of(model)}Extensions"),
            fields,
            description=f"What other modules keep of {model.plural}.",
        )
        return GraphQLField(kind, extensions={BINDING: Extended()})

    def _extension(self, model: Model, extension: Extension) -> GraphQLObjectType:
        fields = {
            name: GraphQLField(
                leaf_of(column.type),
                description=column.label or None,
                extensions={BINDING: Column(name)},
            )
            for name, column in extension.fields.items()
        }
        wanted = camel(self.inputs.name_of(model), extension.module, "Extension")
        return GraphQLObjectType(self.names.take(wanted), fields)

    def _relation(self, relation: Relation) -> GraphQLField:
        related = self.of(relation.model)
        binding = {BINDING: Related(relation)}
        if not relation.many:
            words = f"What {relation.field} refers to; null where nobody may see it."
            return GraphQLField(related.record, description=words, extensions=binding)
        return GraphQLField(
            GraphQLNonNull(related.connection),
            page_arguments(self.inputs, relation.model, GRAPHQL_ROWS_PER_RELATION),
            description=f"{relation.model.plural} whose {relation.field} it is.",
            extensions=binding,
        )


def page_arguments(
    inputs: Inputs, model: Model, first: int = ROWS_PER_PAGE
) -> dict[str, GraphQLArgument]:
    """The arguments of a connection."""
    arguments = {
        "first": GraphQLArgument(
            GraphQLInt,
            default=GraphQLDefaultInput(first),
            description="How many records a page has at most.",
        ),
        "after": GraphQLArgument(
            GraphQLString, description="The cursor of the record before the page."
        ),
    }
    arguments["filter"] = GraphQLArgument(inputs.filter_of(model))
    order = inputs.order_of(model)
    arguments["order_by"] = GraphQLArgument(GraphQLList(GraphQLNonNull(order)))
    return arguments
