from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred, succeed

from eerp.auth.password import Passwords, check_password, common_passwords
from eerp.errors import Overloaded, ValidationFailed
from eerp.limits import LOGIN_HASHES_AT_ONCE_MAX, LOGIN_HASHES_WAITING_MAX


def at_once(work: Any, *args: Any) -> Deferred[Any]:
    return succeed(work(*args))


class Bench:
    """A thread pool in which nothing moves until the test says so."""

    def __init__(self) -> None:
        self.running: list[Deferred[Any]] = []

    def __call__(self, work: Any, *args: Any) -> Deferred[Any]:
        running: Deferred[Any] = Deferred()
        self.running.append(running)
        return running


def fault(password: str, username: str = "ann") -> str | None:
    try:
        check_password(password, username)
    except ValidationFailed as error:
        return error.errors[0].code
    return None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("k7#mQ2x", "too_short"),
        ("k7#mQ2xw", None),
        ("é" * 8, None),
        ("x7" * 32, None),
        ("x7" * 36 + "y", None),
        ("x7" * 128, None),
        ("x7" * 128 + "y", "too_long"),
        ("password", "too_common"),
        ("PassWord123", "too_common"),
        ("qwertyuiop", "too_common"),
        ("with\0a NUL in it", None),
        ("with half a \ud83d", "not_text"),
        ("        ", None),
    ],
)
def test_the_policy_asks_for_length_and_refuses_the_commonest(password, code):
    assert fault(password) == code


def test_the_username_is_no_password():
    assert fault("Annabelle.Smith", "annabelle.smith") == "is_username"


def test_a_fault_points_at_the_password_and_does_not_repeat_it():
    with pytest.raises(ValidationFailed) as caught:
        check_password("trustno1", "ann")
    assert caught.value.errors[0].pointer == "/password"
    assert "trustno1" not in caught.value.message


def test_the_bundled_list_is_folded_and_long_enough_to_matter():
    words = common_passwords()
    assert len(words) >= 200
    assert all(word == word.casefold() and len(word) >= 8 for word in words)


@given(st.text(min_size=8, max_size=256))
def test_the_policy_never_fails_on_any_text(password):
    assert fault(password) in {None, "is_username", "too_common", "not_text"}


@ensureDeferred
async def test_a_password_is_verified_exactly_as_it_was_set():
    passwords = Passwords(at_once)
    long = "ab" * 36 + "the seventy-third and on"
    stored = await passwords.hash(long)
    assert stored.startswith("$argon2id$")
    assert await passwords.verify(stored, long)
    assert not await passwords.verify(stored, long[:72])
    assert not await passwords.verify(stored, long + " ")
    assert not await passwords.verify(stored, long.upper())


@ensureDeferred
async def test_neither_a_nul_nor_a_normal_form_cuts_a_password_short():
    passwords = Passwords(at_once)
    stored = await passwords.hash("caf\u00e9 noir\0rest")
    assert not await passwords.verify(stored, "caf\u00e9 noir")
    decomposed = unicodedata.normalize("NFD", "caf\u00e9 noir\0rest")
    assert not await passwords.verify(stored, decomposed)


@ensureDeferred
async def test_two_hashes_of_one_password_differ():
    passwords = Passwords(at_once)
    assert await passwords.hash("same again") != await passwords.hash("same again")


@ensureDeferred
async def test_an_unknown_user_costs_a_hash_of_the_same_parameters():
    """The time is the same by construction: one argon2 run with the same costs."""
    seen: list[str] = []

    def spy(work: Any, *args: Any) -> Deferred[Any]:
        seen.append(args[0])
        return succeed(work(*args))

    passwords = Passwords(spy)
    stored = PasswordHasher(2, 46 * 1024, 1).hash("the right one")
    assert not await passwords.verify(None, "anything at all")
    assert not await passwords.verify(stored, "the wrong one")
    assert extract_parameters(seen[0]) == extract_parameters(seen[1])


@ensureDeferred
async def test_half_a_character_is_a_wrong_password_and_no_crash():
    passwords = Passwords(at_once)
    assert not await passwords.verify(None, "half \ud83d")


@ensureDeferred
async def test_a_stored_hash_that_is_none_matches_nothing():
    assert not await Passwords(at_once).verify("not a hash", "anything at all")


def test_a_hash_with_other_parameters_asks_for_another():
    passwords = Passwords(at_once)
    assert passwords.needs_rehash(PasswordHasher(1, 8, 1).hash("old and cheap"))
    assert not passwords.needs_rehash(PasswordHasher(2, 46 * 1024, 1).hash("today"))


def test_only_so_many_hashes_run_at_once():
    bench = Bench()
    passwords = Passwords(bench)
    waiting = [Deferred.fromCoroutine(passwords.hash("some one")) for _ in range(5)]
    assert len(bench.running) == LOGIN_HASHES_AT_ONCE_MAX
    bench.running[0].callback("done")
    assert len(bench.running) == LOGIN_HASHES_AT_ONCE_MAX + 1
    assert waiting[0].called


def test_a_caller_who_leaves_does_not_make_room_for_one_hash_more():
    bench = Bench()
    passwords = Passwords(bench)
    callers = [Deferred.fromCoroutine(passwords.hash("some one")) for _ in range(4)]
    for caller in callers[:2]:
        caller.addErrback(lambda failure: None)
        caller.cancel()
    assert len(bench.running) == LOGIN_HASHES_AT_ONCE_MAX
    bench.running[0].callback("late")
    assert len(bench.running) == LOGIN_HASHES_AT_ONCE_MAX + 1


def test_a_caller_who_leaves_the_queue_takes_no_turn():
    bench = Bench()
    passwords = Passwords(bench)
    callers = [Deferred.fromCoroutine(passwords.hash("some one")) for _ in range(3)]
    callers[2].addErrback(lambda failure: None)
    callers[2].cancel()
    bench.running[0].callback("done")
    assert len(bench.running) == LOGIN_HASHES_AT_ONCE_MAX


def test_the_queue_is_bounded():
    bench = Bench()
    passwords = Passwords(bench)
    full = LOGIN_HASHES_AT_ONCE_MAX + LOGIN_HASHES_WAITING_MAX
    kept = [Deferred.fromCoroutine(passwords.hash("some one")) for _ in range(full)]
    one_more = Deferred.fromCoroutine(passwords.hash("some one"))
    caught: list[Any] = []
    one_more.addErrback(lambda failure: caught.append(failure.value))
    assert isinstance(caught[0], Overloaded)
    assert not any(caller.called for caller in kept)


@ensureDeferred
async def test_a_thread_pool_that_fails_gives_its_turn_back():
    def broken(work: Any, *args: Any) -> Deferred[Any]:
        raise RuntimeError("no threads")

    passwords = Passwords(broken)
    for _ in range(LOGIN_HASHES_AT_ONCE_MAX + 1):
        with pytest.raises(RuntimeError):
            await passwords.hash("some one")
