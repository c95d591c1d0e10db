"""Connections: pages of records, as Relay wants them.

A cursor of one record is made of what the record shows, as the ORM makes that of a
page: the values of the order's keys, sealed. So each is good for the list, in REST too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from attrs import define, field, frozen
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type

from eerp.graphql.filters import filter_text, order_text
from eerp.graphql.select import Reader, Select
from eerp.graphql.selection import Selected, Selections
from eerp.orm.access import Caller
from eerp.orm.cursor import Cursors
from eerp.orm.faults import refused
from eerp.orm.model import EXTENSIONS, Model
from eerp.orm.order import Key, default_order, order_keys, order_of_text

__all__ = ["Found", "Page", "Pages"]

_TYPENAME = "__typename"


@frozen
class Found:
    """The records of a page; whether there are `more`, and whether it `began` after
    another record."""

    items: Sequence[Any]
    more: bool
    total: int | None
    began: bool


@define(eq=False)
class Page:
    """A page that is asked for: the settings of its list, and how it is answered."""

    select: Select
    first: int
    settings: dict[str, str] = field(factory=dict)
    reader: Callable[[Found], Any] = field(init=False)

    @property
    def counted(self) -> bool:
        """Whether the records of all pages are counted."""
        return "count" in self.settings

    @property
    def began(self) -> bool:
        """Whether it lies after a record."""
        return "cursor" in self.settings

    def said(self) -> str:
        """What a select says in brackets: a record more than are shown."""
        settings = {"limit": str(self.first + 1), **self.settings}
        return "&".join(f"{name}={quote(text)}" for name, text in settings.items())


@define(eq=False)
class Pages:
    """Reads the connections of one operation."""

    selections: Selections
    caller: Caller
    cursors: Cursors
    record: Callable[..., Reader]

    def read(self, asked: Selected, model: Model, most: int, rows: int = 1) -> Page:
        """The page of `model` that a field asks for, for each of so many `rows`; it
        may have `most` records."""
        assert asked.field is not None
        arguments = asked.arguments
        page = Page(Select(), _first(arguments, most))
        kind = get_named_type(asked.field.args["filter"].type)
        assert isinstance(kind, GraphQLInputObjectType)
        said = {
            "and": filter_text(kind, arguments.get("filter")),
            "order": order_text(arguments.get("order_by")),
            "cursor": arguments.get("after") or "",
            "deleted": arguments.get("deleted") or "",
        }
        page.settings |= {name: text for name, text in said.items() if text}
        connection = get_named_type(asked.field.type)
        assert isinstance(connection, GraphQLObjectType)
        reader = _Reading(self, model, page, rows * page.first)
        page.reader = reader.connection(connection, asked)
        return page


def _first(arguments: Mapping[str, Any], most: int) -> int:
    first = arguments.get("first")
    if first is None or not 1 <= first <= most:
        message = f"A page has from 1 to {most} records."
        raise refused("query/first", "range", message)
    return int(first)


@define(eq=False)
class _Reading:
    """Puts together how one page is answered."""

    pages: Pages
    model: Model
    page: Page
    rows: int

    def connection(
        self, kind: GraphQLObjectType, asked: Selected
    ) -> Callable[[Found], Any]:
        """How a page becomes a connection."""
        parts = {
            "edges": self._edges,
            "nodes": self._nodes,
            "pageInfo": self._info,
            "totalCount": self._total,
        }
        return self._object(kind, asked, parts)

    def _object(
        self,
        kind: GraphQLObjectType,
        asked: Selected,
        parts: Mapping[str, Callable[[Selected], Callable[[Any], Any]]],
    ) -> Callable[[Any], Any]:
        fields = self.pages.selections.of(kind, asked.selections)
        entries = [
            (
                each.key,
                (lambda _: kind.name)
                if each.name == _TYPENAME
                else parts[each.name](each),
            )
            for each in fields
        ]
        return lambda value: {key: reader(value) for key, reader in entries}

    def _edges(self, asked: Selected) -> Callable[[Found], Any]:
        assert asked.field is not None
        kind = get_named_type(asked.field.type)
        assert isinstance(kind, GraphQLObjectType)
        of_each = self._object(
            kind, asked, {"cursor": lambda _: self._sealer(), "node": self._record}
        )
        return lambda found: [of_each(item) for item in found.items]

    def _nodes(self, asked: Selected) -> Callable[[Found], Any]:
        of_each = self._record(asked)
        return lambda found: [of_each(item) for item in found.items]

    def _record(self, asked: Selected) -> Reader:
        assert asked.field is not None
        kind = get_named_type(asked.field.type)
        return self.pages.record(kind, asked.selections, self.page.select, self.rows)

    def _info(self, asked: Selected) -> Callable[[Found], Any]:
        assert asked.field is not None
        kind = get_named_type(asked.field.type)
        assert isinstance(kind, GraphQLObjectType)
        return self._object(
            kind,
            asked,
            {
                "hasNextPage": lambda _: lambda found: found.more,
                "hasPreviousPage": lambda _: lambda found: found.began,
                "startCursor": lambda _: self._at(0),
                "endCursor": lambda _: self._at(-1),
            },
        )

    def _at(self, place: int) -> Callable[[Found], Any]:
        seal = self._sealer()
        return lambda found: seal(found.items[place]) if found.items else None

    def _total(self, _asked: Selected) -> Callable[[Found], Any]:
        self.page.settings["count"] = "exact"
        return lambda found: str(found.total)

    def _sealer(self) -> Callable[[Any], str]:
        """Makes the cursor of a record; what it is made of is shown."""
        model, seal = self.model, self.pages.cursors.seal
        order = self._order()
        values = [self._key(key) for key in order]
        return lambda row: seal(model, order, [value(row) for value in values])

    def _order(self) -> tuple[Key, ...]:
        view = self.pages.caller.seen(self.model, 0)
        said = self.page.settings.get("order")
        if said is None:
            return default_order(view)
        return order_keys(view, order_of_text(said, "order_by"), "query/order_by")

    def _key(self, key: Key) -> Reader:
        name = key.field.name
        if key.field.source is None:
            self.page.select.add(name)
            return lambda row: row[name]
        self.page.select.add(EXTENSIONS)
        _, module, inner = name.split(".")

        def read(row: Any) -> Any:
            kept = row[EXTENSIONS][module]
            return None if kept is None else kept[inner]

        return read
