"""GraphQL in a real daemon: relations, changes, bounds, and the protocol itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import pytest_twisted
from psycopg2.extensions import parse_dsn
from twisted.internet import reactor
from twisted.internet.task import deferLater

from eerp.database import cluster as clusters
from eerp.database.embedded import running_dsn
from tests.daemon.graph import Graph
from tests.daemon.scoped import NOBODY
from tests.graphql.hostile import QUERIES, VARIABLES

MEDIA_TYPE = "application/graphql-response+json"


def codes(content: Any) -> list[tuple[Any, str]]:
    """Where each error is, and which it is."""
    return [
        (error.get("path"), error["extensions"]["code"])
        for error in content.get("errors", [])
    ]


@pytest_twisted.ensureDeferred
async def test_one_query_goes_over_three_modules(graph: Graph) -> None:
    found = await graph.data(
        """{
          loyalty_members(
            filter: {contact: {email: {ilike: "M?@EXAMPLE.COM"}}}, first: 1
          ) { nodes { number } }
          all: loyalty_members(order_by: [{field: number, direction: DESC}]) {
            nodes {
              number tier
              contact { first_name extensions { loyalty { wants_offers } } }
              points { nodes { amount opportunity {
                name expected_revenue stage { is_won } currency { code }
              } } }
              referrals { nodes { email contact { email } } }
            }
          }
          crm_companies(filter: {currency: {code: {eq: "EUR"}}}, first: 1) {
            nodes { name currency { code name } contacts(first: 1) {
              totalCount pageInfo { hasNextPage } nodes { first_name company { name } }
            } }
          }
        }"""
    )
    assert found["loyalty_members"]["nodes"] == []
    last = found["all"]["nodes"][0]
    assert last["number"] == "card of m2"
    assert last["contact"] == {
        "first_name": "m2", "extensions": {"loyalty": None},
    }  # fmt: skip
    [points] = last["points"]["nodes"]
    assert points["amount"] == 30
    assert points["opportunity"] == {
        "name": "A sale", "expected_revenue": "300.50", "stage": {"is_won": True},
        "currency": None,
    }  # fmt: skip
    assert last["referrals"]["nodes"] == [
        {"email": "f2@example.com", "contact": {"email": "f2@example.com"}}
    ]
    [company] = found["crm_companies"]["nodes"]
    assert company == {
        "name": "Firm 0",
        "currency": {"code": "EUR", "name": "Euro"},
        "contacts": {
            "totalCount": "3",
            "pageInfo": {"hasNextPage": True},
            "nodes": [{"first_name": "Ann 0", "company": {"name": "Firm 0"}}],
        },
    }


@pytest_twisted.ensureDeferred
async def test_related_pages_go_on_where_they_ended(graph: Graph) -> None:
    ask = """query q($after: String, $first: Int) {
      crm_companies(filter: {name: {eq: "Firm 1"}}) { nodes {
        contacts(
          first: $first, after: $after,
          order_by: [{field: last_name}, {field: first_name, direction: DESC}]
        ) {
          edges { cursor node { first_name } }
          nodes { last_name ...name }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
        offered: contacts(filter: {extensions_loyalty_wants_offers: {eq: true}}) {
          nodes { first_name }
        }
      } }
    } fragment name on CrmContact { called: first_name }"""
    after, seen = None, []
    for rest in (2, 1, 0):
        found = await graph.data(ask, after=after, first=1)
        [company] = found["crm_companies"]["nodes"]
        page = company["contacts"]
        [edge] = page["edges"]
        assert page["nodes"] == [
            {"last_name": None, "called": edge["node"]["first_name"]}
        ]
        assert page["pageInfo"] == {
            "hasNextPage": rest > 0, "hasPreviousPage": after is not None,
            "startCursor": edge["cursor"], "endCursor": edge["cursor"],
        }  # fmt: skip
        after = edge["cursor"]
        seen.append(edge["node"]["first_name"])
        assert company["offered"]["nodes"] == [{"first_name": "Ann 1"}]
    assert seen == ["Ann 2", "Ann 1", "Ann 0"]
    exact = (await graph.data(ask, first=3))["crm_companies"]["nodes"][0]["contacts"]
    assert exact["pageInfo"]["hasNextPage"] is False
    nothing = (await graph.data(ask, after=after))["crm_companies"]["nodes"][0]
    assert nothing["contacts"]["edges"] == []
    assert nothing["contacts"]["pageInfo"]["endCursor"] is None


@asynccontextmanager
async def logged_statements(state_dir: Path) -> AsyncIterator[Path]:
    """The log of the daemon's PostgreSQL, which has every statement meanwhile."""
    cluster = clusters.find(state_dir)
    assert cluster is not None
    dsn = running_dsn(state_dir)
    assert dsn is not None
    account = parse_dsn(dsn) | {
        "user": clusters.SUPERUSER, "password": cluster.password(clusters.SUPERUSER),
    }  # fmt: skip
    database = psycopg2.connect(**account)
    database.autocommit = True
    with database.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET log_statement = 'all'")
        cursor.execute("SELECT pg_reload_conf()")
        # A server process heeds it between two statements.
        await deferLater(reactor, 0.5)
        yield cluster.log_file
        cursor.execute("ALTER SYSTEM RESET log_statement")
        cursor.execute("SELECT pg_reload_conf()")
    database.close()


RELATED = """query q($few: Int) { crm_companies(
  first: $few, filter: {reference: {like: "many*"}}
) { totalCount nodes {
  name currency { code }
  contacts(first: 3) { totalCount nodes { first_name addresses { nodes { city } } } }
  addresses { edges { cursor node { country { name } } } }
  opportunities { nodes { name } }
} } crm_tags { nodes { name } } }"""


@pytest_twisted.ensureDeferred
async def test_a_hundred_records_take_as_many_statements_as_one(graph: Graph) -> None:
    for number in range(100):
        await graph.club.done(
            "POST",
            "crm/companies",
            {"name": f"Many {number}", "reference": f"many{number}"},
        )
    counts = []
    async with logged_statements(graph.club.daemon.state_dir) as log:
        for few in (1, 100):
            before = len(log.read_text())
            found = await graph.data(RELATED, few=few)
            assert len(found["crm_companies"]["nodes"]) == few
            assert found["crm_companies"]["totalCount"] == "100"
            lines = log.read_text()[before:].splitlines()
            counts.append(sum('"crm".' in line for line in lines))
    # One for each field of the query itself.
    assert counts == [2, 2]


@pytest_twisted.ensureDeferred
async def test_changes_happen_together_and_in_order(graph: Graph) -> None:
    found = await graph.data(
        """mutation m($lead: CrmLeadCreate!) {
          tag: crm_tags_create(input: {name: "together", colour: "#ff0000"}) { id name }
          company: crm_companies_create(input: {name: "Together", tags: ["together"]}) {
            id version tags contacts { totalCount }
          }
          lead: crm_leads_create(input: $lead) { id status title }
        }""",
        lead={"title": "Together", "company_name": "Together two"},
    )
    assert found["company"]["contacts"] == {"totalCount": "0"}
    assert found["lead"]["status"] == "new"
    lead = found["lead"]["id"]
    made = await graph.data(
        """mutation m($id: UUID!) {
          crm_leads_convert(id: $id, input: {expected_revenue: 12.50}) {
            lead_id company_id opportunity_id
          }
          crm_leads_update(id: $id, any_version: true, input: {notes: "done"}) {
            version opportunity { expected_revenue company { name } }
          }
        }""",
        id=lead,
    )
    assert made["crm_leads_convert"]["lead_id"] == lead
    assert made["crm_leads_update"] == {
        "version": 3,
        "opportunity": {
            "expected_revenue": "12.50",
            "company": {"name": "Together two"},
        },
    }


@pytest_twisted.ensureDeferred
async def test_one_change_that_is_refused_takes_all_back(graph: Graph) -> None:
    answer = await graph.post(
        """mutation {
          a: crm_tags_create(input: {name: "never"}) { id }
          b: crm_tags_create(input: {name: "never"}) { id }
          c: crm_tags_create(input: {name: "not either"}) { id }
        }"""
    )
    assert answer.status == 200
    assert answer.json["data"] == {"a": None, "b": None, "c": None}
    assert codes(answer.json) == [(["b"], "conflict")]
    assert await graph.club.listed("crm/tags?name=in.(never,not either)") == []
    answer = await graph.post(
        """mutation {
          a: crm_tags_create(input: {name: "never"}) { id }
          b: crm_tags_create(input: {name: ""}) { id }
          c: crm_tags_create(input: {name: "so", colour: "red"}) { id }
        }"""
    )
    assert codes(answer.json) == [
        (["b"], "validation_failed"),
        (["c"], "validation_failed"),
    ]
    rest = await graph.ask("POST", "/api/crm/tags", {"name": ""}, "admin")
    assert answer.json["errors"][0]["extensions"]["errors"] == rest.json["errors"]
    assert await graph.club.listed("crm/tags?name=eq.never") == []


@pytest_twisted.ensureDeferred
async def test_a_change_holds_for_the_version_that_was_seen(graph: Graph) -> None:
    made = await graph.data(
        'mutation{it:crm_tags_create(input:{name:"v"}){id version}}'
    )
    change = (
        "mutation m($id:UUID!,$v:Int){it:crm_tags_update(id:$id,version:$v,"
        'input:{colour:"#00ff00"}){version colour}}'
    )
    id_ = made["it"]["id"]
    assert (await graph.data(change, id=id_, v=1))["it"]["version"] == 2
    for version, code in [(1, "version_conflict"), (None, "precondition_required")]:
        answer = await graph.post(change, variables={"id": id_, "v": version})
        assert codes(answer.json) == [(["it"], code)]
    gone = (
        "mutation m($id:UUID!)"
        "{a:crm_tags_delete(id:$id) b:crm_tags_restore(id:$id){version}}"
    )
    assert await graph.data(gone, id=id_) == {"a": True, "b": {"version": 4}}
    purge = 'mutation m($id:UUID!){crm_tags_delete(id:$id,purge:true,reason:"x")}'
    assert await graph.data(purge, id=id_) == {"crm_tags_delete": True}


@pytest_twisted.ensureDeferred
async def test_an_operation_is_done_once_by_its_key(graph: Graph) -> None:
    body = {"query": 'mutation{crm_tags_create(input:{name:"once"}){id}}'}
    key = {"Idempotency-Key": "a-key-of-the-client"}
    first = await graph.sent(body, headers=key)
    second = await graph.sent(body, headers=key)
    assert first.json == second.json
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["content-type"] == first.headers["content-type"] == MEDIA_TYPE
    read = {"query": "{crm_tags{nodes{id}}}"}
    assert (await graph.sent(read, headers=key)).status == 200


@pytest_twisted.ensureDeferred
async def test_what_is_refused_leaves_the_rest_of_a_query(graph: Graph) -> None:
    answer = await graph.post(
        f"""{{
          __typename
          hidden: crm_companies {{ nodes {{ contacts {{ nodes {{ id }} }} }} }}
          core_units(first: 1) {{ nodes {{ name __typename }} }}
          tags: crm_tags {{ totalCount }}
          lost: crm_lead(id: "{NOBODY}") {{ title }}
          odd: crm_leads(filter: {{title: {{}}, or: [{{}}]}}) {{ totalCount }}
          leads: crm_leads(
            filter: {{title: {{like: "Lead*"}}}}, order_by: [{{field: title}}]
          ) {{ nodes {{ title }} }}
        }}""",
        "seller",
    )
    assert answer.status == 200
    assert codes(answer.json) == [
        (["hidden"], "forbidden"), (["tags"], "forbidden"), (["lost"], "not_found"),
        (["odd"], "validation_failed"),
    ]  # fmt: skip
    data = answer.json["data"]
    assert list(data) == [
        "__typename", "hidden", "core_units", "tags", "lost", "odd", "leads",
    ]  # fmt: skip
    assert data["leads"]["nodes"] == [{"title": "Lead 1"}, {"title": "Lead 2"}]
    assert data["core_units"]["nodes"][0]["__typename"] == "CoreUnit"
    assert [data[key] for key in ("hidden", "tags", "lost", "odd")] == [None] * 4
    assert "crm.contacts.read" in answer.json["errors"][0]["message"]


@pytest_twisted.ensureDeferred
async def test_the_schema_is_for_who_may_see_it(graph: Graph) -> None:
    text = "{__schema{queryType{name}} __typename}"
    assert (await graph.data(text))["__schema"] == {"queryType": {"name": "Query"}}
    again = "query q($n:String!){a:__type(name:$n){...t}} fragment t on __Type{name}"
    for name in ("CrmCompany", "LoyaltyMember", "Nom"):
        found = (await graph.data(again, n=name))["a"]
        assert found == (None if name == "Nom" else {"name": name})
    for role, status in [("seller", 403), ("nobody", 401)]:
        answer = await graph.post(text, role)
        assert answer.status == status
        assert "data" not in answer.json
        hint = await graph.post("{crm_compani{id}}", role)
        assert "crm_companies" not in hint.text
        plain = await graph.post("{__typename}", role)
        assert plain.json == {"data": {"__typename": "Query"}}
    assert "crm_companies" in (await graph.post("{crm_compani{id}}")).text


@pytest_twisted.ensureDeferred
async def test_the_protocol_is_that_of_the_draft(graph: Graph) -> None:
    good, bad = {"query": "{__typename}"}, {"query": "{nom}"}
    for accept, media_type in [
        (None, MEDIA_TYPE), ("*/*", MEDIA_TYPE), (MEDIA_TYPE, MEDIA_TYPE),
        ("application/json", "application/json"),
        (f"{MEDIA_TYPE}, application/json;q=0.9", MEDIA_TYPE),
    ]:  # fmt: skip
        headers = {} if accept is None else {"Accept": accept}
        answer = await graph.sent(good, headers=headers)
        assert (answer.status, answer.headers["content-type"]) == (200, media_type)
        answer = await graph.sent(bad, headers=headers)
        assert answer.headers["content-type"] == media_type
        assert answer.status == (200 if media_type == "application/json" else 400)
        assert codes(answer.json) == [(None, "query_invalid")]
        assert answer.json["errors"][0]["locations"] == [{"line": 1, "column": 2}]
    wrong: list[Any] = [
        {}, {"query": 3}, {"query": None}, [], [good], {**good, "variables": []},
        {**good, "operationName": 3}, {**good, "more": 1}, {"query": ""},
        {"query": "query a{__typename} query b{__typename}"},
        {**good, "operationName": "nom"},
    ]  # fmt: skip
    for body in wrong:
        answer = await graph.sent(body)
        assert answer.status == 400, body
        assert "data" not in answer.json
    two = {"query": "query a{__typename} query b{x:__typename}", "operationName": "b"}
    assert (await graph.sent(two)).json == {"data": {"x": "Query"}}
    daemon = graph.club.daemon
    assert (await daemon.ask("GET", "/graphql")).status == 405
    text = {"Content-Type": "text/plain"}
    assert (
        await daemon.ask("POST", "/graphql", data=b"{}", headers=text)
    ).status == 415
    assert (await daemon.ask("POST", "/graphql", data=b"{")).status == 400
    bad_token = {"Authorization": "Bearer nonsense"}
    answer = await daemon.ask("POST", "/graphql", good, headers=bad_token)
    assert answer.status == 401


@pytest.mark.parametrize("name", [*QUERIES, *VARIABLES])
@pytest_twisted.ensureDeferred
async def test_a_hostile_operation_is_refused(graph: Graph, name: str) -> None:
    text, variables = VARIABLES.get(name) or (QUERIES[name], {})
    for role in ("admin", "nobody"):
        answer = await graph.post(text, role, variables=variables)
        refused = 400 <= answer.status < 500
        assert refused or codes(answer.json), answer.text[:500]
        assert "Traceback" not in answer.text
