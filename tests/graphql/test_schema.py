"""The schema that is built of models and routes."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    get_named_type,
    print_schema,
    print_type,
)

from eerp.graphql import build
from eerp.graphql.names import Names, camel, is_name, snake
from eerp.orm.registry import ModelRegistry
from eerp.routes import Answer
from tests.graphql.conftest import Business
from tests.graphql.given import shop
from tests.orm.business import business as office

THING = {
    "name": "things", "title": "Thing", "plural": "Things",
    "fields": [
        {"name": "name", "type": "text", "nullable": False, "label": "Name"},
        {"name": "kind", "type": "text", "values": ["new", "used"]},
        {"name": "size", "type": "text", "values": ["a b", "c"]},
        {"name": "secret", "type": "text", "read": "shop.secret"},
        {"name": "firm_id", "type": "uuid",
         "references": {"module": "shop", "model": "firms"}},
        {"name": "owner_id", "type": "uuid",
         "references": {"module": "shop", "model": "firms"}},
        {"name": "firms", "type": "jsonb"},
        {"name": "and", "type": "text"},
    ],
}  # fmt: skip
FIRM = {
    "name": "firms", "title": "Thing", "plural": "Firms",
    "fields": [
        {"name": "parent_id", "type": "uuid",
         "references": {"module": "shop", "model": "firms"}},
        {"name": "parent", "type": "text"}, {"name": "amount", "type": "numeric(9,2)"},
        {"name": "prices", "type": "numeric(9,2)[]"},
    ],
}  # fmt: skip
PRICE = "^[0-9]{1,5}(\\.[0-9]{1,2})?$"
PART = {"type": "object", "title": "Part", "properties": {"a": {"type": "integer"}}}


def built(*routes: dict[str, Any]) -> GraphQLSchema:
    """The schema of a shop with two models and these routes."""
    models = ModelRegistry().register("shop", [THING, FIRM])
    return build(*_routes(models, routes))


def _routes(models: Any, routes: Any) -> tuple[Any, Any]:
    listed, table = shop(*routes, models=models)
    return listed, table.routes()


TEXTS = ("limit", "cursor", "order", "select", "count", "deleted", "and")
QUERY = {
    "type": "object", "additionalProperties": False,
    "properties": {name: {"type": "string"} for name in TEXTS},
}  # fmt: skip


def listing(model: str, **more: Any) -> dict[str, Any]:
    usual = {"path": f"/{model}", "model": model, "kind": "list", "query": QUERY}
    return {**usual, **more}


def shown(schema: GraphQLSchema, name: str) -> str:
    """A type, without descriptions and with one field a line."""
    lines = print_type(schema.type_map[name]).splitlines()
    told = [line.strip() for line in lines if line.strip() and '"""' not in line]
    return "\n".join(told)


def test_three_modules_are_one_schema(business: Business) -> None:
    query, mutation = business.schema.query_type, business.schema.mutation_type
    assert query is not None
    assert mutation is not None
    reading = [route for route in business.table.routes() if route.method == "GET"]
    assert len(query.fields) == len(reading)
    assert len(mutation.fields) == len(business.table.routes()) - len(reading)
    points = business.schema.type_map["LoyaltyPoints"].fields
    opportunity = get_named_type(points["opportunity"].type)
    assert opportunity.name == "CrmOpportunity"
    assert get_named_type(opportunity.fields["currency"].type).name == "CoreCurrency"
    assert {"loyalty_points", "loyalty_points_by_id"} <= set(query.fields)


def test_a_schema_is_the_same_each_time(business: Business) -> None:
    again = build(business.models, business.table.routes())
    assert print_schema(again) == print_schema(business.schema)


def test_a_record_shows_its_fields_and_relations() -> None:
    schema = built(listing("things"), listing("firms"))
    assert shown(schema, "ShopThing").splitlines()[1:13] == [
        "id: UUID!", "name: String!", "kind: ShopThingKind", "size: String",
        "secret: String", "firm_id: UUID", "owner_id: UUID", "firms: JSON",
        "and: String", "version: Int!", "created_at: DateTime!", "created_by: UUID",
    ]  # fmt: skip
    firms = shown(schema, "ShopFirms")
    assert "parent: String" in firms
    assert "parent_record: ShopFirms" in firms
    assert "prices: [Decimal!]" in firms
    for name in ("things_by_firm_id(", "things_by_owner_id(", "firms("):
        assert name in firms
    assert "firm: ShopFirms" in shown(schema, "ShopThing")


def test_a_field_called_like_a_group_keeps_out_of_its_way() -> None:
    found = shown(built(listing("things")), "ShopThingFilter")
    assert "and: [ShopThingFilter!]" in found
    assert "and_2: StringComparison" in found
    assert "kind: ShopThingKindComparison" in found
    assert "firms: JSONComparison" in found
    assert "firm: ShopFirmsFilter" in found


def test_what_takes_a_permission_may_be_missing() -> None:
    """Even a field that is never null in the table."""
    model = {**THING, "fields": [
        {"name": "n", "type": "integer", "nullable": False, "default": 1,
         "read": "shop.n"},
    ]}  # fmt: skip
    models = ModelRegistry().register("shop", [model])
    schema = build(*_routes(models, [listing("things")]))
    assert "n: Int\n" in shown(schema, "ShopThing")


def test_extensions_are_typed() -> None:
    registry = office()
    deals = registry.model("crm", "deals")
    schema = build(*_routes(list(registry), []))
    assert deals is not None
    assert schema.query_type is not None
    assert list(schema.query_type.fields) == ["nothing"]


