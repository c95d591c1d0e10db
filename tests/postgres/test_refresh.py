"""Refresh tokens and their one successor, with a real PostgreSQL."""

from __future__ import annotations

import pytest
from pytest_twisted import ensureDeferred

from eerp.auth.accounts import TokenPair
from eerp.auth.token import refresh_token_hash
from eerp.config import AuthConfig
from eerp.database.pool import Pool
from eerp.errors import (
    RefreshRefused,
    TokenInvalid,
    TokenRevoked,
)
from tests.postgres.world import (
    FORGIVING,
    LIFETIMES,
    at_once,
    process,
    with_ann,
)

# Refreshing


@ensureDeferred
async def test_a_refresh_gives_a_new_pair_for_the_same_session(pool: Pool):
    world = await with_ann(pool)
    first = await world.login()
    second = await world.accounts.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert second.access_token != first.access_token
    before = await world.identities.identify(first.access_token)
    after = await world.identities.identify(second.access_token)
    assert before.session_id == after.session_id
    assert await world.live_refresh_tokens() == 1


@ensureDeferred
async def test_a_session_can_be_refreshed_again_and_again(pool: Pool):
    world = await with_ann(pool)
    pair = await world.login()
    for _ in range(5):
        pair = await world.accounts.refresh(pair.refresh_token)
        await world.age_spent_tokens(60)
    assert await world.live_refresh_tokens() == 1


# Spent tokens


@ensureDeferred
async def test_a_spent_token_that_comes_back_at_once_ends_the_session(pool: Pool):
    """By default nothing is forgiven: the successor is worthless too."""
    world = await with_ann(pool)
    first = await world.login()
    second = await world.accounts.refresh(first.refresh_token)
    await world.identities.identify(second.access_token)
    for token in (first.refresh_token, second.refresh_token):
        with pytest.raises(RefreshRefused) as caught:
            await world.accounts.refresh(token)
        assert caught.value.status == 401
    for token in (first.access_token, second.access_token):
        with pytest.raises(TokenRevoked):
            await world.identities.identify(token)
    reasons = await world.sql("select revoked_reason from eerp.sessions")
    assert reasons == [("refresh_token_reused",)]
    assert await world.live_refresh_tokens() == 0


@ensureDeferred
async def test_a_clock_that_was_set_back_forgives_nothing(pool: Pool):
    world = await with_ann(pool)
    first = await world.login()
    second = await world.accounts.refresh(first.refresh_token)
    await world.age_spent_tokens(-60)
    for token in (first.refresh_token, second.refresh_token):
        with pytest.raises(RefreshRefused):
            await world.accounts.refresh(token)


@ensureDeferred
async def test_of_parallel_refreshes_one_succeeds_and_the_session_ends(pool: Pool):
    one, two = await with_ann(pool), process(pool)
    first = await one.login()
    answers = await at_once(
        *(world.accounts.refresh(first.refresh_token) for world in (one, two) * 3)
    )
    pairs = [answer for answer in answers if isinstance(answer, TokenPair)]
    refusals = [answer for answer in answers if isinstance(answer, RefreshRefused)]
    assert (len(pairs), len(refusals)) == (1, 5)
    with pytest.raises(RefreshRefused):
        await one.accounts.refresh(pairs[0].refresh_token)
    assert await one.live_refresh_tokens() == 0


# Spent tokens, with a grace


@ensureDeferred
async def test_a_spent_token_that_comes_back_late_ends_the_session(pool: Pool):
    world = await with_ann(pool, lifetimes=FORGIVING)
    first = await world.login()
    second = await world.accounts.refresh(first.refresh_token)
    await world.identities.identify(second.access_token)
    await world.age_spent_tokens(60)
    with pytest.raises(RefreshRefused):
        await world.accounts.refresh(first.refresh_token)
    with pytest.raises(RefreshRefused):
        await world.accounts.refresh(second.refresh_token)
    with pytest.raises(TokenRevoked):
        await world.identities.identify(second.access_token)
    reasons = await world.sql("select revoked_reason from eerp.sessions")
    assert reasons == [("refresh_token_reused",)]


@ensureDeferred
async def test_a_lost_answer_is_given_again(pool: Pool):
    world = await with_ann(pool, lifetimes=FORGIVING)
    first = await world.login()
    lost = await world.accounts.refresh(first.refresh_token)
    again = await world.accounts.refresh(first.refresh_token)
    assert again.refresh_token == lost.refresh_token
    assert await world.live_refresh_tokens() == 1
    assert await world.accounts.refresh(again.refresh_token)


