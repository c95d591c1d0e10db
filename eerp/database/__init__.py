"""PostgreSQL: knows SQL and transactions, not models.

::

    server = Embedded(reactor, Path("var"))
    pool = Pool(reactor, await server.start())
    await pool.open()
    await prepare(pool)

    begin = TransactionBegin(
        read_only=False, actor="ann", request_id="r1", module="crm"
    )
    transaction = pool.transaction(begin)
    try:
        await transaction.run(Statement("SELECT 1 + %s", (1,)))
        await transaction.commit()
    except BaseException:
        await transaction.rollback()
        raise

    await pool.close()
    await server.stop()

Which file does what::

    embedded      the server that we start ourselves: start, adopt, revive, stop
    cluster       its data directory; software: its programs; postmaster: its pid
    pool          bounded, self-healing connections; connect: one, proven fit
    transaction   one transaction, in as few round trips as there are
    connection    txpostgres's connection, faster and stricter
    dsn           connection strings; sqlstate: the driver's errors as ours
    core_schema   the core's own tables; catalog: what tables exist now
    audit         reads the audit trail to verify it; chain: its hashes; pure
"""

from eerp.database.catalog import Column, columns, schemas
from eerp.database.core_schema import prepare
from eerp.database.embedded import Embedded, running_dsn
from eerp.database.pool import Pool
from eerp.database.transaction import PostgresTransaction

__all__ = [
    "Column", "Embedded", "Pool", "PostgresTransaction", "columns", "prepare",
    "running_dsn", "schemas",
]  # fmt: skip