def answer(status: int = 200, **more: Any) -> dict[str, Any]:
    return {"answers": (Answer(status, **more),)}


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({}, "JSON"), (answer(204, shape="none"), "Boolean"),
        (answer(model="things", shape="record"), "ShopThing"),
        (answer(model="things", shape="list"), "ShopThingPage"),
        (answer(media_type="application/pdf"), "Base64"),
        (answer(schema=PART), "ShopPart"),
        (answer(schema={"type": "boolean"}), "Boolean"),
        (answer(schema={"type": "array", "items": PART}), "[ShopThingsDoItem!]"),
        (answer(schema={"type": ["string", "null"]}), "String"),
        (answer(schema={"type": "string", "format": "uuid"}), "UUID"),
        (answer(schema={"type": "string", "contentEncoding": "base64"}), "Base64"),
        (answer(schema={"enum": ["a", "b", None]}), "ShopThingsDo"),
        (answer(schema={"enum": ["a b"]}), "String"),
        (answer(schema={"enum": [1]}), "JSON"),
        (answer(schema={"type": "integer"}), "BigInt"),
        (answer(schema={"type": "integer", "minimum": 0, "maximum": 9}), "Int"),
        (answer(schema={"type": "number"}), "Float"),
        (answer(schema={"anyOf": [{"type": "integer"}, {"type": "string"}]}), "BigInt"),
        (answer(schema={"type": "object", "properties": {"a-b": {}}}), "JSON"),
        (answer(schema={"type": "object"}), "JSON"), (answer(schema=True), "JSON"),
        ({"answers": (Answer(404), Answer(201, shape="none"))}, "Boolean"),
    ],
)  # fmt: skip
def test_an_answer_is_typed(answers: dict[str, Any], kind: str) -> None:
    route = {"path": "/things/do", "method": "POST", **answers}
    schema = built(listing("things"), route)
    assert schema.mutation_type is not None
    assert str(schema.mutation_type.fields["shop_things_do"].type) == kind


def test_what_a_route_takes_are_arguments() -> None:
    body = {
        "type": "object", "title": "Deed", "required": ["who"],
        "properties": {
            "who": {"type": "string"}, "n": {"type": ["integer", "null"]},
            "part": PART, "price": {"type": "string", "pattern": PRICE},
            "any": {}, "when": {"type": "string", "format": "date-time"},
        },
    }  # fmt: skip
    query = {
        "type": "object", "additionalProperties": False, "required": ["must"],
        "properties": {
            "must": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "id": {"type": "string"},
        },
    }  # fmt: skip
    route = {
        "path": "/things/{id:uuid}/do/{n:int}", "method": "POST", "body": body,
        "query": query, "summary": "Do it", "description": "At once.",
    }  # fmt: skip
    schema = built(listing("things"), route)
    assert schema.mutation_type is not None
    field = schema.mutation_type.fields["shop_things_do"]
    assert field.description == "Do it\n\nAt once."
    assert {name: str(each.type) for name, each in field.args.items()} == {
        "id": "UUID!", "n": "BigInt!", "input": "ShopDeedInput!", "must": "Boolean!",
        "tags": "[String!]",
    }  # fmt: skip
    assert shown(schema, "ShopDeedInput").splitlines()[1:-1] == [
        "who: String!", "n: BigInt", "part: ShopDeedPartInput", "price: Decimal",
        "any: JSON", "when: DateTime",
    ]  # fmt: skip


def test_a_document_takes_records_that_belong_to_it() -> None:
    item = {"type": "object", "required": ["name"], "properties": {
        "id": {"type": "string", "format": "uuid"}, "name": {"type": "string"},
        "kind": {"type": "string", "enum": ["new", "used"]},
    }}  # fmt: skip
    things = {"type": "array", "items": item}
    body = {"type": "object", "properties": {"things": things, "stranger": things}}
    route = {
        "path": "/firms/{id:uuid}", "method": "PATCH", "kind": "update",
        "model": "firms", "body": body,
        **answer(model="firms", shape="record", parts={"things": "things"}),
    }  # fmt: skip
    schema = built(listing("things"), route)
    assert schema.mutation_type is not None
    change = schema.mutation_type.fields["shop_firms_update"]
    assert str(change.type) == "ShopFirms"
    assert shown(schema, str(change.args["input"].type)).splitlines()[1:-1] == [
        "things: [ShopFirmsUpdateThing!]"
    ]
    assert shown(schema, "ShopFirmsUpdateThing").splitlines()[1:-1] == [
        "id: UUID", "name: String!", "kind: ShopThingKind",
    ]  # fmt: skip


def test_routes_of_all_kinds_have_a_name_of_their_own() -> None:
    schema = built(
        {"path": "/things/{id}", "method": "PUT"},
        {"path": "/things", "method": "PUT"},
        {"path": "/", "method": "POST"},
        {
            "path": "/things/{id}",
            "method": "PATCH",
            "kind": "update",
            "model": "things",
        },
        {"path": "/things/of/{id}", "kind": "list", "model": "things"},
    )
    assert schema.mutation_type is not None
    assert list(schema.mutation_type.fields) == [
        "shop_things", "shop_things_put", "shop", "shop_things_update",
    ]  # fmt: skip
    update = schema.mutation_type.fields["shop_things_update"]
    assert list(update.args) == ["id", "version", "any_version"]
    assert schema.query_type is not None
    assert list(schema.query_type.fields) == ["shop_things_list"]


def test_names_are_taken_once() -> None:
    names = Names()
    assert [names.take("a", "b") for _ in range(4)] == ["a", "b", "b_2", "b_3"]
    assert camel("crm", "own company-2") == "CrmOwnCompany2"
    assert snake("crm", "Öwn Company") == "crm_wn_company"
    assert [is_name(text) for text in ("a", "__a", "1a", "null", "a-b", 3)] == [
        True, False, False, False, False, False,
    ]  # fmt: skip
