"""The own company, and those it trades with, in the CRM."""

from __future__ import annotations

from collections.abc import Sequence

from demo.northwind.client import Record
from demo.northwind.load import Loader
from demo.northwind.shelf import Shelf
from demo.northwind.traders import Trader

__all__ = ["load_company", "load_traders"]

COMPANY = {
    "name": "Northwind Traders",
    "legal_name": "Northwind Traders, Inc.",
    "street": "507 - 20th Ave. E.",
    "city": "Seattle",
    "region": "WA",
    "postal_code": "98122",
    "phone": "(206) 555-9857",
}
OURS = "like.NW-*"


async def load_company(loader: Loader) -> Record:
    """The company in whose name everything is done, with its books in US dollars."""
    currencies = await loader.shelf("/api/core/currencies", "code").open(code="eq.USD")
    countries = await loader.shelf("/api/core/countries", "code").open(code="eq.US")
    companies = await loader.shelf("/api/core/companies", "name").open()
    values = {
        "currency_id": currencies.id_of("USD"),
        "country_id": countries.id_of("US"),
    }
    return await companies.ensure(COMPANY | values)


async def load_traders(loader: Loader, traders: Sequence[Trader]) -> Shelf:
    """All customers and suppliers with their people and addresses."""
    shelf = loader.shelf
    theirs = {"company.reference": OURS}
    countries = await shelf("/api/core/countries", "code").open()
    companies = await shelf("/api/crm/companies", "reference").open(reference=OURS)
    contacts = await shelf(
        "/api/crm/contacts", "company_id", "first_name", "last_name"
    ).open(**theirs)
    addresses = await shelf("/api/crm/addresses", "company_id", "kind").open(**theirs)

    async def load(trader: Trader) -> None:
        company = await companies.ensure(trader.company)
        owner = {"company_id": company["id"]}
        await contacts.ensure(trader.contact | owner)
        country = {"country_id": countries.id_of(trader.country)}
        await addresses.ensure(trader.address | owner | country)

    await loader.each("companies", traders, load)
    return companies
