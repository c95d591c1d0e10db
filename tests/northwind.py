"""All of Northwind, loaded once in a run for all tests that ask for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from twisted.internet.threads import deferToThread

from tests.conftest import wait_for
from tests.daemon.process import REPOSITORY, Daemon, write_config
from tests.seed import Seed

# With a machine that is busy with other tests; by itself it takes less than 60 s.
DEMO_S_MAX = 240
_SAID = "said"


def plant(home: Path) -> str:
    """Make the state directory of a daemon in `home`, and what the demo said of it."""
    loaded = Seed.of_this_run().share("northwind", _load)
    subprocess.run(["cp", "-a", str(loaded / "var"), str(home)], check=True)
    return (loaded / _SAID).read_text()


def _load(home: Path) -> None:
    wait_for(_loaded(home))


async def _loaded(home: Path) -> None:
    daemon = await Daemon(write_config(home)).start()
    await daemon.sign_in()
    (home / _SAID).write_text(await load(daemon))
    # Documents are printed after they are posted.
    await daemon.until_delivered()
    assert await daemon.stop() == 0, daemon.log_file.read_text()


async def load(daemon: Daemon) -> str:
    """What a run that must succeed says."""
    ended = await run_demo(daemon, daemon.state_dir / "initial-admin-password")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def run_demo(
    daemon: Daemon, password_file: Path
) -> subprocess.CompletedProcess[str]:
    """The demo in a process of its own, beside the reactor's thread."""
    command = [sys.executable, "-m", "demo.northwind", "--url", daemon.url]
    command += ["--password-file", str(password_file)]
    ended: subprocess.CompletedProcess[str] = await deferToThread(
        subprocess.run,
        command,
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEMO_S_MAX,
        check=False,
    )
    return ended
