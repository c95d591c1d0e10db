"""The parts that the document is made of."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.errors import EerpError
from eerp.openapi import permitted
from eerp.openapi.components import Components
from eerp.openapi.examples import MISSING, example
from eerp.openapi.filters import query_parameters
from eerp.openapi.names import operation_ids
from eerp.openapi.problems import problem_responses
from eerp.openapi.records import extended_body, page_schema, record_schema
from eerp.openapi.values import type_schema
from eerp.orm.fields import TYPE_NAMES, sql_type
from eerp.orm.model import Model
from eerp.schema import compile_schema
from tests.openapi.given import FIRM, LIST, document, table
from tests.orm.business import business


def model(name: str = "firms") -> Model:
    """One of the models."""
    return business().model("crm", name)


def schema_of(name: str) -> dict[str, Any]:
    """The schema of a model's records."""
    components = Components()
    record_schema(components, model(name), selectable=False)
    return components.schemas[f"crm.{name}"]


# Records


def test_a_record_has_its_fields_and_those_of_the_core() -> None:
    found = schema_of("deals")
    properties = found["properties"]
    assert found["additionalProperties"] is False
    assert list(properties)[:2] == ["id", "title"]
    assert properties["amount"]["x-currency"] == "currency"
    assert properties["amount"]["pattern"] == r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$"
    assert properties["firm_id"]["x-references"] == "crm.firms"
    assert properties["firm_id"]["type"] == ["string", "null"]
    assert properties["tags"]["items"] == {"type": "string"}
    assert properties["label"]["readOnly"] is True
    assert properties["version"]["type"] == "integer"


def test_a_field_that_not_everybody_may_read_need_not_be_there() -> None:
    found = schema_of("deals")
    assert "margin" in found["properties"]
    assert "margin" not in found["required"]
    assert found["properties"]["margin"]["x-read-permission"] == "crm.deals.margin"


def test_a_record_shows_what_other_modules_keep_of_it() -> None:
    extensions = schema_of("firms")["properties"]["extensions"]
    kept = extensions["properties"]["loyalty"]
    assert extensions["required"] == ["loyalty"]
    assert kept["type"] == ["object", "null"]
    assert kept["required"] == ["points"]


def test_a_selected_record_has_at_least_its_id_and_may_have_related_ones() -> None:
    components = Components()
    whole, part = record_schema(components, model("deals"), selectable=True)["anyOf"]
    check = compile_schema({**part, "components": {"schemas": components.schemas}})
    id_ = "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90"
    assert check.accepts({"id": id_, "title": "A deal", "firm": {"name": "Acme"}})
    assert not check.accepts({"title": "A deal"})
    assert not check.accepts({"id": id_, "title": 7})
    assert not check.accepts({"id": id_, "unknown": 7})
    assert whole == {"$ref": "#/components/schemas/crm.deals"}


def test_a_page_holds_records_parts_or_groups() -> None:
    components = Components()
    schema = page_schema(components, model("deals"), selectable=True)
    check = compile_schema({**schema, "components": {"schemas": components.schemas}})
    groups = [{"month": "2026-01-01", "total": "12.50", "n": 2}]
    assert check.accepts({"items": groups, "next_cursor": None})
    assert check.accepts({"items": [], "next_cursor": "x", "total": 3})
    assert not check.accepts({"items": [{"total": {}}], "next_cursor": None})
    assert not check.accepts({"items": []})


@pytest.mark.parametrize("name", [n for n in TYPE_NAMES if "(" not in n])
def test_every_type_has_a_schema(name: str) -> None:
    kind = sql_type(name)
    assert kind is not None
    compile_schema(type_schema(kind))


def test_the_body_of_a_record_knows_what_other_modules_keep() -> None:
    check = compile_schema(extended_body(model(), FIRM))
    assert check.accepts({"name": "A", "extensions": {"loyalty": {"points": 3}}})
    assert not check.accepts({"name": "A", "extensions": {"loyalty": {"pints": 3}}})
    assert not check.accepts({"name": "A", "extensions": {"other": {}}})


def test_a_document_is_a_record_with_the_records_that_belong_to_it() -> None:
    components = Components()
    parts = {"deals": model("deals")}
    whole = record_schema(components, model(), selectable=False, parts=parts)
    assert whole == {"$ref": "#/components/schemas/crm.firms.whole"}
    found = components.schemas["crm.firms.whole"]
    assert found["properties"]["deals"]["items"] == {
        "$ref": "#/components/schemas/crm.deals"
    }
    assert "deals" in found["required"]
    assert "deals" not in schema_of("firms")["properties"]


def test_the_body_of_a_document_knows_what_other_modules_keep_of_its_parts() -> None:
    body = {"type": "object", "properties": {"firms": {"type": "array", "items": FIRM}}}
    check = compile_schema(extended_body(model("deals"), body, {"firms": model()}))
    firm = {"name": "A", "extensions": {"loyalty": {"points": 3}}}
    assert check.accepts({"firms": [firm]})
    firm = {"name": "A", "extensions": {"other": {}}}
    assert not check.accepts({"firms": [firm]})


# Queries


