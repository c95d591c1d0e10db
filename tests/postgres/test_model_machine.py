"""Random operations of several users: PostgreSQL and a few dictionaries agree.

The dictionaries are the model of what the ORM promises: who sees what, which errors
come, what is in the audit trail. Hypothesis looks for a sequence of operations in
which the two part.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from psycopg2.extensions import make_dsn, parse_dsn
from pytest_twisted import ensureDeferred
from twisted.internet.threads import deferToThread

from eerp.database.embedded import Embedded
from eerp.database.pool import Pool
from eerp.errors import (
    Conflict,
    EerpError,
    Forbidden,
    NotFound,
    PreconditionFailed,
    ValidationFailed,
)
from eerp.interfaces import Identity
from eerp.migrations.apply import apply, plan
from eerp.orm.registry import ModelRegistry
from eerp.orm.repository import Repository
from tests.conftest import wait_for
from tests.postgres.rival_shop import (
    CID,
    CUSTOMERS,
    MIGRATIONS,
    NAMES,
    NOBODY,
    ORDERS,
    ROOT,
    TIERS,
    USERS,
    A,
    B,
    Row,
    World,
    may_have,
)  # fmt: skip


@pytest.fixture
def world(pool: Pool, postgres: Embedded, database: str) -> World:
    """The shop on a fresh database."""
    registry = ModelRegistry()
    registry.register("shop", [CUSTOMERS, ORDERS])
    registry.freeze()
    wait_for(apply(pool, "shop", plan(MIGRATIONS, {}, "shop", ())))
    name = parse_dsn(database)["dbname"]
    superuser_dsn = make_dsn(postgres.superuser_dsn, dbname=name)
    return World(pool, Repository(registry, b"k" * 32), superuser_dsn)


@ensureDeferred
async def test_the_orm_does_what_a_few_dictionaries_say(world: World) -> None:
    """In a thread: Hypothesis waits for each step, and the reactor must not."""

    class Machine(ShopMachine):
        pass

    Machine.world = world
    await deferToThread(
        run_state_machine_as_test,
        Machine,
        settings=settings(
            max_examples=100,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class ShopMachine(RuleBasedStateMachine):
    """The shop, twice. `world` is set by the test: the real one."""

    world: World

    customers = Bundle("customers")
    orders = Bundle("orders")
    users = st.sampled_from(USERS)
    owners = st.sampled_from([None, *(user.user_id for user in USERS)])
    versions = st.sampled_from(["none", "right", "stale"])

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}
        self.world.clear()

    # What happens

    @initialize(target=customers)
    def begin(self) -> Any:
        """There is a shared customer from the start."""
        return self.create_customer(ROOT, "Alma", None, None)

    @rule(
        target=customers,
        user=users,
        name=st.sampled_from(NAMES),
        owner=owners,
        company=st.sampled_from(["absent", None, A, B]),
    )
    def create_customer(
        self, user: Identity, name: str, owner: str | None, company: str | None
    ) -> Any:
        """A new customer, allowed or not."""
        values: dict[str, Any] = {"name": name, "tier": None, "owner_id": owner}
        given = dict(values)
        if company == "absent":
            values["own_company_id"] = user.company_id
        else:
            values["own_company_id"] = given["own_company_id"] = company
        expected = self._refusals(user, values, None)
        return self._create(user, "customers", given, values, expected)

    @rule(
        target=orders,
        user=users,
        customer=customers | st.just(NOBODY),
        cents=st.integers(0, 99999),
        note=st.sampled_from([None, "call first"]),
    )
    def create_order(
        self, user: Identity, customer: str, cents: int, note: str | None
    ) -> Any:
        """A new order of a customer who is there, hidden, deleted or nobody."""
        values = {
            "customer_id": customer,
            "amount": f"{Decimal(cents) / 100:.2f}",
            "note": note,
        }
        expected: set[type[EerpError]] = set()
        row = self.rows.get(customer)
        if row is None or row.deleted:
            expected |= {ValidationFailed, Forbidden}
        elif not may_have(user, row.values):
            expected.add(Forbidden)
        return self._create(user, "orders", values, values, expected)

    @rule(
        user=users,
        id_=customers,
        changes=st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from(NAMES),
                "tier": st.sampled_from([None, *TIERS]),
                "owner_id": owners,
                "own_company_id": st.sampled_from([None, A, B]),
            },
        ),
        version=versions,
    )
    def update_customer(
        self, user: Identity, id_: str, changes: dict[str, Any], version: str
    ) -> None:
        """A change, at the right version or not."""
        row = self.rows.get(id_)
        expected = self._lost(user, row, version, deleted=False)
        if row is not None and not expected:
            expected = self._refusals(user, {**row.values, **changes}, id_)
        more = {"id": id_, "values": changes, **self._version(row, version)}
        answer = self._attempt(user, "update", "customers", more, expected)
        if answer is not None and row is not None:
            row.values |= changes
            self._changed(row, "update", user, answer)

    @rule(user=users, id_=customers | orders, version=versions)
    def delete(self, user: Identity, id_: str, version: str) -> None:
        """A deletion that may be undone."""
        row = self.rows.get(id_)
        expected = self._lost(user, row, version, deleted=False)
        if not expected and self._referring(id_, live=True):
            expected = {Conflict}
        model = self._model(row)
        more = {"id": id_, **self._version(row, version)}
        answer = self._attempt(user, "delete", model, more, expected)
        if answer is not None and row is not None:
            row.deleted = True
            self._changed(row, "delete", user, answer)

    @rule(user=users, id_=customers | orders)
    def restore(self, user: Identity, id_: str) -> None:
        """The deletion undone, if nothing stands in the way."""
        row = self.rows.get(id_)
        expected = self._lost(user, row, "none", deleted=True)
        if row is not None and not expected:
            expected = self._hindrances(row)
        answer = self._attempt(user, "restore", self._model(row), {"id": id_}, expected)
        if answer is not None and row is not None:
            row.deleted = False
            self._changed(row, "restore", user, answer)

    @rule(
        user=users,
        id_=consumes(customers) | consumes(orders),
        reason=st.sampled_from(["", "asked to be forgotten"]),
    )
    def purge(self, user: Identity, id_: str, reason: str) -> None:
        """The end of a record, for those who may and say why."""
        row = self.rows.get(id_)
        model = self._model(row)
        expected: set[type[EerpError]] = set()
        if not user.may(f"shop.{model}.purge"):
            expected.add(Forbidden)
        if not reason:
            expected.add(ValidationFailed)
        if row is None or not may_have(user, row.values):
            expected.add(NotFound)
        elif self._referring(id_, live=False):
            expected.add(Conflict)
        more = {"id": id_, "reason": reason}
        answer = self._attempt(user, "purge", model, more, expected)
        if answer is not None and row is not None:
            row.trail.append(("purge", user.user_id))
            self.world.purged.append(row)
            del self.rows[id_]

    # What is seen

    @invariant()
    def each_sees_what_is_theirs_and_nothing_else(self) -> None:
        """Whole lists, page by page, for every user."""
        for user, model in itertools.product(USERS, ("customers", "orders")):
            seen = self._walk(user, model)
            expected = [row.shows(user) for row in self._of(user, model)]
            assert sorted(seen, key=_id) == sorted(expected, key=_id)

    @rule(user=users, name=st.sampled_from(NAMES), id_=customers | orders)
    def look(self, user: Identity, name: str, id_: str) -> None:
        """One record, a filter, a count, a total, a record with its relations."""
        row = self.rows.get(id_)
        expected = self._lost(user, row, "none", deleted=False)
        got = self._attempt(user, "get", self._model(row), {"id": id_}, expected)
        if got is not None and row is not None:
            assert _known(got) == row.shows(user)
        where = {"field": "name", "op": "neq", "value": name}
        counted = self._attempt(user, "count", "customers", {"where": where}, set())
        live = [row for row in self._of(user, "customers") if not row.deleted]
        assert counted == {"count": sum(row.values["name"] != name for row in live)}

    @rule(user=users)
    def total(self, user: Identity) -> None:
        """Sums by customer."""
        asked = {"group": ["customer_id"], "measures": {"sum": ["sum", "amount"]}}
        answer = self._attempt(user, "aggregate", "orders", asked, set())
        expected: dict[str, Decimal] = {}
        for row in self._of(user, "orders"):
            if not row.deleted:
                customer = row.values["customer_id"]
                amount = Decimal(row.values["amount"])
                expected[customer] = expected.get(customer, Decimal(0)) + amount
        assert {
            item["customer_id"]: Decimal(item["sum"]) for item in answer["items"]
        } == expected

    @rule(user=users)
    def expand(self, user: Identity) -> None:
        """Orders with the name of a customer that the user may see."""
        query = [["select", "id,customer(name)"], ["limit", "1000"]]
        answer = self._attempt(user, "find", "orders", {"query": query}, set())
        for item in answer["items"]:
            customer = self.rows[self.rows[item["id"]].values["customer_id"]]
            seen = not customer.deleted and may_have(user, customer.values)
            expected = {"name": customer.values["name"]} if seen else None
            assert item["customer"] == expected

    @rule(user=users, name=st.sampled_from(NAMES))
    def filter_by_relation(self, user: Identity, name: str) -> None:
        """A hidden customer's name cannot be found out through its orders."""
        query = [["customer.name", f"eq.{name}"], ["limit", "1000"]]
        answer = self._attempt(user, "find", "orders", {"query": query}, set())
        expected = set()
        for row in self._of(user, "orders"):
            customer = self.rows[row.values["customer_id"]]
            seen = not customer.deleted and may_have(user, customer.values)
            if not row.deleted and seen and customer.values["name"] == name:
                expected.add(row.id)
        assert {item["id"] for item in answer["items"]} == expected

    @rule(way=st.sampled_from(["where", "order", "select", "group"]))
    def ask_for_a_hidden_field(self, way: str) -> None:
        """Cid may not read notes: not by any way of naming them."""
        asked: dict[str, dict[str, Any]] = {
            "where": {"query": [["note", "eq.call first"]]},
            "order": {"query": [["order", "note.asc"]]},
            "select": {"query": [["select", "id,note"]]},
        }
        if way == "group":
            more: dict[str, Any] = {"group": ["note"], "measures": {"n": ["count"]}}
            self._attempt(CID, "aggregate", "orders", more, {Forbidden})
        else:
            self._attempt(CID, "find", "orders", asked[way], {Forbidden})

    def teardown(self) -> None:
        """The trail tells all of it, in order, with what was before and after."""
        for row in [*self.rows.values(), *self.world.purged]:
            told = self.world.trail(row)
            assert [(action, actor) for action, actor, _, _ in told] == row.trail
            for (_, _, _, after), (_, _, before, _) in itertools.pairwise(told):
                assert before == after
            if row.trail[-1][0] != "purge":
                last = told[-1][3]
                assert {**last, **row.values} == last
                assert last["version"] == row.version

    # What should come of it

    def _refusals(
        self, user: Identity, values: dict[str, Any], id_: str | None
    ) -> set[type[EerpError]]:
        """The errors that a customer with these values may meet."""
        expected: set[type[EerpError]] = set()
        if not may_have(user, values):
            expected.add(Forbidden)
        if self._taken(values["name"], id_):
            expected.add(Conflict)
        return expected

    def _taken(self, name: str, id_: str | None) -> bool:
        return any(
            row.values.get("name") == name and not row.deleted and row.id != id_
            for row in self.rows.values()
        )

    def _lost(
        self, user: Identity, row: Row | None, version: str, *, deleted: bool
    ) -> set[type[EerpError]]:
        seen = row is not None and may_have(user, row.values)
        if row is None or not seen or row.deleted != deleted:
            return {NotFound}
        return {PreconditionFailed} if version == "stale" else set()

    def _hindrances(self, row: Row) -> set[type[EerpError]]:
        if row.model == "customers":
            return {Conflict} if self._taken(row.values["name"], row.id) else set()
        customer = self.rows[row.values["customer_id"]]
        return {ValidationFailed, Conflict} if customer.deleted else set()

    def _referring(self, id_: str, *, live: bool) -> bool:
        return any(
            row.values.get("customer_id") == id_ and not (live and row.deleted)
            for row in self.rows.values()
        )

    def _of(self, user: Identity, model: str) -> Iterator[Row]:
        for row in self.rows.values():
            if row.model == model and may_have(user, row.values):
                yield row

    def _model(self, row: Row | None) -> str:
        return "customers" if row is None else row.model

    def _version(self, row: Row | None, version: str) -> dict[str, int]:
        right = 1 if row is None else row.version
        return {"none": {}, "right": {"version": right}}.get(
            version, {"version": right + 7}
        )

    # The real shop

    def _create(
        self,
        user: Identity,
        model: str,
        given: dict[str, Any],
        values: dict[str, Any],
        expected: set[type[EerpError]],
    ) -> Any:
        answer = self._attempt(user, "create", model, {"values": given}, expected)
        if answer is None:
            return multiple()
        row = Row(answer["id"], model, dict(values))
        self.rows[row.id] = row
        self._changed(row, "create", user, answer, version=1)
        return row.id

    def _changed(
        self,
        row: Row,
        action: str,
        user: Identity,
        answer: dict[str, Any],
        version: int | None = None,
    ) -> None:
        row.version = row.version + 1 if version is None else version
        row.trail.append((action, user.user_id))
        assert _known(answer) == row.shows(user)
        assert (answer["deleted_at"] is not None) == row.deleted

    def _attempt(
        self,
        user: Identity,
        op: str,
        model: str,
        more: dict[str, Any],
        expected: set[type[EerpError]],
    ) -> Any:
        """The answer, or None when it is refused in one of the expected ways."""
        try:
            answer = self.world.run(user, {"op": op, "model": model, **more})
        except EerpError as error:
            assert type(error) in expected, (op, model, more, repr(error), expected)
            return None
        assert not expected, (op, model, more, answer)
        return answer

    def _walk(self, user: Identity, model: str) -> list[dict[str, Any]]:
        """All pages of a list, deleted records included."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            asked = {"op": "find", "model": model, "limit": 3, "deleted": "include"}
            page = self.world.run(user, {**asked, **cursor})
            found += map(_known, page["items"])
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}


def _id(record: dict[str, Any]) -> str:
    return str(record["id"])


def _known(record: dict[str, Any]) -> dict[str, Any]:
    """A record without the moments and people that the core writes into it."""
    core = ("created_at", "created_by", "updated_at", "updated_by", "deleted_at")
    return {name: value for name, value in record.items() if name not in core}
