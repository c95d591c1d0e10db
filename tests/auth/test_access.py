from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.auth.access import require, signed_in
from eerp.errors import Forbidden, Unauthenticated
from eerp.interfaces import Identity

NAMES = st.from_regex(r"[a-z]{1,5}(\.[a-z]{1,5}){0,3}", fullmatch=True)


def caller(*permissions: str) -> Identity:
    return Identity("u", "ann", None, (), frozenset(permissions))


def test_a_public_route_asks_for_nobody():
    require(None, None)
    require(caller(), None)


def test_without_an_identity_the_answer_is_401():
    with pytest.raises(Unauthenticated):
        require(None, "crm.contacts.read")
    with pytest.raises(Unauthenticated):
        signed_in(None)


def test_a_lacking_permission_is_named():
    with pytest.raises(Forbidden, match=r"crm\.contacts\.write") as caught:
        require(caller("crm.contacts.read"), "crm.contacts.write")
    assert caught.value.status == 403


@pytest.mark.parametrize("grant", ["crm.contacts.read", "crm.contacts.*", "crm.*", "*"])
def test_a_grant_covers_its_name_and_what_is_below_its_star(grant):
    require(caller(grant), "crm.contacts.read")


@pytest.mark.parametrize(
    "grant",
    ["crm", "crm.contacts", "crm.contact.*", "crm.c*", "*.read", "crm.contacts.read.*"],
)
def test_a_grant_covers_nothing_else(grant):
    with pytest.raises(Forbidden):
        require(caller(grant), "crm.contacts.read")


@given(NAMES)
def test_nobody_may_anything_without_a_grant(permission):
    with pytest.raises(Forbidden):
        require(caller(), permission)
