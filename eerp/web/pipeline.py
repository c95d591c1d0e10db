"""The steps of a request, in order: identify, match, allow, check, call, respond.

The order decides which error a request gets that has several. A token that does
not hold is 401 whatever the path; an unknown path is 404 with or without a token;
no token on a known, protected route is 401 and a missing permission 403; only then
is the body looked at (415, 400, 422).

An `Endpoint` (``endpoints.py``) is whom a request is for, a `Service` what the
endpoint found for this one.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred

from eerp import limits
from eerp.auth.companies import act_in
from eerp.errors import EerpError, Overloaded, TokenInvalid
from eerp.interfaces import Identity, Reply
from eerp.log import Logger, request_at_hand
from eerp.web.request import WebRequest
from eerp.web.respond import problem, respond

__all__ = ["Endpoint", "Identifier", "Pipeline", "Service", "token_of"]

log = Logger(namespace="eerp.web")

_ALL_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_ALL_HEADERS = (
    "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match,"
    " If-None-Match, Last-Event-ID, Prefer, X-Company, X-Request-Id"
)


class Identifier(Protocol):
    """From the text of a token to the caller. Errors are `Unauthenticated`s."""

    def cached(self, token: str) -> Identity | None:
        """The caller, if the token was verified a moment ago."""

    async def identify(self, token: str) -> Identity:
        """The caller, verified now."""


class Service(Protocol):
    """What answers one request."""

    @property
    def template(self) -> str:
        """The path with its parameters' names, for the log."""

    @property
    def module(self) -> str | None:
        """The module that answers; None for the core."""

    def allow(self, identity: Identity | None) -> None:
        """Raise Unauthenticated or Forbidden unless the caller may."""

    def check(self, request: WebRequest, identity: Identity | None) -> Any:
        """What was asked, once path, query and body are checked. Raises BodyTooLarge,
        BadRequest, UnsupportedMediaType, or ValidationFailed with every fault."""

    def call(
        self, request: WebRequest, identity: Identity | None, checked: Any
    ) -> Awaitable[Reply]:
        """Do what is asked."""


class Endpoint(Protocol):
    """Whom requests below some path are for."""

    @property
    def identifies(self) -> bool:
        """Whether a token is looked at; where one signs in, it is not."""

    def match(self, request: WebRequest) -> Service:
        """What answers this request. Raises NotFound or MethodNotAllowed."""

    def allowed(self, request: WebRequest) -> tuple[str, ...]:
        """The methods that this path has. Raises NotFound."""


@frozen(eq=False)
class Pipeline:
    """Serves requests, one after the other or many at once."""

    identifier: Identifier

    def start(self, request: WebRequest, endpoint: Endpoint) -> None:
        """Serve `request`; it is finished when its answer is written."""
        request.work = Deferred.fromCoroutine(self.run(request, endpoint))

    async def run(self, request: WebRequest, endpoint: Endpoint) -> None:
        """Serve `request` and respond, whatever happens."""
        request.site.enter()
        request_at_hand.set(request.request_id)
        try:
            reply = await self._answer(request, endpoint)
            respond(request, reply)
        except Exception:
            log.failure(
                "response failed",
                event="response_failed",
                request_id=request.request_id,
            )
            request.loseConnection()
        finally:
            request.site.leave()

    async def _answer(self, request: WebRequest, endpoint: Endpoint) -> Reply:
        try:
            return await self.serve(request, endpoint)
        except EerpError as error:
            request.error = error
        except CancelledError:
            request.error = Overloaded("The request was stopped.")
        except Exception:
            log.failure(
                "request failed", event="request_failed", request_id=request.request_id
            )
            request.error = EerpError("Something went wrong here; it has been noted.")
        return problem(request.error, request.request_id)

    async def serve(self, request: WebRequest, endpoint: Endpoint) -> Reply:
        """The reply to `request`, or an EerpError. The steps, by name."""
        if _is_preflight(request):
            return _preflight(request)
        identity = await self._identify(request) if endpoint.identifies else None
        if request.method == b"OPTIONS":
            return Reply(204, b"", {"allow": ", ".join(endpoint.allowed(request))})
        service = endpoint.match(request)
        request.template, request.module = service.template, service.module
        service.allow(identity)
        checked = service.check(request, identity)
        return await service.call(request, identity, checked)

    async def _identify(self, request: WebRequest) -> Identity | None:
        token = token_of(request)
        if token is None:
            return None
        identity = self.identifier.cached(token)
        if identity is None:
            identity = await self.identifier.identify(token)
        request.user_id = identity.user_id
        company = request.header(b"x-company")
        return identity if company is None else act_in(identity, company)


def token_of(request: WebRequest) -> str | None:
    """The access token that a request carries. Raises `TokenInvalid` for none."""
    value = request.header(b"authorization")
    if value is None:
        return None
    scheme, _, token = value.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii():
        raise TokenInvalid(
            "The Authorization header is not a bearer token.",
            hint="Send one header: Authorization: Bearer ...",
        )
    if len(token) > limits.TOKEN_BYTES_MAX:
        raise TokenInvalid("The access token is too long to be one of ours.")
    return token


def _is_preflight(request: WebRequest) -> bool:
    return (
        request.method == b"OPTIONS"
        and request.header(b"access-control-request-method") is not None
    )


def _preflight(request: WebRequest) -> Reply:
    """What a browser asks before a script's request from another origin; without the
    headers, for an origin that is not configured, it goes no further."""
    if request.header(b"origin") not in request.site.settings.origins:
        return Reply(204)
    return Reply(
        204,
        b"",
        {
            "access-control-allow-methods": _ALL_METHODS,
            "access-control-allow-headers": _ALL_HEADERS,
            "access-control-max-age": str(limits.CORS_PREFLIGHT_AGE_S),
        },
    )
