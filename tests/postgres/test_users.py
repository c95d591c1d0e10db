"""Users, roles and the first start, with a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred, gatherResults

from eerp.database.pool import Pool
from eerp.errors import (
    Conflict,
    NotFound,
    StartupError,
    ValidationFailed,
)
from tests.postgres.world import (
    GOOD,
    at_once,
    fail,
    process,
    with_ann,
)

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
