"""Connection strings: ours on top of the operator's, and how to speak of them."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping
from typing import Any

import psycopg2
from psycopg2.extensions import make_dsn, parse_dsn

from eerp import limits
from eerp.errors import ConfigError

__all__ = ["Lookup", "address", "resolve", "session"]

Lookup = Callable[[str, str], list[str]]
"""Host name and port to addresses."""

_LINK = {
    "application_name": "eerp",
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}


def session(dsn: str, *, statement_timeout_ms: int, lock_timeout_ms: int) -> str:
    """`dsn` (a URL or key=value pairs) with the session settings that we need.

    Sessions are read-only unless a transaction says otherwise, so that a single
    statement needs nothing around it. Raises `ConfigError`.
    """
    given = _parse(dsn)
    if given.get("target_session_attrs") == "read-write":
        # It asks for sessions that write by default, which ours do not.
        given["target_session_attrs"] = "primary"
    settings = {
        "default_transaction_isolation": "repeatable read",
        "default_transaction_read_only": "on",
        "statement_timeout": statement_timeout_ms,
        "lock_timeout": lock_timeout_ms,
        "idle_in_transaction_session_timeout": limits.IDLE_IN_TRANSACTION_TIMEOUT_MS,
        # A statement whose client hung up is not worth finishing.
        "client_connection_check_interval": 1000,
        "client_min_messages": "error",
        "timezone": "UTC",
        "search_path": "public",
        "jit": "off",
    }
    options = f"{_options(settings)} {given.pop('options', '')}".strip()
    made: str = make_dsn(**{**_LINK, **given}, options=options)
    return made


def address(dsn: str) -> str:
    """Where `dsn` leads, for people; never the password."""
    given = _parse(dsn)
    host = given.get("host") or given.get("hostaddr") or "the default socket"
    return f"{host}, port {given.get('port', '5432')}"


def resolve(dsn: str, lookup: Lookup | None = None) -> str:
    """`dsn` with addresses for its host names, several for one if it has them.

    libpq would look names up itself, and block. Call it from a thread. A name
    that is not found stays as it is, for libpq to say so.
    """
    given = _parse(dsn)
    names = given.get("host", "")
    if "hostaddr" in given or not any(map(_is_name, names.split(","))):
        return dsn
    hosts = names.split(",")
    ports = given.get("port", "5432").split(",")
    rows = [
        (host, found, port)
        for host, port in zip(hosts, ports * (len(hosts) // len(ports)), strict=True)
        for found in _addresses(host, port, lookup or _lookup)
    ]
    if not rows:
        return dsn
    host, hostaddr, port = (",".join(column) for column in zip(*rows, strict=True))
    made: str = make_dsn(**{**given, "host": host, "hostaddr": hostaddr, "port": port})
    return made


def _parse(dsn: str) -> dict[str, str]:
    try:
        parsed: dict[str, str] = parse_dsn(dsn)
    except psycopg2.ProgrammingError:
        # Its own words would quote the string, password included.
        raise ConfigError("The database URL is not one.") from None
    return parsed


def _options(settings: Mapping[str, Any]) -> str:
    return " ".join(
        f"-c {name}={str(value).replace(' ', chr(92) + ' ')}"
        for name, value in settings.items()
    )


def _is_name(host: str) -> bool:
    if not host or host.startswith(("/", "@")):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def _addresses(host: str, port: str, lookup: Lookup) -> list[str]:
    if not _is_name(host):
        return [""] if host.startswith(("/", "@")) or not host else [host]
    try:
        return list(dict.fromkeys(lookup(host, port)))
    except OSError:
        return []


def _lookup(host: str, port: str) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
