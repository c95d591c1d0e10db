"""How long to wait after a failed attempt."""

from __future__ import annotations

from eerp.delivery.backoff import HANDLERS, WEBHOOKS, Backoff


def longest(backoff, attempt):
    return backoff.delay_s(attempt, lambda _low, high: high)


def test_each_wait_is_a_multiple_of_the_one_before_up_to_a_cap():
    backoff = Backoff(1, 2, 10)
    assert [longest(backoff, n) for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_a_wait_is_drawn_from_the_upper_half():
    backoff = Backoff(8, 2, 100)
    assert backoff.delay_s(1, lambda low, _high: low) == 4
    assert all(4 <= backoff.delay_s(1) <= 8 for _ in range(100))


def test_no_number_of_attempts_is_too_large():
    assert longest(Backoff(1, 3, 60), 10**9) == 60


def test_handlers_give_up_within_hours_and_webhooks_within_two_days():
    assert 1800 < sum(longest(HANDLERS, n) for n in range(1, 12)) < 3 * 3600
    assert 24 * 3600 < sum(longest(WEBHOOKS, n) for n in range(1, 12)) < 48 * 3600
