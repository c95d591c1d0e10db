from __future__ import annotations

import stat

import pytest

from eerp.auth.secret_file import create_secret, read_secret
from eerp.errors import StartupError


def test_a_secret_is_its_owners_only(tmp_path):
    path = tmp_path / "state" / "secret"
    assert create_secret(path, b"content")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_secret(path) == b"content"


def test_a_secret_is_never_overwritten(tmp_path):
    path = tmp_path / "secret"
    assert create_secret(path, b"first")
    assert not create_secret(path, b"second")
    assert path.read_bytes() == b"first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602, 0o666])
def test_a_secret_that_others_can_reach_is_refused(tmp_path, mode):
    path = tmp_path / "secret"
    create_secret(path, b"content")
    path.chmod(mode)
    with pytest.raises(StartupError, match="open to other users"):
        read_secret(path)


def test_a_missing_secret_is_one_clear_line(tmp_path):
    with pytest.raises(StartupError, match=r"cannot read .*nothing: No such file"):
        read_secret(tmp_path / "nothing")


def test_a_folder_is_no_secret(tmp_path):
    with pytest.raises(StartupError):
        read_secret(tmp_path)


def test_a_huge_file_is_no_secret(tmp_path):
    path = tmp_path / "secret"
    create_secret(path, bytes(100_000))
    with pytest.raises(StartupError, match="too large"):
        read_secret(path)


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StartupError, match="cannot write"):
        create_secret(tmp_path / "file" / "secret", b"content")
