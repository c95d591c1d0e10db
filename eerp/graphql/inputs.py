"""What lists take: filters and orders of each model, as input types."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field, frozen
from graphql import (
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    get_named_type,
)

from eerp.graphql.bindings import BINDING
from eerp.graphql.names import Names, camel, is_name, snake
from eerp.graphql.relations import relation_names, shown
from eerp.graphql.scalars import leaf_of
from eerp.orm.fields import OPERATORS, SEARCHES, SqlType
from eerp.orm.model import Field, Model

__all__ = ["Compared", "Grouped", "Hopped", "Inputs"]

DIRECTION = GraphQLEnumType("Direction", {"ASC": "asc", "DESC": "desc"})
NULLS = GraphQLEnumType("Nulls", {"FIRST": "nullsfirst", "LAST": "nullslast"})
_OF_CHOICES = frozenset({"eq", "neq", "in", "is", "isdistinct"})
_NAMED = {"is": "is_null", "isdistinct": "is_distinct"}


@frozen
class Grouped:
    """A group of conditions: ``and``, ``or`` or ``not``."""

    word: str


@frozen
class Compared:
    """A field to be compared, as the ORM calls it."""

    name: str
    type: SqlType


@frozen
class Hopped:
    """Records that a relation leads to, by its name in the ORM."""

    name: str


@define(eq=False)
class Inputs:
    """Makes the input types of models, each once; `names` are those of all types."""

    names: Names
    _named: dict[int, str] = field(factory=dict, init=False)
    _enums: dict[tuple[int, str], GraphQLEnumType] = field(factory=dict, init=False)
    _filters: dict[int, GraphQLInputObjectType] = field(factory=dict, init=False)
    _orders: dict[int, GraphQLInputObjectType] = field(factory=dict, init=False)
    _compared: dict[str, GraphQLInputObjectType] = field(factory=dict, init=False)

    def name_of(self, model: Model) -> str:
        """What the type of the model's records is called."""
        name = self._named.get(id(model))
        if name is None:
            wanted = camel(model.module, model.title), camel(model.module, model.name)
            name = self._named[id(model)] = self.names.take(*wanted)
        return name

    def enum_of(self, model: Model, column: Field) -> GraphQLEnumType | None:
        """The type of a field with a choice of words, all of which are names."""
        words = column.values
        if not words or not all(map(is_name, words)):
            return None
        key = id(model), column.name
        made = self._enums.get(key)
        if made is None:
            name = self.names.take(self.name_of(model) + camel(snake(column.name)))
            made = self._enums[key] = GraphQLEnumType(
                name, dict(zip(words, words, strict=True)), description=column.label
            )
        return made

    def filter_of(self, model: Model) -> GraphQLInputObjectType:
        """What records of the model are found by."""
        made = self._filters.get(id(model))
        if made is None:
            name = self.names.take(f"{self.name_of(model)}Filter")
            made = self._filters[id(model)] = GraphQLInputObjectType(
                name,
                lambda: self._conditions(model),
                description=f"Finds {model.plural}: all that is said must hold.",
            )
        return made

    def _conditions(self, model: Model) -> Mapping[str, GraphQLInputField]:
        itself = self.filter_of(model)
        names = Names()
        several = GraphQLList(GraphQLNonNull(itself))
        fields = {
            names.take(word): GraphQLInputField(
                itself if word == "not" else several,
                extensions={BINDING: Grouped(word)},
            )
            for word in ("and", "or", "not")
        }
        for column in model.fields.values():
            name = names.take(snake(column.name))
            fields[name] = GraphQLInputField(
                self._comparisons(model, column),
                description=column.label or None,
                extensions={BINDING: Compared(column.name, column.type)},
            )
        for relation in shown(model.relations.values()):
            name = names.take(*relation_names(relation))
            fields[name] = GraphQLInputField(
                self.filter_of(relation.model),
                extensions={BINDING: Hopped(relation.name)},
            )
        return fields

    def _comparisons(self, model: Model, column: Field) -> GraphQLInputObjectType:
        """What a field can be compared with; alike for all of a type."""
        choices = self.enum_of(model, column)
        if choices is not None:
            return self._comparing(choices.name, choices, _OF_CHOICES)
        kind = column.type
        of_many = kind.element is not None
        leaf = leaf_of(kind)
        stem = get_named_type(leaf).name + ("List" if of_many else "")
        allowed = kind.operators - ({"is"} if of_many else set())
        return self._comparing(stem, leaf, allowed | {"is"})

    def _comparing(
        self, stem: str, leaf: GraphQLInputType, operators: frozenset[str]
    ) -> GraphQLInputObjectType:
        made = self._compared.get(stem)
        if made is None:
            known = [each for each in OPERATORS if each in operators]
            fields = {
                _NAMED.get(each, each): GraphQLInputField(_taken(each, leaf))
                for each in known
            }
            if operators & SEARCHES:
                words = "The language of the searches; none, unless it is said."
                fields["language"] = GraphQLInputField(GraphQLString, description=words)
            name = self.names.take(f"{stem}Comparison")
            made = self._compared[stem] = GraphQLInputObjectType(name, fields)
        return made

    def order_of(self, model: Model) -> GraphQLInputObjectType:
        """One key of the order of records of the model."""
        made = self._orders.get(id(model))
        if made is None:
            made = self._orders[id(model)] = self._order(model)
        return made

    def _order(self, model: Model) -> GraphQLInputObjectType:
        names = Names()
        ordered = {
            names.take(_value_name(snake(column.name))): column.name
            for column in model.fields.values()
            if column.type.ordered
        }
        name = self.name_of(model)
        columns = GraphQLEnumType(self.names.take(f"{name}OrderField"), ordered)
        ascending = GraphQLDefaultInput("ASC")
        return GraphQLInputObjectType(
            self.names.take(f"{name}Order"),
            {
                "field": GraphQLInputField(GraphQLNonNull(columns)),
                "direction": GraphQLInputField(
                    GraphQLNonNull(DIRECTION), default=ascending
                ),
                "nulls": GraphQLInputField(NULLS),
            },
        )


def _value_name(name: str) -> str:
    """A field may be called ``true``, a value of an enum may not."""
    return name if is_name(name) else f"{name}_"


def _taken(operator: str, leaf: GraphQLInputType) -> GraphQLInputType:
    """What an operator takes."""
    if operator == "is":
        return GraphQLBoolean
    if operator == "in":
        return GraphQLList(GraphQLNonNull(leaf))
    if operator in SEARCHES or operator in ("like", "ilike"):
        return GraphQLString
    return leaf
