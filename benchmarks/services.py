"""The three servers of a benchmark: PostgreSQL, EERP and the FastAPI service."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import jwt
from attrs import define
from psycopg2.extensions import parse_dsn
from server import Cores, Server, ServerFailed, free_port
from tables import Tables
from works import PAGE

__all__ = [
    "ROOT", "Service", "check_alike", "eerp_server", "fastapi_service", "postgres",
    "sign_in",
]  # fmt: skip

ROOT = Path(__file__).resolve().parent.parent
TOKEN_TTL_S = 6 * 3600


@define
class Service:
    """A server, and the token that it takes."""

    server: Server
    token: str = ""


@contextmanager
def postgres(state_dir: Path) -> Iterator[Tables]:
    """PostgreSQL 18 for as long as the block lasts."""
    command = [sys.executable, str(ROOT / "benchmarks" / "postgres.py"), str(state_dir)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C ends the servers first, in order
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        owner, superuser = (process.stdout.readline().strip() for _ in range(2))
        if not superuser:
            raise ServerFailed("PostgreSQL did not start; its reason stands above.")
        yield Tables(owner, superuser)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def eerp_server(state: Path, dsn: str, cores: Cores) -> Server:
    """EERP as `make run` starts it, but for its port, database and log level."""
    port = free_port()
    keys = parse_dsn(dsn)
    config = {
        "listen": [f"tcp:{port}:interface=127.0.0.1"],
        "state_dir": str(state / "eerp"),
        "module_root": [str(ROOT / "modules")],
        "database": {
            "host": keys["host"],
            "port": int(keys["port"]),
            "name": keys["dbname"],
            "user": keys["user"],
            "password": keys["password"],
        },
        "auth": {"access_token_ttl_s": TOKEN_TTL_S},
        "log": {"level": "warn"},
    }
    file = state / "eerp-config.json"
    file.write_text(json.dumps(config))
    file.chmod(0o600)
    twistd = str(Path(sys.executable).parent / "twistd")
    command = [sys.executable, twistd, "-n", "--pidfile=", "eerp"]
    command += ["--config", str(file)]
    return Server("EERP", command, ROOT, port, state / "eerp.log", cores)


def fastapi_service(python: str, state: Path, dsn: str, cores: Cores) -> Service:
    """The peer, and a token that it takes."""
    port = free_port()
    key = secrets.token_bytes(32)
    key_file = state / "peer-key"
    key_file.write_bytes(key)
    key_file.chmod(0o600)
    keys = parse_dsn(dsn)
    place = urlencode({"host": keys["host"], "port": keys["port"]})
    url = f"postgresql://{keys['user']}:{keys['password']}@/{keys['dbname']}?{place}"
    command = [python, "-m", "peer_fastapi", "--database", url]
    command += ["--key-file", str(key_file), "--port", str(port)]
    claims = {
        "sub": "00000000-0000-0000-0000-000000000000",
        "exp": time.time() + TOKEN_TTL_S,
        "permissions": ["crm.contacts.read", "crm.contacts.write"],
    }
    folder = ROOT / "benchmarks"
    server = Server("FastAPI", command, folder, port, state / "fastapi.log", cores)
    return Service(server, jwt.encode(claims, key, algorithm="HS256"))


def sign_in(server: Server, password_file: Path) -> str:
    """EERP's own access token for its first user."""
    credentials = {
        "username": "admin",
        "password": password_file.read_text().strip(),
    }
    token: str = server.call("POST", "/api/auth/login", body=credentials)[
        "access_token"
    ]
    return token


def check_alike(eerp: Service, fastapi: Service, one: str) -> None:
    """Both give the same fields of the same contacts, or nothing is measured."""
    ours, theirs = (s.server.call("GET", one, s.token) for s in (eerp, fastapi))
    if ours.keys() != theirs.keys() or ours["id"] != theirs["id"]:
        different = sorted(ours.keys() ^ theirs.keys())
        raise ServerFailed(f"The contacts of both services differ in {different}.")
    ours, theirs = (s.server.call("GET", PAGE, s.token) for s in (eerp, fastapi))
    pages = [[item["id"] for item in page["items"]] for page in (ours, theirs)]
    if pages[0] != pages[1] or len(pages[0]) != 50:
        raise ServerFailed("Both services do not answer the same page of 50.")
