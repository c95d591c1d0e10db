from __future__ import annotations

import base64
import hmac
import json
from typing import Any
from uuid import uuid4

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.auth.token import (
    Tokens,
    first_refresh_token,
    next_refresh_token,
    refresh_token_hash,
)
from eerp.errors import (
    TokenEarly,
    TokenExpired,
    TokenInvalid,
    TokenMisused,
    Unauthenticated,
)

KEY = bytes(range(32))
NOW = 1_800_000_000
USER = str(uuid4())
SESSION = str(uuid4())
TOKENS = Tokens(KEY, lambda: NOW)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def good() -> str:
    return TOKENS.issue(USER, SESSION, 3, 900)


def claims(**changes: Any) -> dict[str, Any]:
    made = {
        "iss": "eerp", "aud": "eerp-api", "sub": USER, "sid": SESSION, "ver": 3,
        "jti": "x", "iat": NOW, "nbf": NOW, "exp": NOW + 900, **changes,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not ...}


def part(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def signed(payload: Any, key: bytes = KEY, header: dict[str, Any] | None = None) -> str:
    """A token as we make them, of any payload, or with another header."""
    if header is None:
        return jwt.encode(payload, key, "HS256", headers={"typ": "at+jwt"})
    body = f"{part(header)}.{part(payload)}"
    return f"{body}.{part(hmac.digest(key, body.encode(), 'sha256'))}"


def test_a_token_says_what_it_was_issued_for():
    seen = TOKENS.verify(good())
    assert seen.user_id == USER
    assert seen.session_id == SESSION
    assert seen.token_version == 3
    assert seen.issued_at == NOW
    assert seen.expires_at == NOW + 900
    assert len(seen.token_id) >= 16


def test_a_token_has_the_type_of_an_access_token():
    assert jwt.get_unverified_header(good()) == {"alg": "HS256", "typ": "at+jwt"}


def test_two_tokens_of_one_moment_differ():
    assert good() != good()


def test_the_helper_of_these_tests_makes_what_we_accept():
    assert TOKENS.verify(signed(claims())).user_id == USER


@pytest.mark.parametrize("elapsed_s", [0, 1, 899])
def test_a_token_is_good_until_it_expires(elapsed_s):
    assert Tokens(KEY, lambda: NOW + elapsed_s).verify(signed(claims()))


@pytest.mark.parametrize("elapsed_s", [900, 900.5, 10**9])
def test_an_expired_token_is_refused(elapsed_s):
    with pytest.raises(TokenExpired) as caught:
        Tokens(KEY, lambda: NOW + elapsed_s).verify(signed(claims()))
    assert caught.value.code == "token_expired"


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_token_from_the_future_is_refused(name):
    with pytest.raises(TokenEarly):
        TOKENS.verify(signed(claims(**{name: NOW + 60})))


def test_another_nodes_clock_may_be_a_little_ahead():
    assert TOKENS.verify(signed(claims(nbf=NOW + 3, iat=NOW + 3)))


@pytest.mark.parametrize(
    "name", ["iss", "aud", "sub", "exp", "iat", "nbf", "jti", "sid", "ver"]
)
def test_every_claim_is_required(name):
    with pytest.raises(TokenInvalid):
        TOKENS.verify(signed(claims(**{name: ...})))


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "ver"])
@pytest.mark.parametrize("value", [1.9e9, "1900000000", None, True, [], {}])
def test_a_number_that_is_not_whole_is_refused(name, value):
    with pytest.raises(TokenInvalid):
        TOKENS.verify(signed(claims(**{name: value})))


@pytest.mark.parametrize("literal", [b"NaN", b"Infinity", b"1e999"])
def test_an_expiry_beyond_all_numbers_is_refused(literal):
    payload = (
        json.dumps(claims()).encode().replace(b": %d" % (NOW + 900), b":" + literal)
    )
    head = good().partition(".")[0]
    body = f"{head}.{part(payload)}"
    token = f"{body}.{part(hmac.digest(KEY, body.encode(), 'sha256'))}"
    with pytest.raises(TokenInvalid):
        TOKENS.verify(token)


