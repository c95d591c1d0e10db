"""The bounds that an operator sets for one module hold for that module."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest_twisted

from tests.daemon.guests import hostile, write_module
from tests.daemon.process import REPOSITORY, Daemon


@pytest_twisted.ensureDeferred
async def test_a_module_has_its_own_deadline_and_body_limit(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    write_module(tmp_path, "hostile", hostile())
    daemon = make_daemon(
        module_root=[str(REPOSITORY / "modules"), str(tmp_path)],
        limits={"guest_memory_bytes_max": 128 * 1024 * 1024},
        modules={
            "hostile": {"limits": {"request_deadline_ms": 200}},
            "crm": {"limits": {"body_bytes_max": 1024}},
        },
    )
    await daemon.start()
    await daemon.sign_in()
    name = {"name": "a" * 2000}

    late = await daemon.ask("GET", "/api/hostile/loop")
    large = await daemon.ask("POST", "/api/crm/companies", name)
    small = await daemon.ask("POST", "/api/crm/companies", {"name": "Small Ltd"})

    assert (late.status, late.json["code"]) == (504, "request_out_of_time")
    assert (large.status, large.json["code"]) == (413, "body_too_large")
    assert small.status == 201
    assert await daemon.stop() == 0
