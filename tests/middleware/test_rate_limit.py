"""How often one may call."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import TooManyRequests
from eerp.middleware.rate_limit import Buckets
from tests.middleware.given import ANN, BOB, MiddlewareTests, a_call

US = 1_000_000
numbers = st.integers(1, 50)
pauses = st.lists(st.integers(0, 3 * US), max_size=60)


def outcomes(buckets, waits):
    """(microseconds, seconds to wait) of a call after each of `waits`."""
    now = 0
    for wait in waits:
        now += wait
        yield now, buckets.take("a", now / US)


@given(numbers, numbers, pauses)
def test_no_stretch_of_time_has_more_than_a_bucket_and_what_was_filled_again(
    requests, seconds, waits
):
    taken = [at for at, wait in outcomes(Buckets(requests, seconds), waits) if not wait]
    for first, start in enumerate(taken):
        for number, end in enumerate(taken[first:], 1):
            filled = (end - start) * requests / (seconds * US)
            assert number <= requests + filled + 1e-6


@given(numbers, numbers, pauses)
def test_who_waits_as_long_as_he_was_told_is_let_pass(requests, seconds, waits):
    buckets, now = Buckets(requests, seconds), 0
    for wait in waits:
        now += wait
        told = buckets.take("a", now / US)
        assert told <= seconds
        if told:
            now += told * US
            assert buckets.take("a", now / US) == 0


@given(numbers, numbers)
def test_a_whole_bucket_is_let_pass_at_once_and_not_one_more(requests, seconds):
    buckets = Buckets(requests, seconds)
    assert [buckets.take("a", 5.0) for _ in range(requests)] == [0] * requests
    assert buckets.take("a", 5.0) > 0


@given(numbers, numbers, st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_clock_that_is_set_back_delays_nobody_for_longer_than_a_bucket(
    requests, seconds, before, after
):
    buckets = Buckets(requests, seconds)
    for _ in range(requests):
        buckets.take("a", before)
    assert buckets.take("a", after) <= seconds


@given(st.lists(st.integers(0, 9), max_size=50))
def test_no_more_buckets_are_kept_than_are_allowed(keys):
    buckets = Buckets(1, 10, keys_max=3)
    for key in keys:
        buckets.take(key, 0.0)
        assert len(buckets) <= 3
    for key in list(dict.fromkeys(reversed(keys)))[:3]:
        assert buckets.take(key, 0.0) > 0


class RateLimitTests(MiddlewareTests):
    def test_one_more_than_allowed_is_refused_until_it_is_time(self):
        limit = self.make("rate_limit", requests=2, seconds=10)
        self.run_call(limit, a_call())
        self.run_call(limit, a_call())
        error = self.refused(limit, a_call())
        assert isinstance(error, TooManyRequests)
        assert error.retry_after_s == 5
        assert "2 requests in 10 seconds" in error.message
        self.clock.advance(5)
        assert self.run_call(limit, a_call()) is self.reply

    def test_users_have_a_number_each_and_all_strangers_one(self):
        limit = self.make("rate_limit", requests=1, seconds=10)
        for who in (ANN, BOB, None):
            self.run_call(limit, a_call(who=who))
            assert isinstance(self.refused(limit, a_call(who=who)), TooManyRequests)

    def test_a_module_may_have_one_number_for_all(self):
        limit = self.make("rate_limit", requests=1, seconds=10, per="module")
        self.run_call(limit, a_call(who=ANN))
        assert isinstance(self.refused(limit, a_call(who=BOB)), TooManyRequests)

    def test_a_call_that_is_made_again_counts_once(self):
        limit = self.make("rate_limit", requests=1, seconds=10)
        for attempt in (1, 2, 3):
            self.run_call(limit, evolve(a_call(), attempt=attempt))
