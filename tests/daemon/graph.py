"""A daemon with all modules, its GraphQL schema, and users with different roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests
from attrs import define, field
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
)
from twisted.internet.threads import deferToThread

from tests.daemon.process import Answer, Daemon
from tests.daemon.recipes import RECIPES
from tests.daemon.scoped import NOBODY
from tests.daemon.seeds import Seeds
from tests.daemon.test_crm_rules import signed_in
from tests.daemon.test_loyalty import Club

MODULES = (
    "core", "crm", "accounting", "inventory", "invoicing", "hr", "payroll", "loyalty",
)  # fmt: skip
SELLS = ("crm.leads.*", "crm.companies.read", "crm.opportunities.read", "core.*")


@define(eq=False)
class Graph:
    """A daemon, its schema, and users with different roles."""

    club: Club
    schema: GraphQLSchema
    tokens: dict[str, str | None]
    models: dict[str, list[dict[str, Any]]] = field(factory=dict)
    routes: list[tuple[str, dict[str, Any]]] = field(factory=list)

    async def post(self, text: str, role: str = "admin", **more: Any) -> Answer:
        """One operation of somebody."""
        return await self.sent({"query": text, **more}, role)

    async def sent(self, body: Any, role: str = "admin", headers: Any = None) -> Answer:
        """One request, whatever is in it."""
        return await self.ask("POST", "/graphql", body, role, headers)

    async def ask(
        self, method: str, path: str, body: Any, role: str, headers: Any = None
    ) -> Answer:
        """One request of somebody."""
        daemon = self.club.daemon
        admin, daemon.token = daemon.token, self.tokens[role]
        answer = await daemon.ask(method, path, body, headers=headers)
        daemon.token = admin
        return answer

    async def data(self, text: str, **variables: Any) -> Any:
        """The data of an operation that must succeed."""
        answer = await self.post(text, variables=variables)
        assert answer.status == 200, answer.text
        assert "errors" not in answer.json, answer.text
        return answer.json["data"]

    def lists(self) -> Iterator[tuple[str, str, str, GraphQLObjectType]]:
        """Each list: its field, that of one record, its path, and the record's type."""
        for module, route in self.routes:
            if route["kind"] == "list":
                name = f"{module}_{route['model']}"
                connection = get_named_type(self.query.fields[name].type)
                record = get_named_type(connection.fields["nodes"].type)
                one = next(
                    key
                    for key, each in self.query.fields.items()
                    if each.type == record
                )
                yield name, one, route["path"], record

    @property
    def query(self) -> GraphQLObjectType:
        """The type of all that is read."""
        assert self.schema.query_type is not None
        return self.schema.query_type


def leaves(kind: GraphQLObjectType) -> str:
    """All values of a record, as a selection."""
    parts = []
    for name, each in kind.fields.items():
        inner = get_named_type(each.type)
        if is_leaf_type(inner):
            parts.append(name)
        elif name == "extensions":
            keepers = [f"{k}{{{leaves(v.type)}}}" for k, v in inner.fields.items()]
            parts.append(f"extensions{{{' '.join(keepers)}}}")
    return " ".join(parts)


async def open_graph(daemon: Daemon) -> Graph:
    """The modules with some records in each model."""
    club = await Club.opened(daemon)
    asked = {"query": get_introspection_query()}
    answer = await daemon.ask("POST", "/graphql", asked)
    schema = build_client_schema(answer.json["data"])
    seller = await signed_in(daemon, "sam", "salesperson", *SELLS)
    idle = await signed_in(daemon, "ida", "idle", "crm.nothing.read")
    tokens = {
        "admin": daemon.token, "seller": seller["token"], "idle": idle["token"],
        "nobody": None,
    }  # fmt: skip
    made = Graph(club, schema, tokens)
    for module in MODULES:
        told = (await daemon.ask("GET", f"/api/modules/{module}")).json
        made.models[module] = told["models"]
        made.routes += [(module, route) for route in told["routes"]]
    await fill(made, seller["id"])
    await deferToThread(fill_the_rest, made)
    return made


def fill_the_rest(graph: Graph) -> None:
    """Three records of each model that has none, by what is known of them."""
    daemon = graph.club.daemon
    assert daemon.token is not None
    document = requests.get(f"{daemon.url}/api/openapi.json", timeout=60).json()
    seeds = Seeds(daemon.url, daemon.token, document, {}, RECIPES)
    for _, route in graph.routes:
        path = route["path"]
        if route["kind"] == "list" and not seeds.done("GET", path)["items"]:
            for _ in range(3):
                seeds.fresh(path)
    seeds.close()


async def fill(graph: Graph, seller: str) -> None:
    """Records that refer to each other in ways that tests know."""
    club = graph.club
    [euro] = await club.listed("core/currencies?code=eq.EUR")
    for number in range(3):
        company = await club.done(
            "POST",
            "crm/companies",
            {
                "name": f"Firm {number}",
                "currency_id": euro["id"],
                "tags": ["a", 'b"c'],
            },
        )
        owner = {"owner_id": seller if number else NOBODY}
        of = {"company_id": company["id"]}
        own = {"name": f"Own {number}", "currency_id": euro["id"]}
        for path, body in [
            ("core/companies", own),
            ("core/sequences", {"code": f"s{number}"}),
            ("crm/addresses", {"city": f"C{number}", **of}),
            ("crm/tags", {"name": f"tag {number}"}),
            ("crm/leads", {"title": f"Lead {number}", **owner}),
            ("core/activities", {"subject": f"Call {number}"}),
        ]:
            await club.done("POST", path, body)
        for other in range(3):
            contact = {
                "first_name": f"Ann {other}", "last_name": None, **of,
                "extensions": {"loyalty": {"wants_offers": other == 1}},
            }  # fmt: skip
            await club.done("POST", "crm/contacts", contact)
        member = await club.join(f"m{number}")
        path = f"loyalty/members/{member['id']}/refer"
        friend = {"email": f"f{number}@example.com", "first_name": "F"}
        await club.done("POST", path, friend)
        won = await club.win(member, f"{number + 1}00.50")
        there = (
            "SELECT EXISTS (SELECT FROM loyalty.points WHERE opportunity_id = %s::uuid)"
        )
        await club.until(there, won)
