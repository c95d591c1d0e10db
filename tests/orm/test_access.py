"""What a caller may do, as conditions and names; no database."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.errors import DescriptionInvalid, Forbidden
from eerp.interfaces import Identity
from eerp.orm.access import Caller
from eerp.orm.cursor import Cursors
from eerp.orm.describe import read_model
from eerp.orm.operation import prepare
from eerp.orm.registry import ModelRegistry
from tests.orm.business import DEALS, FIRMS, business
from tests.orm.given import ID, described

REGISTRY = business()
DEAL = REGISTRY.model("crm", "deals")
FIRM = REGISTRY.model("crm", "firms")


def identity(*permissions: str, **more: Any) -> Identity:
    return Identity(ID, "ann", ID, (), frozenset(permissions), **more)


@pytest.mark.parametrize("verb", ["create", "update", "delete"])
def test_write_is_three_permissions_in_one(verb: str) -> None:
    assert identity("crm.deals.write").may(f"crm.deals.{verb}")
    assert not identity("crm.deals.write").may("crm.deals.purge")
    assert not identity("crm.deals.write").may("crm.deals.read")
    assert not identity("crm.deals.write").may(f"crm.firms.{verb}")
    assert not identity(f"crm.deals.{verb}").may("crm.deals.write")


def test_all_companies_are_a_permission() -> None:
    assert identity("eerp.companies.all").unscoped
    assert identity("*").unscoped
    assert not identity("crm.*").unscoped


def test_a_model_without_limits_has_the_same_access_for_everybody() -> None:
    model = ModelRegistry().register("shop", [described(name="text")])[0]
    access = Caller(None).access(model)
    assert access is Caller(identity("*")).access(model)
    assert access.is_free("update")


def test_access_is_worked_out_once_for_a_caller() -> None:
    first = Caller(identity("crm.*")).access(FIRM)
    assert first is Caller(identity("crm.*")).access(FIRM)
    assert first is not Caller(identity("hr.*")).access(FIRM)


def test_whoever_may_do_all_runs_the_ready_statements() -> None:
    access = Caller(identity("*")).access(FIRM)
    assert access.is_free("delete")
    assert not access.view.hidden
    operation = {"op": "get", "model": "firms", "id": ID}
    made = prepare(REGISTRY, Cursors(b"k"), "crm", operation, identity("*"))
    assert made.statement.sql is FIRM.sql.get


def test_a_company_is_bound_and_not_joined() -> None:
    hostile = identity(companies=(ID, "'; DROP TABLE x; --", ""))
    guard = Caller(hostile).access(FIRM).view.guard
    assert guard.sql == ('(t."company_id" = ANY(%s::uuid[]) OR t."company_id" IS NULL)')
    assert guard.parameters == (f'{{"{ID}"}}',)
    assert guard.fields == {"company_id"}


def test_a_company_that_is_never_null_is_compared_alone() -> None:
    field = {"name": "company_id", "type": "uuid", "nullable": False}
    model = read_model("hr", {"name": "a", "company": "company_id", "fields": [field]})
    guard = Caller(None).access(model).view.guard
    assert guard.sql == 't."company_id" = ANY(%s::uuid[])'
    assert guard.parameters == ("{}",)


def test_an_update_that_touches_nothing_of_a_rule_is_not_checked() -> None:
    sales = Identity(ID, "a", ID, ("sales",), frozenset())

    def sql(**values: Any) -> str:
        operation = {"op": "update", "model": "deals", "id": ID, "values": values}
        made = prepare(REGISTRY, Cursors(b"k"), "crm", operation, sales)
        return made.statement.sql

    assert "eerp.refuse" not in sql(title="x")
    assert "eerp.refuse('rule', 'crm.deals')" in sql(owner_id=ID)


@pytest.mark.parametrize(
    "pair",
    [
        ["select", "id,boss(name)"], ["select", "id,people!boss_id(name)"],
        ["boss.name", "eq.x"], ["people.name", "not.eq.x"],
        ["or", "(name.eq.x,boss.boss.name.eq.x)"],
    ],
)  # fmt: skip
def test_a_hidden_reference_hides_the_relation_both_ways(pair: list[str]) -> None:
    boss = {"module": "hr", "model": "people"}
    fields = [
        {"name": "name", "type": "text"},
        {"name": "boss_id", "type": "uuid", "read": "hr.boss", "references": boss},
    ]
    registry = ModelRegistry()
    registry.register("hr", [{"name": "people", "fields": fields}])
    operation = {"op": "find", "model": "people", "query": [pair]}
    with pytest.raises(Forbidden, match=r"hr\.boss"):
        prepare(registry, Cursors(b"k"), "hr", operation, identity("hr.people.read"))
    may = identity("hr.people.read", "hr.boss")
    assert prepare(registry, Cursors(b"k"), "hr", operation, may)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "create", "values": {"name": "x"}},
        {"op": "create_many", "values": [{"name": "x"}]},
        {"op": "update", "id": ID, "values": {"name": "x"}},
        {"op": "update_many", "changes": [{"id": ID, "values": {"name": "x"}}]},
        {"op": "delete", "id": ID}, {"op": "purge", "id": ID, "reason": "x"},
    ],
)  # fmt: skip
def test_a_lost_answer_is_read_again_without_what_is_hidden(operation: Any) -> None:
    for who, seen in [(identity("*"), True), (identity("crm.firms.purge"), False)]:
        asked = {**operation, "model": "firms"}
        made = prepare(REGISTRY, Cursors(b"k"), "crm", asked, who)
        assert made.recover is not None
        assert ('"rating"' in made.recover("token").sql) is seen


def test_an_estimate_is_not_of_records_that_the_caller_does_not_see() -> None:
    operation = {"op": "find", "model": "firms", "count": "estimated"}
    for who, whole in [(identity("*"), True), (identity("crm.*"), False)]:
        made = prepare(REGISTRY, Cursors(b"k"), "crm", operation, who)
        assert ("reltuples" in made.statement.sql) is whole


def test_a_deletion_that_a_rule_depends_on_is_checked() -> None:
    registry = ModelRegistry()
    value = {"name": "a", "fields": [], "rules": [
        {"role": "clerk", "operations": ["delete"],
         "where": {"field": "deleted_at", "op": "is", "value": None}}]}  # fmt: skip
    registry.register("shop", [value])
    clerk = Identity(ID, "a", ID, ("clerk",), frozenset())
    for op in ("delete", "restore"):
        operation = {"op": op, "model": "a", "id": ID}
        made = prepare(registry, Cursors(b"k"), "shop", operation, clerk)
        assert "eerp.refuse('rule', 'shop.a')" in made.statement.sql


def test_a_hidden_field_is_not_in_a_default_order() -> None:
    model = read_model(
        "hr",
        {"name": "a", "order": [["pay", "desc"], ["name", "asc"]],
         "fields": [{"name": "name", "type": "text"},
                    {"name": "pay", "type": "integer", "read": "hr.pay"}]},
    )  # fmt: skip
    registry = ModelRegistry()
    registry._models["hr", "a"] = model
    find = {"op": "find", "model": "a", "limit": 1}
    sql = prepare(registry, Cursors(b"k"), "hr", find, None).statement.sql
    assert "pay" not in sql.partition("ORDER BY")[2]
    assert '"pay"' not in sql


def with_field(**changes: Any) -> dict[str, Any]:
    return {"name": "a", "fields": [{"name": "b", "type": "text"} | changes]}


def with_rule(**rule: Any) -> dict[str, Any]:
    whole = {"role": "sales", "operations": ["read"], **rule}
    return {"name": "a", "fields": [{"name": "b", "type": "text"}], "rules": [whole]}


EQUAL = {"field": "b", "op": "eq", "value": "x"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (with_field(read="Everybody"), "'read' that is not a permission"),
        (with_field(write="*"), "'write' that is not a permission"),
        (with_field(read="hr.pay", nullable=False), "neither nullable nor has"),
        (with_field(write="hr.pay", nullable=False), "neither nullable nor has"),
        (with_field(computed=True, default="x"), "computed, and has a 'default'"),
        (with_field(currency="c"), "'currency' is no field"),
        (with_field(currency="b"), "'currency' and not numeric"),
        (with_field(name="alive"), "keeps for itself"),
        (with_field(name="extensions"), "keeps for itself"),
        (with_field() | {"company": "b"}, "'company' that is no field of type uuid"),
        (with_field(type="uuid", read="a.b") | {"company": "b"}, "limited or computed"),
        (with_rule(operations=[]), "'operations' that is not a list"),
        (with_rule(operations=["purge"]), "is for 'purge', which is none of"),
        (with_rule(role=None), "lacks 'role'"),
        (with_rule(where=3), "'where' that is not an object"),
        (with_rule(extra=1), "unknown key 'extra'"),
        (with_rule(where={}), "wrong 'where': A condition is"),
        (with_rule(where=EQUAL | {"field": "c"}), "wrong 'where': There is no such"),
        (with_rule(where=EQUAL | {"value": {"identity": "all"}}), "must be text"),
        (with_rule(where=EQUAL | {"field": "c.d"}), "no such field or relation"),
    ],
)
def test_a_wrong_limit_is_refused(value: Any, words: str) -> None:
    with pytest.raises(DescriptionInvalid) as caught:
        ModelRegistry().register("hr", [value])
    assert words in caught.value.message


def test_a_rule_looks_at_no_other_module() -> None:
    registry = ModelRegistry()
    registry.register("core", [described("countries", secret="text")])
    country = {"name": "country_id", "type": "uuid",
               "references": {"module": "core", "model": "countries"}}  # fmt: skip
    rule = {"role": "x", "operations": ["read"],
            "where": {"field": "country.secret", "op": "eq", "value": "x"}}  # fmt: skip
    with pytest.raises(DescriptionInvalid, match="within its module only"):
        registry.register("b", [{"name": "a", "fields": [country], "rules": [rule]}])


def test_relations_are_found_both_ways() -> None:
    assert set(DEAL.relations) == {
        "firm",
        "payer",
        "parent",
        "deals!parent_id",
        "deals",
    }
    assert set(FIRM.relations) == {"country", "deals!firm_id", "deals!payer_id"}
    assert REGISTRY.model("core", "countries").relations == {}
    assert set(DEAL.guarded) == {"firm_id", "payer_id", "parent_id"}


EXTENDS = {"module": "crm", "model": "firms", "table": "x", "fields": []}


@pytest.mark.parametrize(
    ("extension", "words"),
    [
        (3, "is not an object"),
        (EXTENDS | {"model": "nom"}, "not of a model"),
        (EXTENDS | {"module": "x"}, "not of a model"),
        (EXTENDS | {"table": "X"}, "not an identifier"),
        (EXTENDS, "has no fields"),
        (EXTENDS | {"extra": 1}, "unknown key"),
        (EXTENDS | {"fields": [
            {"name": "country_id", "type": "uuid",
             "references": {"module": "core", "model": "countries"}}]},
         "refers to core.countries, which is not a model"),
    ],
)  # fmt: skip
def test_a_wrong_extension_is_refused(extension: Any, words: str) -> None:
    registry = ModelRegistry()
    registry.register("core", [described("countries", name="text")])
    registry.register("crm", [FIRMS, DEALS])
    with pytest.raises(DescriptionInvalid) as caught:
        registry.register("x", [], [extension], depends=["crm"])
    assert words in caught.value.message
    assert registry.of("x") == ()


def test_an_extension_is_known_by_its_module_and_its_model() -> None:
    (extension,) = FIRM.extensions.values()
    assert extension.module == "loyalty"
    assert extension.table == '"loyalty"."firms_extension"'
    assert FIRM.fields["extensions.loyalty.points"].type.name == "integer"
    assert "extensions.loyalty.points" not in FIRM.own


def test_what_is_read_and_not_admitted_changes_nothing() -> None:
    registry = ModelRegistry()
    (firms,) = registry.register("crm", [described("firms", name="text")])
    more = {
        "module": "crm", "model": "firms", "table": "more",
        "fields": [{"name": "level", "type": "integer"}],
    }  # fmt: skip

    read = registry.read("x", [described("things", name="text")], [more], ["crm"])

    assert [one.name for one in read.extensions] == ["more"]
    assert (firms.extensions, registry.of("x")) == ({}, ())
    registry.admit(read)
    assert list(firms.extensions) == ["x"]
    assert registry.of("x") == read.models


def test_a_reference_leads_to_modules_in_depends_only() -> None:
    registry = ModelRegistry()
    registry.register("core", [described("countries", name="text")])
    with pytest.raises(DescriptionInvalid, match=r"core\.countries, which is not"):
        registry.register("crm", [FIRMS, DEALS], depends=["other"])
