"""Operations as calls, and answers of what became of them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from attrs import evolve
from pytest_twisted import ensureDeferred

from eerp.calls import Step
from eerp.errors import (
    Forbidden,
    GuestProtocolError,
    NotFound,
    QueryInvalid,
    Refusal,
    Unauthenticated,
    Undone,
    ValidationFailed,
)
from eerp.graphql import GraphQL
from eerp.interfaces import Identity, Reply
from eerp.orm.cursor import Cursors
from eerp.orm.registry import ModelRegistry
from eerp.routes import Answer
from tests.graphql.conftest import Business
from tests.graphql.given import (
    ROOT,
    at_once,
    called,
    explained,
    graphql,
    planned,
    replied,
    shop,
)
from tests.graphql.test_schema import FIRM, PART, THING, listing
from tests.orm.given import ID


@pytest.fixture
def api(business: Business) -> GraphQL:
    """GraphQL over three modules, without a database behind it."""
    return GraphQL(business.schema, business.table, Cursors(b"key"), at_once)


def answered(plan: Any, *outcomes: Any) -> Any:
    """The answer to a plan, and that nothing was refused."""
    answer = plan.answer(outcomes, explained)
    assert "errors" not in answer, answer
    return answer["data"]


@ensureDeferred
async def test_a_list_is_one_call_with_what_is_asked_of_it(api: GraphQL) -> None:
    plan = await planned(
        api,
        """query q($n: Int = 3, $only: Deleted) {
          crm_contacts(
            first: $n, after: "c", deleted: $only,
            filter: {first_name: {eq: "A&B"}},
            order_by: [{field: last_name, direction: DESC, nulls: LAST}]
          ) { nodes { first_name company { name currency { code } } } totalCount }
        }""",
        only="only",
    )
    [(method, path, query)] = called(plan)
    assert (method, path) == ("GET", "/api/crm/contacts")
    assert query == {
        "limit": "3", "cursor": "c", "deleted": "only", "count": "exact",
        "and": '(first_name.eq."A&B")', "order": "last_name.desc.nullslast",
        "select": "first_name,r0:company(name,r0:currency(code))",
    }  # fmt: skip
    rows = [
        {"id": ID, "first_name": "A", "r0": {"name": "x", "r0": {"code": "EUR"}}},
        {"id": ID, "first_name": "B", "r0": None},
    ]
    page = {"items": rows, "next_cursor": None, "total": 2}
    assert answered(plan, replied(page))["crm_contacts"] == {
        "nodes": [
            {"first_name": "A", "company": {"name": "x", "currency": {"code": "EUR"}}},
            {"first_name": "B", "company": None},
        ],
        "totalCount": "2",
    }


@ensureDeferred
async def test_related_pages_are_part_of_the_select(api: GraphQL) -> None:
    plan = await planned(
        api,
        """{ crm_companies { edges { cursor node {
          few: contacts(first: 1, filter: {notes: {ilike: "*]&*"}}) {
            pageInfo { hasNextPage startCursor } nodes { id }
          }
          all: contacts(order_by: [{field: extensions_loyalty_birthday}]) {
            totalCount edges { cursor }
          }
        } } } }""",
    )
    [(_, _, query)] = called(plan)
    said = "limit=2&and=%28notes.ilike.%22%2A%5D%26%2A%22%29"
    assert query["select"] == (
        f"name,id,r0:contacts[{said}](last_name,first_name,id),"
        "r1:contacts[limit=21&order=extensions.loyalty.birthday.asc&count=exact]"
        "(extensions,id)"
    )
    contact = {"id": ID, "last_name": None, "first_name": "A"}
    kept = [
        {"id": ID, "extensions": {"loyalty": kept}}
        for kept in (None, {"birthday": "2000-01-01", "wants_offers": False})
    ]
    row = {
        "id": ID, "name": "x", "r0": [contact, contact],
        "r1": {"items": kept, "total": 7},
    }  # fmt: skip
    page = {"items": [row], "next_cursor": "more"}
    [edge] = answered(plan, replied(page))["crm_companies"]["edges"]
    few, all_ = edge["node"]["few"], edge["node"]["all"]
    assert few["nodes"] == [{"id": ID}]
    assert few["pageInfo"]["hasNextPage"] is True
    assert all_["totalCount"] == "7"
    cursors = {edge["cursor"], few["pageInfo"]["startCursor"]}
    cursors |= {each["cursor"] for each in all_["edges"]}
    assert len(cursors) == 4


@ensureDeferred
async def test_fragments_and_conditions_are_worked_in(api: GraphQL) -> None:
    plan = await planned(
        api,
        """query q($yes: Boolean!, $no: Boolean!) {
          ...all
          crm_tags @skip(if: $yes) { totalCount }
          other: crm_tags @include(if: $no) { totalCount }
          leads: crm_leads(first: 2) @include(if: $yes) @skip(if: $no) {
            ... on CrmLeadConnection { nodes { ...lead } }
            nodes { ...lead ... @include(if: $no) { notes } source }
          }
        }
        fragment all on Query { __typename units: core_units { nodes { a: id id } } }
        fragment lead on CrmLead { title __typename }""",
        yes=True,
        no=False,
    )
    assert [path for _, path, _ in called(plan)] == [
        "/api/core/units",
        "/api/crm/leads",
    ]
    assert called(plan)[1][2]["select"] == "title,source"
    units = {"items": [{"id": ID}], "next_cursor": None}
    leads = {"items": [{"id": ID, "title": "t", "source": None}], "next_cursor": None}
    data = answered(plan, replied(units), replied(leads))
    assert orjson.dumps(data) == orjson.dumps(
        {
            "__typename": "Query",
            "units": {"nodes": [{"a": ID, "id": ID}]},
            "leads": {
                "nodes": [{"title": "t", "__typename": "CrmLead", "source": None}]
            },
        }
    )


@ensureDeferred
async def test_a_selection_of_nothing_is_answered_by_nothing(api: GraphQL) -> None:
    plan = await planned(api, "{crm_tags{nodes{} pageInfo{}} a:crm_leads{}}")
    page = {"items": [{"id": ID}], "next_cursor": None}
    data = answered(plan, replied(page), replied(page))
    assert data == {"crm_tags": {"nodes": [{}], "pageInfo": {}}, "a": {}}
    assert called(plan)[0][2]["select"] == "id"


@ensureDeferred
async def test_a_change_is_a_call_with_a_body(api: GraphQL) -> None:
    plan = await planned(
        api,
        """mutation m($id: UUID!, $tags: [String!]!) {
          a: crm_contacts_update(id: $id, version: 7, input: {
            tags: $tags, notes: null, extensions: {loyalty: {birthday: "2000-01-01"}}
          }) { version company { name } }
          b: crm_contacts_delete(id: $id, purge: true, reason: "a b")
          c: crm_opportunities_reopen(id: $id) { id }
        }""",
        id=ID,
        tags=["x"],
    )
    assert plan.atomic
    update, delete, reopen = (step.call.request for step in plan.called)
    assert orjson.loads(update.body) == {
        "tags": ["x"], "notes": None,
        "extensions": {"loyalty": {"birthday": "2000-01-01"}},
    }  # fmt: skip
    assert update.headers["if-match"] == '"7"'
    assert update.headers["content-type"] == "application/json"
    assert dict(delete.query) == {"purge": "true", "reason": "a b"}
    assert (delete.method, delete.body) == ("DELETE", b"")
    assert (reopen.body, reopen.headers) == (
        b"{}",
        {"content-type": "application/json"},
    )
    further = plan.called[0].then
    assert further is not None
    call = further(replied({"id": ID, "version": 8}))
    assert call is not None
    assert (call.request.path, dict(call.request.query)) == (
        f"/api/crm/contacts/{ID}", {"select": "version,r0:company(name)"},
    )  # fmt: skip
    assert [step.then for step in plan.called[1:]] == [None, None]
    shown = replied({"id": ID, "version": 8, "r0": None})
    data = answered(plan, shown, Reply(204), replied({"id": ID}))
    assert data == {"a": {"version": 8, "company": None}, "b": True, "c": {"id": ID}}


@ensureDeferred
async def test_any_version_will_do_when_that_is_said(api: GraphQL) -> None:
    text = "mutation q($id:UUID!){crm_tags_restore(id:$id,any_version:true){id}}"
    plan = await planned(api, text, id=ID)
    assert plan.called[0].call.request.headers == {"if-match": "*"}


@ensureDeferred
async def test_a_refusal_is_of_its_field_in_a_query_and_of_all_in_a_change(
    api: GraphQL,
) -> None:
    may = evolve(ROOT, permissions=frozenset({"crm.tags.*"}))
    plan = await planned(api, "{crm_tags{totalCount} crm_leads{totalCount}}", may)
    assert list(plan.made) == ["crm_tags"]
    answer = plan.answer([NotFound("gone")], explained)
    assert answer["data"] == {"crm_tags": None, "crm_leads": None}
    assert [(e["path"], e["extensions"]["status"]) for e in answer["errors"]] == [
        (["crm_tags"], 404), (["crm_leads"], 403),
    ]  # fmt: skip
    create = 'a:crm_tags_create(input:{name:"a"}){id}'
    plan = await planned(
        api, f'mutation{{{create} b:crm_leads_delete(id:"{ID}") __typename}}', may
    )
    assert plan.called == ()
    answer = plan.answer((), explained)
    assert answer["data"] == {"a": None, "b": None, "__typename": "Mutation"}
    assert [e["path"] for e in answer["errors"]] == [["b"]]
    plan = await planned(api, f"mutation{{{create} {create.replace('a:', 'b:')}}}", may)
    answer = plan.answer([Forbidden("no"), Undone("x")], explained)
    assert answer["data"] == {"a": None, "b": None}
    assert [e["message"] for e in answer["errors"]] == ["no"]


@ensureDeferred
async def test_nobody_is_asked_to_sign_in_before_anything_is_done(api: GraphQL) -> None:
    with pytest.raises(Unauthenticated):
        await planned(api, "{__typename crm_tags{totalCount}}", None)
    plan = await planned(api, "{__typename}", None)
    assert answered(plan) == {"__typename": "Query"}


@ensureDeferred
async def test_a_hidden_field_is_no_key_of_a_cursor() -> None:
    hidden = {**THING, "order": [["secret", "asc"]]}
    models = ModelRegistry().register("shop", [hidden, FIRM])
    listed, table = shop(listing("things"), models=models)
    api = graphql(listed, table)
    ann = Identity(ID, "ann", None, (), frozenset())
    plan = await planned(api, "{shop_things{edges{cursor}}}", ann)
    assert called(plan)[0][2]["select"] == "id"
    plan = await planned(api, "{shop_things{edges{cursor}}}", ROOT)
    assert called(plan)[0][2]["select"] == "secret,id"
    text = "{shop_things(order_by:[{field:secret}]){edges{cursor}}}"
    plan = await planned(api, text, ann)
    assert [type(error) for error in plan.refused.values()] == [Forbidden]


def answers(**more: Any) -> dict[str, Any]:
    return {"answers": (Answer(200, **more),)}


LISTED = {
    "type": "object", "required": ["rows", "n"],
    "properties": {"rows": {"type": "array", "items": PART}, "n": {"type": "integer"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "selection", "reply", "value"),
    [
        ({}, "", replied({"x": [1]}), {"x": [1]}), ({}, "", Reply(204), None),
        (answers(shape="none"), "", Reply(204), True),
        (answers(media_type="text/csv"), "", Reply(200, b"a,b"), "YSxi"),
        (answers(schema=PART), "{a __typename}", replied({"a": 1, "b": 2}),
         {"a": 1, "__typename": "ShopPart"}),
        (answers(schema=LISTED), "{rows{a} n}", replied({"rows": [{"a": 1}], "n": 2}),
         {"rows": [{"a": 1}], "n": 2}),
        (answers(schema=LISTED), "{n}", replied({"rows": None, "n": 2}), {"n": 2}),
        (answers(schema={"type": ["array", "null"], "items": {}}), "", replied(None),
         None),
        (answers(model="things", shape="list"), "{items{name} next_cursor}",
         replied({"items": [{"name": "a"}], "next_cursor": None}),
         {"items": [{"name": "a"}], "next_cursor": None}),
        (answers(model="things", shape="record"), "{name firms}",
         replied({"name": "a", "firms": [1]}), {"name": "a", "firms": [1]}),
    ],
)  # fmt: skip
@ensureDeferred
async def test_other_answers_are_shown_as_they_are_declared(
    told: Any, selection: str, reply: Reply, value: Any
) -> None:
    plan = await planned(doing(**told), f"{{shop_do{selection}}}")
    assert answered(plan, reply) == {"shop_do": value}


def doing(**more: Any) -> GraphQL:
    """A shop with one route of its own kind."""
    models = ModelRegistry().register("shop", [THING, FIRM])
    return graphql(*shop({"path": "/do", **more}, models=models))


@pytest.mark.parametrize(
    ("told", "selection", "reply"),
    [
        (answers(schema=LISTED), "{n rows{a}}", replied({"rows": []})),
        (answers(schema=LISTED), "{n rows{a}}", replied({"rows": 3, "n": 1})),
        (answers(schema=LISTED), "{n rows{a}}", replied({"rows": [3], "n": 1})),
        (answers(schema=LISTED), "{n}", replied([])), ({}, "", Reply(200, b"{")),
        (answers(model="things", shape="record"), "{name}", replied([])),
        (answers(model="things", shape="record"), "{name}", Reply(204)),
    ],
)  # fmt: skip
@ensureDeferred
async def test_an_answer_that_is_not_as_declared_is_the_module_s_fault(
    told: Any, selection: str, reply: Reply
) -> None:
    plan = await planned(doing(**told), f"{{shop_do{selection}}}")
    answer = plan.answer([reply], explained)
    assert answer["data"] == {"shop_do": None}
    assert answer["errors"][0]["extensions"]["status"] == 502
    plan = await planned(
        doing(method="POST", **told), f"mutation{{shop_do{selection}}}"
    )
    with pytest.raises(GuestProtocolError):
        plan.answer([reply], explained)


@ensureDeferred
async def test_what_a_middleware_refuses_is_refused(api: GraphQL) -> None:
    problem = replied({"code": "too_many", "detail": "Wait."}, 429)
    for reply, code, message in [
        (problem, "too_many", "Wait."),
        (Reply(503, b"<"), "refused", "The request was refused."),
    ]:
        plan = await planned(api, "{crm_tags{totalCount}}")
        [error] = plan.answer([reply], explained)["errors"]
        assert (error["extensions"]["code"], error["message"]) == (code, message)
        assert error["extensions"]["status"] == reply.status
        plan = await planned(api, 'mutation{crm_tags_create(input:{name:"a"}){id}}')
        with pytest.raises(Refusal):
            plan.answer([reply], explained)


@ensureDeferred
async def test_a_page_that_is_none_is_the_module_s_fault(api: GraphQL) -> None:
    plan = await planned(api, "{crm_tags{totalCount}}")
    answer = plan.answer([replied({"items": []})], explained)
    assert answer["errors"][0]["extensions"]["code"] == "module_protocol_error"


@ensureDeferred
async def test_relations_need_a_route_that_shows_them() -> None:
    record, listed = (
        answers(model="things", shape="record"),
        answers(model="things", shape="list"),
    )
    for told, selection, error in [
        (record, "{firm{id}}", NotFound),
        (listed, "{items{firm{id}}}", ValidationFailed),
    ]:  # fmt: skip
        plan = await planned(doing(**told), f"{{shop_do{selection}}}")
        assert [type(each) for each in plan.refused.values()] == [error]


@ensureDeferred
async def test_no_parameter_leads_to_another_route() -> None:
    api = graphql(*shop({"path": "/do/{what}"}, {"path": "/do/that"}))
    for what, ok in [("this", True), ("a b", True), ("that", False), ("a/b", False)]:
        plan = await planned(api, "query q($w:String!){shop_do(what:$w)}", w=what)
        assert bool(plan.made) == ok
        if ok:
            assert plan.called[0].call.request.params == {"what": what}


@ensureDeferred
async def test_parameters_of_a_query_string_are_texts() -> None:
    query = {
        "type": "object", "additionalProperties": False,
        "properties": {
            "n": {"type": "integer"}, "yes": {"type": "boolean"},
            "each": {"type": "array", "items": {"type": "string"}},
        },
    }  # fmt: skip
    api = doing(query=query)
    plan = await planned(api, '{shop_do(n:5,yes:true,each:["a","b"])}')
    pairs = plan.called[0].call.request.query
    assert list(pairs) == [("n", "5"), ("yes", "true"), ("each", "a"), ("each", "b")]
    assert isinstance(plan.called[0], Step)


@ensureDeferred
async def test_a_module_less_daemon_has_nothing_to_ask() -> None:
    api = graphql(*shop())
    assert answered(await planned(api, "{nothing}")) == {"nothing": None}
    with pytest.raises(QueryInvalid):
        await planned(api, "mutation{a}")
