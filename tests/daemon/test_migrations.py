"""A daemon and what its modules would do to their tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest_twisted

from tests.daemon.guests import write_module
from tests.daemon.process import Daemon
from tests.daemon.test_refusals import refused
from tests.postgres.two import step, table
from tests.sandbox.wat import wat

DROP = {"type": "drop_column", "table": "things", "column": "name"}
V1 = step("things", 1, table("things", ("name", "text")))
V2 = step("things", 2, DROP)


@pytest_twisted.ensureDeferred
async def test_a_daemon_does_not_destroy_by_itself(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    folder = write_module(tmp_path, "shop", wat(migrations=json.dumps([V1]).encode()))
    daemon = make_daemon(module_root=[str(tmp_path)])
    await daemon.start()
    assert await daemon.stop() == 0
    (folder / "module.json").unlink()
    (folder / "module.wasm").unlink()
    folder.rmdir()
    write_module(tmp_path, "shop", wat(migrations=json.dumps([V1, V2]).encode()))
    said = await refused(daemon)
    assert "Version 2 of things in module shop drops column things.name" in said
    assert "eerp migrate --allow-destructive" in said
