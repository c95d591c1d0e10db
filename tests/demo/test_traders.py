"""Northwind's rows become records of the CRM."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.northwind.errors import DemoError
from demo.northwind.traders import PARTICLES, Trader, read_traders, split_name, website

WORDS = st.text("abcdeé", min_size=1).filter(lambda word: word not in PARTICLES)


@pytest.fixture(scope="module")
def traders() -> list[Trader]:
    return read_traders()


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Maria Anders", "Maria", "Anders"),
        ("José Pedro Freyre", "José Pedro", "Freyre"),
        ("Isabel de Castro", "Isabel", "de Castro"),
        ("Antonio del Valle Saavedra", "Antonio", "del Valle Saavedra"),
        ("Miguel Angel Paolino", "Miguel Angel", "Paolino"),
        ("Jean-Guy Lauzon", "Jean-Guy", "Lauzon"),
        ("Della Reese", "Della", "Reese"),
        ("de Gaulle", "de", "Gaulle"),
        ("Pelé", "Pelé", ""),
        ("", "", ""),
    ],
)
def test_contact_name_is_split(name, first, last):
    assert split_name(name) == (first, last)


@given(st.lists(WORDS, min_size=2))
def test_without_particle_the_last_word_is_the_family_name(words):
    assert split_name("  ".join(words)) == (" ".join(words[:-1]), words[-1])


@given(st.text())
def test_splitting_loses_no_word(name):
    first, last = split_name(name)
    assert f"{first} {last}".split() == name.split()


@pytest.mark.parametrize(
    ("homepage", "address"),
    [
        ("", None),
        ("#CAJUN.HTM#", None),
        (
            "G'day Mate (on the World Wide Web)#http://www.example.com/gdaymate.htm#",
            "http://www.example.com/gdaymate.htm",
        ),
        ("https://www.example.com", "https://www.example.com"),
    ],
)
def test_only_a_web_address_becomes_the_website(homepage, address):
    assert website(homepage) == address


def test_there_are_91_customers_and_29_suppliers(traders):
    customers = [trader for trader in traders if trader.company["is_customer"]]
    suppliers = [trader for trader in traders if trader.company["is_supplier"]]
    assert (len(customers), len(suppliers), len(traders)) == (91, 29, 120)


def test_references_are_unique_because_they_are_what_a_second_run_looks_up(traders):
    references = {trader.company["reference"] for trader in traders}
    assert len(references) == 120
    assert {"NW-ALFKI", "NW-S01", "NW-S29"} <= references


def test_a_row_becomes_company_contact_and_address(traders):
    alfreds = traders[0]
    assert alfreds.company == {
        "reference": "NW-ALFKI",
        "name": "Alfreds Futterkiste",
        "is_customer": True,
        "is_supplier": False,
        "phone": "030-0074321",
        "fax": "030-0076545",
        "website": None,
    }
    assert alfreds.contact == {
        "first_name": "Maria",
        "last_name": "Anders",
        "job_title": "Sales Representative",
        "phone": "030-0074321",
    }
    assert alfreds.address == {
        "kind": "billing",
        "street": "Obere Str. 57",
        "city": "Berlin",
        "region": None,
        "postal_code": "12209",
    }
    assert alfreds.country == "DE"


def test_no_value_is_blank_or_has_stray_spaces(traders):
    values = [
        value
        for trader in traders
        for record in (trader.company, trader.contact, trader.address)
        for value in record.values()
        if isinstance(value, str)
    ]
    assert all(value == " ".join(value.split()) != "" for value in values)


def test_every_country_is_an_iso_code(traders):
    countries = {trader.country for trader in traders}
    assert all(len(code) == 2 and code.isupper() for code in countries)
    assert {"GB", "US", "CH"} <= countries


def test_every_contact_has_both_names(traders):
    assert all(t.contact["first_name"] and t.contact["last_name"] for t in traders)


def test_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(DemoError, match=r"customers\.csv cannot be read: No such file"):
        read_traders(tmp_path)
