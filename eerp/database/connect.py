"""A new connection, proven fit: version 18 or newer, and durable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import field, frozen
from twisted.internet.defer import CancelledError
from twisted.internet.threads import deferToThreadPool

from eerp.database import dsn as dsns
from eerp.database.connection import Connection
from eerp.database.outcome import IDENTIFY, Backend, end_all
from eerp.errors import DatabaseRefused, EerpError
from eerp.log import Logger

__all__ = ["VERSION_MIN", "VERSION_SOUND", "Connector"]

log = Logger(namespace="eerp.database")

VERSION_MIN = 18_00_00
VERSION_SOUND = 18_00_04
"""18.4 closed eleven security holes."""

_CHECK = (
    f"SELECT current_setting('fsync'), current_setting('full_page_writes'), {IDENTIFY}"
).encode()
_ADVICE = "Is the server running"


@frozen
class Connector:
    """How to connect; `dsn` has the session settings in it."""

    reactor: Any
    dsn: str = field(repr=False)
    timeout_s: float
    require_durable: bool
    make: Callable[[Any, Callable[[Connection], None]], Connection] = Connection

    async def connect(
        self, lost: Callable[[Connection], None], ending: Sequence[Backend] = ()
    ) -> Connection:
        """A connection that passed every check; `lost` hears of its end.

        The server processes `ending` are told to end before anybody may use it.
        Raises `DatabaseRefused`. libpq keeps no time-out here, so we do.
        """
        connection = self.make(self.reactor, lost)
        clock = self.reactor.callLater(self.timeout_s, connection.abort)
        try:
            await self._establish(connection)
            if ending:
                asked = end_all(ending)
                await connection.send(connection.render(asked.sql, asked.parameters))
        except CancelledError:
            connection.abort()
            raise
        except Exception as error:
            connection.abort()
            raise self._refusal(error, late=not clock.active()) from error
        finally:
            if clock.active():
                clock.cancel()
        return connection

    async def _establish(self, connection: Connection) -> None:
        pool = self.reactor.getThreadPool()
        resolved = await deferToThreadPool(self.reactor, pool, dsns.resolve, self.dsn)
        await connection.establish(resolved)
        version = connection.server_version
        if version < VERSION_MIN:
            raise DatabaseRefused(
                f"PostgreSQL at {self._where()} is version {_readable(version)};"
                " EERP needs 18 or newer."
            )
        rows, _ = await connection.send(_CHECK)
        fsync, full_page_writes, *backend = rows[0]
        connection.backend = Backend(*backend)
        self._check(fsync, full_page_writes)

    def _check(self, fsync: str, full_page_writes: str) -> None:
        settings = {"fsync": fsync, "full_page_writes": full_page_writes}
        off = [name for name, value in settings.items() if value != "on"]
        if off and self.require_durable:
            raise DatabaseRefused(
                f"PostgreSQL at {self._where()} runs with {' and '.join(off)} off:"
                " a crash could lose what was committed.",
                hint=f"Set {' and '.join(off)} to on in postgresql.conf.",
            )

    def _too_slow(self) -> DatabaseRefused:
        return DatabaseRefused(
            f"PostgreSQL at {self._where()} did not answer within"
            f" {self.timeout_s:g} s.",
            hint="Is the address right, and does a firewall let it through?",
        )

    def _refusal(self, error: Exception, *, late: bool) -> EerpError:
        if isinstance(error, DatabaseRefused):
            return error
        if late:
            return self._too_slow()
        said = _last_line(error)
        if "authentication failed" in said or "no password supplied" in said:
            hint = "Check the user name and the password in the configuration."
        elif "does not exist" in said:
            hint = "Create it, or correct the name in the configuration."
        else:
            hint = "Is the server running, and is its address right?"
        return DatabaseRefused(
            f"No connection to PostgreSQL at {self._where()}: {said}", hint=hint
        )

    def _where(self) -> str:
        return dsns.address(self.dsn)


def warn_of_holes(version: int) -> None:
    """Log a warning when this minor version of 18 has known holes."""
    if VERSION_MIN <= version < VERSION_SOUND:
        log.warn(
            "PostgreSQL {version} has known security holes; 18.4 or newer has not",
            event="postgres_outdated", version=_readable(version),
        )  # fmt: skip


def _readable(version: int) -> str:
    return f"{version // 10_000}.{version % 10_000}"


def _last_line(error: Exception) -> str:
    """libpq's reason, without its advice; the last one when it tried addresses."""
    text = getattr(error, "detail", None) or str(error)
    lines = [line.strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith(_ADVICE)]
    reason = said[-1].split(" failed: ")[-1] if said else type(error).__name__
    return reason.removeprefix("FATAL:").strip()