def parameters() -> dict[str, Any]:
    """The parameters of a list of deals, by name."""
    components = Components()
    found = query_parameters(components, LIST, model("deals"))
    for each in found:
        ref = each["schema"].get("$ref")
        if ref:
            each["schema"] = components.schemas[ref.rpartition("/")[2]]
    return {each["name"]: each for each in found}


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        ("title", "ilike.*ann*", True),
        ("title", "not.eq.Ann", True),
        ("title", "wfts(english).late", True),
        ("title", "like", False),
        ("amount", "gte.10", True),
        ("amount", "ilike.1*", False),
        ("tags", "cs.{a}", True),
        ("tags", "eq.a", False),
        ("or", "(title.eq.a,amount.gt.3)", True),
        ("or", "title.eq.a", False),
    ],
)
def test_a_filter_has_the_operators_of_its_type(
    name: str, text: str, fits: bool
) -> None:
    schema = parameters()[name]["schema"]
    assert compile_schema(schema).accepts(text) is fits
    assert compile_schema(schema).accepts([text, text]) is fits


def test_every_own_field_can_be_filtered_and_related_ones_by_their_dots() -> None:
    found = parameters()
    assert model("deals").fields.keys() <= found.keys()
    related = compile_schema(found["related"]["schema"])
    assert found["related"]["explode"] is True
    assert related.accepts({"firm.name": "eq.Acme"})
    assert not related.accepts({"name": "eq.Acme"})
    assert "`firm`" in found["related"]["description"]


def test_examples_of_filters_fit() -> None:
    for each in parameters().values():
        if "example" in each:
            assert compile_schema(each["schema"]).accepts(each["example"])


def test_patterns_without_a_model_are_one_parameter() -> None:
    found = query_parameters(Components(), LIST, None)
    assert [each["name"] for each in found] == ["limit", "select", "further"]


# Names


def ids(*routes: dict[str, Any]) -> list[str]:
    """The ids of these routes and those that are always there."""
    return sorted(operation_ids(table(*routes).routes()).values())


def test_ids_follow_from_module_path_and_kind() -> None:
    assert ids() == [
        "crm_firms_create", "crm_firms_delete", "crm_firms_get", "crm_firms_list",
        "crm_firms_update",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/firms/{id:uuid}/merge", "crm_firms_merge"),
        ("GET", "/firms/best", "crm_firms_best_get"),
        ("PUT", "/firms/{id:uuid}/logo", "crm_firms_logo_put"),
        ("POST", "/firms/list", "crm_firms_list_post"),
        ("POST", "/", "crm"),
    ],
)
def test_other_routes_are_called_by_their_path(
    method: str, path: str, name: str
) -> None:
    assert name in ids({"method": method, "path": path})


def test_names_that_are_taken_say_more() -> None:
    found = ids({"path": "/firms/merge"}, {"path": "/firms/{id:uuid}/merge"})
    assert {"crm_firms_merge", "crm_firms_merge_post"} <= set(found)


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        ("/x/{id:uuid}", "/x/{n:int}", {"/api/crm/x/{id}", "/api/crm/x/{n}#int"}),
        ("/x/{n:uuid}", "/x/{n:int}", {"/api/crm/x/{n}", "/api/crm/x/{n}#uuid"}),
    ],
)
def test_paths_of_one_form_are_told_apart(
    one: str, other: str, paths: set[str]
) -> None:
    found = document({"path": one}, {"path": other})["paths"]
    assert paths <= found.keys()


# Problems


def test_every_error_of_a_request_is_an_example_of_its_status() -> None:
    responses = problem_responses()
    told = {
        code
        for response in responses.values()
        for code in response["content"]["application/problem+json"]["examples"]
    }
    assert {"not_found", "version_conflict", "module_trapped", "overloaded"} <= told
    assert "config_invalid" not in told
    assert EerpError.code in told
    assert "Retry-After" in responses["ServiceUnavailable"]["headers"]


# Examples


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": r"^-?[0-9]{1,5}(\.[0-9]{1,2})?$"},
        {"type": ["string", "null"], "format": "date-time"},
        {"type": "array", "items": {"type": "integer", "minimum": 5}},
        {"enum": ["a", "b"]},
        {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        {"const": 3},
        True,
    ],
)
def test_an_example_fits(schema: Any) -> None:
    assert compile_schema(schema).accepts(example(schema))


@pytest.mark.parametrize(
    "schema", [False, {"type": "string", "pattern": "^zzz[0-9]{40}$"}]
)
def test_where_nothing_fits_there_is_no_example(schema: Any) -> None:
    assert example(schema) is MISSING


# What one caller may do


def test_a_caller_is_told_of_what_they_may_call() -> None:
    whole = document()
    part = permitted(whole, lambda permission: permission == "crm.firms.delete")
    assert part["paths"].keys() == {"/api/auth/login", "/api/crm/firms/{id}"}
    assert part["paths"]["/api/crm/firms/{id}"].keys() == {"delete"}
    assert [tag["name"] for tag in part["tags"]] == ["Sessions", "crm"]
    assert "crm.firms" not in part["components"]["schemas"]
    assert "Problem" in part["components"]["schemas"]
    assert "bearer" in part["components"]["securitySchemes"]
    assert permitted(whole, lambda _: True)["paths"] == whole["paths"]
