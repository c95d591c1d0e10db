"""How an attempt failed: the same for deliveries and for jobs."""

from __future__ import annotations

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import CancelledError

from eerp.delivery.attempt import INTERRUPTED, Failure, attempt
from eerp.delivery.backoff import Backoff
from eerp.delivery.claims import ClaimLost
from eerp.errors import (
    BadRequest,
    DatabaseUnavailable,
    EerpError,
    Overloaded,
    RequestOutOfTime,
    StatementTimeout,
)
from eerp.limits import DELIVERY_ERROR_CHARACTERS_MAX

STEADY = Backoff(10, 1, 10)


async def tried(error: BaseException | None) -> Failure | None:
    async def work() -> None:
        if error is not None:
            raise error

    return await attempt(work(), "job", job="night")


@ensureDeferred
async def test_what_is_done_did_not_fail() -> None:
    assert await tried(None) is None


@ensureDeferred
async def test_what_another_process_does_by_now_did_not_fail() -> None:
    assert await tried(ClaimLost("Another process delivers this by now.")) is None


@ensureDeferred
async def test_what_was_interrupted_is_no_attempt_and_waits_for_nothing() -> None:
    failure = await tried(CancelledError())
    assert failure is INTERRUPTED
    assert not failure.counts
    assert failure.delay_s(3, STEADY) == 0


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (BadRequest("No."), True),
        (RequestOutOfTime("Later."), True),
        (StatementTimeout("Later."), True),
        (ValueError("a mistake of ours"), True),
        (DatabaseUnavailable("Later."), False),
        (Overloaded("Later."), False),
    ],
)
@ensureDeferred
async def test_a_failure_of_ours_is_no_attempt(error: Exception, counts: bool) -> None:
    failure = await tried(error)
    assert failure is not None
    assert failure.counts == counts
    assert failure.is_last(5, attempts_max=5) == counts
    assert not failure.is_last(4, attempts_max=5)
    assert 5 <= failure.delay_s(1, STEADY) <= 10


@ensureDeferred
async def test_what_breaks_says_nothing_of_its_inside() -> None:
    failure = await tried(ValueError("secret"))
    assert failure is not None
    assert "secret" not in failure.text


def test_the_words_of_an_error_are_one_line_and_not_endless() -> None:
    failure = Failure.of(EerpError("a\nb" * DELIVERY_ERROR_CHARACTERS_MAX))
    assert "\n" not in failure.text
    assert len(failure.text) == DELIVERY_ERROR_CHARACTERS_MAX
