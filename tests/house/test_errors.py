"""The tree that eerp.errors draws is the tree that it has."""

from __future__ import annotations

import re
from collections import Counter

from eerp import errors
from eerp.errors import EerpError

HERE = errors.__name__
_DRAWN = re.compile(r"── (\w+)(?: (\d{3}))?")
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")


def _below(base: type[EerpError]) -> list[type[EerpError]]:
    children = [
        each for each in base.__subclasses__() if each.__module__.startswith(f"{HERE}.")
    ]
    return [each for child in children for each in (child, *_below(child))]


ALL = _below(EerpError)
DRAWN: dict[str, str] = dict(_DRAWN.findall(errors.__doc__ or ""))


def test_each_error_is_drawn_and_each_drawn_error_exists() -> None:
    assert {each.__name__ for each in ALL} == set(DRAWN)


def test_each_drawn_status_is_the_error_s() -> None:
    wrong = [
        each.__name__
        for each in ALL
        if DRAWN[each.__name__] and each.status != int(DRAWN[each.__name__])
    ]
    assert wrong == []


def test_each_error_is_exported() -> None:
    assert {each.__name__ for each in ALL} <= set(errors.__all__)


def test_no_two_errors_share_a_code() -> None:
    codes = Counter(vars(each)["code"] for each in ALL if "code" in vars(each))
    assert [code for code, count in codes.items() if count > 1] == []


def test_an_error_without_its_own_code_is_the_only_one_to_borrow_it() -> None:
    borrowed = Counter(each.code for each in ALL if "code" not in vars(each))
    assert [code for code, count in borrowed.items() if count > 1] == []


def test_codes_are_words() -> None:
    assert [each.code for each in ALL if not _CODE.fullmatch(each.code)] == []
