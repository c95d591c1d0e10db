"""What a guest reaches while it works for a request: one import of it a method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from attrs import frozen

from eerp.errors import BadRequest, GuestFault, NotInDryRun
from eerp.limits import GUEST_JSON_DEPTH_MAX

if TYPE_CHECKING:
    from eerp.sandbox.call import Work

__all__ = ["RequestHost", "parse"]

# Methods of HTTP that change nothing.
_HARMLESS = frozenset({"GET", "HEAD"})


@frozen
class RequestHost:
    """See `eerp.sandbox.guest.Host`. `chain` names the modules from the one that the
    request is for down to the guest's own, which is the last."""

    work: Work
    chain: tuple[str, ...]

    @property
    def request_id(self) -> str:
        """Names the request in the log."""
        return self.work.request_id

    async def serve(self, kind: str, request: bytes) -> bytes:
        """What the guest asks for, in the request's transaction."""
        if kind == "orm":
            return (await self.work.operate(self.chain[-1], request)).body
        if kind == "call":
            return await self.work.call(self.chain, parse(request))
        if kind == "emit":
            return await self._emit(parse(request))
        if kind == "http":
            return await self._http(parse(request))
        raise GuestFault(f"The import {kind} is not served here.")

    async def _emit(self, request: dict[str, Any]) -> bytes:
        work = self.work
        if work.read_only:
            raise GuestFault("A GET route is read-only and emits no events.")
        if work.reach.outbox is None:
            raise GuestFault("The import emit is not served here.")
        answer = await work.reach.outbox.emit(
            work.transaction,
            module=self.chain[-1],
            request_id=work.request_id,
            actor=None if work.identity is None else work.identity.user_id,
            topic=request.get("topic"),
            key=request.get("key"),
            data=request.get("data"),
            hops=work.hops,
        )
        return orjson.dumps(answer)

    async def _http(self, request: dict[str, Any]) -> bytes:
        if not self.work.keep and request.get("method", "GET") not in _HARMLESS:
            raise NotInDryRun(
                "A dry run sends no request that may change something elsewhere."
            )
        if self.work.reach.http is None:
            raise GuestFault("The import http is not served here.")
        return orjson.dumps(await self.work.reach.http.fetch(self.chain[-1], request))


def parse(request: bytes) -> dict[str, Any]:
    """What a guest asks for; raises BadRequest unless it is a JSON object that can be
    written again: more is read than is written, so that what is deep is tried."""
    try:
        parsed = orjson.loads(request)
        if request.count(b"[") + request.count(b"{") > GUEST_JSON_DEPTH_MAX:
            orjson.dumps(parsed)
    except orjson.JSONDecodeError:
        raise BadRequest("What the module asks for is not JSON.") from None
    except TypeError:
        raise BadRequest("What the module asks for is nested too deep.") from None
    if not isinstance(parsed, dict):
        raise BadRequest("What the module asks for is not a JSON object.")
    return parsed
