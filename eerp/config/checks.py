"""What the schema of eerp-config.json cannot say: paths, endpoints, relations.

Each check takes the keys that are sound so far, defaults filled in, and answers
the flaws that it finds.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from twisted.internet.endpoints import serverFromString

from eerp.config.jsonfile import Flaw, Refused, read_bytes
from eerp.log import printable

__all__ = ["PASSWORD_BYTES_MAX", "flaws_of"]

PASSWORD_BYTES_MAX = 4096

_ABSENT = "does not exist"
_ACCOUNT_WITHOUT_FILE = ("host", "port", "name", "user", "password")
_ACCOUNT = (*_ACCOUNT_WITHOUT_FILE, "password_file")
_Keys = Mapping[str, Any]
_AUTHORITY = re.compile(r"postgres(?:ql)?://(?:(?P<user>[^/?@]*)@)?(?P<hosts>[^/?]*)")
_HOST = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^:\[\]]*)(?::(?P<port>[0-9]*))?")
_PORT = re.compile(r"(?:tcp6?|ssl):(?:port=)?([0-9]+)(?::|$)")
_SYSTEMD = re.compile(
    r"systemd:(?=.*domain=(?:INET6?|UNIX)(?::|$))(?=.*(?:index=[0-9]+|name=[^:]+)(?::|$)).*"
)
# (key, key that must not be smaller), both dotted.
_ASCENDING = (
    ("database.lock_timeout_ms", "database.statement_timeout_ms"),
    ("database.statement_timeout_ms", "limits.request_deadline_ms"),
    ("limits.guest_cpu_ms_max", "limits.request_deadline_ms"),
    ("limits.body_bytes_max", "limits.guest_memory_bytes_max"),
    ("auth.access_token_ttl_s", "auth.refresh_token_ttl_s"),
    ("auth.refresh_token_ttl_s", "auth.session_ttl_s"),
)


def flaws_of(keys: _Keys, base: Path) -> list[Flaw]:
    """All flaws of `keys` that the schema does not see; paths start at `base`."""
    return [
        *_endpoint_flaws(keys["listen"]),
        *_folder_flaws(keys, base),
        *_server_flaws(keys),
        *_secret_flaws(keys, base),
        *_mail_flaws(keys.get("mail"), base),
        *_order_flaws(keys),
    ]


def _endpoint_flaws(listen: list[str]) -> Iterator[Flaw]:
    for place, description in enumerate(listen):
        wrong = _endpoint_fault(description)
        if wrong is not None:
            yield Flaw(("listen", place), "endpoint", wrong)


def _endpoint_fault(description: str) -> str | None:
    """Why Twisted would not take `description`, without opening anything."""
    port = _PORT.match(description)
    if port is not None and int(port[1]) > 65_535:
        return "is an endpoint whose port is above 65535"
    if description.startswith("systemd:"):
        # Twisted looks for the descriptor at once; a check of the file need not
        # be run by systemd.
        fits = _SYSTEMD.fullmatch(description) is not None
        return None if fits else "must be like systemd:domain=INET:index=0"
    try:
        serverFromString(object(), description)
    except Exception as error:  # what a parser raises is not agreed on anywhere
        reason = printable(f"{type(error).__name__}: {error}")
        return f"is not an endpoint that Twisted can parse ({reason})"
    return None


def _folder_flaws(keys: _Keys, base: Path) -> Iterator[Flaw]:
    wrong = _path_fault(base / keys["state_dir"], stat.S_ISDIR, "folder")
    if wrong not in (None, _ABSENT):
        yield Flaw(("state_dir",), "path", wrong)
    seen: dict[Path, int] = {}
    for place, name in enumerate(keys["module_root"]):
        root = base / name
        wrong = _path_fault(root, stat.S_ISDIR, "folder")
        if wrong is None and seen.setdefault(root.resolve(), place) != place:
            wrong = f"is the same folder as module_root.{seen[root.resolve()]}"
        if wrong is not None:
            yield Flaw(("module_root", place), "path", wrong)


def _path_fault(path: Path, fits: Callable[[int], bool], noun: str) -> str | None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return _ABSENT
    except (OSError, ValueError):
        return "cannot be reached"
    if not fits(mode):
        return f"is not a {noun}"
    return None if os.access(path, os.R_OK) else "cannot be read"


def _server_flaws(keys: _Keys) -> Iterator[Flaw]:
    server = keys.get("database")
    if server is None:
        return
    if server["embedded"]:
        yield from _besides(server, "embedded", ("url", *_ACCOUNT))
    elif "url" in server:
        yield from _besides(server, "url", _ACCOUNT_WITHOUT_FILE)
        yield from _url_flaws(server)
    elif any(key in server for key in _ACCOUNT):
        missing = (key for key in ("host", "name", "user") if key not in server)
        for key in missing:
            yield Flaw(("database", key), "missing", "is missing")
        if "password" in server and "password_file" in server:
            yield from _besides(server, "password", ("password_file",))
    else:
        either = "needs `embedded`, or `url`, or `host` with `name` and `user`"
        yield Flaw(("database",), "missing", either)


def _besides(server: _Keys, chosen: str, others: tuple[str, ...]) -> Iterator[Flaw]:
    for key in others:
        if key in server:
            message = f"cannot be given together with database.{chosen}"
            yield Flaw(("database", key), "conflict", message)


def _url_flaws(server: _Keys) -> Iterator[Flaw]:
    wrong = _url_fault(server["url"])
    if wrong is not None:
        yield Flaw(("database", "url"), "url", wrong)
    elif "password_file" in server and _has_password(server["url"]):
        yield from _besides(server, "url", ("password_file",))


def _url_fault(url: str) -> str | None:
    authority = _AUTHORITY.match(url)
    if authority is None:
        return "must begin with postgresql://"
    if re.search(r"[\x00-\x20\x7f]", url) or re.search(r"%(?![0-9A-Fa-f]{2})", url):
        return "has a character that must be percent-encoded"
    for host in authority["hosts"].split(","):
        parts = _HOST.fullmatch(host)
        if parts is None:
            return "has a host that is neither a name nor an address"
        if parts["port"] and not 1 <= int(parts["port"]) <= 65_535:
            return "has a port that is not within 1 and 65535"
    return None


def _has_password(url: str) -> bool:
    authority = _AUTHORITY.match(url)
    user = authority["user"] if authority is not None else None
    return ":" in (user or "") or re.search(r"[?&]password=", url) is not None


def _secret_flaws(keys: _Keys, base: Path) -> Iterator[Flaw]:
    key_file = keys["auth"].get("signing_key_file")
    if key_file is not None:
        wrong = _path_fault(base / key_file, stat.S_ISREG, "file")
        if wrong is not None:
            yield Flaw(("auth", "signing_key_file"), "path", wrong)
    ca_file = keys["outgoing"].get("ca_file")
    if ca_file is not None:
        wrong = _path_fault(base / ca_file, stat.S_ISREG, "file")
        if wrong is not None:
            yield Flaw(("outgoing", "ca_file"), "path", wrong)
    password_file = keys.get("database", {}).get("password_file")
    if password_file is not None:
        wrong = _password_fault(base / password_file)
        if wrong is not None:
            yield Flaw(("database", "password_file"), "path", wrong)


def _mail_flaws(server: _Keys | None, base: Path) -> Iterator[Flaw]:
    if server is None:
        return
    for one, other in (("user", "password_file"), ("password_file", "user")):
        if one in server and other not in server:
            yield Flaw(("mail", other), "missing", "is missing")
    if "user" in server and server["tls"] == "none":
        message = "cannot be given together with mail.tls none: all could read it"
        yield Flaw(("mail", "user"), "conflict", message)
    if "password_file" in server:
        wrong = _password_fault(base / server["password_file"])
        if wrong is not None:
            yield Flaw(("mail", "password_file"), "path", wrong)


def _password_fault(path: Path) -> str | None:
    try:
        content = read_bytes(path, PASSWORD_BYTES_MAX).decode("utf-8").rstrip("\r\n")
    except Refused as refusal:
        return str(refusal)
    except UnicodeDecodeError:
        return "is not UTF-8"
    if "\x00" in content:
        return "holds a zero byte"
    return None if content else "is empty"


def _order_flaws(keys: _Keys) -> Iterator[Flaw]:
    for small, large in _ASCENDING:
        low, high = _value(keys, small), _value(keys, large)
        if low is not None and high is not None and low > high:
            message = f"must not be above {large} ({high})"
            yield Flaw(tuple(small.split(".")), "order", message)


def _value(keys: _Keys, dotted: str) -> Any:
    section, key = dotted.split(".")
    return keys.get(section, {}).get(key)
