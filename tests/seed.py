"""Where tests keep their state, and what all tests of a run may share of it.

To make a cluster or to compile the modules takes seconds, and each daemon would do it
again. A run has one seed of them, however many processes share the tests. It lies in
memory where there is room: most of what a test costs otherwise is files that it makes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from eerp.database import cluster as clusters
from eerp.database.software import unpack

FOLDER = "EERP_TESTS_SEED"
"""The environment variable that says to other processes of the run where it lies."""

_MEMORY = Path("/dev/shm")
_MEMORY_BYTES_MIN = 4 * 1024**3


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder fit to hold a state directory, while within; `tmp_path` is not."""
    # Open to pass through: PostgreSQL runs as another user when we are root, and
    # its data would lie elsewhere, and stay there, if that user could not come in.
    folder = Path(tempfile.mkdtemp(prefix="eerp-", dir=_room()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _room() -> Path:
    """Memory, if there is enough and programs may run there; or the disk."""
    try:
        there = os.statvfs(_MEMORY)
    except OSError:
        return Path("/tmp")
    enough = there.f_bavail * there.f_frsize >= _MEMORY_BYTES_MIN
    usable = enough and os.access(_MEMORY, os.W_OK)
    return Path("/tmp") if there.f_flag & os.ST_NOEXEC or not usable else _MEMORY


@frozen
class Seed:
    """The seed in `folder`; what is missing in it is made when first asked for."""

    folder: Path

    @classmethod
    def of_this_run(cls) -> Seed:
        """The one that `seed_of_a_run` made."""
        return cls(Path(os.environ[FOLDER]))

    def plant(self, state_dir: Path) -> None:
        """Make a state directory that is not there yet, with all that there is."""
        if state_dir.exists():
            return
        self.plant_cluster(state_dir)
        (state_dir / "compiled").mkdir(mode=0o700)
        shutil.copy2(self._key(), state_dir / "signing-key")
        for entry in self.folder.glob("*.cwasm"):
            shutil.copy2(entry, state_dir / "compiled")

    def plant_cluster(self, state_dir: Path) -> None:
        """Make a state directory with a cluster that was never started."""
        source = self._cluster()
        state_dir.mkdir(mode=0o711, parents=True)
        target = clusters.place(state_dir).base
        for entry in source.iterdir():
            # The programs are the same file: nobody writes to them.
            how = "-al" if entry.name.startswith("software-") else "-a"
            subprocess.run(["cp", how, str(entry), str(target)], check=True)

    def reap(self, state_dir: Path) -> None:
        """Keep what a daemon compiled with the key."""
        for entry in (state_dir / "compiled").glob("*.cwasm"):
            kept = self.folder / entry.name
            if not kept.exists():
                fresh = kept.with_suffix(f".{os.getpid()}")
                shutil.copy2(entry, fresh)
                fresh.rename(kept)

    def share(self, name: str, make: Callable[[Path], None]) -> Path:
        """A folder that `make` fills for the first who asks for it."""
        folder = self.folder / name
        with self._alone(name):
            if not folder.exists():
                fresh = folder.with_suffix(f".{os.getpid()}")
                fresh.mkdir(mode=0o711)
                make(fresh)
                fresh.rename(folder)
        return folder

    def _key(self) -> Path:
        key = self.folder / "signing-key"
        with self._alone():
            if not key.exists():
                key.touch(mode=0o600)
                key.write_bytes(os.urandom(32))
        return key

    def _cluster(self) -> Path:
        with self._alone():
            cluster = clusters.place(self.folder)
            software = unpack(cluster.software_folder)
            clusters.prepare(cluster, software, durable=False)
        return cluster.base

    @contextmanager
    def _alone(self, what: str = "seed") -> Iterator[None]:
        """No other process of the run is within."""
        with (self.folder / f"{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def seed_of_a_run() -> Iterator[None]:
    """A folder for the seed of this process and of those that it starts."""
    with short_folder() as folder:
        os.environ[FOLDER] = str(folder)
        if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
            # The daemons would compile all of EERP again, each of them.
            os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        yield
