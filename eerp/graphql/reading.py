"""What a query asks of records, as the select of a list, and how it is made of rows.

A value is shaped by a function that is put together once for the operation and called
for each row: nothing is looked up in the schema while the rows pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import methodcaller
from typing import Any

from attrs import define
from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    SelectionSetNode,
    get_named_type,
)

from eerp.errors import GuestProtocolError
from eerp.graphql.bindings import BINDING, Column, Extended, Related
from eerp.graphql.cost import Cost
from eerp.graphql.pages import Found, Page, Pages
from eerp.graphql.select import Reader, Select
from eerp.graphql.selection import Selected, Selections
from eerp.limits import ROWS_PER_RELATION_MAX
from eerp.orm.access import Caller
from eerp.orm.cursor import Cursors
from eerp.orm.faults import refused
from eerp.orm.model import EXTENSIONS, Model

__all__ = ["Reading"]

_TYPENAME = "__typename"


@define(eq=False)
class Reading:
    """Puts together what one operation reads."""

    selections: Selections
    caller: Caller
    cursors: Cursors
    cost: Cost

    def record(
        self,
        kind: GraphQLObjectType,
        asked: Sequence[SelectionSetNode],
        select: Select,
        rows: int = 1,
    ) -> Reader:
        """How a value of `kind` is made; what it takes goes to `select`. There will be
        so many `rows` at most."""
        fields = self.selections.of(kind, asked)
        self.cost.spend(rows, len(fields))
        entries = [(each.key, self._entry(kind, each, select, rows)) for each in fields]

        def read(value: Any) -> Any:
            return {key: reader(value) for key, reader in entries}

        return read

    def _entry(
        self, kind: GraphQLObjectType, asked: Selected, select: Select, rows: int
    ) -> Reader:
        if asked.name == _TYPENAME:
            return lambda _: kind.name
        assert asked.field is not None
        match asked.field.extensions[BINDING]:
            case Column(name):
                select.add(name)
                return self._column(name, asked, rows)
            case Extended():
                select.add(EXTENSIONS)
                return self._column(EXTENSIONS, asked, rows)
            case Related(relation):
                alias = select.alias(kind)
                # It has its place before what is within it is read.
                place = len(select.relations)
                select.relations.append("")
                if relation.many:
                    text, reader = self._many(relation.model, alias, asked, rows)
                else:
                    text, reader = self._one(alias, asked, rows)
                select.relations[place] = f"{alias}:{relation.name}{text}"
                return reader
        raise AssertionError(asked.name)

    def _column(self, name: str, asked: Selected, rows: int) -> Reader:
        assert asked.field is not None
        kind = asked.field.type
        if isinstance(get_named_type(kind), GraphQLObjectType):
            inner = self.value(kind, asked.selections, rows)
            return lambda row: inner(row.get(name))
        shown: Reader = methodcaller("get", name)
        return _present(shown) if isinstance(kind, GraphQLNonNull) else shown

    def value(
        self, kind: Any, asked: Sequence[SelectionSetNode], rows: int = 1
    ) -> Reader:
        """How a value that a module made is answered: it shows no more than it has."""
        if isinstance(kind, GraphQLNonNull):
            return _present(self.value(kind.of_type, asked, rows))
        if isinstance(kind, GraphQLList):
            of_each = self.value(kind.of_type, asked, rows)
            return lambda value: (
                None if value is None else [of_each(one) for one in _listed(value)]
            )
        if not isinstance(kind, GraphQLObjectType):
            return lambda value: value
        select = Select()
        reader = self.record(kind, asked, select, rows)
        if select.relations:
            message = "Relations cannot be selected here: read the records by a list."
            raise refused("select", "unknown_relation", message)
        return lambda value: None if value is None else reader(_object(value))

    def _one(self, alias: str, asked: Selected, rows: int) -> tuple[str, Reader]:
        assert asked.field is not None
        kind = get_named_type(asked.field.type)
        assert isinstance(kind, GraphQLObjectType)
        inner = Select()
        reader = self.record(kind, asked.selections, inner, rows)

        def read(row: Any) -> Any:
            value = row[alias]
            return None if value is None else reader(value)

        return f"({inner.text()})", read

    def _many(
        self, model: Model, alias: str, asked: Selected, rows: int
    ) -> tuple[str, Reader]:
        page = self.pages().read(asked, model, ROWS_PER_RELATION_MAX, rows)
        first = page.first

        def read(row: Any) -> Any:
            return page.reader(_found(row[alias], page, first))

        return f"[{page.said()}]({page.select.text()})", read

    def pages(self) -> Pages:
        """What reads connections."""
        return Pages(self.selections, self.caller, self.cursors, self.record)


def _found(value: Any, page: Page, first: int) -> Found:
    """The records behind a relation; one more than are shown tells of further ones."""
    items, total = (value["items"], value["total"]) if page.counted else (value, None)
    return Found(items[:first], len(items) > first, total, page.began)


def _present(reader: Reader) -> Reader:
    def read(value: Any) -> Any:
        found = reader(value)
        if found is None:
            raise _undeclared()
        return found

    return read


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _undeclared()
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _undeclared()
    return value


def _undeclared() -> GuestProtocolError:
    return GuestProtocolError("The module's answer is not what it declares.")
