from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.auth.names import (
    check_permission,
    check_role_name,
    check_username,
    fold_username,
    is_username,
)
from eerp.errors import ValidationFailed


@pytest.mark.parametrize("name", ["a", "ann", "ann.b-c_d", "ann+x@example.com", "0x"])
def test_a_plain_name_is_a_username(name):
    assert check_username(name.upper()) == name


@pytest.mark.parametrize(
    "name",
    ["", " ann", "ann ", ".ann", "a" * 101, "änn",
     "\u0430nn", "a\0b", "a\nb", "a\u200bb",
     "a/b", "a'b", "K\u0130M", "\u212aate", "\ud83d"],
)  # fmt: skip
def test_a_name_that_looks_like_another_or_breaks_a_line_is_none(name):
    with pytest.raises(ValidationFailed):
        check_username(name)


@given(st.text())
def test_folding_twice_is_folding_once_for_every_username(name):
    folded = fold_username(name)
    if is_username(folded):
        assert fold_username(folded) == folded
        assert folded.isascii()


@pytest.mark.parametrize("name", ["sales", "sales_2", "head-of-sales"])
def test_a_role_has_a_plain_name(name):
    assert check_role_name(name) == name


@pytest.mark.parametrize("name", ["", "Sales", "2nd", "a b", "a" * 64, "a\n", "*"])
def test_a_role_has_no_other_name(name):
    with pytest.raises(ValidationFailed):
        check_role_name(name)


@pytest.mark.parametrize("permission", ["*", "crm.*", "crm", "crm.contacts.read"])
def test_a_permission_is_a_name_a_prefix_or_a_star(permission):
    assert check_permission(permission) == permission


@pytest.mark.parametrize(
    "permission", ["", "**", "*.crm", "crm.", ".crm", "crm.*.read", "crm *", "crm.c*"]
)
def test_a_permission_is_nothing_else(permission):
    with pytest.raises(ValidationFailed):
        check_permission(permission)
