"""Files that hold a secret: made once, never overwritten, for their owner only."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from eerp.errors import StartupError
from eerp.limits import SECRET_FILE_BYTES_MAX

__all__ = ["create_secret", "read_secret"]

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create_secret(path: Path, content: bytes) -> bool:
    """Write `content` to a new file of mode 0600, and make its parent if missing.

    False when a file of that name is there already, which is left as it is. The
    file appears whole or not at all: two processes may race, one of them wins.
    """
    try:
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        return _link_new(path, content)
    except OSError as error:
        raise StartupError(
            f"cannot write {path}: {error.strerror}",
            hint="state_dir must be a folder that the daemon may write",
        ) from error


def _link_new(path: Path, content: bytes) -> bool:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write_draft(draft, content)
    try:
        # A link, unlike a rename, fails when the name is taken.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    return True


def _write_draft(draft: Path, content: bytes) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_secret(path: Path) -> bytes:
    """The content of a secret file; `StartupError` when others may read it too."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            _refuse_unfit(path, status)
            return file.read()
    except OSError as error:
        raise StartupError(f"cannot read {path}: {error.strerror}") from error


def _refuse_unfit(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise StartupError(f"{path} is not a file")
    if status.st_mode & OTHERS:
        raise StartupError(
            f"{path} holds a secret and is open to other users "
            f"(mode {stat.S_IMODE(status.st_mode):04o})",
            hint=f"run: chmod 600 {path}",
        )
    if status.st_size > SECRET_FILE_BYTES_MAX:
        raise StartupError(f"{path} is too large for a secret")
