"""What a module says of its services is registered, described, and sound."""

from __future__ import annotations

from typing import Any

import pytest

from eerp.errors import DescriptionInvalid, ValidationFailed
from tests.services.given import MERGE, USE, read


def test_a_service_is_what_its_module_registered_and_described() -> None:
    declared = read("crm", MERGE, registered=[("contacts.merge", 7)])

    (offer,) = declared.offers

    assert (offer.name, offer.handler_id) == ("crm.contacts.merge", 7)
    assert offer.permission == "crm.contacts.write"
    assert offer.input == MERGE["input"]


def test_a_full_name_is_the_same_name() -> None:
    full = {**MERGE, "name": "crm.contacts.merge"}
    declared = read("crm", full, registered=[("contacts.merge", 0)])
    assert [offer.name for offer in declared.offers] == ["crm.contacts.merge"]


def test_a_service_without_schemas_takes_and_answers_anything() -> None:
    (offer,) = read("crm", {"name": "ping"}).offers
    offer.check(None)
    assert (offer.input, offer.output, offer.permission) == (True, True, None)


def test_an_input_is_checked_with_every_fault_named() -> None:
    (offer,) = read("crm", MERGE).offers

    with pytest.raises(ValidationFailed, match=r"crm\.contacts\.merge has 2") as caught:
        offer.check({"winner": "no", "loser": 1})

    assert {fault.pointer for fault in caught.value.errors} == {"/winner", "/loser"}


def test_a_module_may_have_no_services() -> None:
    assert read("crm").offers == ()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "not registered": (
        {"services": [MERGE], "registered": []},
        "describes the service crm.contacts.merge and never registers it",
    ),
    "not described": (
        {"registered": [("contacts.split", 0)]},
        "registers the service crm.contacts.split and does not describe it",
    ),
    "registered twice": (
        {"services": [MERGE], "registered": [("contacts.merge", n) for n in (0, 1)]},
        "registers the service crm.contacts.merge twice",
    ),
    "described twice": (
        {"services": [MERGE, MERGE]},
        "describes the service crm.contacts.merge twice",
    ),
    "no name": ({"services": [{"name": "Merge it"}]}, "its name must be small words"),
    "an endless name": ({"services": [{"name": "a" * 200}]}, "its name must be"),
    "another's permission": (
        {"services": [{**MERGE, "permission": "hr.all"}]},
        "asks for hr.all, which is not a permission of crm",
    ),
    "no schema": (
        {"services": [{**MERGE, "input": {"type": "texts"}}]},
        "has an 'input' that is not a JSON Schema",
    ),
    "a list for a schema": (
        {"services": [{**MERGE, "output": []}]},
        "has an 'output' that is not a JSON Schema",
    ),
    "an unknown key": (
        {"services": [{**MERGE, "public": True}]},
        "has the unknown key 'public'",
    ),
    "a use without a module": (
        {"uses": [{**USE, "service": "merge"}]},
        "names no service",
    ),
    "a use that is none": ({"uses": [3]}, "is not an object"),
    "a use twice": ({"uses": [USE, USE]}, "is declared twice"),
    "a use without schemas that are any": (
        {"uses": [{**USE, "input": {"minimum": "1"}}]},
        "has an 'input' that is not a JSON Schema",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_module(name: str) -> None:
    keys, words = WRONG[name]
    services = keys.pop("services", [])

    with pytest.raises(DescriptionInvalid, match=words) as caught:
        read("crm", *services, **keys)

    assert caught.value.module == "crm"
    assert "crm" in caught.value.message
