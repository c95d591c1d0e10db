"""The grammar of topics and patterns."""

from __future__ import annotations

import pytest

from eerp import limits
from eerp.delivery.topics import is_pattern, is_topic, matching, module_of, owned


@pytest.mark.parametrize(
    "topic", ["crm.won", "crm.opportunities.won", "a.b_1", "a.b.c.d.e.f"]
)
def test_a_topic_is_words_with_dots_between_them(topic):
    assert is_topic(topic)
    assert is_pattern(topic)


@pytest.mark.parametrize(
    "text",
    [
        "crm", "", ".", "crm.", ".won", "crm..won", "Crm.won", "crm.1", "crm.wön",
        "crm.won\n", "crm won", "crm.won.*.x", "*", "*.won", None, 7,
        "a." + "b" * limits.TOPIC_CHARACTERS_MAX,
    ],
)  # fmt: skip
def test_anything_else_is_neither_topic_nor_pattern(text):
    assert not is_topic(text)
    assert not is_pattern(text)


def test_a_star_at_the_end_makes_a_pattern_and_no_topic():
    assert is_pattern("crm.*")
    assert is_pattern("crm.opportunities.*")
    assert not is_topic("crm.*")


def test_all_patterns_that_name_a_topic_are_found():
    assert matching("crm.deals.won") == ["crm.deals.won", "crm.*", "crm.deals.*"]


def test_a_module_speaks_below_its_own_name():
    assert owned("crm", "deals.won") == "crm.deals.won"
    assert owned("crm", "crm.deals.won") == "crm.deals.won"
    assert owned("crm", "hr.deals.won") == "crm.hr.deals.won"
    assert owned("crm", "crmx.won") == "crm.crmx.won"
    assert module_of("crm.*") == "crm"
