"""A list that was checked is not prepared again when its module asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from eerp import limits
from eerp.errors import ValidationFailed
from eerp.interfaces import Identity, Rows, Statement
from eerp.orm.registry import ModelRegistry
from eerp.orm.repository import Repository
from tests.orm.given import described

ANN = Identity("u-1", "ann", None, (), frozenset({"shop.*"}))
BOB = Identity("u-2", "bob", None, (), frozenset({"shop.*"}))
QUERY = (("name", "eq.a"), ("limit", "5"))


class Recorded:
    """A transaction that notes its statements and finds nothing."""

    begun = True

    def __init__(self) -> None:
        self.statements: list[Statement] = []

    async def run(self, statement: Statement) -> Rows:
        self.statements.append(statement)
        return []


def repository() -> Repository:
    registry = ModelRegistry()
    registry.register("shop", [described("things", name="text")])
    registry.freeze()
    return Repository(registry, b"k" * 32)


def asked(shop: Repository, query: Any, actor: Identity) -> Statement:
    transaction = Recorded()
    operation = {"op": "find", "model": "things", "query": query}
    running = shop.run(transaction, "shop", operation, actor=actor)
    failures: list[Any] = []
    Deferred.fromCoroutine(running).addErrback(failures.append)
    assert failures == []
    [statement] = transaction.statements
    return statement


def test_what_was_checked_is_what_is_run() -> None:
    shop, other = repository(), repository()
    shop.check_list("shop", "things", QUERY, ANN)
    pairs = [list(pair) for pair in QUERY]
    first = asked(shop, pairs, ANN)
    assert asked(shop, pairs, ANN) is first
    assert asked(other, pairs, ANN) == first
    assert asked(shop, pairs, BOB) is not first
    assert asked(shop, [["name", "eq.b"], ["limit", "5"]], ANN) != first


def test_what_is_wrong_is_refused_each_time_and_not_kept() -> None:
    shop = repository()
    for _ in range(2):
        with pytest.raises(ValidationFailed):
            shop.check_list("shop", "things", (("nmae", "eq.a"),), ANN)


def test_no_more_than_so_many_are_kept() -> None:
    shop = repository()
    for number in range(limits.LISTS_PREPARED_MAX + 10):
        shop.check_list("shop", "things", (("name", f"eq.{number}"),), ANN)
    assert len(shop._lists) == limits.LISTS_PREPARED_MAX
    assert asked(shop, [["name", "eq.0"]], ANN)


@pytest.mark.parametrize("query", [None, 5, [["name"]], [[["a"], "b"]], [{"a": 1}]])
def test_a_module_that_asks_nonsense_is_refused_as_before(query: Any) -> None:
    shop, transaction = repository(), Recorded()
    operation = {"op": "find", "model": "things", "query": query}
    failures: list[Any] = []
    running = shop.run(transaction, "shop", operation, actor=ANN)
    Deferred.fromCoroutine(running).addErrback(failures.append)
    if query is not None:
        [failure] = failures
        assert isinstance(failure.value, ValidationFailed)