@ensureDeferred
async def test_a_lost_answer_is_not_given_again_once_its_token_was_used(pool: Pool):
    world = await with_ann(pool, lifetimes=FORGIVING)
    first = await world.login()
    second = await world.accounts.refresh(first.refresh_token)
    third = await world.accounts.refresh(second.refresh_token)
    with pytest.raises(RefreshRefused):
        await world.accounts.refresh(first.refresh_token)
    with pytest.raises(RefreshRefused):
        await world.accounts.refresh(third.refresh_token)


@ensureDeferred
async def test_parallel_refreshes_never_give_two_live_successors(pool: Pool):
    one = await with_ann(pool, lifetimes=FORGIVING)
    two = process(pool, lifetimes=FORGIVING)
    first = await one.login()
    pairs = await at_once(
        *(world.accounts.refresh(first.refresh_token)
          for world in (one, two, one, two, one, two))
    )  # fmt: skip
    assert {type(pair) for pair in pairs} == {TokenPair}
    assert len({pair.refresh_token for pair in pairs}) == 1
    assert await one.live_refresh_tokens() == 1


@pytest.mark.parametrize("lifetimes", [LIFETIMES, FORGIVING])
@ensureDeferred
async def test_a_token_and_its_successor_at_once_leave_one_alive_at_most(
    pool: Pool, lifetimes: AuthConfig
):
    world = await with_ann(pool, lifetimes=lifetimes)
    first = await world.login()
    second = await world.accounts.refresh(first.refresh_token)
    await at_once(
        *(world.accounts.refresh(token)
          for token in (first.refresh_token, second.refresh_token) * 3)
    )  # fmt: skip
    assert await world.live_refresh_tokens() <= 1


# The session of the token


@ensureDeferred
async def test_one_reuse_leaves_the_users_other_sessions_alone(pool: Pool):
    world = await with_ann(pool)
    first, other = await world.login(), await world.login()
    await world.accounts.refresh(first.refresh_token)
    with pytest.raises(RefreshRefused):
        await world.accounts.refresh(first.refresh_token)
    assert await world.accounts.refresh(other.refresh_token)


@pytest.mark.parametrize(
    "end",
    [
        "update eerp.refresh_tokens set expires_at = clock_timestamp()",
        "update eerp.sessions set expires_at = clock_timestamp()",
        "update eerp.sessions set revoked_at = clock_timestamp()",
        "update eerp.users set active = false",
        "delete from eerp.sessions",
        "delete from eerp.users",
    ],
)
@ensureDeferred
async def test_a_refresh_token_ends_with_what_it_hangs_on(pool: Pool, end: str):
    world = await with_ann(pool)
    pair = await world.login()
    await world.sql(end)
    with pytest.raises(RefreshRefused) as caught:
        await world.accounts.refresh(pair.refresh_token)
    assert caught.value.message == "The refresh token is not valid."


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "x" * 100_000, "' or 1=1"])
@ensureDeferred
async def test_what_is_no_refresh_token_is_refused(pool: Pool, token: str):
    with pytest.raises(RefreshRefused):
        await process(pool).accounts.refresh(token)


@ensureDeferred
async def test_an_access_token_is_no_refresh_token(pool: Pool):
    world = await with_ann(pool)
    pair = await world.login()
    with pytest.raises(RefreshRefused):
        await world.accounts.refresh(pair.access_token)
    with pytest.raises(TokenInvalid):
        await world.identities.identify(pair.refresh_token)


@ensureDeferred
async def test_no_token_outlives_its_session(pool: Pool):
    world = await with_ann(pool)
    pair = await world.login()
    await world.sql(
        "update eerp.sessions set expires_at = clock_timestamp() + interval '100 s'"
    )
    renewed = await world.accounts.refresh(pair.refresh_token)
    assert renewed.expires_in <= 100
    rows = await world.sql(
        "select max(t.expires_at) = max(s.expires_at) from eerp.refresh_tokens t"
        "  join eerp.sessions s on s.id = t.session_id where t.hash = %s",
        refresh_token_hash(renewed.refresh_token),
    )
    assert rows == [(True,)]
