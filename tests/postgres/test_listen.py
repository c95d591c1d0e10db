"""The connection that listens hears all that is notified, whenever that comes."""

from __future__ import annotations

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from eerp.database.listen import Listener
from eerp.interfaces import Statement
from tests.postgres.conftest import Look
from tests.postgres.waiting import WITHIN_S

BUSY = """SELECT count(*) FROM pg_stat_activity
WHERE application_name = 'eerp listener' AND state = 'active'"""


@pytest_twisted.ensureDeferred
async def test_what_is_read_together_with_an_answer_is_heard(
    database: str, look: Look
) -> None:
    """The socket, read empty with the answer, does not tell of it again."""
    listener = Listener(reactor, database, "news", require_durable=False)
    ready: Deferred[None] = Deferred()
    heard: Deferred[str] = Deferred()
    listener.start(heard=heard.callback, connected=lambda: ready.callback(None))
    await ready

    asked = Deferred.fromCoroutine(listener.query(Statement("SELECT 7")))
    # The reactor stands still until both lie in the socket.
    while look(BUSY) != [(0,)]:
        pass
    look("NOTIFY news, 'a'")
    look("SELECT 1 FROM pg_sleep(0.2)")

    assert await asked == [(7,)]
    assert await heard.addTimeout(WITHIN_S, reactor) == "a"
    await listener.stop()
