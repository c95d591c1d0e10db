"""What a write answered, read again from the audit trail.

When the connection is lost after COMMIT was sent, the answer is lost with it; the
trail still says what the transaction wrote, and its rows become those of the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from eerp.interfaces import Statement
from eerp.orm.fields import array_literal
from eerp.orm.view import View

__all__ = ["recover_change", "recover_create", "recover_create_many",
           "recover_update_many"]  # fmt: skip

# ruff: noqa: S608  # every text that is joined here is of checked identifiers


def recover_create(view: View, token: str) -> Statement:
    """The rows of `compile_create`, of the transaction that `token` names."""
    shown = f'{_record(view)}, t."version", t."id"::text'
    sql = f"SELECT {shown} {_written(view)} AND a.action = 'create' LIMIT 1"
    return Statement(sql, (token, _name(view)))


def recover_create_many(view: View, token: str) -> Statement:
    """The rows of `compile_create_many`."""
    sql = (
        f"SELECT {_record(view)} {_written(view)} AND a.action = 'create' "
        'ORDER BY t."id"'
    )
    return Statement(sql, (token, _name(view)))


def recover_change(view: View, record_id: str, token: str) -> Statement:
    """The rows of `compile_change` and `compile_purge`."""
    sql = (
        f'SELECT {_record(view)}, t."version" {_written(view)} '
        "AND a.record_id = %s::uuid ORDER BY a.seq DESC LIMIT 1"
    )
    return Statement(sql, (token, _name(view), record_id))


def recover_update_many(view: View, ids: Sequence[str], token: str) -> Statement:
    """The rows of `compile_update_many`."""
    sql = (
        f'SELECT {_record(view)}, t."version", TRUE, TRUE {_written(view)} '
        "AND a.action = 'update' AND a.record_id = ANY(%s::uuid[]) "
        "ORDER BY array_position(%s::uuid[], a.record_id)"
    )
    listed = array_literal(ids)
    return Statement(sql, (token, _name(view), listed, listed))


def _name(view: View) -> str:
    return f"{view.model.module}.{view.model.name}"


def _record(view: View) -> str:
    return f"(SELECT row_to_json(_r) FROM (SELECT {view.columns}) AS _r)::text"


def _written(view: View) -> str:
    """The records of a model as one transaction left them, or took them away."""
    image = f"jsonb_populate_record(NULL::{view.model.table}, "
    return (
        f"FROM eerp.audit AS a CROSS JOIN LATERAL {image}"
        "coalesce(a.after, a.before)) AS t "
        'WHERE a."transaction" = %s AND a.model = %s '
        "AND a.at > now() - interval '10 minutes'"
    )
