"""Webhooks: told of what they asked for, signed, over TLS, and nowhere private."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
import pytest_twisted

from eerp import limits
from eerp.delivery import HostRule, Pace
from eerp.errors import Conflict, HostRefused, NotFound, RemoteFailed, ValidationFailed
from tests.postgres.conftest import Look
from tests.postgres.delivering import Handlers, Site
from tests.postgres.receiver import HOST, Names, Own, Receiver
from tests.postgres.waiting import until


def expected_signature(secret: str, headers: dict[str, str], body: bytes) -> str:
    """As the documentation tells integrators to work it out."""
    key = b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


@pytest.fixture
def hooked(site: Site, receiver: Receiver, names: Names) -> tuple[Site, str]:
    """The site, whose operator allows the receiver, and the receiver's URL."""
    port = receiver.listen()
    site.lookup, site.trust = names, receiver.own.trust
    site.allow = (HostRule.parse(f"{HOST}:{port}"),)
    return site, f"https://{HOST}:{port}/in?a=1"


@pytest_twisted.ensureDeferred
async def test_an_event_is_posted_signed_and_with_the_right_name(
    hooked: tuple[Site, str], receiver: Receiver, look: Look
) -> None:
    site, url = hooked
    webhook, secret = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")
    site.deliver(Handlers(site.pool))

    number = await site.emit("crm.contacts.made", "k1", {"sum": 1.5, "name": "Ä"})

    await until(look, "SELECT state FROM eerp.deliveries", [("done",)])
    ((method, path, headers, body),) = receiver.got
    assert (method, path) == ("POST", "/in?a=1")
    assert headers["host"] == url.split("/")[2]
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == number
    assert headers["webhook-signature"] == expected_signature(secret, headers, body)
    content = json.loads(body)
    assert content.pop("at").endswith("Z")
    assert content == {
        "id": number, "topic": "crm.contacts.made", "key": "k1",
        "data": {"sum": 1.5, "name": "Ä"},
    }  # fmt: skip
    assert "secret" not in str(await site.webhooks.get(webhook.id))


@pytest_twisted.ensureDeferred
async def test_what_is_not_received_is_posted_again_and_dead_in_the_end(
    hooked: tuple[Site, str], receiver: Receiver, look: Look
) -> None:
    site, url = hooked
    await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")
    receiver.statuses = [500]
    site.deliver(Handlers(site.pool), Pace(webhook_attempts_max=1))

    await site.emit("crm.x", "k", 1)
    await site.emit("crm.x", "k", 2)

    states = "SELECT state, attempts, error FROM eerp.deliveries ORDER BY id"
    dead = ("dead", 1, "remote_failed: The webhook answered 500.")
    await until(look, states, [dead, ("done", 1, None)])
    assert [json.loads(body)["data"] for *_, body in receiver.got] == [1, 2]


@pytest_twisted.ensureDeferred
async def test_redirects_are_not_followed(
    hooked: tuple[Site, str], receiver: Receiver, look: Look
) -> None:
    site, url = hooked
    await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")
    receiver.statuses, receiver.headers = [302], {"location": url}
    site.deliver(Handlers(site.pool), Pace(webhook_attempts_max=1))

    await site.emit()

    await until(look, "SELECT state FROM eerp.deliveries", [("dead",)])
    assert len(receiver.got) == 1


@pytest_twisted.ensureDeferred
async def test_a_certificate_of_another_name_is_not_accepted(
    hooked: tuple[Site, str], receiver: Receiver, names: Names
) -> None:
    site, url = hooked
    port = int(url.split(":")[2].split("/")[0])
    names.answers["other.example.com"] = [["127.0.0.1"]]
    site.allow = (HostRule.parse(f"other.example.com:{port}"),)
    other = url.replace(HOST, "other.example.com")
    webhook, _ = await site.webhooks.add(other, ["crm.*"], active=True, actor="ann")

    with pytest.raises(RemoteFailed, match="could not be reached"):
        await site.poster.test(webhook.id, at="now")

    assert receiver.got == []


@pytest_twisted.ensureDeferred
async def test_a_certificate_of_an_unknown_authority_is_not_accepted(
    hooked: tuple[Site, str], receiver: Receiver
) -> None:
    site, url = hooked
    site.trust = Own.of(HOST).trust
    webhook, _ = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")

    with pytest.raises(RemoteFailed):
        await site.poster.test(webhook.id, at="now")

    assert receiver.got == []


@pytest_twisted.ensureDeferred
async def test_a_private_address_is_refused_unless_the_operator_allows_the_host(
    hooked: tuple[Site, str], receiver: Receiver
) -> None:
    site, url = hooked
    site.allow = ()
    webhook, _ = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")

    with pytest.raises(HostRefused, match="private"):
        await site.poster.test(webhook.id, at="now")

    assert receiver.got == []


@pytest_twisted.ensureDeferred
async def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    hooked: tuple[Site, str], receiver: Receiver, names: Names
) -> None:
    """A name that leads elsewhere a moment later is asked for once, and no more."""
    site, url = hooked
    names.answers[HOST] = [["127.0.0.1"], ["192.0.2.1"]]
    webhook, _ = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")

    await site.poster.test(webhook.id, at="now")

    assert names.asked == [HOST]
    assert len(receiver.got) == 1


