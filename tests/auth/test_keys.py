from __future__ import annotations

import stat

import pytest

from eerp.auth.keys import SIGNING_KEY_NAME, Keys, check_keys, load_keys
from eerp.errors import StartupError

PURPOSES = ("token", "refresh", "cursor", "module-cache")


def test_a_key_is_made_once_and_kept(tmp_path):
    first = load_keys(tmp_path)
    path = tmp_path / SIGNING_KEY_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32
    assert load_keys(tmp_path) == first


def test_two_installations_have_two_keys(tmp_path):
    assert load_keys(tmp_path / "a") != load_keys(tmp_path / "b")


def test_a_key_file_that_the_configuration_names_is_used(tmp_path):
    named = tmp_path / "named"
    named.write_bytes(bytes(range(64)))
    named.chmod(0o600)
    assert load_keys(tmp_path, named) == Keys.from_secret(bytes(range(64)))
    assert not (tmp_path / SIGNING_KEY_NAME).exists()


def test_a_key_file_that_the_configuration_names_is_never_made(tmp_path):
    with pytest.raises(StartupError, match="cannot read"):
        load_keys(tmp_path, tmp_path / "wrong-path")
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_others_can_read_is_refused(tmp_path):
    load_keys(tmp_path)
    (tmp_path / SIGNING_KEY_NAME).chmod(0o644)
    with pytest.raises(StartupError, match="open to other users"):
        load_keys(tmp_path)


def test_a_short_key_is_refused(tmp_path):
    named = tmp_path / "named"
    named.write_bytes(bytes(31))
    named.chmod(0o600)
    with pytest.raises(StartupError, match="has 31 bytes and needs 32"):
        load_keys(tmp_path, named)


def test_a_check_makes_no_key(tmp_path):
    check_keys(tmp_path / "state")
    assert list(tmp_path.iterdir()) == []


def test_a_check_refuses_what_the_start_would(tmp_path):
    with pytest.raises(StartupError, match="cannot read"):
        check_keys(tmp_path, tmp_path / "wrong-path")
    load_keys(tmp_path)
    check_keys(tmp_path)
    (tmp_path / SIGNING_KEY_NAME).chmod(0o644)
    with pytest.raises(StartupError, match="open to other users"):
        check_keys(tmp_path)


def test_a_key_that_is_a_link_to_nothing_is_refused_by_both(tmp_path):
    (tmp_path / SIGNING_KEY_NAME).symlink_to(tmp_path / "nothing")
    for read in (check_keys, load_keys):
        with pytest.raises(StartupError, match="cannot read"):
            read(tmp_path)


def test_each_purpose_has_its_own_key():
    keys = Keys.from_secret(bytes(32))
    derived = {keys.derive(purpose) for purpose in PURPOSES}
    assert len(derived) == len(PURPOSES)
    assert {len(key) for key in derived} == {32}


def test_a_key_is_not_shown():
    assert "\\x" not in repr(Keys.from_secret(bytes(32)))
