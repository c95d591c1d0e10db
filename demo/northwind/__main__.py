"""The command line of ``python -m demo.northwind``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from treq.client import HTTPClient
from twisted.internet.defer import Deferred, race
from twisted.internet.task import react
from twisted.web.client import Agent, HTTPConnectionPool

from demo.northwind.all import load_all
from demo.northwind.books import examine
from demo.northwind.client import Client
from demo.northwind.errors import DemoError, Refused
from demo.northwind.load import AT_ONCE_MAX, Loader, Northwind
from demo.northwind.shelf import Tally, patiently

URL = "http://127.0.0.1:8080"
PASSWORD_FILE = Path("var/initial-admin-password")
CONNECT_TIMEOUT_S = 5.0
EXIT_INTERRUPTED = 130


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; a wrong one ends the program with status 2."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.northwind",
        description="Load Northwind into a running EERP: trade, goods and people. "
        "Records that are there already stay as they are.",
    )
    parser.add_argument("--url", default=URL, type=_url, help=f"default: {URL}")
    parser.add_argument("--username", default="admin", help="default: admin")
    parser.add_argument(
        "--password-file", default=PASSWORD_FILE, type=Path, metavar="FILE",
        help=f"holds the user's password; default: {PASSWORD_FILE}",
    )  # fmt: skip
    return parser.parse_args(arguments)


def read_password(path: Path) -> str:
    """The password in `path`, without the line's end.

    Raises:
        DemoError: there is no such file, or it may not be read.
    """
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise DemoError(
            f"{path} is missing. EERP writes it at its first start (`make run`); "
            "--password-file names another."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DemoError(f"{path} cannot be read: {error}.") from error


def summarise(tally: Tally) -> str:
    """What there is now, and what of it is new."""
    counted = ", ".join(
        f"{count} {kind.replace('-', ' ')}" for kind, count in tally.kinds.items()
    )
    return f"{counted}: created {tally.created}, unchanged {tally.unchanged}"


async def load(reactor: Any, options: argparse.Namespace) -> int:
    """Sign in, load everything and look at the books. Answers the exit status."""
    try:
        northwind = Northwind.read()
        client = _client(reactor, options)
        await _sign_in(reactor, client, options.password_file)
        loader = Loader(reactor, client, sys.stderr)
        await load_all(loader, northwind)
        findings = await examine(client, northwind)
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print(summarise(loader.tally))
    for finding in findings:
        print(finding.text)
    if not all(finding.sound for finding in findings):
        print("demo: the books do not agree.", file=sys.stderr)
        return 1
    return 0


async def main(reactor: Any, options: argparse.Namespace) -> None:
    """Load, or stop at once at Ctrl-C; then end with the exit status."""
    interrupted: Deferred[int] = Deferred()
    reactor.addSystemEventTrigger(
        "before", "shutdown", lambda: interrupted.callback(EXIT_INTERRUPTED)
    )
    loading = Deferred.fromCoroutine(load(reactor, options))
    _, status = await race([loading, interrupted])
    if status == EXIT_INTERRUPTED:
        print("demo: interrupted; run it again to go on.", file=sys.stderr)
    sys.exit(status)


def _client(reactor: Any, options: argparse.Namespace) -> Client:
    pool = HTTPConnectionPool(reactor)
    pool.maxPersistentPerHost = AT_ONCE_MAX
    agent = Agent(reactor, connectTimeout=CONNECT_TIMEOUT_S, pool=pool)
    password = read_password(options.password_file)
    return Client(HTTPClient(agent), options.url, options.username, password)


async def _sign_in(reactor: Any, client: Client, password_file: Path) -> None:
    try:
        await patiently(reactor, client.sign_in)
    except Refused as refused:
        if refused.status != 401:
            raise
        raise DemoError(
            f"EERP at {client.url} refuses the password in {password_file} "
            f"for the user {client.username!r}."
        ) from refused


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not an http or https address")
    return text.rstrip("/")


if __name__ == "__main__":
    react(main, (parse(sys.argv[1:]),))
