"""Who may call what, and what is refused while loading."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from eerp.errors import (
    Forbidden,
    NotFound,
    ServiceAbsent,
    ServiceIncompatible,
    ValidationFailed,
)
from eerp.interfaces import ModuleService
from tests.services.given import MERGE, USE, read, table_of

CRM = (read("crm", MERGE), ())
BILLING = (read("billing", uses=[USE], version="2.0.0"), ("crm",))


def test_a_module_reaches_the_services_that_it_uses() -> None:
    found = table_of(CRM, BILLING).resolve("billing", "crm.contacts.merge")

    assert isinstance(found, ModuleService)
    assert (found.module, found.handler_id) == ("crm", 0)
    assert found.permission == "crm.contacts.write"
    with pytest.raises(ValidationFailed):
        found.check({})


def test_a_dependency_that_is_not_used_is_out_of_reach() -> None:
    table = table_of(CRM, (read("billing"), ("crm",)))
    with pytest.raises(Forbidden, match=r"billing does not say that it uses crm\."):
        table.resolve("billing", "crm.contacts.merge")


def test_a_module_does_not_call_itself_and_nobody_calls_for_a_stranger() -> None:
    table = table_of(CRM)
    for caller in ("crm", "unknown"):
        with pytest.raises(Forbidden):
            table.resolve(caller, "crm.contacts.merge")


def test_a_service_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"There is no service crm\.nothing"):
        table_of(CRM).resolve("crm", "crm.nothing")


@pytest_twisted.ensureDeferred
async def test_the_core_s_services_need_no_mention_and_check_their_input() -> None:
    call: Any = table_of(CRM).resolve("crm", "eerp.test.echo")

    assert await call(None, {"a": "b"}) == {"a": "b"}
    with pytest.raises(ValidationFailed, match=r"eerp\.test\.echo has 1 fault"):
        await call(None, {"a": 1})


def test_a_service_behind_a_capability_needs_it() -> None:
    table = table_of(CRM, (read("shop"), ()), shop=("mail",))

    assert table.resolve("shop", "eerp.test.guarded")
    with pytest.raises(Forbidden, match="crm has not the capability mail"):
        table.resolve("crm", "eerp.test.guarded")


def test_offers_and_uses_can_be_listed() -> None:
    table = table_of(CRM, BILLING)
    assert [offer.name for offer in table.offers_of("crm")] == ["crm.contacts.merge"]
    assert [use.service for use in table.uses_of("billing")] == ["crm.contacts.merge"]
    assert table.offers_of("unknown") == table.uses_of("unknown") == ()


def without(schema: dict[str, Any], name: str) -> dict[str, Any]:
    properties = {key: v for key, v in schema["properties"].items() if key != name}
    return {**schema, "properties": properties}


def refused(provider: dict[str, Any], use: dict[str, Any] = USE) -> str:
    newer = read("crm", {**MERGE, **provider}, version="0.2.0")
    with pytest.raises(ServiceIncompatible) as caught:
        table_of((newer, ()), (read("billing", uses=[use], version="2.0.0"), ("crm",)))
    assert caught.value.module == "billing"
    return caught.value.message


def test_a_service_that_takes_less_is_refused_with_both_versions() -> None:
    message = refused({"input": without(MERGE["input"], "reason")})
    assert message == (
        "module billing 2.0.0 was built for crm.contacts.merge of crm 0.1.0 and"
        " cannot use that of crm 0.2.0: what billing sends: /reason may be there"
    )


def test_a_service_that_needs_more_is_refused() -> None:
    needs = {**MERGE["input"], "required": ["winner", "reason"]}
    assert "what billing sends: /reason may be absent" in refused({"input": needs})


def test_a_service_that_answers_less_is_refused() -> None:
    less = {**MERGE["output"], "required": []}
    assert "what crm answers: /id may be absent" in refused({"output": less})


def test_a_service_that_is_gone_is_refused() -> None:
    message = refused({"name": "contacts.split"})
    assert "cannot use that of crm 0.2.0: there is no such service" in message


def test_a_service_may_take_and_answer_more() -> None:
    properties = {"dry_run": {"type": "boolean"}, **MERGE["input"]["properties"]}
    newer = {
        **MERGE,
        "input": {**MERGE["input"], "properties": properties},
        "output": {
            **MERGE["output"],
            "properties": {"id": {"type": "string"}, "n": {}},
        },
    }
    closed = {**USE, "output": {**USE["output"], "additionalProperties": False}}
    billing = read("billing", uses=[closed])
    assert table_of((read("crm", newer), ()), (billing, ("crm",)))


def test_a_use_of_a_module_that_is_no_dependency_is_refused() -> None:
    with pytest.raises(ServiceIncompatible, match="does not name crm in depends"):
        table_of(CRM, (read("billing", uses=[USE]), ()))


def test_an_optional_module_that_is_there_is_reached_like_any_other() -> None:
    table = table_of(CRM, (read("billing", uses=[USE]), ()), optional=("crm",))
    found = table.resolve("billing", "crm.contacts.merge")
    assert isinstance(found, ModuleService)
    assert found.module == "crm"


def test_an_optional_module_that_is_there_has_to_fit() -> None:
    newer = read("crm", {**MERGE, "name": "contacts.split"}, version="0.2.0")
    with pytest.raises(ServiceIncompatible, match="there is no such service"):
        table_of((newer, ()), (read("billing", uses=[USE]), ()), optional=("crm",))


def test_the_services_of_an_optional_module_that_is_not_there_are_absent() -> None:
    table = table_of((read("billing", uses=[USE]), ()), optional=("crm",))
    with pytest.raises(ServiceAbsent, match="for the module crm is not loaded") as it:
        table.resolve("billing", "crm.contacts.merge")
    assert (it.value.status, it.value.code) == (404, "service_absent")
    assert table.uses_of("billing")


def test_a_service_is_absent_only_for_who_said_that_it_uses_it() -> None:
    table = table_of((read("billing"), ()), optional=("crm",))
    with pytest.raises(NotFound):
        table.resolve("billing", "crm.contacts.merge")


def test_a_use_of_the_core_is_compared_too() -> None:
    use = {"service": "eerp.test.echo", "version": "0.0.9", "input": {}, "output": {}}
    with pytest.raises(ServiceIncompatible, match=r"of eerp 0\.0\.9 and cannot use"):
        table_of((read("crm", uses=[use]), ()))


def test_a_use_without_its_capability_is_refused() -> None:
    use = {"service": "eerp.test.guarded", "version": "0.1.0"}
    with pytest.raises(ServiceIncompatible, match="without the capability mail"):
        table_of((read("crm", uses=[use]), ()))
