"""Signatures of webhooks."""

from __future__ import annotations

from base64 import b64decode

from eerp.delivery.signing import Secrets, fingerprint, shown, sign


def test_a_signature_is_that_of_standard_webhooks():
    """The example of its documentation."""
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign(
        [secret],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_secret_that_holds_signs():
    both = sign([b"a" * 32, b"b" * 32], "1", 2, b"x").split(" ")
    assert both == [sign([b"a" * 32], "1", 2, b"x"), sign([b"b" * 32], "1", 2, b"x")]


def test_a_secret_is_one_webhook_s_and_one_generation_s():
    secrets = Secrets(b"k" * 32)
    made = {secrets.of("a", 1), secrets.of("a", 2), secrets.of("b", 1)}
    assert len(made) == 3
    assert secrets.of("a", 1) == Secrets(b"k" * 32).of("a", 1)
    assert "kkk" not in repr(secrets)


def test_a_secret_is_shown_as_owners_know_it():
    assert shown(b"\x00" * 32) == "whsec_" + "A" * 43 + "="


def test_a_fingerprint_tells_secrets_apart_and_nothing_of_them():
    assert fingerprint(b"a" * 32) != fingerprint(b"b" * 32)
    assert len(fingerprint(b"a" * 32)) == 8
