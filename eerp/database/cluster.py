"""The embedded cluster on disk: where it lies, who owns it, how it is made.

Everything here blocks, for seconds the first time; :mod:`embedded` calls it from
a thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from attrs import frozen

from eerp.database.software import Software
from eerp.errors import DatabaseRefused
from eerp.log import Logger

__all__ = ["Cluster", "Owner", "find", "prepare"]

log = Logger(namespace="eerp.database")

SUPERUSER = "postgres"
ROLE = "eerp"
DATABASE = "eerp"
PORT = 5432
SOCKET_PATH_BYTES_MAX = 107
ELSEWHERE = Path("/var/lib/eerp")
_USERS = ("eerp", "postgres", "nobody")


@frozen
class Owner:
    """The unprivileged user that the server runs as."""

    uid: int
    gid: int

    def credentials(self) -> dict[str, object]:
        """Arguments for subprocess; none when we are that user already."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@frozen
class Cluster:
    """One cluster: `base` holds the data, the programs and the two passwords."""

    base: Path
    owner: Owner

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.base / "data"

    @property
    def software_folder(self) -> Path:
        """Where the programs belong; clusters that lie elsewhere share them."""
        shared = self.base.parent
        return shared if shared == ELSEWHERE.resolve() else self.base

    @property
    def log_file(self) -> Path:
        """What the server writes to its standard error."""
        return self.base / "server.log"

    def password(self, role: str) -> str:
        """The password of one role; made by `prepare`."""
        return self._password_file(role).read_text()

    def sockets(self) -> Path:
        """A folder of mode 0700 for the socket, its path short enough for one."""
        folder = self.base / "run"
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) > SOCKET_PATH_BYTES_MAX:
            folder = Path(tempfile.mkdtemp(prefix="eerp-", dir="/tmp"))
        else:
            folder.mkdir(mode=0o700, exist_ok=True)
        os.chown(folder, self.owner.uid, self.owner.gid)
        return folder

    def _password_file(self, role: str) -> Path:
        return self.base / f"password-{role}"

    def _make_password(self, role: str) -> str:
        path = self._password_file(role)
        with contextlib.suppress(FileNotFoundError):
            return path.read_text()
        password = secrets.token_urlsafe(32)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600, exist_ok=False)
        fresh.write_text(password)
        fresh.rename(path)
        return password


def find(state_dir: Path) -> Cluster | None:
    """The cluster of a state directory, or None when it was never made."""
    base = state_dir / "postgresql"
    if not (base / "data" / "PG_VERSION").exists():
        return None
    there = (base / "data").stat()
    return Cluster(base.resolve(), Owner(there.st_uid, there.st_gid))


def place(state_dir: Path) -> Cluster:
    """The cluster of a state directory; its folder is made when there is none."""
    found = find(state_dir)
    if found is not None:
        return found
    owner = _owner()
    base = state_dir / "postgresql"
    if not base.exists():
        _make_base(state_dir, base, owner)
    return Cluster(base.resolve(), owner)


def prepare(cluster: Cluster, software: Software, *, durable: bool) -> None:
    """Make the data directory, its superuser, our role and our database, once.

    It is made aside and renamed when complete: a kill half way leaves nothing.
    """
    if cluster.data.exists():
        return
    log.info("making a PostgreSQL cluster in {where}", event="cluster_made",
             where=str(cluster.base))  # fmt: skip
    for left in cluster.base.glob("initdb-*"):
        shutil.rmtree(left, ignore_errors=True)
    aside = Path(tempfile.mkdtemp(prefix="initdb-", dir=cluster.base))
    os.chown(aside, cluster.owner.uid, cluster.owner.gid)
    data = aside / "data"
    _initdb(cluster, software, data, durable=durable)
    _make_database(cluster, software, data)
    data.rename(cluster.data)
    shutil.rmtree(aside, ignore_errors=True)


def _owner() -> Owner:
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid())
    for name in _USERS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Owner(entry.pw_uid, entry.pw_gid)
    raise DatabaseRefused(
        "PostgreSQL does not run as root and no unprivileged user was found.",
        hint="Make a user named eerp, or run the daemon as one.",
    )


def _make_base(state_dir: Path, base: Path, owner: Owner) -> None:
    if os.geteuid() != owner.uid and not _may_enter(state_dir, owner):
        ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
        digest = hashlib.sha256(os.fsencode(state_dir.resolve())).hexdigest()[:12]
        real = Path(tempfile.mkdtemp(prefix=digest + "-", dir=ELSEWHERE))
        log.info(
            "{state_dir} is closed to the user that runs PostgreSQL: data in {where}",
            event="cluster_elsewhere", state_dir=str(state_dir), where=str(real),
        )  # fmt: skip
        base.unlink(missing_ok=True)
        base.symlink_to(real)
    else:
        base.mkdir(mode=0o700)
    os.chown(base, owner.uid, owner.gid)


def _may_enter(state_dir: Path, owner: Owner) -> bool:
    """Whether `owner` may pass through `state_dir` and all folders above it."""
    here = state_dir.resolve()
    if not all(_passable(folder, owner) for folder in here.parents):
        return False
    if not _passable(here, owner):
        # It is our own: others may pass through, and still not look around.
        here.chmod(stat.S_IMODE(here.stat().st_mode) | stat.S_IXOTH)
    return True


def _passable(folder: Path, owner: Owner) -> bool:
    about = folder.stat()
    if about.st_uid == owner.uid:
        return bool(about.st_mode & stat.S_IXUSR)
    if about.st_gid == owner.gid:
        return bool(about.st_mode & stat.S_IXGRP)
    return bool(about.st_mode & stat.S_IXOTH)


def _initdb(cluster: Cluster, software: Software, data: Path, *, durable: bool) -> None:
    secret = data.parent / "password"
    secret.touch(mode=0o600)
    secret.write_text(cluster._make_password(SUPERUSER))
    os.chown(secret, cluster.owner.uid, cluster.owner.gid)
    _run(cluster, software, [
        software.program("initdb"), "--pgdata", str(data),
        "--username", SUPERUSER, "--pwfile", str(secret),
        "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale",
        "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
        "--data-checksums", "--no-instructions",
        *([] if durable else ["--no-sync"]),
    ])  # fmt: skip
    secret.unlink()


def _make_database(cluster: Cluster, software: Software, data: Path) -> None:
    # Single-user mode: one statement a line, and nobody else can be there.
    password = cluster._make_password(ROLE)
    script = (
        f"create role {ROLE} login password '{password}'\n"
        f"create database {DATABASE} owner {ROLE}\n"
    )
    _run(cluster, software, [
        software.program("postgres"), "--single", "-D", str(data),
        "-c", "exit_on_error=on", "postgres",
    ], script)  # fmt: skip


def _run(
    cluster: Cluster, software: Software, command: list[str], text: str = ""
) -> None:
    done = subprocess.run(  # type: ignore[call-overload]  # credentials vary
        command,
        input=text.encode(),
        env=software.environment(),
        cwd="/",
        capture_output=True,
        umask=0o077,
        check=False,
        **cluster.owner.credentials(),
    )
    if done.returncode != 0:
        name = Path(command[0]).name
        raise DatabaseRefused(
            f"The embedded PostgreSQL could not be made: {name} failed.",
            hint="The log has what it said; is there space on the disk?",
            detail=done.stderr.decode(errors="replace"),
        )
