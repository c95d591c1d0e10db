"""The paths of the core for webhooks: who wants to be told of what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Protocol

from attrs import evolve, frozen

from eerp import limits
from eerp.auth.access import signed_in
from eerp.interfaces import MANAGE_WEBHOOKS, Identity, Reply
from eerp.routes import BodyCheck, compile_body
from eerp.web import delivery_docs as docs
from eerp.web.endpoints import CoreRoute
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["Tester", "Webhook", "Webhooks", "webhook_routes"]


class Webhook(Protocol):
    """One webhook; times are ISO 8601."""

    @property
    def id(self) -> str:
        """A uuid."""

    @property
    def url(self) -> str:
        """Where it is posted to."""

    @property
    def topics(self) -> Sequence[str]:
        """Topics, and beginnings of topics with a star."""

    @property
    def active(self) -> bool:
        """Whether it is told anything."""

    @property
    def retiring_until(self) -> str | None:
        """Until when the secret before this one holds too."""

    @property
    def created_at(self) -> str:
        """When it was made."""

    @property
    def updated_at(self) -> str:
        """When it was changed last."""


class Webhooks(Protocol):
    """What is asked of webhooks; see `eerp.delivery.webhooks.Webhooks`."""

    async def all(self) -> Sequence[Webhook]:
        """Every one."""

    async def get(self, webhook: str) -> Webhook:
        """One. Raises `NotFound`, as do those below."""

    async def add(
        self, url: str, topics: Sequence[str], *, active: bool, actor: str
    ) -> tuple[Webhook, str]:
        """A new one, and its secret."""

    async def change(
        self,
        webhook: str,
        *,
        url: str | None,
        topics: Sequence[str] | None,
        active: bool | None,
        actor: str,
    ) -> Webhook:
        """Change what is not None."""

    async def rotate(self, webhook: str, *, actor: str) -> tuple[Webhook, str]:
        """A new secret."""

    async def remove(self, webhook: str, *, actor: str) -> None:
        """Remove it."""


class Tester(Protocol):
    """Posts to a webhook by hand."""

    async def test(self, webhook: str, *, at: str) -> dict[str, Any]:
        """Post a message that says nothing; what came of it."""


_PROPERTIES: dict[str, Any] = {
    "url": {
        "type": "string",
        "minLength": 1,
        "maxLength": limits.WEBHOOK_URL_CHARACTERS_MAX,
    },
    "topics": {
        "type": "array",
        "minItems": 1,
        "maxItems": limits.WEBHOOK_TOPICS_MAX,
        "uniqueItems": True,
        "items": {"type": "string", "maxLength": limits.TOPIC_CHARACTERS_MAX},
    },
    "active": {"type": "boolean"},
}


def _body(**more: Any) -> BodyCheck:
    schema = {"type": "object", "properties": _PROPERTIES, **more}
    return compile_body("core", {**schema, "additionalProperties": False})


_ADDED = _body(required=["url", "topics"])
_CHANGED = _body(minProperties=1)


def webhook_routes(webhooks: Webhooks, tester: Tester) -> tuple[CoreRoute, ...]:
    """The routes; all of them need MANAGE_WEBHOOKS."""
    at = _At(webhooks, tester)
    one = "/api/webhooks/{id}"
    return tuple(
        evolve(route, needs_user=True, permission=MANAGE_WEBHOOKS)
        for route in (
            CoreRoute("GET", "/api/webhooks", at.list, doc=docs.WEBHOOKS_LIST),
            CoreRoute("POST", "/api/webhooks", at.add, _ADDED, doc=docs.WEBHOOK_ADD),
            CoreRoute("GET", one, at.get, doc=docs.WEBHOOK_GET),
            CoreRoute("PATCH", one, at.change, _CHANGED, doc=docs.WEBHOOK_CHANGE),
            CoreRoute("DELETE", one, at.remove, doc=docs.WEBHOOK_REMOVE),
            CoreRoute("POST", f"{one}/rotate", at.rotate, doc=docs.WEBHOOK_ROTATE),
            CoreRoute("POST", f"{one}/test", at.test, doc=docs.WEBHOOK_TEST),
        )
    )


@frozen(eq=False)
class _At:
    webhooks: Webhooks
    tester: Tester

    async def list(self, _request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        return json_reply(
            {"items": [_shown(each) for each in await self.webhooks.all()]}
        )

    async def get(self, request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        return json_reply(_shown(await self.webhooks.get(request.params["id"])))

    async def add(self, _request: WebRequest, who: Identity | None, body: Any) -> Reply:
        made, secret = await self.webhooks.add(
            body["url"],
            body["topics"],
            active=body.get("active", True),
            actor=signed_in(who).user_id,
        )
        reply = json_reply({**_shown(made), "secret": secret}, HTTPStatus.CREATED)
        return evolve(reply, headers={"location": f"/api/webhooks/{made.id}"})

    async def change(
        self, request: WebRequest, who: Identity | None, body: Any
    ) -> Reply:
        changed = await self.webhooks.change(
            request.params["id"],
            url=body.get("url"),
            topics=body.get("topics"),
            active=body.get("active"),
            actor=signed_in(who).user_id,
        )
        return json_reply(_shown(changed))

    async def remove(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        actor = signed_in(who).user_id
        await self.webhooks.remove(request.params["id"], actor=actor)
        return Reply(HTTPStatus.NO_CONTENT)

    async def rotate(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        actor = signed_in(who).user_id
        found, secret = await self.webhooks.rotate(request.params["id"], actor=actor)
        return json_reply({**_shown(found), "secret": secret})

    async def test(self, request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return json_reply(await self.tester.test(request.params["id"], at=at))


def _shown(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "topics": list(webhook.topics),
        "active": webhook.active,
        "old_secret_until": webhook.retiring_until,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
    }
