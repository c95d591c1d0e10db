"""Requests of modules to other servers, as far as their operator allows."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred, gatherResults

from eerp import limits
from eerp.delivery import Dialer, Fetcher, HostRule, ModuleHosts, ModuleHttp
from eerp.errors import (
    HostRefused,
    RemoteFailed,
    RemoteLate,
    TooManyRequests,
    ValidationFailed,
)
from tests.postgres.receiver import HOST, Names, Receiver


@pytest.fixture
def port(receiver: Receiver) -> int:
    return receiver.listen()


def client(receiver: Receiver, names: Any, *rules: str, private: bool = True) -> Any:
    """What the module ``crm`` may call by `rules`."""
    fetcher = Fetcher(reactor, Dialer(reactor, names, receiver.own.trust))
    hosts = ModuleHosts(tuple(map(HostRule.parse, rules)), private)
    return ModuleHttp(fetcher, {"crm": hosts})


@pytest.fixture
def http(receiver: Receiver, names: Names, port: int) -> Any:
    """What the module ``crm`` may call: the receiver."""
    return client(receiver, names, f"{HOST}:{port}")


@pytest_twisted.ensureDeferred
async def test_a_module_gets_what_an_allowed_host_answers(
    receiver: Receiver, port: int, http: Any
) -> None:
    receiver.statuses, receiver.headers = [201], {"X-Rate": "7"}
    receiver.content = "Grüße".encode()

    answer = await http.fetch(
        "crm",
        {
            "method": "POST", "url": f"https://{HOST}:{port}/a?b=c",
            "headers": {"X-Key": "k"}, "body": "Ä",
        },
    )  # fmt: skip

    assert answer["status"] == 201
    assert answer["headers"]["x-rate"] == "7"
    assert answer["body"] == "Grüße"
    ((method, path, headers, body),) = receiver.got
    assert (method, path, body) == ("POST", "/a?b=c", "Ä".encode())
    assert headers["x-key"] == "k"
    assert headers["accept-encoding"] == "identity"


@pytest_twisted.ensureDeferred
async def test_bytes_that_are_no_text_go_as_base64(
    receiver: Receiver, port: int, http: Any
) -> None:
    receiver.content = b"\xff\x00"
    sent = b64encode(b"\xfe\x01").decode()

    answer = await http.fetch(
        "crm",
        {"method": "PUT", "url": f"https://{HOST}:{port}/", "body_base64": sent},
    )

    assert answer["body_base64"] == "/wA="
    assert "body" not in answer
    assert receiver.got[0][3] == b"\xfe\x01"


@pytest.mark.parametrize("rules", [(), ("other.example.com",), (HOST,)])
@pytest_twisted.ensureDeferred
async def test_a_host_or_port_that_is_not_allowed_is_refused_unasked(
    receiver: Receiver, names: Names, port: int, rules: tuple[str, ...]
) -> None:
    http = client(receiver, names, *rules)

    with pytest.raises(HostRefused, match="may not call"):
        await http.fetch("crm", {"url": f"https://{HOST}:{port}/"})

    assert names.asked == []


@pytest_twisted.ensureDeferred
async def test_what_one_module_may_another_may_not(port: int, http: Any) -> None:

    with pytest.raises(HostRefused):
        await http.fetch("hr", {"url": f"https://{HOST}:{port}/"})


@pytest.mark.parametrize(
    ("rule", "private"), [("{host}:{port}", False), ("*.example.com:{port}", True)]
)
@pytest_twisted.ensureDeferred
async def test_a_private_address_needs_the_host_by_name_and_the_operator_s_word(
    receiver: Receiver, names: Names, port: int, rule: str, private: bool
) -> None:
    http = client(receiver, names, rule.format(host=HOST, port=port), private=private)

    with pytest.raises(HostRefused, match="private"):
        await http.fetch("crm", {"url": f"https://{HOST}:{port}/"})

    assert receiver.got == []


@pytest_twisted.ensureDeferred
async def test_a_redirect_is_an_answer_and_is_not_followed(
    receiver: Receiver, port: int, http: Any
) -> None:
    receiver.statuses = [302]
    receiver.headers = {"Location": f"https://{HOST}:{port}/else"}

    answer = await http.fetch("crm", {"url": f"https://{HOST}:{port}/"})

    assert answer["status"] == 302
    assert len(receiver.got) == 1


@pytest_twisted.ensureDeferred
async def test_an_answer_that_does_not_come_is_waited_for_so_long(
    receiver: Receiver, port: int, http: Any
) -> None:
    receiver.hangs = True

    with pytest.raises(RemoteLate):
        await http.fetch("crm", {"url": f"https://{HOST}:{port}/", "timeout_ms": 300})


@pytest_twisted.ensureDeferred
async def test_an_answer_that_is_too_large_is_cut(
    receiver: Receiver, port: int, http: Any
) -> None:
    receiver.content = b"x" * (limits.HTTP_RESPONSE_BYTES_MAX + 1)

    with pytest.raises(RemoteFailed, match="more than"):
        await http.fetch(
            "crm", {"url": f"https://{HOST}:{port}/", "timeout_ms": 20_000}
        )


@pytest_twisted.ensureDeferred
async def test_headers_without_end_are_cut(
    receiver: Receiver, port: int, http: Any
) -> None:
    receiver.headers = {f"X-{n}": "y" * 4000 for n in range(1100)}

    with pytest.raises(RemoteFailed, match="more than"):
        await http.fetch(
            "crm", {"url": f"https://{HOST}:{port}/", "timeout_ms": 20_000}
        )


@pytest_twisted.ensureDeferred
async def test_a_compressed_answer_is_not_unpacked(
    receiver: Receiver, port: int, http: Any
) -> None:
    receiver.headers = {"Content-Encoding": "gzip"}

    with pytest.raises(RemoteFailed, match="compressed"):
        await http.fetch("crm", {"url": f"https://{HOST}:{port}/"})


@pytest_twisted.ensureDeferred
async def test_a_module_has_so_many_requests_at_once(
    receiver: Receiver, port: int, http: Any
) -> None:
    receiver.hangs = True
    request = {"url": f"https://{HOST}:{port}/", "timeout_ms": 20_000}
    most = limits.HTTP_CALLS_AT_ONCE_MAX
    many = [Deferred.fromCoroutine(http.fetch("crm", request)) for _ in range(most)]

    with pytest.raises(TooManyRequests):
        await http.fetch("crm", request)

    for each in many:
        each.addErrback(lambda failure: failure.trap(CancelledError))
        each.cancel()
    await gatherResults(many)
    receiver.hangs = False
    assert (await http.fetch("crm", request))["status"] == 200


@pytest_twisted.ensureDeferred
async def test_nobody_at_the_address_is_an_error_for_the_module(
    receiver: Receiver, names: Names
) -> None:
    port = receiver.listen()
    await receiver.close()
    http = client(receiver, names, f"{HOST}:{port}", "nowhere.example.com")

    with pytest.raises(RemoteFailed, match="could not be reached"):
        await http.fetch("crm", {"url": f"https://{HOST}:{port}/"})
    with pytest.raises(RemoteFailed, match="no address"):
        await http.fetch("crm", {"url": "https://nowhere.example.com/"})


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        ([], ""),
        ({"url": 7}, "/url"),
        ({"url": "file:///etc/passwd"}, "/url"),
        ({"url": "https://a@hooks.example.com/"}, "/url"),
        ({"url": "https://hooks.example.com/\r\nX: y"}, "/url"),
        ({"url": "https://h.example.com/", "method": "CONNECT"}, "/method"),
        ({"url": "https://h.example.com/", "follow": True}, "/follow"),
        ({"url": "https://h.example.com/", "headers": []}, "/headers"),
        ({"url": "https://h.example.com/", "headers": {"Host": "b"}}, "/headers"),
        ({"url": "https://h.example.com/", "headers": {"a b": "c"}}, "/headers"),
        ({"url": "https://h.example.com/", "headers": {"a": "b\r\nc"}}, "/headers/a"),
        ({"url": "https://h.example.com/", "body": 7}, "/body"),
        ({"url": "https://h.example.com/", "body_base64": "*"}, "/body_base64"),
        ({"url": "https://h.example.com/", "timeout_ms": 0}, "/timeout_ms"),
        ({"url": "https://h.example.com/", "timeout_ms": True}, "/timeout_ms"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_request_is_refused(
    receiver: Receiver, names: Names, request_: object, pointer: str
) -> None:
    http = client(receiver, names, "*.example.com")

    with pytest.raises(ValidationFailed) as refused:
        await http.fetch("crm", request_)

    assert refused.value.errors[0].pointer == pointer
    assert names.asked == []
