"""Reading the audit trail whole, to verify it, and its heads, to keep elsewhere."""

from __future__ import annotations

from attrs import frozen

from eerp.database.chain import COLUMNS, AuditRow, Break, ChainCheck, Head
from eerp.database.pool import Pool
from eerp.errors import StartupError
from eerp.interfaces import Statement, Transaction, TransactionBegin
from eerp.limits import AUDIT_VERIFY_BATCH_ROWS

__all__ = ["Kept", "Verdict", "heads", "read_heads", "verify", "write_heads"]

Kept = dict[tuple[int, int], bytes]
"""Hashes that were kept elsewhere, by lane and seq."""

_BEGIN = TransactionBegin(read_only=True, actor=None, request_id="", module="core")
_HEADS = "SELECT lane, seq, hash FROM eerp.audit_lanes ORDER BY lane"
_BATCH = (
    f"SELECT {COLUMNS} FROM eerp.audit"  # noqa: S608  # made of constants
    " WHERE (lane, seq) > (%s, %s) ORDER BY lane, seq LIMIT %s"
)
# Below every lane that there can be.
_BEFORE_ALL = (-(2**31), 0)


@frozen
class Verdict:
    """What a verification found. `count` counts the breaks, of which `breaks` are the
    first AUDIT_BREAKS_MAX; the trail holds when there are none, and it is `complete`.
    """

    rows: int
    lanes: int
    count: int
    breaks: tuple[Break, ...]
    complete: bool = True


async def verify(
    pool: Pool, kept: Kept | None = None, *, rows_max: int | None = None
) -> Verdict:
    """Walk every chain, as it is at one moment; others may write meanwhile.

    `kept` are hashes that rows must still have. After `rows_max`, if that is given, the
    walk ends, and its verdict is not complete.
    """
    transaction = pool.transaction(_BEGIN)
    try:
        check = ChainCheck(await _read_heads(transaction), kept or {})
        complete = await _walk(transaction, check, rows_max)
        await transaction.commit()
    except BaseException:
        await transaction.rollback()
        raise
    breaks = check.finish(complete=complete)
    used = sum(head.seq > 0 for head in check.heads.values())
    return Verdict(check.rows, used, check.count, tuple(breaks), complete)


async def _walk(
    transaction: Transaction, check: ChainCheck, rows_max: int | None
) -> bool:
    """Add the rows; whether these are all."""
    place = _BEFORE_ALL
    while rows_max is None or check.rows < rows_max:
        asked = Statement(_BATCH, (*place, AUDIT_VERIFY_BATCH_ROWS))
        rows = await transaction.run(asked)
        for values in rows:
            check.add(AuditRow.of(values))
        if len(rows) < AUDIT_VERIFY_BATCH_ROWS:
            return True
        place = (rows[-1][0], rows[-1][1])
    return False


async def _read_heads(transaction: Transaction) -> dict[int, Head]:
    rows = await transaction.run(Statement(_HEADS))
    return {lane: Head(seq, bytes(digest)) for lane, seq, digest in rows}


async def heads(pool: Pool) -> dict[int, Head]:
    """The head of each lane that has rows."""
    rows = await pool.query(Statement(_HEADS))
    return {lane: Head(seq, bytes(digest)) for lane, seq, digest in rows if seq > 0}


def write_heads(found: dict[int, Head]) -> str:
    """A line for each head: lane, seq, hash."""
    return "\n".join(
        f"{lane} {head.seq} {head.hash.hex()}" for lane, head in sorted(found.items())
    )


def read_heads(text: str) -> Kept:
    """What `write_heads` wrote, at one time or at several: files may be joined.

    Raises `StartupError` for a line that is not one, or contradicts another.
    """
    kept: Kept = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            lane, seq, digest = line.split()
            place, value = (int(lane), int(seq)), bytes.fromhex(digest)
        except ValueError:
            raise StartupError(
                f"line {number} of the heads is no lane, seq and hash"
            ) from None
        if kept.setdefault(place, value) != value:
            raise StartupError(f"line {number} of the heads contradicts one before it")
    return kept
