"""Signing in, staying known, and signing out, with a real PostgreSQL."""

from __future__ import annotations

import hashlib

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from eerp.auth import Throttle, Tokens
from eerp.auth.accounts import TokenPair
from eerp.config import AuthConfig
from eerp.database.pool import Pool
from eerp.errors import (
    DatabaseUnavailable,
    LoginRefused,
    RefreshRefused,
    TokenExpired,
    TokenRevoked,
    TooManyRequests,
)
from tests.postgres.world import (
    AWAY,
    GOOD,
    HOME,
    KEYS,
    at_once,
    fail,
    process,
    with_ann,
)

# Signing in


@ensureDeferred
async def test_a_user_signs_in_and_is_known_by_the_token(pool: Pool):
    world = await with_ann(pool)
    pair = await world.login()
    assert pair.token_type == "Bearer"
    assert pair.expires_in == 900
    identity = await world.identities.identify(pair.access_token)
    assert identity.username == "ann"
    assert identity.roles == ("sales",)
    assert identity.permissions == {"crm.*"}
    assert identity.may("crm.contacts.read")
    assert world.identities.cached(pair.access_token) is identity


@ensureDeferred
async def test_a_username_is_the_same_in_capitals(pool: Pool):
    world = await with_ann(pool)
    assert await world.login("Ann")


@ensureDeferred
async def test_the_sign_in_is_recorded(pool: Pool):
    world = await with_ann(pool)
    await world.login()
    rows = await world.sql("select last_login_at is not null from eerp.users")
    assert rows == [(True,)]
    assert await world.sql("select user_agent from eerp.sessions") == [("tests/1",)]


@ensureDeferred
async def test_a_user_agent_is_cut_and_made_printable(pool: Pool):
    world = await with_ann(pool)
    await world.accounts.login(
        "ann", GOOD, address=HOME, user_agent="a\0\r\nb\ud800" + "x" * 5000
    )
    agent = (await world.sql("select user_agent from eerp.sessions"))[0][0]
    assert agent.startswith("a???b?xx")
    assert len(agent) == 200


@ensureDeferred
async def test_no_token_is_stored_as_it_is(pool: Pool):
    world = await with_ann(pool)
    pair = await world.login()
    stored = await world.sql("select hash from eerp.refresh_tokens")
    assert bytes(stored[0][0]) == hashlib.sha256(pair.refresh_token.encode()).digest()


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", "wrong password"),
        ("nobody", GOOD),
        ("bob", GOOD),
        ("", GOOD),
        ("ann\0", GOOD),
        ("ann' --", GOOD),
        ("ann", "\ud800"),
        ("\ud800", GOOD),
        ("x" * 100_000, "y" * 100_000),
        ("ann", GOOD + " "),
    ],
)
@ensureDeferred
async def test_every_refusal_is_the_same(pool: Pool, name: str, password: str):
    """Unknown, wrong, and switched off differ neither in words nor in work."""
    world = await with_ann(pool)
    await world.accounts.add_user("bob", GOOD)
    await world.sql("update eerp.users set active = false where username = 'bob'")
    hashes: list[str] = []
    verify = world.accounts._passwords.verify

    async def counting(stored: str | None, given: str) -> bool:
        hashes.append(given)
        return await verify(stored, given)

    world.accounts._passwords.verify = counting  # type: ignore[method-assign]
    with pytest.raises(LoginRefused) as caught:
        await world.login(name, password)
    assert caught.value.message == "Unknown user or wrong password."
    assert caught.value.code == "login_refused"
    assert hashes == [password]
    assert await world.sql("select count(*) from eerp.login_failures") == [(2,)]


@ensureDeferred
async def test_an_old_hash_is_replaced_when_its_user_signs_in(pool: Pool):
    from argon2 import PasswordHasher

    world = await with_ann(pool)
    cheap = PasswordHasher(1, 8, 1).hash(GOOD)
    await world.sql("update eerp.users set password_hash = %s", cheap)
    await world.login()
    stored = (await world.sql("select password_hash from eerp.users"))[0][0]
    assert stored != cheap
    assert not world.accounts._passwords.needs_rehash(stored)
    assert await world.login()


@ensureDeferred
async def test_many_may_sign_in_at_once(pool: Pool):
    world = await with_ann(pool)
    pairs = await at_once(*(world.login() for _ in range(12)))
    assert all(isinstance(pair, TokenPair) for pair in pairs)
    assert len({pair.refresh_token for pair in pairs}) == 12


