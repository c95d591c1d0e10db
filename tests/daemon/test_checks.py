"""What does not fit is refused before there is a sandbox: the module here traps."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from tests.daemon.guests import write_module
from tests.daemon.process import Daemon, write_config
from tests.sandbox.wat import data, handle, wat
from tests.valued import valued_model, valued_table

PATH = "/{n:int}/{day}"
PLACE = 20000
DOCUMENT = {
    "method": "POST",
    "path": PATH,
    "public": True,
    "params": {
        "n": {"type": "integer", "maximum": 9},
        "day": {"type": "string", "format": "date"},
    },
    "query": {
        "type": "object",
        "properties": {
            "limit": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 1},
        },
        "required": ["limit"],
        "additionalProperties": False,
    },
    "body": {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "additionalProperties": False,
    },
    "answers": [{"status": 200}],
}


FILTER = {
    "type": "array",
    "items": {"type": "string", "pattern": "^(not\\.)?[a-z]+\\."},
}
LIST = {
    "method": "GET",
    "path": "/counters",
    "public": True,
    "kind": "list",
    "model": "counters",
    "query": {
        "type": "object",
        "properties": {
            "limit": {"type": "integer", "minimum": 1},
            "order": {"type": "string"},
            "select": {"type": "string"},
            "cursor": {"type": "string"},
        },
        "patternProperties": {"^(name|value|nosuch)$": FILTER},
        "additionalProperties": False,
    },
    "answers": [{"status": 200, "shape": "list", "model": "counters"}],
}


def trapping() -> str:
    """A module whose routes do nothing but trap."""
    texts, init = b"", ""
    for document in (DOCUMENT, LIST):
        places = ""
        for text in (document["method"], document["path"]):
            places += f"(i32.const {PLACE + len(texts)}) (i32.const {len(text)})"
            texts += text.encode()
        init += f"(call $register_route {places} (i32.const 1))"
    description = {
        "models": [valued_model("counters", "Counter")],
        "permissions": [],
        "routes": [DOCUMENT, LIST],
    }
    return wat(
        imports=("register_route",),
        init=f'(func (export "init") {init})',
        handle=handle("unreachable"),
        migrations=json.dumps([valued_table("counters")]).encode(),
        description=json.dumps(description).encode(),
        extra=data(PLACE, texts),
    )


@pytest_twisted.async_yield_fixture(scope="module")
async def daemon(module_home: Path) -> AsyncIterator[Daemon]:
    root = module_home / "mods"
    write_module(root, "trap", trapping())
    running = Daemon(write_config(module_home, module_root=[str(root)]))
    await running.start()
    yield running
    assert await running.stop() == 0, running.log_file.read_text()


GOOD = "/api/trap/7/2026-01-31?limit=5"
REFUSED: dict[str, tuple[str, Any, set[tuple[str, str, str]]]] = {
    "all three parts": (
        "/api/trap/10/2026-02-30?limit=x&tags=a&tags=b&more=1",
        {"name": 7, "shoe_size": 42},
        {
            ("path", "/n", "maximum"),
            ("path", "/day", "format"),
            ("query", "/limit", "type"),
            ("query", "/tags", "maxItems"),
            ("query", "/more", "unknown_parameter"),
            ("body", "/name", "type"),
            ("body", "/shoe_size", "unknown_field"),
        },
    ),
    "the query alone": (
        "/api/trap/7/2026-01-31",
        {},
        {("query", "/limit", "required")},
    ),
    "a parameter given twice": (
        f"{GOOD}&limit=5",
        {},
        {("query", "/limit", "duplicate")},
    ),
    "the path alone": (
        GOOD.replace("7", "99", 1),
        {},
        {("path", "/n", "maximum")},
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
@pytest_twisted.ensureDeferred
async def test_what_does_not_fit_never_reaches_the_module(
    daemon: Daemon, fault: str
) -> None:
    path, body, places = REFUSED[fault]

    answer = await daemon.ask("POST", path, body)

    assert (answer.status, answer.json["code"]) == (422, "validation_failed")
    errors = answer.json["errors"]
    assert len(errors) == len(places)
    assert {(one["in"], one["pointer"], one["code"]) for one in errors} == places


@pytest_twisted.ensureDeferred
async def test_what_fits_reaches_the_module(daemon: Daemon) -> None:
    answer = await daemon.ask("POST", GOOD, {"name": "Ann"})

    assert (answer.status, answer.json["code"]) == (502, "module_trapped")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/trap/x/2026-01-31?limit=5", 404),
        ("/api/trap/7/2026-01-31/?limit=5", 404),
        ("/api/trap/7%2F8/2026-01-31?limit=5", 400),
        ("/api/trap/%37/2026-01-31?limit=x", 422),
        ("/api/trap/7/2026-01-31?limit=%zz", 400),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_path_is_one_thing_before_it_is_checked(
    daemon: Daemon, path: str, status: int
) -> None:
    assert (await daemon.ask("POST", path, {})).status == status


@pytest_twisted.ensureDeferred
async def test_the_core_answers_head_and_options_itself(daemon: Daemon) -> None:
    options = await daemon.ask("OPTIONS", GOOD)
    head = await daemon.ask("HEAD", GOOD)

    assert (options.status, options.headers["allow"]) == (204, "OPTIONS, POST")
    assert (head.status, head.headers["allow"]) == (405, "OPTIONS, POST")


@pytest_twisted.ensureDeferred
async def test_a_list_is_refused_with_all_that_only_its_model_knows(
    daemon: Daemon,
) -> None:
    query = (
        "limit=0&order=nmae.asc,id.desc&select=id,vlaue&value=gt.many&nosuch=eq.1"
        "&name=wrong&cursor=made.up"
    )

    answer = await daemon.ask("GET", f"/api/trap/counters?{query}")

    assert (answer.status, answer.json["code"]) == (422, "validation_failed")
    places = [(one["in"], one["pointer"]) for one in answer.json["errors"]]
    assert sorted(places) == [
        ("query", "/limit"),
        ("query", "/name"),
        ("query", "/nosuch"),
        ("query", "/order"),
        ("query", "/select"),
        ("query", "/value"),
    ]
    for alone in ("order=nmae", "nosuch=eq.1", "cursor=made.up", "select=(", "name=eq"):
        answer = await daemon.ask("GET", f"/api/trap/counters?{alone}")
        assert answer.status == 422, (alone, answer.text)


@pytest_twisted.ensureDeferred
async def test_a_list_that_can_be_reaches_the_module(daemon: Daemon) -> None:
    for query in ("", "?limit=1", "?name=eq.a&order=value.desc&select=id,value"):
        for _ in range(2):
            answer = await daemon.ask("GET", f"/api/trap/counters{query}")
            assert (answer.status, answer.json["code"]) == (502, "module_trapped")