@pytest.mark.parametrize("name", ["sub", "sid"])
@pytest.mark.parametrize("value", ["", "admin", "1", 7, None, "' or true --"])
def test_a_subject_or_session_that_is_no_uuid_is_refused(name, value):
    """It goes into a statement that compares UUIDs."""
    with pytest.raises(TokenInvalid):
        TOKENS.verify(_raw(claims(**{name: value})))


def _raw(payload: dict[str, Any]) -> str:
    body = f"{good().partition('.')[0]}.{part(payload)}"
    return f"{body}.{part(hmac.digest(KEY, body.encode(), 'sha256'))}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "eer"),
        ("iss", "eerp2"),
        ("iss", "https://elsewhere.example"),
        ("aud", "eerp"),
        ("aud", "other-api"),
    ],
)
def test_a_token_for_something_else_is_refused(name, value):
    with pytest.raises(TokenMisused):
        TOKENS.verify(signed(claims(**{name: value})))


@pytest.mark.parametrize("value", [["eerp-api"], ["eerp-api", "other"], "", None, 1])
def test_the_audience_is_one_text(value):
    with pytest.raises(Unauthenticated):
        TOKENS.verify(_raw(claims(aud=value)))


@pytest.mark.parametrize("payload", [b"[]", b"null", b'"text"', b"{", b"\xff", b"7"])
def test_a_payload_that_is_no_object_is_refused(payload):
    body = f"{good().partition('.')[0]}.{part(payload)}"
    with pytest.raises(TokenInvalid):
        TOKENS.verify(f"{body}.{part(hmac.digest(KEY, body.encode(), 'sha256'))}")


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "at+jwt"},
        {"alg": "None", "typ": "at+jwt"},
        {"alg": "nOnE", "typ": "at+jwt"},
        {"alg": "HS384", "typ": "at+jwt"},
        {"alg": "HS512", "typ": "at+jwt"},
        {"alg": "RS256", "typ": "at+jwt"},
        {"alg": "ES256", "typ": "at+jwt"},
        {"alg": "", "typ": "at+jwt"},
        {"alg": ["HS256"], "typ": "at+jwt"},
        {"typ": "at+jwt"},
        {"alg": "HS256"},
        {"alg": "HS256", "typ": "JWT"},
        {"alg": "HS256", "typ": "rt+jwt"},
        {"alg": "HS256", "typ": "at+jwt", "kid": "../../dev/null"},
        {"alg": "HS256", "typ": "at+jwt", "kid": "' union select 'k"},
        {"alg": "HS256", "typ": "at+jwt", "kid": "https://elsewhere.example/key"},
        {"alg": "HS256", "typ": "at+jwt", "jku": "https://elsewhere.example/keys"},
        {"alg": "HS256", "typ": "at+jwt", "x5u": "https://elsewhere.example/cert"},
        {"alg": "HS256", "typ": "at+jwt", "jwk": {"kty": "oct", "k": "AAAA"}},
        {"alg": "HS256", "typ": "at+jwt", "crit": ["exp"]},
        {"alg": "HS256", "typ": "at+jwt", "b64": False},
    ],
)
def test_no_other_header_is_accepted_even_with_our_signature(header):
    with pytest.raises(TokenInvalid):
        TOKENS.verify(signed(claims(), header=header))


@pytest.mark.parametrize("alg", ["none", "None", "nOnE"])
def test_a_token_without_a_signature_is_refused(alg):
    bare = f"{part({'alg': alg, 'typ': 'at+jwt'})}.{part(claims())}."
    for token in (bare, bare.rstrip("."), bare + part(b"")):
        with pytest.raises(TokenInvalid):
            TOKENS.verify(token)


