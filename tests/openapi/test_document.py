"""What the document tells of operations."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from openapi_spec_validator import validate

from eerp.openapi.components import references
from eerp.routes import Answer
from eerp.schema import compile_schema
from tests.openapi.given import by_order, document, operation, table

FIRMS, FIRM = "/api/crm/firms", "/api/crm/firms/{id}"


def names(found: dict[str, Any], where: str) -> list[str]:
    """The parameters of an operation that stand there."""
    parts = document()["components"]["parameters"]
    told = [
        parts[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for each in found["parameters"]
    ]
    return [each["name"] for each in told if each["in"] == where]


def test_the_document_is_valid() -> None:
    validate(document())


def test_it_is_the_same_in_whatever_order_routes_were_registered() -> None:
    routes = table().routes()
    assert orjson.dumps(by_order(routes)) == orjson.dumps(by_order(routes[::-1]))


def test_every_reference_leads_somewhere_and_every_schema_is_used() -> None:
    found = document()
    targets = set(references(found))
    for target in targets:
        _, _, kind, name = target.split("/")
        assert name in found["components"][kind]
    schemas = {
        f"#/components/schemas/{name}" for name in found["components"]["schemas"]
    }
    assert schemas <= targets


def test_it_says_whose_api_it_is() -> None:
    found = document()
    assert found["openapi"] == "3.1.1"
    assert (found["info"]["title"], found["info"]["version"]) == ("EERP", "1.2.3")
    assert found["servers"] == [{"url": "/"}]
    assert [tag["name"] for tag in found["tags"]] == ["Sessions", "Things", "crm"]
    assert found["tags"][2] == {
        "name": "crm",
        "description": "Firms and deals.",
        "x-displayName": "Customers",
    }


def test_a_route_of_the_core_without_documentation_is_left_out() -> None:
    assert "/hidden" not in document()["paths"]


def test_operations_need_a_token_and_a_permission() -> None:
    found = operation(FIRMS, "get")
    assert document()["security"] == [{"bearer": []}]
    assert "security" not in found
    assert found["x-permission"] == "crm.firms.read"
    assert "`crm.firms.read`" in found["description"]
    assert {"401", "403"} <= found["responses"].keys()


def test_a_public_route_needs_neither() -> None:
    found = operation(
        "/api/crm/prices",
        "get",
        {"method": "GET", "path": "/prices", "permission": None},
    )
    assert found["security"] == []
    assert "x-permission" not in found
    assert "X-Company" not in names(found, "header")
    assert operation("/api/auth/login", "post")["security"] == []


def test_parameters_of_path_and_query_have_their_schemas() -> None:
    one, all_ = operation(FIRM, "get"), operation(FIRMS, "get")
    assert one["parameters"][0] == {
        "name": "id", "in": "path", "required": True,
        "schema": {"type": "string", "format": "uuid"},
    }  # fmt: skip
    limit = next(each for each in all_["parameters"] if each.get("name") == "limit")
    assert limit["description"] == "How many."
    assert limit["schema"] == {"type": "integer", "minimum": 1}


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        (FIRMS, "get", {"If-None-Match", "Prefer"}),
        (FIRMS, "post", {"Idempotency-Key", "Prefer"}),
        (FIRM, "patch", {"Idempotency-Key", "If-Match", "Prefer"}),
        (FIRM, "delete", {"If-Match", "Prefer"}),
    ],
)
def test_an_operation_names_the_headers_that_it_heeds(
    path: str, method: str, headers: set[str]
) -> None:
    found = set(names(operation(path, method), "header"))
    assert found == headers | {"X-Company", "X-Request-Id"}


def test_only_an_update_cannot_go_without_its_version() -> None:
    updates, deletes = operation(FIRM, "patch"), operation(FIRM, "delete")
    parts = document()["components"]["parameters"]
    assert {"$ref": "#/components/parameters/IfMatchRequired"} in updates["parameters"]
    assert parts["IfMatchRequired"]["required"]
    assert {"$ref": "#/components/parameters/IfMatch"} in deletes["parameters"]
    assert "required" not in parts["IfMatch"]
    assert "428" in updates["responses"]
    assert "428" not in deletes["responses"]


def test_a_body_is_a_named_schema_with_an_example() -> None:
    content = operation(FIRMS, "post")["requestBody"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/crm.firms.create"}
    assert content["example"]["name"]


def test_two_bodies_of_one_name_are_told_apart() -> None:
    bodies = [
        {"title": "Merge", "type": "object", "properties": {name: {"type": "string"}}}
        for name in ("a", "b")
    ]
    found = document(
        {"path": "/firms/merge", "body": bodies[0]},
        {"path": "/deals/merge", "body": bodies[1]},
    )["components"]["schemas"]
    assert {"a", "b"} == {*found["crm.Merge"]["properties"],
                          *found["crm.Merge_2"]["properties"]}  # fmt: skip


def test_a_body_that_refers_to_parts_of_itself_is_at_home() -> None:
    schema = {
        "title": "Tree",
        "type": "object",
        "properties": {"left": {"$ref": "#/$defs/leaf"}},
        "$defs": {"leaf": {"type": "string"}},
    }
    found = document({"body": schema})["components"]["schemas"]["crm.Tree"]
    assert found["$id"] == "urn:eerp:schema:crm.Tree"


def test_answers_are_records_pages_or_nothing() -> None:
    page = operation(FIRMS, "get")["responses"]["200"]["content"]["application/json"]
    made = operation(FIRMS, "post")["responses"]["201"]["content"]["application/json"]
    assert page["schema"]["anyOf"] == [
        {"$ref": "#/components/schemas/crm.firms.page"},
        {"$ref": "#/components/schemas/crm.firms.page.selected"},
    ]
    assert made["schema"] == {"$ref": "#/components/schemas/crm.firms"}
    assert "content" not in operation(FIRM, "delete")["responses"]["204"]


def test_an_answer_of_bytes_has_its_type() -> None:
    pdf = Answer(200, "It.", media_type="application/pdf")
    printed = {"method": "GET", "path": "/firms/print", "answers": (pdf,)}
    found = document(printed)["paths"]["/api/crm/firms/print"]["get"]
    assert found["responses"]["200"]["content"]["application/pdf"] == {}


def test_a_dry_run_answers_in_a_type_of_its_own() -> None:
    found = operation(FIRM, "delete")["responses"]["200"]["content"]
    assert list(found) == ["application/vnd.eerp.dry-run+json"]


def test_a_route_that_tells_of_no_answer_has_some() -> None:
    assert "2XX" in operation("/api/crm/firms/merge", "post", {})["responses"]


def test_a_core_route_has_the_problems_that_it_tells_of() -> None:
    found = operation("/api/things/{name}", "get")
    assert "404" in found["responses"]
    assert "429" not in found["responses"]
    assert found["operationId"] == "eerp_things_get"
    assert names(found, "path") == ["name"]


def test_every_example_fits_its_schema() -> None:
    found = document()
    seen = 0
    for schema, value in examples(found):
        check = compile_schema({**schema, "components": found["components"]})
        assert check.faults(value) == (), value
        seen += 1
    assert seen > 10


def examples(value: Any) -> Any:
    """Every example below `value`, with its schema."""
    if isinstance(value, dict):
        if isinstance(value.get("schema"), dict):
            if "example" in value:
                yield value["schema"], value["example"]
            for each in value.get("examples", {}).values():
                yield value["schema"], each["value"]
        for each in value.values():
            yield from examples(each)
    elif isinstance(value, list):
        for each in value:
            yield from examples(each)
