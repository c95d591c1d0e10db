"""What the project's modules say of their routes, as the core understands it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
import wasmtime

from eerp import limits
from eerp.errors import ValidationFailed
from eerp.interfaces import Identity
from eerp.orm.access import Caller
from eerp.orm.fields import OPERATORS, sql_type
from eerp.orm.model import SYSTEM_COLUMNS
from eerp.orm.querystring import read_query
from eerp.orm.registry import ModelRegistry
from eerp.routes import Route, RouteTable
from eerp.routes.declare import declare
from eerp.sandbox import describe
from eerp.sandbox.engine import Engine
from eerp.sandbox.program import Program

MODULES = Path(__file__).parents[2] / "modules"
NAMES = sorted(path.parent.name for path in MODULES.glob("*/module.json"))
CAPABILITIES = ("orm", "call", "events", "depends", "http", "render")
OPERAND = "value"
ID = "018f3c1e-0000-7000-8000-000000000001"
ROOT = Caller(Identity("system", "system", None, (), frozenset({"*"})))


async def tell(engine: Engine, name: str) -> Any:
    """The models that a module describes, by name, and its routes."""
    path = MODULES / name / "module.wasm"
    code = wasmtime.Module.from_file(engine.wasmtime, str(path))
    program = Program.link(engine, name, code, capabilities=CAPABILITIES)
    told = await describe(program)
    table = RouteTable()
    models = {model["name"]: model for model in told.description["models"]}
    registered = told.registered("route")
    routes = told.description["routes"]
    declare(table, name, name, registered, routes, models=models)
    return models, table.routes()


@pytest_twisted.async_yield_fixture(scope="module", params=NAMES)
async def told(request: Any, engine: Engine) -> Any:
    """What each module tells."""
    yield await tell(engine, request.param)


def lists(told: Any) -> Iterator[tuple[Route, dict[str, str]]]:
    """Each route that lists, with the SQL types of its model's columns."""
    models, routes = told
    for route in routes:
        if route.kind == "list":
            fields = models[route.model]["fields"]
            own = {field["name"]: field["type"] for field in fields}
            yield (
                route,
                own | {name: kind for name, (kind, _) in SYSTEM_COLUMNS.items()},
            )


def faults(route: Route, name: str, text: str) -> list[str]:
    assert route.query is not None
    return [fault.code for fault in route.query.faults(((name, text),))]


def test_every_route_says_what_it_takes_and_answers(told: Any) -> None:
    _, routes = told
    assert routes
    for route in routes:
        assert route.summary, route.template
        assert route.permission is not None
        assert [answer.status for answer in route.answers] != [], route.template
        assert route.params.keys() == {name for _, name in route.parameters}
        assert all(schema["type"] for schema in route.params.values())


def test_ids_in_paths_are_checked_by_the_pattern_alone(told: Any) -> None:
    _, routes = told
    for route in routes:
        assert re.search(r"\{[a-z_]*id\}", route.path) is None
        assert route.in_path is None


