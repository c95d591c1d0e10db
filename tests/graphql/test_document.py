"""Documents: bounds, validity, and what is kept of them."""

from __future__ import annotations

import pytest
from graphql import get_introspection_query
from pytest_twisted import ensureDeferred

from eerp import limits
from eerp.calls import Caller
from eerp.errors import QueryInvalid, QueryTooLarge, RequestError
from eerp.graphql import GraphQL, Question
from eerp.graphql.document import Documents
from eerp.orm.cursor import Cursors
from tests.graphql.conftest import Business
from tests.graphql.given import ROOT, at_once, planned
from tests.graphql.hostile import QUERIES, VARIABLES


def api_of(business: Business) -> GraphQL:
    return GraphQL(business.schema, business.table, Cursors(b"key"), at_once)


PASSED_ON = {
    "a list of 1,050 values", "a list longer than a filter takes",
    "a filter of many parts", "a filter nested deep", "a filter nested deeper",
}  # fmt: skip
"""What only the filter of a list refuses, when it is called."""


@pytest.mark.parametrize("name", sorted({*QUERIES, *VARIABLES} - PASSED_ON))
@ensureDeferred
async def test_a_hostile_operation_is_refused_before_anything_is_called(
    business: Business, name: str
) -> None:
    text, variables = VARIABLES.get(name) or (QUERIES[name], {})
    for who in (ROOT, None):
        with pytest.raises(RequestError) as caught:
            await planned(api_of(business), text, who, **variables)
        assert caught.value.status in (400, 401)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{crm_tags{nodes{id} ...a}} fragment a on CrmTagConnection{...b}"
         " fragment b on CrmTagConnection{...a}", "spreads itself"),
        ("{crm_tags{nodes{id} ...a}}", "Unknown fragment"),
        ("{crm_tags{nodes{id}} crm_tags(first:1){nodes{id}}}", "as crm_tags"),
        ("{crm_tags{nodes{a:id ...x}}} fragment x on CrmTag{a:name}", "as a"),
        ("{a:crm_tags{nodes{id}} ...x} fragment x on Query{a:crm_leads{nodes{id}}}",
         "as a"),
        ("{crm_tags{nodes{a:id} ... {nodes{a:name}}}}", "as a"),
        ("query a{__typename} query a{__typename}", "only one operation"),
        ("{crm_tags{nodes{id @defer}}}", "Unknown directive"),
        ("{crm_tag(id:3){id}}", "UUID is written as a text"),
        ("{crm_tag{id}}", "is required"),
        ("mutation{crm_tags_create(input:{}){id}}", "required field 'name'"),
        ("{crm_tags{nodes{id{x}}}}", "must not have a selection"),
        ('mutation{crm_leads_create(input:{title:"",status:odd}){id}}', "not exist in"),
    ],
)  # fmt: skip
def test_a_wrong_document_is_named(business: Business, text: str, words: str) -> None:
    with pytest.raises(QueryInvalid, match=words):
        Documents(business.schema).read(text, hints=False)


def test_alike_fields_are_one(business: Business) -> None:
    text = (
        "{crm_tags(first:1,after:null){nodes{id}} crm_tags(after:null,first:1)"
        "{nodes{name ...a ...a}}} fragment a on CrmTag{id ... on CrmTag{name}}"
    )
    Documents(business.schema).read(text, hints=False)


def test_a_document_is_kept_and_the_oldest_is_not(business: Business) -> None:
    documents = Documents(business.schema)
    first = documents.read("{__typename}", hints=False)
    assert documents.read("{__typename}", hints=True) is first
    long = " " * (limits.GRAPHQL_QUERY_CHARACTERS_MAX - 100)
    for number in range(limits.GRAPHQL_CACHED_CHARACTERS_MAX // len(long)):
        last = documents.read(f"{{a{number}:__typename}}{long}", hints=False)
    assert documents.read("{__typename}", hints=False) is first
    documents.read(f"{{b:__typename}}{long}", hints=False)
    documents.read(f"{{c:__typename}}{long}", hints=False)
    assert documents.read(f"{{a{number}:__typename}}{long}", hints=False) is last
    again = documents.read(f"{{a0:__typename}}{long}", hints=False)
    assert again.operations[None].selection_set is not None
    assert documents._characters <= limits.GRAPHQL_CACHED_CHARACTERS_MAX


def test_hints_are_for_who_may_see_the_schema(business: Business) -> None:
    for hints in (True, False):
        with pytest.raises(QueryInvalid) as caught:
            Documents(business.schema).read("{crm_tag{nam}}", hints=hints)
        assert ("name" in str(caught.value.places)) == hints


def test_one_error_is_not_the_end(business: Business) -> None:
    names = " ".join(f"a{n}" for n in range(50))
    with pytest.raises(QueryInvalid) as caught:
        Documents(business.schema).read(f"{{{names}}}", hints=False)
    assert limits.GRAPHQL_ERRORS_MAX <= len(caught.value.places) < 50
    assert caught.value.places[1][1] == ((1, 5),)


@ensureDeferred
async def test_the_schema_can_be_read_whole(business: Business) -> None:
    api = api_of(business)
    text = get_introspection_query(
        input_value_deprecation=True,
        specified_by_url=True,
        directive_is_repeatable=True,
    )
    answer = (await planned(api, text)).answer((), dict)
    assert len(answer["data"]["__schema"]["types"]) > 150
    again = await planned(api, text)
    assert again.answer((), dict)["data"]["__schema"] is answer["data"]["__schema"]
    for number in range(limits.GRAPHQL_INTROSPECTIONS_CACHED):
        await planned(api, f"{{a{number}:__schema{{queryType{{name}}}}}}")
    other = await planned(api, text)
    assert other.answer((), dict)["data"]["__schema"] is not answer["data"]["__schema"]


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("query a{__typename} query b{__typename}", None, "which of the operations"),
        ("query a{__typename}", "b", "no operation 'b'"),
        ("fragment a on Query{__typename}", None, "never used"),
        ("query q($a:UUID!){crm_tag(id:$a){id}}", None, "has invalid value|was not"),
    ],
)  # fmt: skip
@ensureDeferred
async def test_one_operation_is_meant(
    business: Business, text: str, name: str | None, words: str
) -> None:
    with pytest.raises((QueryInvalid, QueryTooLarge), match=words):
        await api_of(business).plan(Question(text, {}, name), Caller(ROOT, "1"))
