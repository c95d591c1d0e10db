"""Middlewares of Python packages."""

from __future__ import annotations

import sys

import pytest
from twisted.logger import globalLogPublisher

from eerp.errors import ManifestInvalid, ModuleError
from tests.middleware.given import around
from tests.middleware.packages import STAMP, write_package


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder for packages, where Python looks for them."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture
def events():
    """What is logged meanwhile."""
    seen = []
    globalLogPublisher.addObserver(seen.append)
    yield seen
    globalLogPublisher.removeObserver(seen.append)


def refusal(name, **options):
    with pytest.raises(ModuleError) as caught:
        around({"name": name, **options})
    assert caught.value.message.startswith(f"module shop: middleware.0 ({name}): ")
    assert "\n" not in caught.value.message
    return caught.value


def test_a_package_offers_a_middleware_under_its_own_name(site):
    write_package(site, "acme-eerp", "acme_one", STAMP, acme__stamp="Stamp")
    first, second = around({"name": "acme.stamp", "text": "a"}, {"name": "acme.stamp"})
    assert (first.source, second.source) == ("acme-eerp", "acme-eerp")
    assert (first.options, second.options) == ({"text": "a"}, {"text": "ok"})


def test_a_package_that_no_module_names_is_not_imported(site):
    write_package(site, "acme-eerp", "acme_two", STAMP, acme__stamp="Stamp")
    around({"name": "cache"})
    assert "acme_two" not in sys.modules


def test_what_packages_offer_is_among_what_there_is(site):
    write_package(site, "acme-eerp", "acme_three", STAMP, acme__stamp="Stamp")
    error = refusal("acme.stmp")
    assert isinstance(error, ManifestInvalid)
    assert error.message.endswith("did you mean `acme.stamp`?")
    assert "acme.stamp, cache, idempotency, " in error.hint
    assert "acme_three" not in sys.modules


def test_options_of_a_package_are_checked_by_its_schema(site):
    write_package(site, "acme-eerp", "acme_four", STAMP, acme__stamp="Stamp")
    error = refusal("acme.stamp", txt="a")
    assert error.message.endswith("txt: is not an option; did you mean `text`?")
    assert refusal("acme.stamp", text=1).message.endswith("text: must be text")


def test_a_package_cannot_take_a_name_of_the_core(site):
    write_package(site, "acme-eerp", "acme_five", STAMP, cache="Stamp")
    (one,) = around({"name": "cache"})
    assert one.source == "eerp"


def test_two_packages_that_offer_one_name_are_both_named(site):
    write_package(site, "acme-eerp", "acme_six", STAMP, acme__stamp="Stamp")
    write_package(site, "other", "acme_seven", STAMP, acme__stamp="Stamp")
    assert "the packages acme-eerp and other both offer" in (
        refusal("acme.stamp").message
    )


@pytest.mark.parametrize("text", ["import nowhere_to_be_found", "1/0", "x ="])
def test_a_package_that_cannot_be_imported_fails_the_module_and_is_logged(
    site, events, text
):
    module = f"acme_eight_{len(text)}"
    write_package(site, "acme-eerp", module, text, acme__stamp="Stamp")
    error = refusal("acme.stamp")
    assert "of the package acme-eerp cannot be imported" in error.message
    (logged,) = [e for e in events if e.get("event") == "middleware_unusable"]
    assert module in logged["log_failure"].getTraceback()


@pytest.mark.parametrize(
    ("number", "change", "words"),
    [
        (1, ("schema = {", "scheme = {"), "has no attribute 'schema'"),
        (2, ('"type": "object"', '"type": "array"'), "not a JSON Schema of an object"),
        (3, ('"type": "string"', '"type": "strin"'), "`schema` is not a JSON Schema"),
        (4, ('"text": {', '"paths": {'), "no option may be called `paths`"),
        (5, ("def make", "def mak"), "has no attribute 'make'"),
        (6, ("return cls(", "return print("), "cannot be made (TypeError)"),
        (7, ("return cls(", "1/0, ("), "cannot be made (ZeroDivisionError)"),
        (
            8,
            ("return cls(", "raise ValueError('text: is too dull') #"),
            "text: is too dull",
        ),
    ],
)
def test_a_package_that_offers_something_else_is_refused(
    site, events, number, change, words
):
    text = STAMP.replace(*change)
    module = f"acme_wrong_{number}"
    write_package(site, "acme-eerp", module, text, acme__stamp="Stamp")
    assert words in refusal("acme.stamp").message