@ensureDeferred
async def test_me_says_who_one_is(pool: Pool):
    world = await with_ann(pool)
    identity = await world.identities.identify((await world.login()).access_token)
    me = await world.accounts.me(identity)
    assert me["username"] == "ann"
    assert me["roles"] == ["sales"]
    assert me["permissions"] == ["crm.*"]
    assert me["id"] == identity.user_id
    assert me["company_id"] is None
    assert me["last_login_at"] >= me["created_at"]


# Throttling


@ensureDeferred
async def test_after_five_failures_even_the_right_password_waits(pool: Pool):
    world = await with_ann(pool)
    assert {type(error) for error in await fail(world, 5)} == {LoginRefused}
    with pytest.raises(TooManyRequests) as caught:
        await world.login()
    assert 890 <= caught.value.retry_after_s <= 900


@ensureDeferred
async def test_the_victim_can_sign_in_from_elsewhere(pool: Pool):
    world = await with_ann(pool)
    await fail(world, 7, address=AWAY)
    assert await world.login(address=HOME)


@ensureDeferred
async def test_a_name_that_nobody_has_is_throttled_likewise(pool: Pool):
    world = await with_ann(pool)
    errors = await fail(world, 7, name="nobody")
    assert [type(error) for error in errors[5:]] == [TooManyRequests] * 2


@ensureDeferred
async def test_another_process_counts_along(pool: Pool):
    first, second = await with_ann(pool), process(pool)
    await fail(first, 3)
    await fail(second, 2)
    with pytest.raises(TooManyRequests):
        await first.login()


@ensureDeferred
async def test_the_window_slides(pool: Pool):
    world = await with_ann(pool)
    await fail(world, 5)
    # Minutes, so that no machine is slow enough to make a difference.
    await world.sql("update eerp.login_failures set at = at - interval '10 minutes'")
    with pytest.raises(TooManyRequests) as caught:
        await world.login()
    assert caught.value.retry_after_s <= 5 * 60
    await world.sql("update eerp.login_failures set at = at - interval '5 minutes'")
    assert await world.login()


@ensureDeferred
async def test_signing_in_forgets_the_failures_before_it(pool: Pool):
    world = await with_ann(pool)
    await fail(world, 4)
    await world.login()
    errors = await fail(world, 4)
    assert {type(error) for error in errors} == {LoginRefused}
    assert await world.login()


@ensureDeferred
async def test_one_address_that_tries_many_names_is_throttled(pool: Pool):
    world = await with_ann(pool, throttle=Throttle(failures_max=1))
    for number in range(10):
        await fail(world, 1, name=f"name{number}")
    with pytest.raises(TooManyRequests):
        await world.login()
    assert await world.login(address=AWAY)


@ensureDeferred
async def test_an_ipv6_client_is_its_network(pool: Pool):
    world = await with_ann(pool)
    for number in range(5):
        await fail(world, 1, address=f"2001:db8:1:2::{number}")
    with pytest.raises(TooManyRequests):
        await world.login(address="2001:db8:1:2:ffff::1")
    assert await world.login(address="2001:db8:1:3::1")


@ensureDeferred
async def test_a_burst_of_guesses_learns_no_more_than_a_series(pool: Pool):
    first, second = await with_ann(pool), process(pool)
    answers = await at_once(
        *(world.login(password=f"guess {n}") for n in range(10)
          for world in (first, second))
    )  # fmt: skip
    told = [answer for answer in answers if isinstance(answer, LoginRefused)]
    throttled = [answer for answer in answers if isinstance(answer, TooManyRequests)]
    assert len(told) <= 5
    assert len(told) + len(throttled) == 20


@ensureDeferred
async def test_failures_outside_the_window_are_swept(pool: Pool):
    world = await with_ann(pool)
    await fail(world, 3)
    await world.sql("update eerp.login_failures set at = at - interval '1 day'")
    await fail(world, 1)
    assert await world.sql("select count(*) from eerp.login_failures") == [(2,)]


@ensureDeferred
async def test_what_was_typed_as_a_name_is_not_kept(pool: Pool):
    world = await with_ann(pool)
    await fail(world, 1, name="my-secret-password")
    keys = await world.sql("select key from eerp.login_failures")
    assert not any("secret" in key for (key,) in keys)


# Ending


@ensureDeferred
async def test_signing_out_ends_the_session_at_once(pool: Pool):
    world = await with_ann(pool)
    pair, other = await world.login(), await world.login()
    identity = await world.identities.identify(pair.access_token)
    await world.accounts.logout(identity)
    assert world.identities.cached(pair.access_token) is None
    with pytest.raises(TokenRevoked):
        await world.identities.identify(pair.access_token)
    with pytest.raises(RefreshRefused):
        await world.accounts.refresh(pair.refresh_token)
    assert await world.identities.identify(other.access_token)


