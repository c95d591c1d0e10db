"""The query string of a list, in PostgREST's grammar.

::

    name=ilike.*ann*   age=not.gte.18   id=in.(a,"b,c")   deleted_at=is.null
    company.name=eq.Acme   tags=cs.{a,b}   notes=wfts(english).late payment
    or=(first_name.eq.Ann,and(age.gt.3,age.lt.9))   not.and=(...)
    order=last_name.asc,created_at.desc.nullslast   limit=50   cursor=...
    select=id,last_name,company(name)   deleted=include   count=exact

A field that is called like one of the reserved words can be filtered inside of
``and=(...)``. In lists and groups a value that holds ``,()"`` is put in double
quotes, with a backslash before a quote or a backslash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from attrs import define, field

from eerp.errors import Fault, ValidationFailed
from eerp.limits import QUERY_PARAMETERS_MAX
from eerp.orm.access import Caller
from eerp.orm.aggregate import Aggregate, read_selected
from eerp.orm.condition import Condition, Reader
from eerp.orm.faults import refuse_any, refused
from eerp.orm.filters import joined, read_filter
from eerp.orm.model import Model
from eerp.orm.order import Wanted, default_order, order_keys, order_of_text
from eerp.orm.paging import limit_of_text, read_count, read_cursor, read_deleted
from eerp.orm.query import NOBODY, Find, Source, check_expanded
from eerp.orm.select import Item, has_functions, read_items, read_selection

__all__ = ["read_query"]


def read_query(
    model: Model, pairs: Iterable[tuple[str, str]], caller: Caller = NOBODY
) -> Find | Aggregate:
    """The request of decoded query pairs: for groups when its select has functions,
    else for records. Raises `ValidationFailed`, all faults, each with ``query/`` and
    the parameter as its pointer, and `Forbidden`."""
    pairs = list(pairs)
    if len(pairs) > QUERY_PARAMETERS_MAX:
        message = f"There are more than {QUERY_PARAMETERS_MAX} query parameters."
        raise refused("query", "too_many", message)
    query = _Query(Source.of(model, caller))
    for name, text in pairs:
        query.collect(partial(query.take, name, text))
    return query.finish()


@define
class _Query:
    """A query string, as far as it was read."""

    source: Source
    reader: Reader = field(init=False)
    faults: list[Fault] = field(factory=list)
    settings: dict[str, Any] = field(factory=dict)
    conditions: list[Condition] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.reader = self.source.reader()

    def collect(self, step: Callable[[], None]) -> None:
        """Take a step, and keep its faults."""
        try:
            step()
        except ValidationFailed as error:
            self.faults.extend(error.errors)

    def take(self, name: str, text: str) -> None:
        """Read one parameter."""
        if name not in _SETTINGS:
            self.conditions.append(
                read_filter(self.reader, name, text, f"query/{name}")
            )
            return
        if name in self.settings:
            message = f"The parameter {name} is given twice."
            raise refused(f"query/{name}", "duplicate", message)
        self.settings[name] = _SETTINGS[name](text)

    def finish(self) -> Find | Aggregate:
        """What was asked for; here order and select meet the model."""
        settings = self.settings
        items: tuple[Item, ...] | None = settings.pop("select", None)
        wanted: Wanted | None = settings.pop("order", None)
        if items is not None and has_functions(items):
            return self._aggregate(items, wanted)
        view = self.source.view
        if wanted is not None:
            self.collect(
                lambda: settings.update(order=order_keys(view, wanted, "query/order"))
            )
        if items is not None:
            self.collect(
                lambda: settings.update(
                    select=read_selection(
                        items, view, self.source.caller, "query/select"
                    )
                )
            )
        refuse_any(self.faults)
        settings.setdefault("order", default_order(view))
        find = Find(where=joined(self.conditions), **settings)
        if find.select is not None:
            check_expanded(find.select, find.limit, "query/select")
        return find

    def _aggregate(self, items: tuple[Item, ...], wanted: Wanted | None) -> Aggregate:
        for name in self.settings.keys() & {"cursor", "count"}:
            message = f"Groups are shown without {name}."
            self.faults.append(Fault(f"query/{name}", "unknown", message))
        refuse_any(self.faults)
        return read_selected(
            self.source.view,
            items,
            where=joined(self.conditions),
            order=wanted or [],
            **self.settings,
        )


_SETTINGS: Mapping[str, Callable[[str], Any]] = {
    "order": lambda text: order_of_text(text, "query/order"),
    "select": lambda text: read_items(text, "query/select"),
    "limit": lambda text: limit_of_text(text, "query/limit"),
    "cursor": lambda text: read_cursor(text, "query/cursor"),
    "deleted": lambda text: read_deleted(text, "query/deleted"),
    "count": lambda text: read_count(text, "query/count"),
}
