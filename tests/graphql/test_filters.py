"""Filters and orders of a query are those of a query string."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse_value
from graphql.utilities import coerce_input_literal, coerce_input_value
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import RequestError, ValidationFailed
from eerp.graphql.filters import filter_text, order_text
from eerp.graphql.inputs import Inputs
from eerp.graphql.names import Names
from eerp.orm.access import Caller
from eerp.orm.fields import SEARCHES
from eerp.orm.model import Field
from eerp.orm.query import read_find
from eerp.orm.querystring import read_query
from tests.graphql.given import ROOT
from tests.orm.business import business
from tests.orm.given import VALUES, languages, searches, things, words

THINGS = things()
INPUTS = Inputs(Names())
KIND = INPUTS.filter_of(THINGS)
BUSINESS = business()
DEALS = BUSINESS.model("crm", "deals")


def _said(field: Field) -> st.SearchStrategy[tuple[dict[str, Any], dict[str, Any]]]:
    """A comparison as a filter says it, and as JSON of the ORM."""
    known = sorted(field.type.operators)
    return st.sampled_from(known).flatmap(lambda operator: _one(field, operator))


def _one(field: Field, operator: str) -> st.SearchStrategy[Any]:
    name = field.name.replace(".", "_")
    if operator == "is":
        return st.booleans().map(
            lambda null: (
                {name: {"is_null": null}},
                {"field": name, "op": "is", "value": None if null else "not_null"},
            )
        )
    value = VALUES[field.type.name]
    if operator == "in":
        value = st.lists(value, max_size=3)
    if operator in SEARCHES:
        chosen = searches if operator == "fts" else words
        return st.tuples(chosen, languages).map(
            lambda both: (
                {name: {operator: both[0], **_language(both[1])}},
                {"field": name, "op": operator + both[1], "value": both[0]},
            )
        )
    key = {"isdistinct": "is_distinct"}.get(operator, operator)
    return value.map(
        lambda said: (
            {name: {key: said}},
            {"field": name, "op": operator, "value": said},
        )
    )


def _language(text: str) -> dict[str, str]:
    return {"language": text[1:-1]} if text else {}


COMPARED = st.sampled_from(list(THINGS.fields.values())).flatmap(_said)
CONDITIONS = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(
            lambda parts: (
                {"or": [said for said, _ in parts]},
                {"or": [known for _, known in parts]},
            )
        ),
        inner.map(lambda both: ({"not": both[0]}, {"not": {"and": [both[1]]}})),
    ),
    max_leaves=5,
)


@given(both=CONDITIONS)
def test_a_filter_means_what_the_condition_means(both: Any) -> None:
    said, known = both
    text = filter_text(KIND, said)
    found = read_query(THINGS, [("and", text)], Caller(ROOT))
    meant = read_find(THINGS, {"where": {"and": [known]}}, Caller(ROOT))
    assert found.where == meant.where


def test_related_records_are_found_as_one() -> None:
    kind = INPUTS.filter_of(DEALS)
    said = {
        "firm": {"name": {"eq": "A,(c)"}, "country": {"name": {"like": "F*"}}},
        "not": {"deals": {"title": {"eq": "x"}, "label": {"is_null": True}}},
        "parent": {},
    }
    text = filter_text(kind, said)
    assert text == (
        '(firm.and(name.eq."A,(c)",country.and(name.like."F*")),'
        'not.and(deals.and(title.eq."x",label.is.null)),parent.and(id.not.is.null))'
    )
    find = read_query(DEALS, [("and", text)], Caller(ROOT))
    assert "Related" in str(find.where)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"title": None}, "filter/title"), ({"title": {"eq": None}}, "filter/title/eq"),
        ({"or": []}, "filter/or"), ({"not": {}}, "filter/not"),
        ({"and": [{}]}, "filter/and/0"), ({"or": [{"firm": None}]}, "filter/or/0/firm"),
        ({"title": {"wfts": "a", "language": "a.b("}}, "filter/title/language"),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused(said: Any, place: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        filter_text(INPUTS.filter_of(DEALS), said)
    assert caught.value.errors[0].pointer == place


@given(text=st.text())
def test_no_text_leaves_its_quotes(text: str) -> None:
    said = {"a_text": {"eq": text}, "an_integer": {"eq": 1}}
    try:
        find = read_query(THINGS, [("and", filter_text(KIND, said))], Caller(ROOT))
    except RequestError:
        # NUL and half a surrogate pair are none of a database's texts.
        return
    assert [part.value for part in find.where.parts] == [text, "1"]


def test_an_order_is_that_of_a_query_string() -> None:
    kind = INPUTS.order_of(DEALS)
    literal = parse_value("[{field:title,direction:DESC,nulls:LAST},{field:amount}]")
    keys = [coerce_input_literal(each, kind) for each in literal.values]
    assert order_text(keys) == "title.desc.nullslast,amount.asc"
    assert order_text(None) == order_text([]) == ""
    read_query(DEALS, [("order", order_text(keys))], Caller(ROOT))


def test_nothing_said_is_no_filter() -> None:
    assert filter_text(KIND, None) == filter_text(KIND, {}) == ""
    assert coerce_input_value({}, KIND) == {}
