"""The paths of the core for the audit trail: what was done, and whether it holds."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Protocol

from attrs import define, frozen

from eerp import limits
from eerp.auth.access import require, signed_in
from eerp.errors import Conflict
from eerp.interfaces import Identity, Pool, Reply, TransactionBegin
from eerp.orm.audited import Trail, refuse_limited
from eerp.orm.core_trails import CORE_TRAILS
from eerp.orm.faults import refused
from eerp.orm.history import History, Page
from eerp.orm.narrowed import Narrowed
from eerp.orm.registry import ModelRegistry
from eerp.web.core_docs import AUDIT, AUDIT_ACTIONS, AUDIT_VERIFY
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import (
    model_named,
    optional_moment,
    optional_uuid,
    page_limit,
    query_parameters,
)
from eerp.web.request import WebRequest
from eerp.web.respond import json_reply

__all__ = ["READ", "VERIFY", "audit_routes", "verify_route"]

READ = "eerp.audit.read"
"""The permission to read the audit trail, beside that to read the model."""
VERIFY = "eerp.audit.verify"
"""The permission to have the trail verified."""
_PARAMETERS = (
    "model", "id", "actor", "action", "since", "until", "limit", "cursor",
)  # fmt: skip


def audit_routes(
    pool: Pool, registry: ModelRegistry, cursor_key: bytes
) -> Sequence[CoreRoute]:
    """The routes of the audit trail."""
    audit = _Audit(pool, registry, History(cursor_key))
    return (CoreRoute("GET", "/api/audit", audit.page, permission=READ, doc=AUDIT),)


class Verdict(Protocol):
    """What a verification found; see `eerp.database.audit`."""

    @property
    def rows(self) -> int:
        """How many rows were walked."""

    @property
    def count(self) -> int:
        """How many breaks there are."""

    @property
    def breaks(self) -> Sequence[Any]:
        """The first of them: kind, lane, seq, about."""

    @property
    def complete(self) -> bool:
        """Whether all rows were walked."""


def verify_route(verify: Callable[[], Awaitable[Verdict]]) -> CoreRoute:
    """The route that has the trail verified by `verify`."""
    answer = _Verification(verify).answer
    return CoreRoute(
        "POST", "/api/audit/verify", answer, permission=VERIFY, doc=AUDIT_VERIFY
    )


@define(eq=False)
class _Verification:
    """One at a time: it keeps a connection and a processor busy."""

    verify: Callable[[], Awaitable[Verdict]]
    busy: bool = False

    async def answer(
        self, _request: WebRequest, _who: Identity | None, _: Any
    ) -> Reply:
        if self.busy:
            raise Conflict("The audit trail is being verified already.")
        self.busy = True
        try:
            return json_reply(_told(await self.verify()))
        finally:
            self.busy = False


def _told(verdict: Verdict) -> dict[str, Any]:
    return {
        "ok": verdict.count == 0,
        "complete": verdict.complete,
        "checked": verdict.rows,
        "problems": [
            {"kind": each.kind, "lane": each.lane, "seq": each.seq,
             "about": each.about}
            for each in verdict.breaks
        ],
    }  # fmt: skip


@frozen(eq=False)
class _Audit:
    pool: Pool
    registry: ModelRegistry
    history: History

    async def page(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        identity, asked = signed_in(who), query_parameters(request.query, _PARAMETERS)
        trail = self._trail(asked.get("model"), identity)
        begin = TransactionBegin(True, identity.user_id, request.request_id, "core")
        transaction = self.pool.transaction(begin)
        try:
            page = await self.history.page(
                transaction,
                trail,
                optional_uuid(asked.get("id"), "query/id"),
                identity,
                limit=page_limit(
                    asked.get("limit"),
                    limits.AUDIT_ROWS_PER_PAGE,
                    limits.AUDIT_ROWS_PER_PAGE_MAX,
                ),
                cursor=_cursor(asked.get("cursor")),
                narrowed=_narrowed(asked),
            )
            await transaction.commit()
        except BaseException:
            await transaction.rollback()
            raise
        return _reply(page)

    def _trail(self, name: str | None, identity: Identity) -> Trail:
        """The trail that is asked for, which the caller may read."""
        own = CORE_TRAILS.get(name or "")
        if own is not None:
            require(identity, own.permission)
            return own
        model = model_named(self.registry, name, "query/model")
        trail = Trail.of(model)
        require(identity, trail.permission)
        refuse_limited(model, identity)
        return trail


def _narrowed(asked: dict[str, str]) -> Narrowed:
    action = asked.get("action")
    if action is not None and action not in AUDIT_ACTIONS:
        message = f"The actions are {', '.join(AUDIT_ACTIONS)}."
        raise refused("query/action", "unknown", message)
    return Narrowed(
        optional_uuid(asked.get("actor"), "query/actor"),
        action,
        optional_moment(asked.get("since"), "query/since"),
        optional_moment(asked.get("until"), "query/until"),
    )


def _cursor(text: str | None) -> str | None:
    if text is not None and len(text) > limits.CURSOR_BYTES_MAX:
        raise refused("query/cursor", "cursor", "The cursor is not one of this list.")
    return text


def _reply(page: Page) -> Reply:
    content = {"items": page.items, "next_cursor": page.next_cursor}
    text = json.dumps(
        content, ensure_ascii=False, separators=(",", ":"), default=_number
    )
    return Reply(int(HTTPStatus.OK), text.encode(), {})


def _number(value: object) -> float:
    """A number inside of a JSON column, which is nobody's decimal."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)
