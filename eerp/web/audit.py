"""``GET /api/audit``: what was done to a record, or to all records of a model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from attrs import frozen

from eerp import limits
from eerp.auth.access import require, signed_in
from eerp.errors import EerpError
from eerp.interfaces import Identity, Pool, Reply, TransactionBegin
from eerp.orm.faults import refused
from eerp.orm.fields import is_uuid
from eerp.orm.history import History, Page
from eerp.orm.model import Model
from eerp.orm.registry import ModelRegistry
from eerp.web.core_docs import AUDIT
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import page_limit, query_parameters
from eerp.web.request import WebRequest

__all__ = ["READ", "audit_routes"]

READ = "eerp.audit.read"
"""The permission to read the audit trail, beside that to read the model."""
_PARAMETERS = ("model", "id", "limit", "cursor")


def audit_routes(
    pool: Pool, registry: ModelRegistry, cursor_key: bytes
) -> Sequence[CoreRoute]:
    """The routes of the audit trail."""
    audit = _Audit(pool, registry, History(cursor_key))
    return (CoreRoute("GET", "/api/audit", audit.page, permission=READ, doc=AUDIT),)


@frozen(eq=False)
class _Audit:
    pool: Pool
    registry: ModelRegistry
    history: History

    async def page(self, request: WebRequest, who: Identity | None, _: Any) -> Reply:
        identity, asked = signed_in(who), query_parameters(request.query, _PARAMETERS)
        model = self._model(asked.get("model"))
        require(identity, f"{model.module}.{model.name}.read")
        begin = TransactionBegin(True, identity.user_id, request.request_id, "core")
        transaction = self.pool.transaction(begin)
        try:
            page = await self.history.page(
                transaction,
                model,
                _record_id(asked.get("id")),
                identity,
                limit=page_limit(
                    asked.get("limit"),
                    limits.AUDIT_ROWS_PER_PAGE,
                    limits.AUDIT_ROWS_PER_PAGE_MAX,
                ),
                cursor=_cursor(asked.get("cursor")),
            )
            await transaction.commit()
        except BaseException:
            await transaction.rollback()
            raise
        return _reply(page)

    def _model(self, name: str | None) -> Model:
        if name is None:
            message = "The parameter model is required, such as model=crm.contacts."
            raise refused("query/model", "required", message)
        module, _, model = name.partition(".")
        try:
            return self.registry.model(module, model)
        except EerpError:
            raise refused("query/model", "unknown", "There is no such model.") from None


def _record_id(text: str | None) -> str | None:
    if text is not None and not is_uuid(text):
        raise refused("query/id", "uuid", "The parameter id is not a UUID.")
    return None if text is None else text.lower()


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
