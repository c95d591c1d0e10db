"""Sixteen clients move amounts between fifty accounts: nothing is lost or done twice.

``make soak`` runs each scenario for a minute; the suite for some seconds.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import pytest_twisted
from attrs import define, field
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from eerp.database.embedded import running_dsn
from tests.daemon.guests import write_module
from tests.daemon.ledger import ledger
from tests.daemon.process import Answer, Daemon, write_config

CLIENTS = 16
ACCOUNTS = 50
KILLS_MIN = 30
SETTLE_S_MAX = 60
ENOUGH_S_MAX = 300
PASSING = {
    "connection_lost", "database_unavailable", "overloaded", "serialization_failed",
}  # fmt: skip
"""What a client is told that may try again, since nothing has happened."""


@define
class Bank:
    """The accounts, and what each must hold by what the clients were told."""

    daemon: Daemon
    database: Any
    random: random.Random
    expected: dict[str, int] = field(factory=dict)
    answers: dict[str, int] = field(factory=dict)
    kills: int = 0
    over: bool = False

    @classmethod
    async def opened(cls, daemon: Daemon, seed: int) -> Bank:
        """A bank with fresh accounts."""
        dsn = running_dsn(daemon.state_dir)
        assert dsn is not None
        bank = cls(daemon, psycopg2.connect(dsn), random.Random(seed))
        bank.database.autocommit = True
        bank.sql("DELETE FROM ledger.accounts")
        made = bank.sql(
            "INSERT INTO ledger.accounts (name, value) SELECT 'a' || n, 1000"
            f" FROM generate_series(1, {ACCOUNTS}) n RETURNING id::text"
        )
        bank.expected = {account: 1000 for (account,) in made}
        return bank

    def sql(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database by another way."""
        cursor = self.database.cursor()
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []

    async def client(self, number: int) -> None:
        """Increment and transfer; every other client with keys."""
        while not self.over:
            source, target = self.random.sample(sorted(self.expected), 2)
            amount = self.random.randint(1, 9)
            if self.random.random() < 0.5:
                await self.post(number, f"increment/{target}/{amount}")
                self.expected[target] += amount
            else:
                await self.post(number, f"transfer/{source}/{target}/{amount}")
                self.expected[source] -= amount
                self.expected[target] += amount

    async def post(self, number: int, path: str) -> None:
        """One movement, repeated until it is said to be done."""
        key = {"Idempotency-Key": str(uuid.uuid4())} if number % 2 else {}
        while True:
            answer = await self.daemon.ask("POST", f"/api/ledger/{path}", headers=key)
            self.note(answer)
            if answer.status == 200:
                return
            allowed = PASSING | ({"outcome_unknown"} if key else set())
            assert answer.json["code"] in allowed, answer.text
            await deferLater(reactor, 0.02)

    def note(self, answer: Answer) -> None:
        """Count what was answered."""
        code = "done" if answer.status == 200 else answer.json["code"]
        if "idempotency-replayed" in answer.headers:
            code = "replayed"
        self.answers[code] = self.answers.get(code, 0) + 1

    async def disturb(self) -> None:
        """Touch random accounts: who has read one already will fail to write it."""
        while not self.over:
            account = self.random.choice(sorted(self.expected))
            self.sql(f"UPDATE ledger.accounts SET value = value WHERE id = '{account}'")
            await deferLater(reactor, 0.005)

    async def kill(self) -> None:
        """End a random server process of the daemon's, again and again."""
        while not self.over:
            await deferLater(reactor, self.random.uniform(0.02, 0.3))
            self.kills += len(self.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'eerp%' AND pid <> pg_backend_pid()"
                " ORDER BY random() LIMIT 1"
            ))  # fmt: skip

    async def work(self, seconds: float, *, kills: bool) -> None:
        """All of them at once, for so long and until enough was done, and until each
        has its answer."""
        clients = [self.client(number) for number in range(CLIENTS)]
        others = [self.disturb(), *([self.kill()] if kills else [])]
        working = gatherResults(
            [Deferred.fromCoroutine(one) for one in (*clients, *others)],
            consumeErrors=True,
        )
        end = time.monotonic() + seconds
        while time.monotonic() < end or not self.enough(kills=kills):
            assert not working.called, "a client gave up"
            assert time.monotonic() < end + ENOUGH_S_MAX, "too little was done"
            await deferLater(reactor, 0.05)
        self.over = True
        working.addTimeout(SETTLE_S_MAX, reactor)
        await working

    def enough(self, *, kills: bool) -> bool:
        """Whether so much was done that it means something."""
        done = self.answers.get("done", 0) > 10 * CLIENTS
        return done and (not kills or self.kills >= KILLS_MIN)

    def balance(self) -> None:
        """Each account holds exactly what the clients were told."""
        found = dict(self.sql("SELECT id::text, value FROM ledger.accounts"))
        assert found == self.expected
        given = self.sql("SELECT sum(value) FROM ledger.accounts")[0][0]
        assert given == sum(self.expected.values())


@pytest_twisted.async_yield_fixture(scope="module")
async def bank_daemon(module_home: Path) -> AsyncIterator[Daemon]:
    """A daemon with the ledger."""
    write_module(module_home / "roots", "ledger", ledger())
    config = write_config(
        module_home,
        module_root=["roots"],
        log={"level": "info", "format": "json"},
        database={"embedded": True, "pool_size": 8},
    )
    running = Daemon(config)
    await running.start()
    await running.sign_in()
    yield running
    assert await running.stop() == 0, running.log_file.read_text()


@pytest.mark.parametrize("kills", [False, True], ids=["contention", "kills"])
@pytest_twisted.ensureDeferred
async def test_no_amount_is_lost_or_moved_twice(
    bank_daemon: Daemon, soak_s: float, kills: bool, pytestconfig: pytest.Config
) -> None:
    seed = random.randrange(10**6)
    bank = await Bank.opened(bank_daemon, seed)
    before = len(bank_daemon.events())

    await bank.work(soak_s, kills=kills)

    bank.balance()
    events = bank_daemon.events()[before:]
    retried = [event for event in events if event["event"] == "request_retried"]
    pytestconfig.get_terminal_writer().line(
        f" seed {seed}: {bank.answers}, {len(retried)} retried, {bank.kills} kills"
    )
    assert any(event["reason"] == "serialization_failed" for event in retried)
    if kills:
        assert any(event["reason"] == "connection_lost" for event in retried)
    bank.database.close()
