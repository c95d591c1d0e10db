"""The paths of the core itself: health, modules, and signing in and out."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

from attrs import frozen

from eerp import limits
from eerp.auth.access import signed_in
from eerp.interfaces import READ_MODULES, Identity, ModuleState, Reply
from eerp.routes import BodyCheck, compile_body
from eerp.web import core_docs
from eerp.web.endpoints import CoreRoute
from eerp.web.health import Health, Modules
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["Accounts", "Pair", "core_routes"]


class Pair(Protocol):
    """An access token and the refresh token that follows it."""

    @property
    def access_token(self) -> str:
        """The JWT."""

    @property
    def refresh_token(self) -> str:
        """Good for one refresh."""

    @property
    def expires_in(self) -> int:
        """Seconds until the access token expires."""


class Accounts(Protocol):
    """Signing in and out. Errors are `Unauthenticated`s and `TooManyRequests`."""

    async def login(
        self, username: str, password: str, *, address: str, user_agent: str | None
    ) -> Pair:
        """A pair for a new session."""

    async def refresh(self, refresh_token: str) -> Pair:
        """A new pair for a spent one."""

    async def logout(self, identity: Identity) -> None:
        """End the caller's session."""

    async def me(self, identity: Identity) -> Mapping[str, Any]:
        """Who the caller is and may be."""


def _texts(**characters_max: int) -> BodyCheck:
    """A body whose fields are all texts, all required."""
    return compile_body(
        "core",
        {
            "type": "object",
            "properties": {
                name: {"type": "string", "minLength": 1, "maxLength": most}
                for name, most in characters_max.items()
            },
            "required": list(characters_max),
            "additionalProperties": False,
        },
    )


_LOGIN = _texts(
    username=limits.USERNAME_CHARACTERS_MAX, password=limits.PASSWORD_CHARACTERS_MAX
)
_REFRESH = _texts(refresh_token=limits.REFRESH_TOKEN_BYTES_MAX)


def core_routes(
    accounts: Accounts, health: Health, modules: Modules
) -> tuple[CoreRoute, ...]:
    """Every route of the core."""
    probes, auth = _Probes(health, modules), _Auth(accounts)
    return (
        CoreRoute("GET", "/health", probes.health, doc=core_docs.HEALTH),
        CoreRoute("GET", "/ready", probes.ready, doc=core_docs.READY),
        CoreRoute(
            "GET", "/api/modules", probes.modules_list,
            permission=READ_MODULES, doc=core_docs.MODULES,
        ),
        CoreRoute("POST", "/api/auth/login", auth.login, _LOGIN, doc=core_docs.LOGIN),
        CoreRoute(
            "POST", "/api/auth/refresh", auth.refresh, _REFRESH, doc=core_docs.REFRESH
        ),
        CoreRoute(
            "POST", "/api/auth/logout", auth.logout,
            needs_user=True, doc=core_docs.LOGOUT,
        ),
        CoreRoute(
            "GET", "/api/auth/me", auth.me, needs_user=True, doc=core_docs.ME
        ),
    )  # fmt: skip


@frozen(eq=False)
class _Probes:
    watch: Health
    modules: Modules

    async def health(
        self, _request: WebRequest, _who: Identity | None, _: Any
    ) -> Reply:
        return json_reply({"status": "ok"})

    async def ready(self, _request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        reasons = await self.watch.reasons()
        if not reasons:
            return json_reply({"status": "ready"})
        content = {"status": "not ready", "reasons": reasons}
        return json_reply(content, HTTPStatus.SERVICE_UNAVAILABLE)

    async def modules_list(
        self, _request: WebRequest, _who: Identity | None, _: Any
    ) -> Reply:
        shown = [_shown(module) for module in self.modules.states()]
        return json_reply({"modules": shown})


def _shown(module: ModuleState) -> dict[str, Any]:
    content = {
        "name": module.name,
        "version": module.version,
        "display_name": module.display_name,
        "depends": list(module.depends),
        "optional": list(module.optional),
        "priority": module.priority,
        "state": module.state,
    }
    return content if module.error is None else {**content, "error": module.error}


@frozen(eq=False)
class _Auth:
    accounts: Accounts

    async def login(
        self, request: WebRequest, _who: Identity | None, body: Any
    ) -> Reply:
        pair = await self.accounts.login(
            body["username"],
            body["password"],
            address=getattr(request.getClientAddress(), "host", "-"),
            user_agent=request.header(b"user-agent"),
        )
        return _pair(pair)

    async def refresh(
        self, _request: WebRequest, _who: Identity | None, body: Any
    ) -> Reply:
        return _pair(await self.accounts.refresh(body["refresh_token"]))

    async def logout(self, _request: WebRequest, who: Identity | None, _: Any) -> Reply:
        await self.accounts.logout(signed_in(who))
        return Reply(HTTPStatus.NO_CONTENT)

    async def me(self, _request: WebRequest, who: Identity | None, _: Any) -> Reply:
        return json_reply(await self.accounts.me(signed_in(who)))


def _pair(pair: Pair) -> Reply:
    return json_reply(
        {
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token,
            "token_type": "Bearer",
            "expires_in": pair.expires_in,
        }
    )
