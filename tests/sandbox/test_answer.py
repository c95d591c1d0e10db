"""What a guest's refusal is, for a client and for a module that called it."""

from __future__ import annotations

import json

import pytest

from eerp.errors import NotFound, Refusal
from eerp.sandbox.answer import refusal, refusal_of_service
from eerp.sandbox.frame import GuestResponse


def refused(code: str) -> GuestResponse:
    """An answer that says no."""
    body = json.dumps({"code": code, "message": "No.", "errors": []}).encode()
    return GuestResponse(404, {}, body, None, None)


@pytest.mark.parametrize("read", [refusal, refusal_of_service])
def test_a_module_s_own_code_is_kept(read):
    error = read(refused("sold_out"))
    assert isinstance(error, Refusal)
    assert (error.status, error.code, error.message) == (404, "sold_out", "No.")


def test_absence_that_a_service_passes_on_is_not_its_own():
    assert refusal(refused("service_absent")).code == "service_absent"
    error = refusal_of_service(refused("service_absent"))
    assert isinstance(error, NotFound)
    assert (error.status, error.code, error.message) == (404, "not_found", "No.")