@pytest_twisted.ensureDeferred
async def test_of_several_addresses_only_public_ones_are_connected_to(
    hooked: tuple[Site, str], receiver: Receiver, names: Names
) -> None:
    """A name with a private address beside forbidden ones reaches none of them."""
    site, url = hooked
    site.allow = ()
    names.answers[HOST] = [["::1", "127.0.0.1", "10.1.2.3", "::ffff:127.0.0.1"]]
    webhook, _ = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")

    with pytest.raises(HostRefused):
        await site.poster.test(webhook.id, at="now")

    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "topics", "pointers"),
    [
        ("http://hooks.example.com/", ["crm.*"], ["/url"]),
        ("https://127.0.0.1/", ["crm.*"], ["/url"]),
        ("https://[::1]/", ["crm.*"], ["/url"]),
        ("https://ann:pw@hooks.example.com/", ["crm.*"], ["/url"]),
        ("ftp://a.example.com/", ["*", "crm.*"], ["/url", "/topics/0"]),
    ],
)  # fmt: skip
@pytest_twisted.ensureDeferred
async def test_what_is_no_webhook_is_refused_when_it_is_made(
    site: Site, url: str, topics: list[str], pointers: list[str]
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await site.webhooks.add(url, topics, active=True, actor="ann")

    assert [fault.pointer for fault in refused.value.errors] == pointers


@pytest_twisted.ensureDeferred
async def test_an_allowed_host_may_be_called_without_tls(
    site: Site, receiver: Receiver
) -> None:
    port = receiver.listen(tls=False)
    site.allow = (HostRule.parse(f"127.0.0.1:{port}"),)
    url = f"http://127.0.0.1:{port}/"
    webhook, _ = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")

    told = await site.poster.test(webhook.id, at="now")

    assert told == {"status": 200, "delivered": True}
    assert json.loads(receiver.got[0][3])["topic"] == "eerp.webhooks.test"


@pytest_twisted.ensureDeferred
async def test_after_a_rotation_both_secrets_sign_until_the_old_one_is_retired(
    hooked: tuple[Site, str], receiver: Receiver, look: Look
) -> None:
    site, url = hooked
    webhook, old = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")
    rotated, new = await site.webhooks.rotate(webhook.id, actor="ann")
    assert old != new
    assert rotated.retiring

    await site.poster.test(webhook.id, at="now")
    look("UPDATE eerp.webhooks SET retiring_until = now() - interval '1 s'")
    await site.poster.test(webhook.id, at="now")

    (_, _, first, one), (_, _, second, two) = receiver.got
    assert first["webhook-signature"].split(" ") == [
        expected_signature(new, first, one), expected_signature(old, first, one),
    ]  # fmt: skip
    assert second["webhook-signature"] == expected_signature(new, second, two)


@pytest_twisted.ensureDeferred
async def test_with_another_signing_key_nothing_is_signed_until_the_secret_is_rotated(
    hooked: tuple[Site, str], receiver: Receiver, look: Look
) -> None:
    site, url = hooked
    webhook, _ = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")
    look("UPDATE eerp.webhooks SET fingerprint = 'another'")

    with pytest.raises(RemoteFailed, match="signing key is another"):
        await site.poster.test(webhook.id, at="now")
    await site.webhooks.rotate(webhook.id, actor="ann")
    await site.poster.test(webhook.id, at="now")

    assert len(receiver.got) == 1


@pytest_twisted.ensureDeferred
async def test_a_webhook_that_is_off_keeps_what_waits_and_misses_what_comes(
    hooked: tuple[Site, str], receiver: Receiver, look: Look
) -> None:
    site, url = hooked
    webhook, _ = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")
    await site.emit("crm.x", None, 1)
    change: dict[str, Any] = {"url": None, "topics": None, "actor": "ann"}
    await site.webhooks.change(webhook.id, active=False, **change)
    await site.emit("crm.x", None, 2)
    site.deliver(Handlers(site.pool))
    assert look("SELECT state FROM eerp.deliveries") == [("pending",)]

    await site.webhooks.change(webhook.id, active=True, **change)

    await until(look, "SELECT state FROM eerp.deliveries", [("done",)])
    assert [json.loads(body)["data"] for *_, body in receiver.got] == [1]


@pytest_twisted.ensureDeferred
async def test_a_removed_webhook_takes_with_it_what_waits(
    hooked: tuple[Site, str], look: Look
) -> None:
    site, url = hooked
    webhook, _ = await site.webhooks.add(url, ["crm.*"], active=True, actor="ann")
    await site.emit()

    await site.webhooks.remove(webhook.id, actor="ann")

    assert look("SELECT * FROM eerp.deliveries") == []
    assert look("SELECT * FROM eerp.subscriptions") == []
    with pytest.raises(NotFound):
        await site.webhooks.get(webhook.id)


@pytest_twisted.ensureDeferred
async def test_there_are_so_many_webhooks_and_no_more(site: Site, look: Look) -> None:
    look(
        "INSERT INTO eerp.webhooks (id, url, topics, fingerprint)"
        " SELECT gen_random_uuid(), 'x', '{}', '' FROM"
        f" generate_series(1, {limits.WEBHOOKS_MAX})"
    )

    with pytest.raises(Conflict):
        await site.webhooks.add(
            "https://hooks.example.com", ["crm.*"], active=True, actor="ann"
        )
