"""Frames: what goes in comes out, and nonsense is one clear error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import GuestProtocolError
from eerp.interfaces import GuestRequest, Identity
from eerp.sandbox.frame import decode_response, encode_request
from tests.sandbox.wat import frame


def test_a_request_frame_holds_head_and_body() -> None:
    ann = Identity("u1", "ann", None, ("sales",), frozenset({"crm.*"}))
    request = GuestRequest(
        method="POST",
        path="/api/crm/contacts",
        route="/contacts",
        params={"id": "7"},
        query=[("limit", "5")],
        headers={"if-match": '"3"'},
        identity=ann,
        request_id="r1",
        body=b'{"name":"\xc3\xa9"}',
    )

    encoded = encode_request(request)

    length = int.from_bytes(encoded[:4], "little")
    head = json.loads(encoded[4 : 4 + length])
    assert encoded[4 + length :] == request.body
    assert head["identity"] == {
        "user_id": "u1", "username": "ann", "company_id": None, "companies": [],
        "roles": ["sales"],
    }  # fmt: skip
    assert head["query"] == [["limit", "5"]]
    assert head["params"] == {"id": "7"}


@given(st.integers(200, 599), st.binary(max_size=200))
def test_a_response_round_trips(status: int, body: bytes) -> None:
    answer = decode_response(
        frame({"status": status, "headers": {"X-Name": "v"}}, body)
    )

    assert (answer.status, answer.body) == (status, body)
    assert answer.headers == {"x-name": "v"}


@given(st.binary(max_size=60))
def test_any_bytes_are_a_response_or_a_protocol_error(answer: bytes) -> None:
    """Nothing a guest answers raises anything else."""
    try:
        decode_response(answer)
    except GuestProtocolError:
        return


@pytest.mark.parametrize(
    "head",
    [
        {},
        [],
        {"status": "200"},
        {"status": True},
        {"status": 199},
        {"status": 600},
        {"status": 200.5},
        {"status": 200, "headers": []},
        {"status": 200, "headers": {"x": 1}},
        {"status": 200, "headers": {"x": "a\r\nset-cookie: b"}},
        {"status": 200, "headers": {"x y": "a"}},
        {"status": 200, "headers": {"Transfer-Encoding": "chunked"}},
        {"status": 200, "headers": {"Set-Cookie": "a=b"}},
        {"status": 200, "headers": {"Access-Control-Allow-Origin": "*"}},
        {"status": 200, "headers": {f"x{n}": "v" for n in range(51)}},
        {"status": 200, "body_from": -1},
        {"status": 200, "body_from": "0"},
        {"status": 200, "finally": "delete"},
        b"{",
        b'{"status": NaN}',
        b'{"status": 200, "x": "\xff"}',
        b"[" * 5000,
    ],
)
def test_a_malformed_head_is_refused(head: object) -> None:
    with pytest.raises(GuestProtocolError):
        decode_response(frame(head))


def test_a_head_that_is_longer_than_its_frame_is_refused() -> None:
    with pytest.raises(GuestProtocolError, match="cut short"):
        decode_response(b"\xff\xff\xff\xff{}")
