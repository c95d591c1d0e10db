"""What keeps a daemon from starting is one clear line and exit status 1."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import wasmtime

from tests.daemon.guests import write_module
from tests.daemon.process import Daemon, free_port
from tests.sandbox.wat import data, handle, wat

Make = Callable[..., Daemon]


async def refused(daemon: Daemon) -> str:
    """Start a daemon that cannot; what it said."""
    daemon.spawn()
    assert await daemon.wait() == 1, daemon.log_file.read_text()
    said = daemon.log_file.read_text()
    assert "Traceback" not in said
    return said


CONFIGS: dict[str, tuple[str | None, str]] = {
    "an unknown key": ('{"database":{"embedded":true},"lisen":[]}', "lisen"),
    "a wrong type": ('{"database":{"embedded":"yes"}}', "database.embedded"),
    "not JSON": ("{", "not JSON"),
    "a missing file": (None, "does not exist"),
    "a missing folder": (
        '{"database":{"embedded":true},"module_root":["nowhere"]}',
        "module_root",
    ),
}


@pytest.mark.parametrize("fault", CONFIGS)
@pytest_twisted.ensureDeferred
async def test_a_wrong_configuration_is_named(fault: str, make_daemon: Make) -> None:
    content, words = CONFIGS[fault]
    daemon = make_daemon()
    if content is None:
        daemon.config.unlink()
    else:
        daemon.config.write_text(content)

    assert words in await refused(daemon)


@pytest_twisted.ensureDeferred
async def test_an_unreachable_database_is_said(make_daemon: Make) -> None:
    port = free_port()
    daemon = make_daemon(
        database={"host": "127.0.0.1", "port": port, "name": "eerp", "user": "eerp"}
    )

    assert "cannot start" in await refused(daemon)


@pytest_twisted.ensureDeferred
async def test_a_taken_port_is_said(make_daemon: Make, tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        endpoint = f"tcp:{taken.getsockname()[1]}:interface=127.0.0.1"
        daemon = make_daemon(listen=[endpoint])

        assert f"cannot listen on {endpoint}" in await refused(daemon)


def _table(**keys: Any) -> bytes:
    """Migrations that make one table; `keys` replace what is right about it."""
    table = {"type": "create_table", "table": "things", "columns": [], **keys}
    version = {"entity": "things", "version": 1, "operations": [table]}
    return json.dumps([version]).encode()


def _column(sql_type: str) -> bytes:
    return _table(columns=[{"column": "a", "sql_type": sql_type, "nullable": True}])


ROUTE = """(func (export "init")
    (call $register_route (i32.const 100) (i32.const 3)
                          (i32.const 110) (i32.const 4) (i32.const 1))
    (call $register_route (i32.const 100) (i32.const 3)
                          (i32.const 120) (i32.const 4) (i32.const 2)))"""


def _two_routes(keys: dict[str, Any], described: int = 2, method: str = "GET") -> str:
    """A module with routes for the same paths, and these `keys` in what it tells of
    them."""
    told = [
        {
            "method": method,
            "path": f"/{{{name}}}",
            "params": {name: {"type": "string"}},
            **keys,
        }
        for name in "ab"
    ]
    description = {"models": [], "permissions": [], "routes": told[:described]}
    return wat(
        imports=("register_route",),
        init=ROUTE.replace("(i32.const 3)", f"(i32.const {len(method)})"),
        handle=handle("(i64.const 0)"),
        description=json.dumps(description).encode(),
        extra=data(100, method.encode()) + data(110, b"/{a}") + data(120, b"/{b}"),
    )


MODULES: dict[str, tuple[dict[str, tuple[str | bytes, dict[str, Any]]], str]] = {
    "not WASM": ({"odd": (b"hello", {})}, "is not WebAssembly"),
    "truncated": ({"odd": (bytes(wasmtime.wat2wasm(wat())[:-9]), {})}, "not valid"),
    "a missing export": (
        {"odd": (wat(init=""), {})},
        "does not export init",
    ),
    "a wrong signature": (
        {"odd": (wat(handle='(func (export "handle"))'), {})},
        "exports handle, but not as",
    ),
    "an import it may not have": (
        {"odd": (wat(imports=("orm",)), {"capabilities": []})},
        "without the capability orm",
    ),
    "a cycle": (
        {"one": (wat(), {"depends": ["two"]}), "two": (wat(), {"depends": ["one"]})},
        "one -> two -> one",
    ),
    "itself as dependency": ({"odd": (wat(), {"depends": ["odd"]})}, "odd -> odd"),
    "a missing dependency": (
        {"odd": (wat(), {"depends": ["sales"]})},
        "depends on `sales`, which is not installed",
    ),
    "a foreign schema": (
        {"odd": (wat(migrations=_table(table="eerp.users")), {})},
        "eerp.users",
    ),
    "a type off the list": ({"odd": (wat(migrations=_column("money")), {})}, "money"),
    "two routes for one path": (
        {"odd": (_two_routes({"public": True}), {})},
        "same paths",
    ),
    "a route without a permission": (
        {"odd": (_two_routes({}), {})},
        "GET /{a} has no permission and is not public",
    ),
    "a route that is not described": (
        {"odd": (_two_routes({"public": True}, described=0), {})},
        "GET /{a} and never describes it",
    ),
    "a parameter that is not described": (
        {"odd": (_two_routes({"public": True, "params": {}}), {})},
        "the parameter a of GET /{a} is not described",
    ),
    "a method of the core": (
        {"odd": (_two_routes({"public": True}, method="HEAD"), {})},
        "registers the method 'HEAD'",
    ),
}


@pytest.mark.parametrize("fault", MODULES)
@pytest_twisted.ensureDeferred
async def test_a_module_that_cannot_load_is_named(
    fault: str, make_daemon: Make, tmp_path: Path
) -> None:
    modules, words = MODULES[fault]
    for name, (text, manifest) in modules.items():
        write_module(tmp_path / "root", name, text, **manifest)
    daemon = make_daemon(module_root=[str(tmp_path / "root")])

    said = await refused(daemon)

    assert words in said
    assert next(iter(modules)) in said


@pytest_twisted.ensureDeferred
async def test_two_modules_of_one_name_are_refused_naming_both(
    make_daemon: Make, tmp_path: Path
) -> None:
    roots = [tmp_path / "one", tmp_path / "two"]
    for root in roots:
        write_module(root, "twin", wat())
    daemon = make_daemon(module_root=[str(root) for root in roots])

    said = await refused(daemon)

    assert all(str(root / "twin") in said for root in roots)


@pytest_twisted.ensureDeferred
async def test_skipping_a_broken_module_leaves_the_others_at_work(
    make_daemon: Make, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    write_module(root, "broken", wat(init='(func (export "init") unreachable)'))
    write_module(root, "dependent", wat(), depends=["broken"])
    write_module(root, "sound", wat(description=b'{"models":[],"routes":[]}'))
    daemon = make_daemon(
        module_root=[str(root)],
        on_module_error="skip",
        optional_modules=["broken", "dependent"],
    )
    await daemon.start()
    await daemon.sign_in()

    modules = (await daemon.ask("GET", "/api/modules")).json["modules"]

    states = {one["name"]: one["state"] for one in modules}
    assert states == {"broken": "failed", "dependent": "failed", "sound": "loaded"}
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_a_required_module_that_failed_keeps_ready_at_503(
    make_daemon: Make, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    write_module(root, "broken", wat(init='(func (export "init") unreachable)'))
    daemon = make_daemon(module_root=[str(root)], on_module_error="skip")
    daemon.spawn()
    answer = None
    while answer is None:
        try:
            answer = await daemon.ask("GET", "/ready")
        except Exception:
            assert daemon.process is not None
            assert daemon.process.poll() is None, daemon.log_file.read_text()

    assert answer.status == 503
    assert answer.json["reasons"] == ["module broken is failed"]
    assert await daemon.stop() == 0
