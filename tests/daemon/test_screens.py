"""What screens are made of, of a real daemon with the real modules and a stranger."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest_twisted

from eerp.schema import compile_schema
from eerp.screens import CONTRACT
from tests.daemon.guests import write_module
from tests.daemon.process import REPOSITORY, Daemon, write_config
from tests.daemon.test_crm_rules import signed_in
from tests.daemon.test_extensions import EXTENSION, TABLE, rating
from tests.sandbox.wat import wat

PATH = "/api/ui"
UI: dict[str, Any] = {
    "module": {"icon": "star"},
    "slots": {
        "crm.opportunities.form.after": [
            {"key": "rating", "title": "Rating",
             "fields": ["extensions.rating.stars", "extensions.rating.secret"]}
        ],
        "shop.orders.form.after": [{"key": "x", "title": "X"}],
    },
}  # fmt: skip
FRENCH = {"slots.crm.opportunities.form.after.rating.title": "Note"}


@pytest_twisted.async_yield_fixture(scope="module")
async def daemon(module_home: Path) -> AsyncIterator[Daemon]:
    """A daemon with the real modules and one that adds to a screen of the CRM."""
    guest = rating(TABLE, extensions=[EXTENSION], ui=UI, texts={"fr": FRENCH})
    write_module(module_home / "mods", "rating", guest, depends=["crm"])
    roots = [str(REPOSITORY / "modules"), str(module_home / "mods")]
    running = Daemon(write_config(module_home, module_root=roots))
    await running.start()
    await running.sign_in()
    yield running
    assert await running.stop() == 0, running.log_file.read_text()


@pytest_twisted.ensureDeferred
async def test_an_administrator_sees_all_modules(daemon: Daemon) -> None:
    answer = await daemon.ask("GET", PATH)
    contract = answer.json
    assert answer.status == 200
    assert compile_schema(CONTRACT).faults(contract) == ()
    assert {"core", "crm", "invoicing"} <= {one["name"] for one in contract["modules"]}
    assert contract["models"]["crm.companies"]["path"] == "/api/crm/companies"
    assert answer.headers["etag"] == f'"{contract["hash"]}"'
    again = await daemon.ask(
        "GET", PATH, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status, again.text) == (304, "")


@pytest_twisted.ensureDeferred
async def test_what_was_paid_is_listed_under_payments_and_invoices(
    daemon: Daemon,
) -> None:
    contract = (await daemon.ask("GET", f"{PATH}?language=fr")).json
    for name, title in (("payments", "Documents réglés"), ("invoices", "Règlements")):
        related = contract["models"][f"invoicing.{name}"]["related"]
        listed = {each["model"]: each["title"] for each in related}
        assert listed["invoicing.allocations"] == title


@pytest_twisted.ensureDeferred
async def test_lists_can_be_asked_for_as_they_are_told(daemon: Daemon) -> None:
    for key, model in (await daemon.ask("GET", PATH)).json["models"].items():
        if model["path"] is None:
            continue
        views = model["views"]
        queries = [f"select={_selected(views['list']['columns'])}"]
        queries += [f"or=({name}.ilike.*a*)" for name in views["search"]["quick"]]
        if views["graph"] is not None:
            by = views["graph"]["by"]
            queries += [f"select=key:{name},n:count()" for name in by]
            queries += [f"select=key:{by[0]},{each}" for each in _measures(model)]
        for query in queries:
            found = await daemon.ask("GET", f"{model['path']}?limit=1&{query}")
            assert found.status == 200, (key, query, found.text)


def _selected(columns: list[str]) -> str:
    parts = []
    for column in columns:
        relation, dot, field = column.rpartition(".")
        parts.append(f"{relation}({field})" if dot else column)
    return quote(",".join(parts))


def _measures(model: dict[str, Any]) -> Iterator[str]:
    """Each measure, as a query asks for it: money only of one currency."""
    currencies = {each["name"]: each.get("currency") for each in model["fields"]}
    for measure in model["views"]["graph"]["measures"]:
        field = measure["field"]
        if field is None:
            yield "n:count()"
        elif currencies[field] is None:
            yield f"n:{field}.{measure['fn']}()"
        else:
            yield f"currency:{currencies[field]},n:{field}.{measure['fn']}()"


@pytest_twisted.ensureDeferred
async def test_who_may_little_is_told_of_little(daemon: Daemon) -> None:
    may = ("crm.opportunities.read", "crm.opportunities.create", "crm.stages.read")
    seller = await signed_in(daemon, "sally", "seller", *may)
    headers = {"Authorization": f"Bearer {seller['token']}"}
    contract = (await daemon.ask("GET", PATH, headers=headers)).json
    listed = await daemon.ask("GET", "/api/crm/opportunities", headers=headers)
    refused = await daemon.ask("GET", "/api/crm/companies", headers=headers)
    assert list(contract["models"]) == ["crm.stages", "crm.opportunities"]
    opportunities = contract["models"]["crm.opportunities"]
    assert opportunities["actions"] == []
    assert [verb for verb, can in opportunities["can"].items() if can] == [
        "list", "read", "create",
    ]  # fmt: skip
    assert (listed.status, refused.status) == (200, 403)
    relations = {
        field["name"] for field in opportunities["fields"] if "relation" in field
    }
    assert relations == {"stage_id"}
    # The stranger's secret takes a permission of its own.
    [slot] = contract["slots"]["crm.opportunities.form.after"]
    assert slot["fields"] == ["extensions.rating.stars"]


@pytest_twisted.ensureDeferred
async def test_texts_are_in_the_language_that_is_asked_for(daemon: Daemon) -> None:
    contract = (await daemon.ask("GET", f"{PATH}?language=fr")).json
    [slot] = contract["slots"]["crm.opportunities.form.after"]
    assert (contract["language"], slot["title"]) == ("fr", "Note")
    fields = {each["name"]: each for each in contract["models"]["crm.tags"]["fields"]}
    assert fields["created_at"]["label"] == "Créé le"


@pytest_twisted.ensureDeferred
async def test_a_slot_in_no_place_is_a_warning(daemon: Daemon) -> None:
    places = [one["place"] for one in daemon.events() if one["event"] == "slot_unknown"]
    assert places == ["shop.orders.form.after"]


@pytest_twisted.ensureDeferred
async def test_what_is_declared_wrongly_fails_its_module_and_says_where(
    make_daemon: Callable[..., Daemon], tmp_path: Path
) -> None:
    ui = {"menu": [{"key": "m", "title": "M", "model": "gone"}]}
    described = {"models": [], "routes": [], "permissions": [], "ui": ui}
    guest = wat(description=json.dumps(described).encode())
    write_module(tmp_path / "mods", "odd", guest)
    daemon = make_daemon(
        module_root=[str(tmp_path / "mods")],
        on_module_error="skip",
        optional_modules=["odd"],
    )
    await daemon.start()
    await daemon.sign_in()
    [odd] = (await daemon.ask("GET", "/api/modules")).json["modules"]
    contract = (await daemon.ask("GET", PATH)).json
    await daemon.stop()
    assert odd["state"] == "failed"
    assert "menu.m: there is no model odd.gone" in odd["error"]
    assert contract["modules"] == []


@pytest_twisted.ensureDeferred
async def test_the_screens_are_at_every_path_of_nobody(
    daemon: Daemon, make_daemon: Callable[..., Daemon]
) -> None:
    for path in ("/", "/crm/companies"):
        found = await daemon.ask("GET", path)
        # Whether it is built or not, it is no matter of the API.
        assert found.headers["content-type"].startswith("text/")
    other = make_daemon(app={"page": False})
    await other.start()
    assert (await other.ask("GET", "/")).status == 404
    await other.stop()
