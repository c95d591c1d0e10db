"""Reading a module's models."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import DescriptionInvalid
from eerp.orm.describe import read_model
from tests.orm.given import anything


def model(**changes: Any) -> dict[str, Any]:
    return {"name": "contacts", "fields": [{"name": "email", "type": "text"}]} | changes


def with_field(**changes: Any) -> dict[str, Any]:
    return model(fields=[{"name": "email", "type": "text"} | changes])


def test_a_whole_model_is_read() -> None:
    read = read_model(
        "crm",
        {
            "name": "contacts", "title": "Contact", "plural": "Contacts",
            "display": "email", "order": [["email", "desc"]],
            "fields": [
                {"name": "email", "type": "text", "nullable": False, "label": "E-mail",
                 "max_length": 254, "format": "email", "default": None, "values": None,
                 "references": None, "readonly": False},
                {"name": "company_id", "type": "uuid",
                 "references": {"module": "crm", "model": "companies"}},
            ],
        },
    )  # fmt: skip
    assert (read.title, read.plural, read.display) == ("Contact", "Contacts", "email")
    assert (read.table, read.order) == ('"crm"."contacts"', (("email", "desc"),))
    assert read.required == ("email",)
    assert read.own["email"].max_length == 254
    assert list(read.fields) == [
        "id", "email", "company_id", "version", "created_at", "created_by",
        "updated_at", "updated_by", "deleted_at",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "A model of module crm is not an object"),
        ({}, "lacks 'name'"),
        (model(name="Contacts"), "'Contacts', which is not an identifier"),
        (model(name="a" * 64), "not an identifier"),
        (model(fields=3), "Model crm.contacts has a 'fields' that is not a list"),
        (model(colour="red"), "unknown key 'colour'"),
        (model(display="nom"), "no field 'nom' to 'display'"),
        (model(order=[["nom", "asc"]]), "no field 'nom' to 'order' by"),
        (model(order=[["email", "up"]]), "'order' that is not like"),
        (model(order=[["email", "asc"]] * 2), "names a field twice"),
        (model(fields=[{"name": "a", "type": "text"}] * 2), "two fields 'a'"),
        (model(fields=[{"type": "text"}]), "a field lacks 'name'"),
        (with_field(name="id"), "a name that the core keeps"),
        (with_field(name='x" text; --'), "not an identifier"),
        (with_field(type="serial"), "field 'email' has the type 'serial'"),
        (with_field(nullable="no"), "'nullable' that is not true or false"),
        (with_field(max_length=0), "'max_length'"),
        (with_field(max_length=True), "'max_length' that is not a whole number"),
        (with_field(type="integer", max_length=3), "'max_length'"),
        (with_field(values=[]), "'values' that is not a list of texts"),
        (with_field(values=["a", "a"]), "each only once"),
        (with_field(default=1), "'default' that must be text"),
        (with_field(default="c", values=["a"]), "'default' that must be one of a"),
        (with_field(references={"module": "crm", "model": "x"}), "of type uuid"),
        (with_field(type="jsonb", name="j") | {"order": [["j", "asc"]]}, "no order"),
    ],
)
def test_a_wrong_model_is_refused_with_its_name(value: object, words: str) -> None:
    with pytest.raises(DescriptionInvalid) as caught:
        read_model("crm", value)
    assert words in caught.value.message
    assert caught.value.module == "crm"


@given(
    key=st.sampled_from(["name", "title", "display", "order", "fields"]), value=anything
)
def test_nonsense_is_one_clear_error(key: str, value: object) -> None:
    try:
        read_model("crm", model(**{key: value}))
    except DescriptionInvalid as error:
        assert "crm" in error.message