def test_a_token_with_its_signature_cut_off_is_refused():
    with pytest.raises(TokenInvalid):
        TOKENS.verify(good().rpartition(".")[0] + ".")


def test_a_token_signed_with_another_key_is_refused():
    with pytest.raises(TokenInvalid):
        TOKENS.verify(signed(claims(), key=bytes(32)))


def test_a_refresh_token_is_no_access_token():
    with pytest.raises(TokenInvalid):
        TOKENS.verify(first_refresh_token())


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "..", "...", "a.b.c", "Bearer x", "\0", "null", "a" * 5000,
        ".".join(["a" * 4000] * 3), "[" * 4000, "ä.ö.ü", "\ud83d.x.y",
        part(b"[" * 2000) + "." + part(b"[" * 500) + "." + "A" * 43,
    ],
)  # fmt: skip
def test_what_is_no_token_at_all_is_refused(token):
    with pytest.raises(TokenInvalid):
        TOKENS.verify(token)


def test_two_tokens_in_one_are_none():
    for joint in (" ", ",", ".", "\n", ""):
        with pytest.raises(TokenInvalid):
            TOKENS.verify(good() + joint + good())


@pytest.mark.parametrize("wrap", [" {}", "{} ", "{}=", "{}\n", "\n{}", "{}\0"])
def test_a_token_has_one_spelling(wrap):
    with pytest.raises(TokenInvalid):
        TOKENS.verify(wrap.format(good()))


def test_all_that_we_did_not_sign_is_refused_in_the_same_words():
    forged = [signed(claims(), key=bytes(32)), "x", good()[:-1], "a.b.c", "a" * 9000]
    said = set()
    for token in forged:
        with pytest.raises(TokenInvalid) as caught:
            TOKENS.verify(token)
        said.add((caught.value.message, caught.value.hint, caught.value.code))
    assert len(said) == 1


@given(st.data())
def test_a_token_with_any_letter_changed_is_refused(data):
    token = good()
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(LETTERS + ".= +/"))
    changed = token[:place] + letter + token[place + 1 :]
    if changed == token:
        return
    with pytest.raises(Unauthenticated):
        TOKENS.verify(changed)


def test_a_token_with_any_bit_flipped_is_refused():
    token = good().encode()
    for place in range(len(token)):
        for bit in range(8):
            flipped = bytearray(token)
            flipped[place] ^= 1 << bit
            with pytest.raises(Unauthenticated):
                TOKENS.verify(flipped.decode("latin-1"))


@given(st.text())
def test_no_text_at_all_does_worse_than_being_refused(text):
    with pytest.raises(TokenInvalid):
        TOKENS.verify(text)


@given(
    st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5),
    st.sampled_from(["iss", "aud", "sub", "exp", "iat", "nbf", "sid", "ver"]),
)
def test_no_claim_of_any_type_does_worse_than_being_refused(value, name):
    if name in {"exp", "iat", "nbf", "ver"} and isinstance(value, int):
        return
    try:
        TOKENS.verify(_raw(claims(**{name: value})))
    except Unauthenticated:
        return
    pytest.fail("accepted")


def test_a_short_key_signs_nothing():
    with pytest.raises(ValueError, match="32 bytes"):
        Tokens(bytes(31), lambda: NOW)


def test_the_key_is_not_shown():
    assert "\\x" not in repr(TOKENS)


def test_a_refresh_token_has_one_successor_that_only_the_key_tells():
    first = first_refresh_token()
    assert len(first) == 43
    second = next_refresh_token(KEY, first)
    assert second == next_refresh_token(KEY, first)
    assert len(second) == 43
    assert second != first
    assert second != next_refresh_token(bytes(32), first)


def test_a_refresh_token_is_stored_as_its_sha_256():
    token = first_refresh_token()
    assert len(refresh_token_hash(token)) == 32
    assert refresh_token_hash(token) != refresh_token_hash(first_refresh_token())
