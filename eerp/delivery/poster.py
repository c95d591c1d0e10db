"""Posts events to webhooks, signed."""

from __future__ import annotations

from typing import Any

import orjson
from attrs import field, frozen
from twisted.internet.interfaces import IReactorTime

from eerp import __version__, limits
from eerp.delivery.claims import Claims, Delivery
from eerp.delivery.fetch import Call, Fetcher
from eerp.delivery.hosts import parse_url
from eerp.delivery.signing import fingerprint, sign
from eerp.delivery.webhooks import Webhook, Webhooks
from eerp.errors import RemoteFailed

__all__ = ["Poster", "WebhookCarrier"]

_FIRST_SUCCESS, _FIRST_REDIRECT = 200, 300
_TEST_TOPIC = "eerp.webhooks.test"


@frozen
class Poster:
    """Posts to webhooks."""

    webhooks: Webhooks
    fetcher: Fetcher
    clock: IReactorTime
    timeout_s: float = limits.WEBHOOK_TIMEOUT_S

    async def post(self, webhook: Webhook, message: str, body: bytes) -> int:
        """Post `body` once, by the id `message`; the status that was answered.

        Raises `RemoteFailed`, also when our signing key is another than when the secret
        was made, `RemoteLate` and `HostRefused`.
        """
        to = parse_url(webhook.url)
        timestamp = int(self.clock.seconds())
        headers = (
            ("content-type", "application/json"),
            ("user-agent", f"EERP/{__version__}"),
            ("webhook-id", message),
            ("webhook-timestamp", str(timestamp)),
            ("webhook-signature", self._sign(webhook, message, timestamp, body)),
        )
        answer = await self.fetcher.fetch(
            Call(
                "POST", to, headers, body, self.timeout_s,
                limits.WEBHOOK_RESPONSE_BYTES_MAX, private=self.webhooks.permits(to),
            )
        )  # fmt: skip
        return answer.status

    async def test(self, webhook: str, *, at: str) -> dict[str, Any]:
        """Post a message that says nothing, whether the webhook is active or not; what
        came of it. Raises what `post` raises, and `NotFound`."""
        found = await self.webhooks.get(webhook)
        message = f"test-{found.id}-{int(self.clock.seconds())}"
        body = message_body(message, _TEST_TOPIC, None, at, "{}")
        status = await self.post(found, message, body)
        return {"status": status, "delivered": is_success(status)}

    def _sign(self, webhook: Webhook, message: str, timestamp: int, body: bytes) -> str:
        secrets, now = self.webhooks.secrets, webhook.generation
        held = [secrets.of(webhook.id, now)]
        if fingerprint(held[0]) != webhook.fingerprint:
            raise RemoteFailed(
                "The signing key is another than when the webhook's secret was made.",
                hint="Rotate the secret of the webhook, and tell its owner.",
            )
        if webhook.retiring and now > 1:
            held.append(secrets.of(webhook.id, now - 1))
        return sign(held, message, timestamp, body)


@frozen
class WebhookCarrier:
    """See `eerp.delivery.courier.Carrier`. An answer with a status of 200 to 299 is the
    receipt; nothing else is."""

    poster: Poster
    claims: Claims = field(repr=False)

    async def carry(self, delivery: Delivery) -> None:
        """Post the event, and note the receipt."""
        webhook = await self.poster.webhooks.get(delivery.subscriber)
        body = message_body(
            delivery.event_id,
            delivery.topic,
            delivery.key,
            delivery.at,
            delivery.data,
        )
        status = await self.poster.post(webhook, delivery.event_id, body)
        if not is_success(status):
            raise RemoteFailed(f"The webhook answered {status}.")
        await self.claims.finish(delivery)


def message_body(
    message: str, topic: str, key: str | None, at: str, data: str
) -> bytes:
    """What is posted; `data` is JSON."""
    return orjson.dumps(
        {
            "id": message,
            "topic": topic,
            "key": key,
            "at": at,
            "data": orjson.Fragment(data),
        }
    )


def is_success(status: int) -> bool:
    """Whether `status` is a receipt."""
    return _FIRST_SUCCESS <= status < _FIRST_REDIRECT
