"""How much at once, and how it ends."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from eerp.interfaces import Reply
from eerp.web import Settings
from tests.web.wire import World, request_bytes

GET = request_bytes("GET", "/api/crm/contacts")


def draining(world, timeout_s=20):
    return Deferred.fromCoroutine(world.site.drain(timeout_s))


def result(deferred):
    """What it fired with; None while it has not."""
    return deferred.result if deferred.called else None


def test_more_connections_than_the_cap_are_closed_at_once():
    world = World(settings=Settings(connections_max=2))
    first, second = world.connect(), world.connect()
    assert second is not None
    assert world.connect() is None
    first.lose()
    assert world.connect() is not None


def test_more_requests_in_flight_than_the_cap_are_told_to_come_back():
    world = World(settings=Settings(requests_in_flight_max=1))
    world.gateway.waiting = []
    world.connect().send(GET)
    busy = world.ask("GET", "/api/crm/contacts")
    assert busy.status == 503
    assert busy.headers["retry-after"] == "1"
    assert busy.json["code"] == "overloaded"
    assert world.ask("GET", "/health").status == 200
    world.gateway.waiting[0].callback(Reply(200))
    world.gateway.waiting = None
    assert world.ask("GET", "/api/crm/contacts").status == 200


def test_draining_closes_idle_connections_and_is_done_when_nothing_is_left():
    world = World()
    idle = world.connect()
    idle.send(GET)
    done = draining(world)
    assert idle.closed
    assert result(done) is None
    idle.lose()
    assert result(done) == 0


def test_draining_lets_what_is_in_flight_end_and_closes_its_connection():
    world = World()
    world.gateway.waiting = []
    client = world.connect()
    client.send(GET)
    done = draining(world)
    assert not client.closed
    world.gateway.waiting[0].callback(Reply(200, b"{}"))
    [response] = client.responses()
    assert response.status == 200
    assert response.headers["connection"] == "close"
    assert client.closed
    client.lose()
    assert result(done) == 0


def test_a_request_read_while_draining_is_answered_with_close():
    world = World()
    client = world.connect()
    client.send(GET[:10])
    draining(world)
    client.send(GET[10:])
    [response] = client.responses()
    assert response.headers["connection"] == "close"
    assert client.closed


def test_draining_gives_up_after_its_time_and_cuts_what_is_left():
    world = World()
    world.gateway.waiting = []
    client = world.connect()
    client.send(GET)
    done = draining(world, 5)
    world.clock.advance(4.9)
    assert result(done) is None
    world.clock.advance(0.1)
    assert result(done) == 1
    assert client.transport.aborted
    client.lose()
    assert world.gateway.cancelled == 1


def test_draining_waits_for_work_whose_client_is_gone():
    world = World()
    world.identities.waiting = Deferred()
    client = world.connect()
    client.send(request_bytes("GET", "/api/crm/contacts", token="bob-token"))
    done = draining(world)
    client.lose()
    assert result(done) is None
    world.identities.waiting.callback(None)
    assert result(done) == 0
