"""What a request wants to see: fields, related records, and functions of groups.

::

    id,name,company(id,name),contacts(first_name),lead:contacts!company_id(*)
    id,contacts[last_name=like.A*&order=last_name&limit=5](first_name)
    stage_id,total:expected_revenue.sum(),n:count(),month:created_at.month()

The text is read into `Item`s first, which know nothing of models; with a function in
it, it asks for groups (:mod:`eerp.orm.aggregate`), else for records. What stands in
square brackets says which of many related records are meant (:mod:`eerp.orm.related`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from attrs import define, evolve, field, frozen

from eerp.limits import (
    FIELDS_PER_MODEL_MAX,
    RELATION_DEPTH_MAX,
    RELATIONS_SELECTED_MAX,
    SELECT_CHARACTERS_MAX,
)
from eerp.orm.condition import Budget
from eerp.orm.faults import refused
from eerp.orm.model import EXTENSIONS, Field, Model
from eerp.orm.order import Key
from eerp.orm.related import Page, read_page
from eerp.orm.relations import Hop, Seer, follow
from eerp.orm.scanner import Scanner
from eerp.orm.view import View, field_of

__all__ = ["Expansion", "Item", "Opener", "Selection", "has_functions", "opened",
           "read_items", "read_selection"]  # fmt: skip

_NAME = r"[a-z][a-z0-9_]{0,62}"
_SAID = re.compile(r"\[([^\]]*)\]")
_ITEM = re.compile(
    rf"(?:({_NAME}):)?(\*|{_NAME}(?:\.{_NAME}){{0,2}}(?:!{_NAME})?)(?:\.({_NAME}))?(\(\))?"
)


@frozen
class Item:
    """One part of a select: a field, a function, or a relation with parts of its own
    and what is said of it in brackets."""

    name: str
    alias: str | None = None
    function: str | None = None
    parts: tuple[Item, ...] | None = None
    said: str | None = None


@frozen(eq=False)
class Expansion:
    """Related records, and what is shown of them under `name`; `page` says which,
    where there are many."""

    name: str
    hop: Hop
    selection: Selection
    page: Page | None = None


@frozen(eq=False)
class Selection:
    """What is shown of a record. `extended` shows what extensions keep of it."""

    fields: tuple[Field, ...]
    expansions: tuple[Expansion, ...] = ()
    extended: bool = False

    @property
    def rows(self) -> int:
        """How many records of one-to-many relations one record can show."""
        each = [
            expansion.selection.rows
            if expansion.page is None
            else expansion.page.limit * (1 + expansion.selection.rows)
            for expansion in self.expansions
        ]
        return sum(each)


def read_items(text: object, pointer: str) -> tuple[Item, ...]:
    """The parts of a select. Raises `ValidationFailed`."""
    if not isinstance(text, str) or len(text) > SELECT_CHARACTERS_MAX:
        raise refused(pointer, "format", "A select is text, not too long.")
    scanner = Scanner(text, pointer)
    items = _items(scanner, RELATION_DEPTH_MAX)
    scanner.end()
    return items


def _items(scanner: Scanner, depth: int) -> tuple[Item, ...]:
    items = [_item(scanner, depth)]
    while scanner.text[scanner.position : scanner.position + 1] == ",":
        scanner.position += 1
        items.append(_item(scanner, depth))
    if len(items) > FIELDS_PER_MODEL_MAX:
        raise scanner.wrong(f"A select has at most {FIELDS_PER_MODEL_MAX} parts")
    return tuple(items)


def _item(scanner: Scanner, depth: int) -> Item:
    found = scanner.take(_ITEM)
    if found is None:
        raise scanner.wrong("A part of a select is like name or company(name)")
    alias, name, empty = found[1], found[2], found[4] is not None
    if found[3] is not None:
        name = f"{name}.{found[3]}"
    if empty:
        subject, _, function = name.rpartition(".")
        return Item(subject, alias, function)
    said = scanner.take(_SAID)
    if said is None and scanner.text[scanner.position : scanner.position + 1] != "(":
        return Item(name, alias)
    if depth == 0:
        message = f"Relations are selected at most {RELATION_DEPTH_MAX} deep"
        raise scanner.wrong(message)
    scanner.expect("(")
    parts = _items(scanner, depth - 1)
    scanner.expect(")")
    return Item(name, alias, None, parts, None if said is None else said[1])


def has_functions(items: Sequence[Item]) -> bool:
    """Whether groups are asked for, and not records."""
    return any(item.function is not None for item in items)


def read_selection(
    items: Sequence[Item], view: View, seer: Seer, pointer: str
) -> Selection:
    """What is shown of a record: the id first, then what is asked for. Raises
    `ValidationFailed`, and `Forbidden` for what the caller may not read."""
    first = Item("id")
    return _Selecting(seer, pointer).read([first, *items], view)


Opener = Callable[[Model, Sequence[Key], str], tuple[str | None, ...]]
"""Opens a cursor of a model in an order: the texts to bind, one for each key."""


def opened(selection: Selection, opener: Opener) -> Selection:
    """`selection` with the cursors of its relations open. Raises what `opener`
    does."""
    if not selection.expansions:
        return selection
    expansions = tuple(_opened(each, opener) for each in selection.expansions)
    return evolve(selection, expansions=expansions)


def _opened(expansion: Expansion, opener: Opener) -> Expansion:
    page = expansion.page
    if page is not None and page.cursor is not None:
        after = opener(expansion.hop.view.model, page.order, page.cursor)
        page = evolve(page, after=after)
    return evolve(expansion, selection=opened(expansion.selection, opener), page=page)


@define
class _Selecting:
    """Reads one select, and counts the relations and comparisons in it."""

    seer: Seer
    pointer: str
    relations: int = 0
    budget: Budget = field(factory=Budget)

    def read(self, items: Sequence[Item], view: View) -> Selection:
        """What is shown of the records of a view."""
        fields: dict[str, Field] = {}
        expansions: dict[str, Expansion] = {}
        extended = False
        for item in items:
            if item.parts is not None:
                self._expand(item, view, expansions)
            elif item.name == "*":
                fields |= {n: f for n, f in view.fields.items() if f.source is None}
                extended = bool(view.model.extensions)
            elif item.name == EXTENSIONS and view.model.extensions:
                extended = True
            else:
                fields[item.name] = self._field(item, view)
        shown = [*fields, EXTENSIONS] if extended else list(fields)
        for name in shown:
            if name in expansions:
                raise self._twice(name)
        return Selection(tuple(fields.values()), tuple(expansions.values()), extended)

    def _field(self, item: Item, view: View) -> Field:
        if item.alias is not None or item.function is not None:
            message = "Fields of records are selected by their own names."
            raise refused(self.pointer, "format", message)
        found = field_of(view.fields, item.name, self.pointer, view.hidden)
        if found.source is not None:
            message = f"Select {EXTENSIONS} to see {item.name}."
            raise refused(self.pointer, "format", message)
        return found

    def _expand(self, item: Item, view: View, expansions: dict[str, Expansion]) -> None:
        self.relations += 1
        if self.relations > RELATIONS_SELECTED_MAX:
            message = f"A select has at most {RELATIONS_SELECTED_MAX} relations."
            raise refused(self.pointer, "too_many", message)
        hop = follow(self.seer, view, item.name, self.pointer)
        name = item.alias or item.name.partition("!")[0]
        if name in expansions:
            raise self._twice(name)
        page = self._page(item, hop)
        selection = self.read(item.parts or (), hop.view)
        expansions[name] = Expansion(name, hop, selection, page)

    def _page(self, item: Item, hop: Hop) -> Page | None:
        if hop.relation.many:
            return read_page(hop.view, self.seer, self.budget, item.said, self.pointer)
        if item.said is not None:
            message = f"{item.name} is one record: nothing is said of it in brackets."
            raise refused(self.pointer, "format", message)
        return None

    def _twice(self, name: str) -> Exception:
        message = f"{name} is selected twice; give one of them a name, as a:{name}."
        return refused(self.pointer, "duplicate", message)
