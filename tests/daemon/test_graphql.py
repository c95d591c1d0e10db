"""GraphQL in a real daemon with all modules: what it answers is what REST answers."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import pytest_twisted
from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from tests.daemon.graph import Graph, leaves
from tests.daemon.process import Answer
from tests.daemon.scoped import NOBODY

DRY_RUN = {"Prefer": "tx=rollback"}
SAMPLES = {
    "String": "x", "UUID": NOBODY, "Int": 1, "BigInt": "1", "Decimal": "1",
    "Boolean": True, "Base64": "YQ==", "Date": "2026-01-31",
    "DateTime": "2026-01-31T12:00:00Z",
}  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_every_list_is_the_same_in_rest_page_by_page(graph: Graph) -> None:
    checked = 0
    for name, _, path, record in graph.lists():
        limit = 50 if name.startswith("core_") else 2
        ask = (
            f"query q($after:String){{page:{name}(first:{limit},after:$after)"
            f"{{nodes{{{leaves(record)}}} edges{{cursor}} totalCount"
            " pageInfo{hasNextPage endCursor startCursor hasPreviousPage}}}"
        )
        cursor = None
        while True:
            more = "" if cursor is None else f"&cursor={cursor}"
            rest = await graph.club.done(
                "GET", f"{path[5:]}?limit={limit}{more}&count=exact"
            )
            page = (await graph.data(ask, after=cursor))["page"]
            assert page["nodes"] == rest["items"]
            assert page["totalCount"] == str(rest["total"])
            info, before = page["pageInfo"], cursor
            cursor = rest["next_cursor"]
            assert info["hasNextPage"] == (cursor is not None)
            assert info["hasPreviousPage"] == (before is not None)
            cursors = [edge["cursor"] for edge in page["edges"]]
            assert [info["startCursor"], info["endCursor"]] == [cursors[0], cursors[-1]]
            if cursor is None:
                break
            assert info["endCursor"] == cursor
        checked += 1
    assert checked > 60


@pytest_twisted.ensureDeferred
async def test_every_cursor_of_a_record_leads_to_the_next_one(graph: Graph) -> None:
    for name, _, path, _ in graph.lists():
        order = "{field:created_at,direction:DESC}"
        ask = (
            f"{{page:{name}(first:5,order_by:[{order}]){{edges{{cursor node{{id}}}}}}}}"
        )
        edges = (await graph.data(ask))["page"]["edges"]
        for edge, following in itertools.pairwise(edges):
            rest = await graph.club.listed(
                f"{path[5:]}?order=created_at.desc&limit=1&cursor={edge['cursor']}"
            )
            assert [item["id"] for item in rest] == [following["node"]["id"]]


@pytest_twisted.ensureDeferred
async def test_every_record_is_the_same_in_rest(graph: Graph) -> None:
    for _, one, path, record in graph.lists():
        [item, *_] = await graph.club.listed(f"{path[5:]}?limit=1")
        rest = await graph.club.done("GET", f"{path[5:]}/{item['id']}")
        ask = f"query q($id:UUID!){{it:{one}(id:$id){{{leaves(record)} __typename}}}}"
        found = (await graph.data(ask, id=item["id"]))["it"]
        assert found.pop("__typename") == record.name
        # A document answers its lines too.
        assert found == item == {key: rest[key] for key in item}


@pytest.mark.parametrize("role", ["admin", "seller", "idle", "nobody"])
@pytest_twisted.ensureDeferred
async def test_whoever_reads_sees_or_is_refused_the_same(
    graph: Graph, role: str
) -> None:
    for name, one, path, record in graph.lists():
        asked = f"{{nodes{{{leaves(record)}}}}}"
        rest = await graph.ask("GET", f"{path}?limit=1000", None, role)
        answer = await graph.post(f"{{it:{name}(first:1000){asked}}}", role)
        assert outcome(answer) == told(rest), (name, role)
        if rest.status == 200:
            assert answer.json["data"]["it"]["nodes"] == rest.json["items"]
        rest = await graph.ask("GET", f"{path}/{NOBODY}", None, role)
        answer = await graph.post(f'{{it:{one}(id:"{NOBODY}"){{id}}}}', role)
        assert outcome(answer) == told(rest), (one, role)


@pytest.mark.parametrize("role", ["admin", "seller", "idle", "nobody"])
@pytest_twisted.ensureDeferred
async def test_whoever_changes_is_refused_or_not_the_same(
    graph: Graph, role: str
) -> None:
    """Every mutation there is, and the route that it stands for, in dry runs."""
    mutation = graph.schema.mutation_type
    assert mutation is not None
    routes: dict[str, dict[str, Any]] = {}
    for module, one in graph.routes:
        if one["method"] != "GET":
            name = called(module, one)
            # The second of a path is told from the first by its method.
            name = f"{name}_{one['method'].lower()}" if name in routes else name
            routes[name] = one
    assert set(mutation.fields) == routes.keys()
    for name, each in mutation.fields.items():
        given = {
            key: sample(argument.type)
            for key, argument in each.args.items()
            if is_required_argument(argument) or key in ("input", "version")
        }
        rest = await by_rest(graph, role, routes[name], given)
        text = mutation_text(name, each, given)
        asked = {"query": text, "variables": given}
        answer = await graph.sent(asked, role, DRY_RUN)
        assert outcome(answer) == told(rest), (name, role, answer.text, rest.text)


def called(module: str, route: dict[str, Any]) -> str:
    """What the field of a route is called."""
    if route["kind"] == "custom":
        static = [part for part in route["path"].split("/")[3:] if part[0] != "{"]
        return "_".join([module, *static]).replace("-", "_")
    return f"{module}_{route['model']}_{route['kind']}"


def sample(kind: Any) -> Any:
    """A value that fits, with what has to be there."""
    if is_list_type(get_nullable_type(kind)):
        return []
    if isinstance(inner := get_named_type(kind), GraphQLInputObjectType):
        required = {
            key: sample(each.type)
            for key, each in inner.fields.items()
            if is_required_input_field(each)
        }
        return required or {
            key: "x" for key in ("title", "name") if key in inner.fields
        }
    if is_enum_type(inner):
        return next(iter(inner.values))
    return SAMPLES[inner.name]


async def by_rest(
    graph: Graph, role: str, route: dict[str, Any], given: dict[str, Any]
) -> Answer:
    """The same call of the route itself."""
    path = "/".join(
        given[part.strip("{}").partition(":")[0]] if part[:1] == "{" else part
        for part in route["path"].split("/")
    )
    headers = dict(DRY_RUN)
    if "version" in given:
        headers["If-Match"] = f'"{given["version"]}"'
    return await graph.ask(route["method"], path, given.get("input"), role, headers)


def mutation_text(name: str, each: Any, given: dict[str, Any]) -> str:
    """The mutation, with all of `given` as variables."""
    declared = ",".join(f"${key}:{each.args[key].type}" for key in given)
    passed = ",".join(f"{key}:${key}" for key in given)
    kind = get_named_type(each.type)
    shown = f"{{{leaves(kind)}}}" if isinstance(kind, GraphQLObjectType) else ""
    return f"mutation m({declared}){{it:{name}({passed}){shown}}}"


def told(rest: Answer) -> tuple[int, Any]:
    """The status of a REST answer, and which error it is."""
    refused = rest.status >= 400
    return (rest.status, rest.json["code"]) if refused else (200, None)


def outcome(answer: Answer) -> tuple[int, Any]:
    """The same of an answer of GraphQL."""
    content = answer.json
    content = content.get("body", content)
    if "errors" not in content:
        return answer.status if answer.status < 300 else 0, None
    [error] = content["errors"]
    if answer.status == 200:
        assert content["data"] == {"it": None}
        assert error["path"] == ["it"]
    return error["extensions"]["status"], error["extensions"]["code"]
