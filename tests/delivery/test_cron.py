"""When a job is due."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.delivery.cron import CronRefused, next_due


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("* * * * *", at(2026, 1, 1, 0, 0, 0), at(2026, 1, 1, 0, 1)),
        ("*/15 * * * *", at(2026, 1, 1, 0, 59, 59), at(2026, 1, 1, 1, 0)),
        ("0 3 * * *", at(2026, 1, 1, 3, 0), at(2026, 1, 2, 3, 0)),
        ("0 0 29 2 *", at(2026, 1, 1), at(2028, 2, 29)),
        ("0 9 * * MON", at(2026, 1, 1), at(2026, 1, 5, 9)),
        ("0 0 L * *", at(2026, 2, 1), at(2026, 2, 28)),
    ],
)
def test_the_next_time_that_the_expression_names(expression, after, due):
    assert next_due(expression, after) == due


def test_a_fraction_of_a_second_is_not_a_time_of_its_own():
    assert next_due("* * * * *", at(2026, 1, 1, 0, 0, 59, 999999)) == at(
        2026, 1, 1, 0, 1
    )


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "0 * * * * *", "61 * * * *", "0 0 31 2 *", "x * * * *", "@daily"],
)
def test_what_is_no_expression_or_never_due_is_refused(expression):
    with pytest.raises(CronRefused):
        next_due(expression, at(2026, 1, 1))


@given(st.text("0123456789*/,-L#W ²MON", max_size=40))
def test_any_text_is_a_time_or_a_refusal(expression):
    with suppress(CronRefused):
        assert next_due(expression, at(2026, 1, 1)) > at(2026, 1, 1)