def test_a_list_is_filtered_by_the_operators_that_each_field_has(told: Any) -> None:
    for route, columns in lists(told):
        for name, kind in columns.items():
            type_ = sql_type(kind)
            assert type_ is not None
            for operator in OPERATORS:
                for prefix in ("", "not."):
                    found = faults(route, name, f"{prefix}{operator}.{OPERAND}")
                    wanted = [] if operator in type_.operators else ["format"]
                    assert found == wanted, (route.path, name, operator)


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("id", "value", ["format"]),
        ("id", "", ["format"]),
        ("id", "eq", ["format"]),
        ("id", "in.(a,b)", []),
        ("id", "gibberish.7", ["format"]),
        ("and", "(id.eq.1,or(id.eq.2,id.is.null))", []),
        ("not.or", "(id.eq.1)", []),
        ("or", "id.eq.1", ["format"]),
        ("company.name", "eq.Acme", []),
        ("contacts!company_id.name", "not.eq.Acme", []),
        ("extensions.loyalty.birthday", "is.null", []),
        ("company.name", "fts(english).late", []),
        ("company.name", "late", ["format"]),
        ("nothing", "eq.1", ["unknown_parameter"]),
        ("Id", "eq.1", ["unknown_parameter"]),
        ("limit", str(limits.ROWS_PER_PAGE_MAX), []),
        ("limit", str(limits.ROWS_PER_PAGE_MAX + 1), ["maximum"]),
        ("limit", "0", ["minimum"]),
        ("cursor", "x" * limits.CURSOR_BYTES_MAX, []),
        ("cursor", "x" * (limits.CURSOR_BYTES_MAX + 1), ["maxLength"]),
        ("select", "id,company(name)", []),
        ("select", "x" * (limits.SELECT_CHARACTERS_MAX + 1), ["maxLength"]),
        ("order", "id.desc.nullslast,company.name,extensions.loyalty.birthday", []),
        ("order", "id desc", ["pattern"]),
        ("order", "id,", ["pattern"]),
        ("deleted", "only", []),
        ("deleted", "all", ["enum"]),
        ("count", "estimated", []),
        ("count", "planned", ["enum"]),
    ],
)
def test_a_list_has_the_grammar_of_the_orm(
    told: Any, name: str, text: str, wanted: list[str]
) -> None:
    for route, _ in lists(told):
        assert faults(route, name, text) == wanted, route.path


def test_what_else_the_usual_routes_take(told: Any) -> None:
    _, routes = told
    reason = "x" * limits.REASON_CHARACTERS_MAX
    for route in routes:
        if route.kind == "get":
            assert faults(route, "select", "id,name") == []
            assert faults(route, "limit", "1") == ["unknown_parameter"]
        elif route.kind == "delete":
            assert faults(route, "purge", "true") == []
            assert faults(route, "purge", "yes") == ["type"]
            assert faults(route, "reason", reason) == []
            assert faults(route, "reason", f"{reason}x") == ["maxLength"]
        elif route.kind not in ("list", "custom"):
            assert route.query is None


NAMES_ASKED = (
    "id", "version", "created_at", "name", "email", "tags", "stage_id", "company.name",
    "contacts.email", "stage.is_won", "and", "or", "not.and",
    "not.or", "limit", "order", "select", "deleted", "count", "colour", "",
    "contacts!company_id.first_name", "opportunities.stage.name", "expected_revenue",
)  # fmt: skip
VALUES = (
    "x", "", "1", "true", "null", ID, "2026-01-31T00:00:00Z", "{a,b}", "(a,b)", "(1,2)",
    f"({ID})", "a\nb", '"x"',
)  # fmt: skip
FILTERS = (
    f"{negated}{operator}.{value}"
    for negated in ("", "not.")
    for operator in (*OPERATORS, "wfts(english)", "fts()")
    for value in VALUES
)
ASKED = (
    *FILTERS, "10", "0", "1000", "01", "name", "id.asc", "name.desc.nullslast,id",
    "created_at", "id,company(name)", "n:count()", "id,n:count()", "*", "only",
    "include", "exact", f"(id.eq.{ID})", "(name.eq.x,or(version.gt.1,name.is.null))",
    "(version.eq.1\n)", "",
)  # fmt: skip
# The ORM looks at nothing in an order behind the id, which decides all.
BEHIND_ID = {("order", "id,company(name)"), ("order", "id,n:count()")}


@pytest_twisted.ensureDeferred
async def test_no_list_refuses_what_the_orm_would_take(engine: Engine) -> None:
    registry, found = ModelRegistry(), {}
    for module in ("core", "crm"):
        models, routes = await tell(engine, module)
        registry.register(module, list(models.values()))
        found |= {route.template: route for route in routes if route.kind == "list"}
    taken = set()
    for name in ("companies", "opportunities"):
        query, model = found[f"/api/crm/{name}"].query, registry.model("crm", name)
        assert query is not None
        for pair in product(NAMES_ASKED, ASKED):
            try:
                read_query(model, [pair], ROOT)
            except ValidationFailed:
                continue
            taken.add(pair[0])
            assert query.faults([pair]) == () or pair in BEHIND_ID
    assert taken == set(NAMES_ASKED) - {"colour", ""}