@ensureDeferred
async def test_another_password_ends_all_sessions(pool: Pool):
    world = await with_ann(pool)
    pairs = [await world.login(), await world.login()]
    await world.identities.identify(pairs[0].access_token)
    await world.accounts.set_password("ann", "another password")
    for pair in pairs:
        with pytest.raises(TokenRevoked):
            await world.identities.identify(pair.access_token)
        with pytest.raises(RefreshRefused):
            await world.accounts.refresh(pair.refresh_token)
    with pytest.raises(LoginRefused):
        await world.login()
    assert await world.login(password="another password")


@ensureDeferred
async def test_a_password_that_changed_meanwhile_does_not_sign_in(pool: Pool):
    """The old password was verified, then replaced before the session was made."""
    world = await with_ann(pool)
    verify = world.accounts._passwords.verify

    async def slow(stored: str | None, given: str) -> bool:
        right = await verify(stored, given)
        await process(pool).accounts.set_password("ann", "another password")
        return right

    world.accounts._passwords.verify = slow  # type: ignore[method-assign]
    with pytest.raises(LoginRefused):
        await world.login()
    assert await world.sql("select count(*) from eerp.sessions") == [(0,)]


@pytest.mark.parametrize(
    "change",
    [
        "update eerp.users set active = false",
        "update eerp.users set token_version = token_version + 1",
        "update eerp.sessions set revoked_at = clock_timestamp()",
        "update eerp.sessions set expires_at = clock_timestamp()",
        "delete from eerp.sessions",
        "delete from eerp.users",
    ],
)
@ensureDeferred
async def test_what_another_process_ended_ends_here_soon(pool: Pool, change: str):
    world = await with_ann(pool)
    pair = await world.login()
    await world.identities.identify(pair.access_token)
    await world.sql(change)
    assert world.identities.cached(pair.access_token)
    world.moved_s = 15
    assert world.identities.cached(pair.access_token) is None
    with pytest.raises(TokenRevoked):
        await world.identities.identify(pair.access_token)


@ensureDeferred
async def test_a_session_of_somebody_else_proves_nothing(pool: Pool):
    world = await with_ann(pool)
    await world.accounts.add_user("bob", GOOD)
    await world.login("ann")
    rows = await world.sql(
        "select b.id::text, s.id::text from eerp.sessions s, eerp.users b"
        " where b.username = 'bob'"
    )
    token = Tokens(KEYS.derive("token"), reactor.seconds).issue(*rows[0], 1, 900)
    with pytest.raises(TokenRevoked):
        await world.identities.identify(token)


@ensureDeferred
async def test_a_known_token_expires_on_time(pool: Pool):
    world = await with_ann(
        pool, lifetimes=AuthConfig(access_token_ttl_s=5, session_ttl_s=7200)
    )
    pair = await world.login()
    await world.identities.identify(pair.access_token)
    world.moved_s = 5.1
    assert world.identities.cached(pair.access_token) is None
    with pytest.raises(TokenExpired):
        await world.identities.identify(pair.access_token)


@ensureDeferred
async def test_a_permission_change_is_seen_at_once_here_and_soon_elsewhere(pool: Pool):
    here, there = await with_ann(pool), process(pool)
    token = (await here.login()).access_token
    for world in (here, there):
        assert not (await world.identities.identify(token)).may("hr.staff.read")
    await here.accounts.add_role("staff", ["hr.*"])
    await here.accounts.grant("ann", "staff")
    assert (await here.identities.identify(token)).may("hr.staff.read")
    there.moved_s = 15
    assert (await there.identities.identify(token)).may("hr.staff.read")
    await here.accounts.revoke("ann", "staff")
    assert not (await here.identities.identify(token)).may("hr.staff.read")


@ensureDeferred
async def test_what_was_read_while_something_changed_is_not_kept(pool: Pool):
    world = await with_ann(pool)
    token = (await world.login()).access_token
    reading = Deferred.fromCoroutine(world.identities.identify(token))
    world.identities.forget()
    assert (await reading).username == "ann"
    assert world.identities.cached(token) is None


@ensureDeferred
async def test_the_cache_is_bounded_and_the_oldest_goes_first(pool: Pool):
    world = await with_ann(pool)
    world.identities._known_max = 3
    tokens = [(await world.login()).access_token for _ in range(4)]
    for token in tokens:
        await world.identities.identify(token)
    known = [world.identities.cached(token) is not None for token in tokens]
    assert known == [False, True, True, True]


@ensureDeferred
async def test_without_a_database_nobody_is_let_in(pool: Pool):
    world = await with_ann(pool)
    token = (await world.login()).access_token
    await pool.close()
    with pytest.raises(DatabaseUnavailable):
        await world.identities.identify(token)
    with pytest.raises(DatabaseUnavailable):
        await world.login()
