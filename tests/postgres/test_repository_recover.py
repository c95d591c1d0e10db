"""What a lost answer said, read again from the audit trail, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred

from eerp.database.pool import Pool
from eerp.interfaces import Identity
from eerp.orm.cursor import Cursors
from eerp.orm.operation import prepare
from tests.orm.given import ID
from tests.postgres.office import ROOT, Office, open_office, user

TOKEN = "the token"
# The trail as it is agreed; there already, where the core's tables have it.
_TRAIL = """
    CREATE TABLE IF NOT EXISTS eerp.audit (
        lane integer, seq bigint, at timestamptz, actor text, request_id text,
        module text, model text, record_id uuid, action text, before jsonb,
        after jsonb, reason text, "transaction" text, hash bytea,
        PRIMARY KEY (lane, seq))
"""
_NOTED = f"""
    INSERT INTO eerp.audit
        (lane, seq, at, model, record_id, action, {{image}}, "transaction", hash)
    SELECT 0, {{seq}} + row_number() OVER (ORDER BY id DESC), now(), 'crm.{{model}}',
        id, '{{action}}', to_jsonb(t) - 'alive', '{TOKEN}', ''
    FROM crm.{{model}} AS t
"""


@pytest_twisted.async_yield_fixture
async def office(pool: Pool) -> AsyncIterator[Office]:
    made = await open_office(pool)
    await made.sql(_TRAIL)
    yield made


async def note(office: Office, model: str, action: str, seq: int = 0) -> None:
    """Write the records of a model into the trail, as one transaction's."""
    image = "before" if action == "purge" else "after"
    await office.sql(_NOTED.format(model=model, action=action, image=image, seq=seq))


async def recovered(
    office: Office, op: str, model: str, actor: Identity = ROOT, **more: Any
) -> bytes:
    """The result that the trail gives for an operation."""
    operation = {"op": op, "model": model, **more}
    prepared = prepare(office.registry, Cursors(b"key"), "crm", operation, actor)
    assert prepared.recover is not None
    transaction = office.begin()
    try:
        rows = await transaction.run(prepared.recover(TOKEN))
    finally:
        await transaction.rollback()
    return prepared.read(rows).body


async def done(
    office: Office, op: str, model: str, actor: Identity = ROOT, **more: Any
) -> bytes:
    return (await office.result(actor, op, model, **more)).body


VALUES = {
    "title": "'a' %s", "amount": "1.50", "tags": ["x", '"'], "won_on": "2026-01-31",
    "public": True,
}  # fmt: skip


@ensureDeferred
async def test_a_new_record_is_read_again(office: Office) -> None:
    more = {"values": VALUES}
    made = await done(office, "create", "deals", **more)
    await note(office, "deals", "create")
    await office.sql("UPDATE crm.deals SET title = 'later', version = 9")
    assert await recovered(office, "create", "deals", **more) == made


@ensureDeferred
async def test_many_new_records_are_read_again_in_order(office: Office) -> None:
    more = {"values": [VALUES | {"title": f"{n}"} for n in range(5)]}
    made = await done(office, "create_many", "deals", **more)
    await note(office, "deals", "create")
    assert await recovered(office, "create_many", "deals", **more) == made


@pytest.mark.parametrize(
    ("op", "more"),
    [
        ("update", {"values": {"title": "x"}}),
        ("update", {"values": {}, "version": 1}),
        ("delete", {}),
        ("purge", {"reason": "x"}),
    ],
)
@ensureDeferred
async def test_a_changed_record_is_read_again(
    office: Office, op: str, more: Any
) -> None:
    deal = await office.create("deals", **VALUES)
    if op == "purge":
        await note(office, "deals", "purge")
    made = await done(office, op, "deals", id=deal["id"], **more)
    await note(office, "deals", op, seq=100)
    assert await recovered(office, op, "deals", id=deal["id"], **more) == made


@pytest.mark.parametrize("op", ["create", "update", "delete"])
@ensureDeferred
async def test_who_does_not_see_everything_reads_the_same_again(
    office: Office, op: str
) -> None:
    """Fields are hidden from them, and records are not theirs."""
    clerk = user("crm.deals.write", roles=["sales"])
    more: Any = {"values": {"title": "x", "owner_id": ID}}
    if op != "create":
        more = {"values": {"title": "y"}} if op == "update" else {}
        deal = await office.create("deals", title="x", owner_id=ID)
        more["id"] = deal["id"]
    made = await done(office, op, "deals", clerk, **more)
    await note(office, "deals", op)
    assert await recovered(office, op, "deals", clerk, **more) == made


@ensureDeferred
async def test_many_changed_records_are_read_again_in_order(office: Office) -> None:
    deals = [await office.create("deals", title=f"{n}") for n in range(4)]
    changes = [{"id": deals[n]["id"], "values": {"title": "x"}} for n in (2, 0, 3)]
    made = await done(office, "update_many", "deals", changes=changes)
    await note(office, "deals", "update")
    assert await recovered(office, "update_many", "deals", changes=changes) == made


@ensureDeferred
async def test_an_extension_is_read_again_too(office: Office) -> None:
    more = {"values": {"name": "x", "extensions": {"loyalty": {"points": 3}}}}
    made = await done(office, "create", "firms", **more)
    await note(office, "firms", "create")
    assert await recovered(office, "create", "firms", **more) == made
