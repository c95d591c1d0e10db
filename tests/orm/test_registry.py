"""Registering models."""

from __future__ import annotations

import pytest

from eerp.errors import DescriptionInvalid, ValidationFailed
from eerp.orm.registry import ModelRegistry
from tests.orm.given import described

REFERENCE = {
    "name": "contacts",
    "fields": [
        {
            "name": "company_id",
            "type": "uuid",
            "references": {"module": "crm", "model": "companies"},
        }
    ],
}


def test_a_module_sees_its_own_models_only() -> None:
    registry = ModelRegistry()
    registry.register("crm", [described("contacts", name="text")])
    registry.register("hr", [described("people", name="text")])
    assert registry.model("crm", "contacts").module == "crm"
    with pytest.raises(ValidationFailed, match="its models are: people"):
        registry.model("hr", "contacts")


@pytest.mark.parametrize("name", [None, 3, [], {}, "contacts "])
def test_a_model_that_is_not_there_is_the_callers_fault(name: object) -> None:
    with pytest.raises(ValidationFailed) as caught:
        ModelRegistry().model("crm", name)
    assert caught.value.errors[0].pointer == "/model"


def test_a_reference_to_nothing_registers_nothing() -> None:
    registry = ModelRegistry()
    with pytest.raises(DescriptionInvalid, match=r"refers to crm\.companies"):
        registry.register("crm", [REFERENCE])
    assert list(registry) == []


def test_models_of_one_module_may_refer_to_each_other() -> None:
    registry = ModelRegistry()
    registry.register("crm", [REFERENCE, described("companies", name="text")])
    assert [model.name for model in registry.of("crm")] == ["contacts", "companies"]


def test_a_model_described_twice_is_refused() -> None:
    with pytest.raises(DescriptionInvalid, match="one model twice"):
        ModelRegistry().register("crm", [described("a"), described("a")])


def test_a_module_registered_twice_is_refused() -> None:
    registry = ModelRegistry()
    registry.register("crm", [described("a")])
    with pytest.raises(DescriptionInvalid, match="registered twice"):
        registry.register("crm", [described("b")])


def test_a_frozen_registry_takes_nothing_more() -> None:
    registry = ModelRegistry()
    registry.freeze()
    with pytest.raises(AssertionError, match="before the freeze"):
        registry.register("crm", [])


def test_models_that_are_not_a_list_are_refused() -> None:
    with pytest.raises(DescriptionInvalid, match="not a list"):
        ModelRegistry().register("crm", {})
