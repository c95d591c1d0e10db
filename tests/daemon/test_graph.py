"""The example graph of modules: priorities, and one priority loading at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest_twisted

from tests.daemon.guests import write_module
from tests.daemon.process import Daemon
from tests.sandbox.wat import wat

GRAPH = {
    "core": [],
    "crm": ["core"],
    "accounting": ["core"],
    "hr": ["core"],
    "invoicing": ["crm", "accounting"],
    "payroll": ["hr", "accounting"],
}
PRIORITIES = {
    "core": 0, "crm": 1, "accounting": 1, "hr": 1, "invoicing": 2, "payroll": 2
}  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_the_example_graph_loads_by_priority(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    root = tmp_path / "graph"
    for name, depends in GRAPH.items():
        # Another text each, or the second would come from the cache of the first.
        text = wat(description=f'{{"models":[],"routes":[],"x":"{name}"}}'.encode())
        write_module(root, name, text, depends=depends)
    daemon = make_daemon(module_root=[str(root)])
    await daemon.start()
    await daemon.sign_in()

    modules = (await daemon.ask("GET", "/api/modules")).json["modules"]

    assert {one["name"]: one["priority"] for one in modules} == PRIORITIES
    assert {one["state"] for one in modules} == {"loaded"}
    assert [one["depends"] for one in modules if one["name"] == "payroll"] == [
        ["hr", "accounting"]
    ]
    _assert_groups_overlap(daemon)
    assert await daemon.stop() == 0


def _assert_groups_overlap(daemon: Daemon) -> None:
    """Within a priority all begin before one ends; between them, never."""
    loaded = [e for e in daemon.events() if e.get("event") == "module_loaded"]
    spans = {e["module"]: (e["began_s"], e["ended_s"]) for e in loaded}
    groups = [
        [spans[name] for name, priority in PRIORITIES.items() if priority == number]
        for number in range(3)
    ]
    for group in groups:
        assert max(began for began, _ in group) < min(ended for _, ended in group)
    for earlier, later in pairwise(groups):
        assert max(e for _, e in earlier) <= min(b for b, _ in later)
