"""A module that calls another where that is installed, and works as well without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import pytest_twisted

from eerp.database.embedded import running_dsn
from tests.daemon.guests import write_module
from tests.daemon.process import Daemon
from tests.sandbox.wat import data, frame, handle, wat
from tests.valued import valued_model, valued_table

POST = {"name": "entries.post", "summary": "Post", "input": {}, "output": {}}
USE = {"service": "books.entries.post", "version": "1.0.0", "input": {}, "output": {}}
TEXTS = {
    "POST": "POST",
    "MOVE": "/move",
    "UNDO": "/undo",
    "SERVICE": POST["name"],
    "HEARD": "books.entries.posted",
    "BAD": "Bad topic",
    "CALL": json.dumps({"service": USE["service"], "input": {}}),
    "MADE": json.dumps({"op": "create", "model": "rows", "values": {"name": "a"}}),
}
ANSWERS = {
    "FIRST": frame({"status": 200, "body_from": 0}),
    "SECOND": frame({"status": 200, "body_from": 1}),
    "REFUSED": frame({"status": 409}, b'{"code":"undone_here"}'),
}
MAKE, ASK = "(drop (call $orm @MADE))", "(drop (call $call @CALL))"

Make = Callable[..., Daemon]


def module(
    imports: tuple[str, ...],
    init: str,
    code: str,
    more: tuple[dict[str, Any], ...] = (),
    **described: Any,
) -> str:
    """A module with a table `rows`, to which `more` is done; `@NAME` in its code is a
    text or an answer."""
    texts, places, at = "", {}, 40_000
    for name, text in TEXTS.items():
        places[name] = f"(i32.const {at}) (i32.const {len(text)})"
        texts += data(at, text.encode())
        at += 200
    for name, answer in ANSWERS.items():
        places[name] = f"(return (i64.const {at << 32 | len(answer)}))"
        texts += data(at, answer)
        at += 200
    for name, place in places.items():
        init, code = (part.replace(f"@{name}", place) for part in (init, code))
    description = {
        "models": [valued_model("rows", "Row")], "permissions": [], "routes": [],
        **described,
    }  # fmt: skip
    return wat(
        imports=("orm", *imports),
        init=f'(func (export "init") {init})',
        handle=handle(code + "(i64.const 0)"),
        migrations=json.dumps([valued_table("rows", *more)]).encode(),
        description=json.dumps(description).encode(),
        extra=texts,
    )


def books(more: str = "") -> str:
    """It offers a service that makes a row; `more` is what else it registers."""
    return module(
        ("register_service", "register_event"),
        f"(call $register_service @SERVICE (i32.const 1)) {more}",
        f"{MAKE} @FIRST",
        services=[POST],
    )


def stock(*more: dict[str, Any]) -> str:
    """Its route `/move` makes a row and calls the service, and `/undo` refuses then.
    It would hear of the entries, too."""
    routes = [
        {"method": "POST", "path": path, "permission": "stock.rows.write"}
        for path in ("/move", "/undo")
    ]
    return module(
        ("register_route", "register_event", "call"),
        """(call $register_route @POST @MOVE (i32.const 1))
           (call $register_route @POST @UNDO (i32.const 2))
           (call $register_event @HEARD (i32.const 3))""",
        f"{MAKE} {ASK} (if (i32.eq (local.get $id) (i32.const 2)) (then @REFUSED))"
        " @SECOND",
        more,
        routes=routes,
        uses=[USE],
    )


async def running(make_daemon: Make, root: Path, **config: Any) -> Daemon:
    """A daemon with the module `stock`, and `books` where it was written before."""
    write_module(root, "stock", stock(), optional=["books"])
    daemon = make_daemon(module_root=[str(root)], **config)
    await daemon.start()
    await daemon.sign_in()
    return daemon


def rows(daemon: Daemon, table: str) -> int:
    """How many rows are stored."""
    dsn = running_dsn(daemon.state_dir)
    assert dsn is not None
    database = psycopg2.connect(dsn)
    try:
        with database.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            return int(cursor.fetchone()[0])
    finally:
        database.close()


def loaded(daemon: Daemon) -> str:
    """What the log says of the module `stock`."""
    events = (e for e in daemon.events() if e.get("event") == "module_loaded")
    return next(str(e["message"]) for e in events if e["module"] == "stock")


@pytest_twisted.ensureDeferred
async def test_an_optional_module_that_is_there_is_called_in_the_same_transaction(
    make_daemon: Make, tmp_path: Path
) -> None:
    write_module(tmp_path, "books", books())
    daemon = await running(make_daemon, tmp_path)

    posted = await daemon.ask("POST", "/api/stock/move")
    assert (posted.status, posted.json["name"]) == (200, "a")
    assert (rows(daemon, "stock.rows"), rows(daemon, "books.rows")) == (1, 1)
    undone = await daemon.ask("POST", "/api/stock/undo")
    assert (undone.status, undone.json["code"]) == (409, "undone_here")
    assert (rows(daemon, "stock.rows"), rows(daemon, "books.rows")) == (1, 1)

    told = (await daemon.ask("GET", "/api/modules/stock")).json
    assert (told["optional"], told["depends"], told["priority"]) == (["books"], [], 1)
    assert loaded(daemon).endswith("(priority 1)")
    assert await daemon.stop() == 0


async def moves_alone(daemon: Daemon) -> None:
    """The call is answered that its service is absent, and the rest is done."""
    answer = (await daemon.ask("POST", "/api/stock/move")).json
    assert (answer["status"], answer["code"]) == (404, "service_absent")
    assert answer["message"] == (
        "The service books.entries.post is absent, for the module books is not loaded."
    )
    assert rows(daemon, "stock.rows") == 1
    assert loaded(daemon).endswith(", without books")


@pytest_twisted.ensureDeferred
async def test_a_module_works_without_an_optional_one_that_is_not_installed(
    make_daemon: Make, tmp_path: Path
) -> None:
    daemon = await running(make_daemon, tmp_path)

    await moves_alone(daemon)

    told = (await daemon.ask("GET", "/api/modules")).json["modules"]
    assert [(one["name"], one["optional"], one["priority"]) for one in told] == [
        ("stock", ["books"], 0)
    ]
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_a_module_works_without_an_optional_one_that_failed_at_the_last(
    make_daemon: Make, tmp_path: Path
) -> None:
    """`books` has a service that fits, and then registers what cannot be."""
    failing = books("(call $register_event @BAD (i32.const 2))")
    write_module(tmp_path, "books", failing)
    daemon = await running(
        make_daemon, tmp_path, on_module_error="skip", optional_modules=["books"]
    )

    await moves_alone(daemon)

    told = (await daemon.ask("GET", "/api/modules")).json["modules"]
    assert [(one["name"], one["state"], one["priority"]) for one in told] == [
        ("books", "failed", 0), ("stock", "loaded", 1),
    ]  # fmt: skip
    assert rows(daemon, "books.rows") == 0
    assert await daemon.stop() == 0


@pytest_twisted.ensureDeferred
async def test_a_reference_to_an_optional_module_is_refused(
    make_daemon: Make, tmp_path: Path
) -> None:
    write_module(tmp_path, "books", books())
    key = {
        "type": "add_foreign_key", "table": "rows", "column": "book_id",
        "references": {"module": "books", "table": "rows"}, "on_delete": "restrict",
    }  # fmt: skip
    column = {
        "type": "add_column", "table": "rows", "column": "book_id", "sql_type": "uuid",
    }  # fmt: skip
    write_module(tmp_path, "stock", stock(column, key), optional=["books"])
    daemon = make_daemon(module_root=[str(tmp_path)])
    daemon.spawn()

    assert await daemon.wait() == 1
    (refused,) = [e for e in daemon.events() if e.get("event") == "start_refused"]
    assert (refused["code"], refused["module"]) == ("migration_refused", "stock")
    assert "names module 'books', which is not in depends" in refused["reason"]
