"""What postmaster.pid says about a server, and whether it is true."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from attrs import frozen

__all__ = ["Postmaster", "clear_stale", "running"]


@frozen
class Postmaster:
    """A server that runs on a data directory of ours."""

    pid: int
    sockets: Path
    ready: bool


def running(data: Path) -> Postmaster | None:
    """The server that runs on `data`, or None. Blocks, for microseconds."""
    said = _read(data)
    return said if said is not None and _serves(said.pid, data) else None


def clear_stale(data: Path) -> None:
    """Remove a postmaster.pid whose number another program has by now.

    PostgreSQL itself clears the file of a dead process and keeps this one. Taking
    it away is safe: shared memory still in use stops a second server all the same.
    """
    said = _read(data)
    if said is not None and _alive(said.pid) and not _serves(said.pid, data):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _read(data: Path) -> Postmaster | None:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    sockets = Path(lines[4]) if len(lines) > 4 else Path()
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    return Postmaster(pid, sockets, ready)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _serves(pid: int, data: Path) -> bool:
    """Whether process `pid` was started as ``postgres -D data``."""
    words = _command(pid)
    return any(Path(word).name == "postgres" for word in words[:1]) and (
        str(data) in words
    )


def _command(pid: int) -> list[str]:
    if not Path("/proc/self/cmdline").exists():
        done = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout.split()
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except (OSError, UnicodeDecodeError):
        return []
