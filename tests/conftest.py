"""A real PostgreSQL 18 for the tests that ask for one, and databases in it."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
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

T = TypeVar("T")

_TEMPLATE = "eerp_template"
_serial = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the scenarios run that a soak makes long, and how often the API is
    called."""
    parser.addoption("--soak-s", type=float, default=8.0, help="seconds a scenario")
    parser.addoption(
        "--api-examples", type=int, default=8, help="calls of each operation"
    )


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


def _short_dir() -> Iterator[Path]:
    # Open to pass through: PostgreSQL runs as another user when we are root, and
    # its data would lie elsewhere, and stay there, if that user could not come in.
    folder = Path(tempfile.mkdtemp(prefix="eerp-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def short_dir() -> Iterator[Path]:
    """A folder for the whole run, fit to hold a state directory."""
    yield from _short_dir()


@pytest.fixture(scope="module")
def module_home() -> Iterator[Path]:
    """The same for the tests of one file."""
    yield from _short_dir()


@pytest.fixture
def state_home() -> Iterator[Path]:
    """A folder for one test, fit to hold a state directory: `tmp_path` is not."""
    yield from _short_dir()


@pytest.fixture(scope="session")
def postgres(short_dir: Path) -> Iterator[Embedded]:
    """One embedded server for the whole run; not durable, so that it is quick."""
    server = Embedded(reactor, short_dir / "state", durable=False)
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
    run_as_superuser(server, f"CREATE DATABASE {name} TEMPLATE {template} OWNER eerp")
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
