"""Northwind's customers and suppliers as records of the CRM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import frozen

from demo.northwind.table import HERE, Row, read_rows, text

__all__ = ["Trader", "customer_number", "read_traders", "split_name", "website"]

# The files name countries in words of their own; these are their ISO 3166-1 codes.
COUNTRY_CODES = {
    "Argentina": "AR",
    "Australia": "AU",
    "Austria": "AT",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Denmark": "DK",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Ireland": "IE",
    "Italy": "IT",
    "Japan": "JP",
    "Mexico": "MX",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "Singapore": "SG",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "UK": "GB",
    "USA": "US",
    "Venezuela": "VE",
}

# A family name begins at such a word: Isabel | de Castro.
PARTICLES = frozenset({"da", "de", "del", "den", "der", "di", "la", "van", "von"})


@frozen
class Trader:
    """One row: a company, its contact person and its address.

    Each is the JSON object to create. What only the server knows is missing:
    `company_id` in `contact` and `address`, and the `country_id` of `country`, a
    code of two letters.
    """

    company: dict[str, Any]
    contact: dict[str, Any]
    address: dict[str, Any]
    country: str


def read_traders(folder: Path = HERE) -> list[Trader]:
    """All customers, then all suppliers.

    Raises:
        DemoError: a file is missing or not as expected.
    """
    customers = [
        _trader(row, customer_number(row["customer_id"]), is_customer=True)
        for row in read_rows(folder, "customers")
    ]
    suppliers = [
        _trader(row, f"NW-S{int(row['supplier_id']):02}", is_customer=False)
        for row in read_rows(folder, "suppliers")
    ]
    return customers + suppliers


def customer_number(customer_id: str) -> str:
    """The number of a customer: ``NW-ALFKI``."""
    return f"NW-{customer_id}"


def split_name(name: str) -> tuple[str, str]:
    """First and family name: ("José Pedro", "Freyre"), ("Isabel", "de Castro")."""
    words = name.split()
    last = max(len(words) - 1, 1)
    start = next((n for n in range(1, last) if words[n] in PARTICLES), last)
    return " ".join(words[:start]), " ".join(words[start:])


def website(homepage: str) -> str | None:
    """The address in a hyperlink field, which reads ``text#address#``.

    Some rows link to a file on somebody's disk; that is no website.
    """
    parts = homepage.split("#")
    found = [part for part in parts if part.startswith(("http://", "https://"))]
    return found[0] if found else None


def _trader(row: Row, reference: str, *, is_customer: bool) -> Trader:
    return Trader(
        company=_company(row, reference, is_customer=is_customer),
        contact=_contact(row),
        address=_address(row),
        country=COUNTRY_CODES[row["country"]],
    )


def _company(row: Row, reference: str, *, is_customer: bool) -> dict[str, Any]:
    return {
        "reference": reference,
        "name": text(row["company_name"]),
        "is_customer": is_customer,
        "is_supplier": not is_customer,
        "phone": text(row["phone"]),
        "fax": text(row["fax"]),
        "website": website(row.get("homepage", "")),
    }


def _contact(row: Row) -> dict[str, Any]:
    first_name, last_name = split_name(row["contact_name"])
    return {
        "first_name": first_name,
        "last_name": last_name,
        "job_title": text(row["contact_title"]),
        "phone": text(row["phone"]),
    }


def _address(row: Row) -> dict[str, Any]:
    return {
        "kind": "billing",
        "street": text(row["address"]),
        "city": text(row["city"]),
        "region": text(row["region"]),
        "postal_code": text(row["postal_code"]),
    }
