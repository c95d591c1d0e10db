from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.auth.access import require, signed_in
from eerp.errors import Forbidden, Unauthenticated
from eerp.interfaces import SYSTEM, Identity

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


@pytest.mark.parametrize("way", ["create", "update", "delete"])
def test_a_grant_to_write_covers_the_ways_to_write(way):
    require(caller("crm.contacts.write"), f"crm.contacts.{way}")


@pytest.mark.parametrize(
    "permission",
    ["crm.contacts.read", "crm.contacts.purge", "crm.leads.create", "create", "write"],
)
def test_a_grant_to_write_covers_nothing_else(permission):
    with pytest.raises(Forbidden):
        require(caller("crm.contacts.write"), permission)


def test_a_grant_of_one_way_to_write_is_not_the_whole():
    with pytest.raises(Forbidden):
        require(caller("crm.contacts.create"), "crm.contacts.write")


@pytest.mark.parametrize("grant", ["eerp.companies.all", "eerp.*", "*"])
def test_who_may_see_all_companies_is_unscoped(grant):
    assert caller(grant).unscoped
    assert not caller("crm.*").unscoped


def test_the_system_may_everything():
    require(SYSTEM, "crm.contacts.purge")
    assert (SYSTEM.user_id, SYSTEM.company_id, SYSTEM.unscoped) == (
        "system",
        None,
        True,
    )
