"""Daemons for the tests: one that lives all along, and ones of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

from tests.daemon.graph import Graph, open_graph
from tests.daemon.process import Daemon, write_config
from tests.daemon.test_loyalty import LOYAL


@pytest_twisted.async_yield_fixture(scope="module")
async def daemon(module_home: Path) -> AsyncIterator[Daemon]:
    """A daemon with the real modules and an administrator signed in."""
    running = Daemon(write_config(module_home))
    await running.start()
    await running.sign_in()
    yield running
    assert await running.stop() == 0, running.log_file.read_text()


@pytest.fixture(scope="session")
def graph(short_dir: Path) -> Iterator[Graph]:
    """A daemon with all modules and some records in each model, for GraphQL."""
    folder = short_dir / "graph"
    folder.mkdir()
    daemon = Daemon(write_config(folder, modules=LOYAL))
    try:
        opened = pytest_twisted.blockon(Deferred.fromCoroutine(open_graph(daemon)))
        yield opened
        opened.club.database.close()
    finally:
        stopping = Deferred.fromCoroutine(daemon.stop())
        assert pytest_twisted.blockon(stopping) == 0, daemon.log_file.read_text()


@pytest.fixture
def make_daemon(state_home: Path) -> Iterator[Callable[..., Daemon]]:
    """`make_daemon(**config)` prepares a daemon; at the end none is left running."""
    made: list[Daemon] = []

    def make(**keys: Any) -> Daemon:
        made.append(Daemon(write_config(state_home, **keys)))
        return made[-1]

    yield make
    for one in made:
        if one.process is not None and one.process.poll() is None:
            one.process.terminate()
            one.process.wait(30)
