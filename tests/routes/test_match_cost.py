"""What a match may cost: a module is untrusted, and so are its routes."""

from __future__ import annotations

from itertools import product

import pytest

from eerp.errors import DescriptionInvalid, MethodNotAllowed, NotFound
from eerp.limits import GUEST_REGISTRATIONS_MAX, ROUTE_MATCH_STEPS_MAX
from eerp.routes import RouteTable

DEPTH = 16
BRANCHES = ("0", "{{p{0}:int}}", "{{p{0}}}")


class Counted(str):
    """Text that counts how often a node was asked for what follows it."""

    __slots__ = ()
    asked = 0

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        Counted.asked += 1
        return str.__hash__(self)


def add(table: RouteTable, path: str, module: str = "odd") -> None:
    table.register(
        module=module, prefix=module, method="POST", path=path,
        handler_id=1, permission=f"{module}.all",
    )  # fmt: skip


def bushy(table: RouteTable) -> int:
    """Every kind of segment at every level, and no way to the end; how many fit in."""
    for count, choice in enumerate(product(BRANCHES, repeat=DEPTH)):
        path = [form.format(level) for level, form in enumerate(choice)]
        try:
            add(table, "/" + "/".join(path))
        except DescriptionInvalid as error:
            assert error.module == "odd"
            return count
    raise AssertionError("all of them fitted in")


def test_a_table_that_makes_matches_expensive_is_refused() -> None:
    assert bushy(RouteTable()) < GUEST_REGISTRATIONS_MAX


@pytest.mark.parametrize("last", ["0", "x", "", "-"])
def test_no_path_is_looked_for_in_more_places_than_the_bound(last: str) -> None:
    table = RouteTable()
    bushy(table)
    table.freeze()
    path = [Counted(text) for text in ("api", "odd", *["0"] * (DEPTH - 1), last)]

    Counted.asked = 0
    with pytest.raises((MethodNotAllowed, NotFound)):
        table.match("GET", tuple(path))

    # Once for the route, once for what is allowed.
    assert Counted.asked <= 2 * (ROUTE_MATCH_STEPS_MAX + 2)
    assert Counted.asked > 10 * DEPTH


def test_a_module_that_was_refused_is_no_burden_to_the_others() -> None:
    table = RouteTable()
    bushy(table)
    table.withdraw("odd")
    add(table, "/things/{id}", "even")
    table.freeze()
    assert [route.module for route in table.routes()] == ["even"]


def test_many_ordinary_routes_are_not_expensive() -> None:
    table = RouteTable()
    for number in range(GUEST_REGISTRATIONS_MAX // 4):
        for path in ("", "/{id:uuid}", "/{id:uuid}/restore", "/new"):
            add(table, f"/things{number}{path}")
    table.freeze()
    path = ("api", "odd", "things77", "7", "restore")

    Counted.asked = 0
    with pytest.raises(NotFound):
        table.match("GET", tuple(map(Counted, path)))

    assert Counted.asked <= 2 * len(path)
