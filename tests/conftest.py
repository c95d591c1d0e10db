"""A real PostgreSQL 18 for the tests that ask for one, and databases in it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
import pytest
import pytest_twisted
from psycopg2.extensions import make_dsn
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from eerp.database.core_schema import prepare
from eerp.database.embedded import Embedded
from eerp.database.pool import Pool
from tests.seed import Seed, seed_of_a_run, short_folder

T = TypeVar("T")

_TEMPLATE = "eerp_template"
_serial = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the scenarios run that a soak makes long, how often the API is called,
    and how long a long list is."""
    parser.addoption("--soak-s", type=float, default=8.0, help="seconds a scenario")
    parser.addoption(
        "--api-examples", type=int, default=6, help="calls of each operation"
    )
    parser.addoption("--large-rows", type=int, default=1000, help="rows of a long list")


def pytest_configure(config: pytest.Config) -> None:
    """The process that begins the run makes its seed; those that help it find it."""
    if not hasattr(config, "workerinput"):
        run = ExitStack()
        run.enter_context(seed_of_a_run())
        config.add_cleanup(run.close)


@pytest.fixture
def soak_s(request: pytest.FixtureRequest) -> float:
    """For how many seconds a scenario goes on."""
    return float(request.config.getoption("--soak-s"))


def wait_for(coroutine: Coroutine[Deferred[Any], Any, T]) -> T:
    """Let the reactor run until `coroutine` is done; for plain fixtures."""
    outcome: T = pytest_twisted.blockon(Deferred.fromCoroutine(coroutine))
    return outcome


def run_as_superuser(server: Embedded, sql: str) -> None:
    """Run one statement of a test's scenery; blocks."""
    connection = psycopg2.connect(server.superuser_dsn)
    try:
        connection.autocommit = True
        connection.cursor().execute(sql)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def short_dir() -> Iterator[Path]:
    """A folder for the whole run, fit to hold a state directory."""
    with short_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def module_home() -> Iterator[Path]:
    """The same for the tests of one file."""
    with short_folder() as folder:
        yield folder


@pytest.fixture
def state_home() -> Iterator[Path]:
    """The same for one test."""
    with short_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres(short_dir: Path) -> Iterator[Embedded]:
    """One embedded server for the whole run; not durable, so that it is quick."""
    state_dir = short_dir / "state"
    Seed.of_this_run().plant_cluster(state_dir)
    server = Embedded(reactor, state_dir, durable=False)
    wait_for(server.start())
    yield server
    wait_for(server.stop())


@pytest.fixture(scope="session")
def template(postgres: Embedded) -> str:
    """The name of a database that has the core's tables, to copy from."""
    run_as_superuser(postgres, f"CREATE DATABASE {_TEMPLATE} OWNER eerp")
    dsn = make_dsn(postgres.dsn, dbname=_TEMPLATE)

    async def fill() -> None:
        pool = Pool(reactor, dsn, size=1, require_durable=False)
        await pool.open()
        await prepare(pool)
        await pool.close()

    wait_for(fill())
    return _TEMPLATE


@pytest.fixture
def database(postgres: Embedded, template: str) -> Iterator[str]:
    """The dsn of a fresh database, with the core's tables."""
    yield from _database(postgres, template)


@pytest.fixture
def empty_database(postgres: Embedded) -> Iterator[str]:
    """The dsn of a fresh database that has no tables."""
    yield from _database(postgres, "template1")


def _database(server: Embedded, template: str) -> Iterator[str]:
    name = f"test_{next(_serial)}"
    # Copied as files: to log each page takes three times as long.
    run_as_superuser(
        server,
        f"CREATE DATABASE {name} TEMPLATE {template} OWNER eerp STRATEGY file_copy",
    )
    yield make_dsn(server.dsn, dbname=name)
    run_as_superuser(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_twisted.async_yield_fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """An open pool on a fresh database; no connection may stay checked out."""
    opened = Pool(reactor, database, size=4, require_durable=False)
    await opened.open()
    yield opened
    at_rest = await opened.drain(2.0)
    await opened.close()
    assert at_rest, "a connection was never given back"
    assert opened.waiting == 0
