"""Raw bytes in, exactly one response out: the measured traps of twisted.web."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import ISSLTransport
from zope.interface import alsoProvides

from eerp import limits
from tests.web.wire import World, request_bytes

POST = (
    b"POST /api/crm/contacts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ann-token\r\n"
)
JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BODY = b'{"name":"Ann"}'
SMUGGLED = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"


def get(*headers: bytes, target: bytes = b"/health", method: bytes = b"GET") -> bytes:
    lines = [method + b" " + target + b" HTTP/1.1", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def sized(length: bytes, body: bytes = BODY) -> bytes:
    return POST + JSON + b"Content-Length: " + length + b"\r\n\r\n" + body


REFUSED = {
    "no Host": (get(), 400),
    "two Hosts": (get(b"Host: a", b"Host: b"), 400),
    "the same Host twice": (get(b"Host: a", b"Host: a"), 400),
    "empty Host": (get(b"Host:"), 400),
    "Host with an empty label": (get(b"Host: a..b"), 400),
    "Host of 300 characters": (get(b"Host: " + b"a" * 300), 400),
    "Host with a path": (get(b"Host: a/b"), 400),
    "Host with a user": (get(b"Host: a@b"), 400),
    "TE identity": (
        POST + JSON + b"Transfer-Encoding: identity\r\n\r\n" + SMUGGLED,
        400,
    ),
    "TE chunked and identity": (
        POST + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        400,
    ),
    "TE chunked twice": (POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "TE list": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    "TE xchunked": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "TE in HTTP/1.0": (
        POST.replace(b"1.1", b"1.0") + CHUNKED + b"\r\n0\r\n\r\n",
        400,
    ),
    "CL then TE": (
        POST + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
        400,
    ),
    "TE then CL": (
        POST + CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED,
        400,
    ),
    "two CL": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + BODY, 400),
    "CL +5": (sized(b"+5"), 400),
    "CL -1": (sized(b"-1"), 400),
    "CL 0x5": (sized(b"0x5"), 400),
    "CL of 5000 digits": (sized(b"9" * 5000), 400),
    "LF in a chunk extension": (POST + CHUNKED + b"\r\n1;a\nb\r\nx\r\n0\r\n\r\n", 400),
    "negative chunk": (POST + CHUNKED + b"\r\n-1\r\nx\r\n0\r\n\r\n", 400),
    "space before colon": (get(b"Host: a", b"X-A : b"), 400),
    "bare LF in a value": (get(b"Host: a", b"X-A: b\nX-C: d"), 400),
    "NUL in a value": (get(b"Host: a", b"X-A: b\x00"), 400),
    "no colon": (get(b"Host: a", b"nonsense"), 400),
    "obs-fold": (get(b"Host: a", b"X-A: b", b" folded"), 400),
    "obs-fold of the first header": (get(b" Host: a"), 400),
    "HTTP/9.9": (SMUGGLED.replace(b"HTTP/1.1", b"HTTP/9.9"), 400),
    "HTTP/0.9": (b"GET /health\r\n\r\n", 400),
    "lower-case method": (get(b"Host: a", method=b"get"), 501),
    "TRACE": (get(b"Host: a", method=b"TRACE"), 501),
    "CONNECT": (get(b"Host: a", method=b"CONNECT"), 501),
    "method that is not UTF-8": (get(b"Host: a", method=b"G\xff"), 501),
    "600 headers": (get(b"Host: a", *[b"X-A: b"] * 600), 431),
    "20 kB header": (get(b"Host: a", b"X-A: " + b"b" * 20_000), 431),
    "20 kB of headers": (get(b"Host: a", *[b"X-A: " + b"b" * 1000] * 20), 431),
    "9 kB URL": (get(b"Host: a", target=b"/" + b"a" * 9_000), 414),
    "20 kB URL": (get(b"Host: a", target=b"/" + b"a" * 20_000), 414),
    "10 MB announced": (sized(b"10485760", b""), 413),
    "one byte over": (sized(b"%d" % (limits.BODY_BYTES_MAX + 1), b""), 413),
}


@pytest.mark.parametrize("step", [None, 1], ids=["at once", "byte by byte"])
@pytest.mark.parametrize("case", REFUSED)
def test_refused_once_readably_and_the_connection_ends(case, step):
    raw, status = REFUSED[case]
    client = World().connect()
    client.send(raw, step)
    client.send(SMUGGLED)
    [response] = client.responses()
    assert response.status == status
    assert response.headers["connection"] == "close"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json["status"] == status
    assert client.closed


ANSWERED = {
    "%00 in the path": (b"/api/crm/contacts/a%00b", 400),
    "%0a in the path": (b"/api/crm/contacts/a%0ab", 400),
    "%2f in the path": (b"/api/crm/contacts/a%2fb", 400),
    "%ff in the path": (b"/api/crm/contacts/%ff", 400),
    "half a percent": (b"/api/crm/contacts/%4", 400),
    "raw byte in the path": (b"/api/crm/contacts/\xa0", 400),
    "dot segments": (b"/api/crm/../auth/me", 400),
    "encoded dot segments": (b"/api/crm/%2e%2e/auth/me", 400),
    "doubled slash": (b"//health", 400),
    "absolute form": (b"http://a/health", 400),
    "asterisk": (b"*", 400),
    "trailing slash of the core": (b"/health/", 404),
    "trailing slash of a module": (b"/api/crm/contacts/", 404),
    "module without its slash": (b"/api/crm", 404),
}


@pytest.mark.parametrize("case", ANSWERED)
def test_paths_that_are_none_get_problem_details_and_no_redirect(case):
    target, status = ANSWERED[case]
    [response] = World().send(get(b"Host: evil.example", target=target))
    assert response.status == status
    assert response.headers["content-type"] == "application/problem+json"
    assert "location" not in response.headers
    assert b"evil" not in response.body


def test_a_host_without_an_ip_in_http_1_0_is_served_and_closed():
    client = World().connect()
    client.send(b"GET /health HTTP/1.0\r\n\r\n")
    raw = client.transport.value()
    assert raw.startswith(b"HTTP/1.1 200 ")
    assert client.closed


@pytest.mark.parametrize(
    "host", ["a", "erp.example.com.", "127.0.0.1:8080", "[::1]:8080", "a_b-c.d"]
)
def test_usual_hosts_are_served(host):
    [response] = World().send(get(b"Host: " + host.encode()))
    assert response.status == 200


def test_pipelined_requests_are_answered_in_order():
    world = World()
    raw = b"".join(
        request_bytes("GET", "/api/crm/contacts", x_request_id=f"r{n}")
        for n in range(20)
    )
    ids = [response.headers["x-request-id"] for response in world.send(raw)]
    assert ids == [f"r{n}" for n in range(20)]


def test_pipelined_behind_one_that_waits_comes_after_it():
    world = World()
    world.gateway.waiting = []
    client = world.connect()
    client.send(request_bytes("GET", "/api/crm/contacts") + SMUGGLED)
    assert client.responses() == []
    world.gateway.waiting[0].callback(world.gateway.reply)
    assert [response.json for response in client.responses()] == [
        {"ok": True},
        {"status": "ok"},
    ]


def test_a_chunked_body_is_taken():
    world = World()
    raw = POST + JSON + CHUNKED + b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    [response] = world.send(raw)
    assert response.status == 200
    assert world.gateway.requests[0].body == BODY


def test_an_endless_chunked_body_is_refused_when_it_is_too_large():
    client = World().connect()
    client.send(POST + JSON + CHUNKED + b"\r\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    sent = 0
    while not client.closed:
        client.send(chunk)
        sent += len(chunk)
        assert sent < 2 * limits.BODY_BYTES_MAX
    [response] = client.responses()
    assert response.status == 413


def test_without_a_token_only_a_small_body_is_taken():
    raw = request_bytes(
        "POST",
        "/api/auth/login",
        token=None,
        body=b" " * (limits.BODY_BYTES_ANONYMOUS_MAX + 1),
    )
    [response] = World().send(raw)
    assert response.status == 413


def test_a_refused_client_may_go_on_sending_for_a_while_and_reads_the_answer():
    """Closing with unread bytes would reset the connection and lose the 413."""
    world = World()
    client = world.connect()
    client.send(sized(b"10485760", b""))
    assert client.transport.half_closed
    for _ in range(10):
        client.send(b"x" * 1_048_576)
    assert not client.transport.aborted
    world.clock.advance(limits.LINGER_S)
    assert client.transport.aborted


def test_a_refused_client_that_never_stops_is_cut_off():
    client = World().connect()
    client.send(sized(b"10485760", b""))
    for _ in range(17):
        client.send(b"x" * 1_048_576)
    assert client.transport.aborted


def test_over_tls_the_connection_is_closed_as_a_whole():
    """Half a TLS connection cannot be closed beneath it."""
    client = World().connect()
    alsoProvides(client.transport, ISSLTransport)
    client.send(get())
    assert client.transport.disconnecting
    assert not client.transport.half_closed


_PIECES = st.sampled_from(
    [
        b"GET ",
        b"POST ",
        b"/health",
        b"/api/crm/contacts",
        b"?a=1",
        b" HTTP/1.1",
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b"Host: a",
        b"Content-Length: 5",
        b"5\r\n",
        b"0\r\n\r\n",
        b"Transfer-Encoding: chunked",
        b"Expect: 100-continue",
        b"Connection: close",
        b"Content-Type: application/json",
        b"Authorization: Bearer ann-token",
        b"%",
        b"%00",
        b"{}",
        b":",
        b" ",
        b"\t",
        b"\x00",
        b"\xff",
        b"*",
        b"http://",
        b"//",
        b"..",
    ]
)


@given(st.lists(_PIECES | st.binary(max_size=5), max_size=40).map(b"".join))
def test_whatever_comes_no_answer_is_a_500_and_nothing_is_raised(raw):
    client = World().connect()
    client.send(raw)
    for response in client.responses():
        assert response.status != 500


@given(st.integers(0, 200), st.binary(max_size=3), st.integers(0, 10))
def test_a_damaged_request_gets_at_most_one_answer(position, noise, cut):
    raw = bytearray(request_bytes("POST", "/api/crm/contacts", body={"name": "Ann"}))
    raw[position : position + cut] = noise
    client = World().connect()
    client.send(bytes(raw))
    assert len(client.responses()) <= 1


def test_expect_continue_is_answered_only_after_the_size_check():
    client = World().connect()
    client.send(
        POST + JSON + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
    )
    assert b"100 Continue" not in client.transport.value()
    [response] = client.responses()
    assert response.status == 413


def test_expect_continue_within_the_size_is_told_to_go_on():
    client = World().connect()
    client.send(POST + JSON + b"Expect: 100-continue\r\nContent-Length: 14\r\n\r\n")
    assert client.transport.value() == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.transport.clear()
    client.send(BODY)
    [response] = client.responses()
    assert response.status == 200


def test_a_form_is_not_parsed_and_not_taken():
    raw = request_bytes(
        "POST",
        "/api/crm/contacts",
        body=b"name=Ann",
        content_type="application/x-www-form-urlencoded",
    )
    [response] = World().send(raw)
    assert response.status == 415


def test_headers_must_be_complete_within_their_deadline_however_slowly_they_come():
    world = World()
    client = world.connect()
    for _ in range(limits.HEADERS_DEADLINE_S - 1):
        client.send(b"X")
        world.clock.advance(1)
    assert not client.closed
    world.clock.advance(1)
    [response] = client.responses()
    assert response.status == 408
    assert client.closed


def test_a_body_must_be_complete_within_its_deadline_however_slowly_it_comes():
    world = World()
    client = world.connect()
    client.send(sized(b"1000", b""))
    for _ in range(limits.BODY_DEADLINE_S - 1):
        client.send(b" ")
        world.clock.advance(1)
    assert not client.closed
    world.clock.advance(1)
    assert [response.status for response in client.responses()] == [408]


def test_a_connection_that_says_nothing_is_closed_without_an_answer():
    world = World()
    client = world.connect()
    world.clock.advance(limits.HEADERS_DEADLINE_S)
    assert client.closed
    assert client.responses() == []


def test_a_kept_connection_may_be_idle_longer_than_headers_may_take():
    world = World()
    client = world.connect()
    client.send(SMUGGLED)
    world.clock.advance(limits.KEEP_ALIVE_S - 1)
    assert not client.closed
    world.clock.advance(1)
    assert client.closed


def test_the_deadline_holds_for_the_second_request_of_a_connection_too():
    world = World()
    client = world.connect()
    client.send(SMUGGLED + SMUGGLED[:20])
    client.send(SMUGGLED[20:30])
    world.clock.advance(limits.HEADERS_DEADLINE_S)
    assert [response.status for response in client.responses()] == [200, 408]


def test_no_deadline_runs_while_a_module_works():
    world = World()
    world.gateway.waiting = []
    client = world.connect()
    client.send(request_bytes("GET", "/api/crm/contacts"))
    world.clock.advance(1000)
    assert not client.closed
    world.gateway.waiting[0].callback(world.gateway.reply)
    assert [response.status for response in client.responses()] == [200]
