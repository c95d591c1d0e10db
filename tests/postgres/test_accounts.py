"""Accounts, users and identities with a real PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from attrs import define
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, gatherResults
from twisted.internet.threads import deferToThread

from eerp.auth import Accounts, Identities, Keys, Passwords, Throttle, Tokens
from eerp.auth.accounts import TokenPair
from eerp.auth.token import refresh_token_hash
from eerp.config import AuthConfig
from eerp.database.pool import Pool
from eerp.errors import (
    Conflict,
    DatabaseUnavailable,
    LoginRefused,
    NotFound,
    RefreshRefused,
    StartupError,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
    TooManyRequests,
    ValidationFailed,
)
from eerp.interfaces import Statement

KEYS = Keys.from_secret(bytes(32))
HOME = "192.0.2.1"
AWAY = "198.51.100.7"
GOOD = "correct horse battery"
LIFETIMES = AuthConfig(
    access_token_ttl_s=900, refresh_token_ttl_s=3600, session_ttl_s=7200
)


@define
class World:
    """One process: its accounts, and a clock for its tokens that tests may move."""

    pool: Pool
    accounts: Accounts
    identities: Identities
    moved_s: float = 0.0

    async def sql(self, sql: str, *parameters: Any) -> Any:
        return await self.pool.query(Statement(sql, parameters), read_only=False)

    async def login(
        self, name: str = "ann", password: str = GOOD, address: str = HOME
    ) -> TokenPair:
        return await self.accounts.login(
            name, password, address=address, user_agent="tests/1"
        )

    async def live_refresh_tokens(self) -> int:
        rows = await self.sql(
            "select count(*) from eerp.refresh_tokens t"
            "  join eerp.sessions s on s.id = t.session_id"
            " where t.used_at is null and s.revoked_at is null"
        )
        return int(rows[0][0])

    async def age_spent_tokens(self, seconds: int) -> None:
        await self.sql(
            "update eerp.refresh_tokens set used_at = used_at - %s * interval '1 s'",
            seconds,
        )


def process(pool: Pool, **changes: Any) -> World:
    """What one daemon has; several may share a database."""
    settings = {"lifetimes": LIFETIMES, **changes}
    world: World

    def now() -> float:
        return float(reactor.seconds()) + world.moved_s

    tokens = Tokens(KEYS.derive("token"), now)
    identities = Identities(pool, tokens)
    accounts = Accounts(
        pool,
        Passwords(deferToThread),
        tokens,
        identities,
        refresh_key=KEYS.derive("refresh"),
        **settings,
    )
    world = World(pool, accounts, identities)
    return world


async def with_ann(pool: Pool, **changes: Any) -> World:
    world = process(pool, **changes)
    await world.accounts.add_role("sales", ["crm.*"])
    await world.accounts.add_user("ann", GOOD, ["sales"])
    return world


def at_once(*coroutines: Any) -> Deferred[list[Any]]:
    """Run all, and answer each one's result or error."""
    running = DeferredList(
        [Deferred.fromCoroutine(coroutine) for coroutine in coroutines],
        consumeErrors=True,
    )
    return running.addCallback(
        lambda pairs: [value if good else value.value for good, value in pairs]
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


async def fail(world: World, times: int, **where: str) -> list[Any]:
    return [
        (await at_once(world.login(password="wrong password", **where)))[0]
        for _ in range(times)
    ]


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
    await world.sql("update eerp.login_failures set at = at - interval '899 seconds'")
    with pytest.raises(TooManyRequests) as caught:
        await world.login()
    assert caught.value.retry_after_s <= 2
    await world.sql("update eerp.login_failures set at = at - interval '2 seconds'")
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


@ensureDeferred
async def test_a_spent_token_that_comes_back_late_ends_the_session(pool: Pool):
    world = await with_ann(pool)
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
    world = await with_ann(pool)
    first = await world.login()
    lost = await world.accounts.refresh(first.refresh_token)
    again = await world.accounts.refresh(first.refresh_token)
    assert again.refresh_token == lost.refresh_token
    assert await world.live_refresh_tokens() == 1
    assert await world.accounts.refresh(again.refresh_token)


@ensureDeferred
async def test_a_lost_answer_is_not_given_again_once_its_token_was_used(pool: Pool):
    world = await with_ann(pool)
    first = await world.login()
    second = await world.accounts.refresh(first.refresh_token)
    third = await world.accounts.refresh(second.refresh_token)
    with pytest.raises(RefreshRefused):
        await world.accounts.refresh(first.refresh_token)
    with pytest.raises(RefreshRefused):
        await world.accounts.refresh(third.refresh_token)


@ensureDeferred
async def test_parallel_refreshes_never_give_two_live_successors(pool: Pool):
    one, two = await with_ann(pool), process(pool)
    first = await one.login()
    pairs = await at_once(
        *(world.accounts.refresh(first.refresh_token)
          for world in (one, two, one, two, one, two))
    )  # fmt: skip
    assert {type(pair) for pair in pairs} == {TokenPair}
    assert len({pair.refresh_token for pair in pairs}) == 1
    assert await one.live_refresh_tokens() == 1


@ensureDeferred
async def test_a_token_and_its_successor_at_once_leave_one_alive_at_most(pool: Pool):
    world = await with_ann(pool)
    first = await world.login()
    second = await world.accounts.refresh(first.refresh_token)
    await at_once(
        *(world.accounts.refresh(token)
          for token in (first.refresh_token, second.refresh_token) * 3)
    )  # fmt: skip
    assert await world.live_refresh_tokens() <= 1


@ensureDeferred
async def test_one_reuse_leaves_the_users_other_sessions_alone(pool: Pool):
    world = await with_ann(pool)
    first, other = await world.login(), await world.login()
    await world.accounts.refresh(first.refresh_token)
    await world.age_spent_tokens(60)
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


# Users and roles


@ensureDeferred
async def test_a_username_is_taken_once_in_any_case(pool: Pool):
    world = await with_ann(pool)
    with pytest.raises(Conflict, match="There is a user ann already"):
        await world.accounts.add_user("ANN", GOOD)


@ensureDeferred
async def test_two_who_add_one_user_at_once_add_one(pool: Pool):
    world = process(pool)
    outcomes = await at_once(*(world.accounts.add_user("ann", GOOD) for _ in range(4)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Conflict", "Conflict", "Conflict", "str",
    ]  # fmt: skip


@ensureDeferred
async def test_a_user_with_a_wrong_name_password_or_role_is_not_added(pool: Pool):
    accounts = process(pool).accounts
    for name, password in (("a b", GOOD), ("ann", "short"), ("ann", "password1")):
        with pytest.raises(ValidationFailed):
            await accounts.add_user(name, password)
    with pytest.raises(NotFound, match="There is no role boss"):
        await accounts.add_user("ann", GOOD, ["boss"])
    assert await accounts.list_users() == []


@ensureDeferred
async def test_changes_of_nobody_name_the_lack(pool: Pool):
    accounts = (await with_ann(pool)).accounts
    calls: list[Callable[[], Any]] = [
        lambda: accounts.set_password("bob", GOOD),
        lambda: accounts.grant("bob", "sales"),
        lambda: accounts.revoke("bob", "sales"),
    ]
    for call in calls:
        with pytest.raises(NotFound, match="There is no user bob"):
            await call()
    with pytest.raises(NotFound, match="There is no role boss"):
        await accounts.grant("ann", "boss")
    with pytest.raises(NotFound, match="does not have the role boss"):
        await accounts.revoke("ann", "boss")


@ensureDeferred
async def test_users_and_roles_are_listed(pool: Pool):
    world = await with_ann(pool)
    await world.accounts.add_user("Adam", GOOD)
    users = await world.accounts.list_users()
    assert [(user.username, user.roles, user.active) for user in users] == [
        ("adam", (), True), ("ann", ("sales",), True),
    ]  # fmt: skip
    await world.accounts.add_role("sales", ["hr.read"], "Selling")
    roles = await world.accounts.list_roles()
    assert [(role.name, role.permissions) for role in roles] == [
        ("sales", ("crm.*", "hr.read"))
    ]


@ensureDeferred
async def test_the_last_administrator_keeps_the_role(pool: Pool, tmp_path: Path):
    world = await with_ann(pool)
    await world.accounts.first_start(tmp_path)
    await world.accounts.add_role("boss", ["*"])
    await world.accounts.grant("ann", "boss")
    await world.accounts.revoke("ann", "sales")
    with pytest.raises(Conflict, match="ann is the last administrator"):
        await world.accounts.revoke("ann", "boss")
    await world.accounts.add_user("bob", GOOD, ["boss"])
    await world.accounts.revoke("ann", "boss")


@ensureDeferred
async def test_a_switched_off_administrator_does_not_count(pool: Pool):
    world = await with_ann(pool)
    await world.accounts.add_role("boss", ["*"])
    await world.accounts.grant("ann", "boss")
    await world.accounts.add_user("bob", GOOD, ["boss"])
    await world.sql("update eerp.users set active = false where username = 'bob'")
    with pytest.raises(Conflict):
        await world.accounts.revoke("ann", "boss")


@ensureDeferred
async def test_two_who_strip_the_last_two_administrators_leave_one(pool: Pool):
    one, two = await with_ann(pool), process(pool)
    await one.accounts.add_role("boss", ["*"])
    await one.accounts.add_role("chief", ["*"])
    await one.accounts.grant("ann", "boss")
    await one.accounts.add_user("bob", GOOD, ["chief"])
    outcomes = await at_once(
        one.accounts.revoke("ann", "boss"), two.accounts.revoke("bob", "chief")
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Conflict", "NoneType",
    ]  # fmt: skip


# First start


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def first_password(path: Path) -> str:
    return (path / "initial-admin-password").read_text().strip()


@ensureDeferred
async def test_the_first_start_makes_an_administrator(pool: Pool, tmp_path: Path):
    world = process(pool)
    path = await world.accounts.first_start(tmp_path)
    assert path == tmp_path / "initial-admin-password"
    assert path.stat().st_mode & 0o777 == 0o600
    pair = await world.login("admin", await first_password(tmp_path))
    identity = await world.identities.identify(pair.access_token)
    assert identity.roles == ("administrator",)
    assert identity.may("anything.at.all")


@ensureDeferred
async def test_a_later_start_makes_nobody(pool: Pool, tmp_path: Path):
    world = process(pool)
    await world.accounts.first_start(tmp_path)
    written = await first_password(tmp_path)
    assert await world.accounts.first_start(tmp_path) is None
    assert await first_password(tmp_path) == written
    assert len(await world.accounts.list_users()) == 1


@ensureDeferred
async def test_where_there_is_a_user_no_file_is_written(pool: Pool, tmp_path: Path):
    world = await with_ann(pool)
    assert await world.accounts.first_start(tmp_path) is None
    assert names_in(tmp_path) == []


@ensureDeferred
async def test_processes_that_start_at_once_make_one(pool: Pool, tmp_path: Path):
    outcomes = await gatherResults(
        [
            Deferred.fromCoroutine(process(pool).accounts.first_start(tmp_path))
            for _ in range(4)
        ]
    )
    assert sum(outcome is not None for outcome in outcomes) == 1
    assert await process(pool).login("admin", await first_password(tmp_path))


@ensureDeferred
async def test_machines_that_start_at_once_write_one_file(pool: Pool, tmp_path: Path):
    """Each has a state_dir of its own, and they share the database."""
    folders = [tmp_path / name for name in ("a", "b", "c")]
    await gatherResults(
        [
            Deferred.fromCoroutine(process(pool).accounts.first_start(folder))
            for folder in folders
        ]
    )
    written = [folder for folder in folders if folder.exists()]
    assert len(written) == 1
    assert await process(pool).login("admin", await first_password(written[0]))


@ensureDeferred
async def test_a_start_that_was_cut_short_is_taken_up(pool: Pool, tmp_path: Path):
    path = tmp_path / "initial-admin-password"
    path.write_text("written by the first try\n")
    path.chmod(0o600)
    world = process(pool)
    assert await world.accounts.first_start(tmp_path) == path
    assert await world.login("admin", "written by the first try")


@pytest.mark.parametrize(
    ("content", "mode"),
    [(b"", 0o600), (b"short\n", 0o600), (b"\xff" * 20, 0o600), (b"x" * 20, 0o644)],
)
@ensureDeferred
async def test_a_file_that_will_not_do_is_left_and_named(
    pool: Pool, tmp_path: Path, content: bytes, mode: int
):
    path = tmp_path / "initial-admin-password"
    path.write_bytes(content)
    path.chmod(mode)
    world = process(pool)
    with pytest.raises(StartupError, match="initial-admin-password"):
        await world.accounts.first_start(tmp_path)
    assert path.read_bytes() == content
    assert await world.accounts.list_users() == []


@ensureDeferred
async def test_no_secret_reaches_the_log(pool: Pool, tmp_path: Path):
    from twisted.logger import globalLogPublisher

    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    try:
        world = process(pool)
        await world.accounts.first_start(tmp_path)
        secret = await first_password(tmp_path)
        pair = await world.login("admin", secret)
        await fail(world, 1, name="typed-a-password-here")
        await world.accounts.refresh(pair.refresh_token)
        await world.age_spent_tokens(60)
        await at_once(world.accounts.refresh(pair.refresh_token))
        await world.accounts.set_password("admin", GOOD)
    finally:
        globalLogPublisher.removeObserver(events.append)
    text = repr(events)
    kinds = {event.get("event") for event in events}
    assert {
        "first_user_made", "login_succeeded", "login_refused", "refresh_token_reused",
        "password_set",
    } <= kinds  # fmt: skip
    assert str(tmp_path / "initial-admin-password") in text
    for hidden in (secret, GOOD, "typed-a-password", pair.refresh_token,
                   pair.access_token, "argon2"):  # fmt: skip
        assert hidden not in text


@ensureDeferred
async def test_an_identity_without_a_session_has_nothing_to_sign_out(pool: Pool):
    from eerp.interfaces import Identity

    nobody = Identity(str(uuid4()), "system", None, (), frozenset())
    await process(pool).accounts.logout(nobody)
