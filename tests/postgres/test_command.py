"""The command ``eerp`` as a process, with an embedded PostgreSQL of its own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from argon2 import PasswordHasher
from attrs import frozen
from twisted.internet import reactor

from eerp.database.embedded import Embedded, running_dsn
from tests.conftest import wait_for
from tests.seed import Seed

COMMAND = [sys.executable, "-m", "eerp.startup.command"]
ROOT = Path(__file__).parents[2]
GOOD = "correct horse battery"


@frozen
class Installation:
    """A folder with a configuration; its database runs, or not."""

    folder: Path

    @property
    def state_dir(self) -> Path:
        return self.folder / "state"

    def eerp(
        self, *arguments: str, stdin: str | bytes = ""
    ) -> subprocess.CompletedProcess[str]:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [*COMMAND, *arguments],
            input=given,
            capture_output=True,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def good(self, *arguments: str, stdin: str = "") -> str:
        done = self.eerp(*arguments, stdin=stdin)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def bad(self, *arguments: str, stdin: str | bytes = "") -> str:
        """What the command says when it fails: one line, and nothing else."""
        done = self.eerp(*arguments, stdin=stdin)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("eerp: ")
        assert done.stderr.count("\n") == 1
        return done.stderr


def configure(folder: Path, **more: Any) -> Installation:
    folder.mkdir(mode=0o711)
    (folder / "modules").mkdir()
    settings = {
        "database": {"embedded": True},
        "state_dir": "state",
        "module_root": ["modules"],
        **more,
    }
    (folder / "eerp-config.json").write_text(json.dumps(settings))
    return Installation(folder)


@pytest.fixture(scope="module")
def running(short_dir: Path) -> Iterator[Installation]:
    """An installation whose database runs, as if the daemon did."""
    installation = configure(short_dir / "running")
    Seed.of_this_run().plant_cluster(installation.state_dir)
    server = Embedded(reactor, installation.state_dir)
    wait_for(server.start())
    yield installation
    wait_for(server.stop())


def test_a_valid_file_is_called_valid(tmp_path: Path):
    installation = configure(tmp_path / "here")
    said = installation.good("config", "check")
    assert said == "eerp-config.json is valid\n"
    assert not installation.state_dir.exists()


def test_each_fault_of_a_file_is_one_line(tmp_path: Path):
    installation = configure(tmp_path / "here")
    (installation.folder / "other.json").write_text('{"wrong": 1, "state_dir": 2}')
    done = installation.eerp("config", "check", "--config", "other.json")
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) >= 2
    assert any(line.startswith("wrong: ") for line in lines)
    assert any(line.startswith("state_dir: ") for line in lines)


def test_a_check_names_each_module_that_is_not_there(tmp_path: Path):
    installation = configure(
        tmp_path / "here", modules={"crn": {}}, optional_modules=["hr", "crm"]
    )
    crm = installation.folder / "modules" / "crm"
    crm.mkdir()
    (crm / "module.json").write_text("{}")
    done = installation.eerp("config", "check")
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("modules.crn: no module is called `crn`")
    assert lines[1].startswith("optional_modules: no module is called `hr`")


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [(bytes(32), 0o644, "open to other users"), (bytes(31), 0o600, "needs 32")],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_check_refuses_a_signing_key_that_the_start_refuses(
    tmp_path: Path, content: bytes, mode: int, said: str, named: bool
):
    auth = {"signing_key_file": "key"} if named else {}
    installation = configure(tmp_path / "here", auth=auth)
    installation.state_dir.mkdir()
    key = installation.folder / ("key" if named else "state/signing-key")
    key.write_bytes(content)
    key.chmod(mode)
    assert said in installation.bad("config", "check")


def test_a_check_tells_of_modules_and_key_together(tmp_path: Path):
    installation = configure(
        tmp_path / "here", modules={"hr": {}}, auth={"signing_key_file": "key"}
    )
    (installation.folder / "key").write_bytes(b"short")
    done = installation.eerp("config", "check")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff", b"[]"])
def test_a_file_that_is_none_is_one_line(tmp_path: Path, content: bytes | None):
    installation = configure(tmp_path / "here")
    path = installation.folder / "eerp-config.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    for arguments in (("config", "check"), ("user", "list")):
        done = installation.eerp(*arguments)
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) <= 2
        assert "Traceback" not in done.stderr


def test_help_names_every_command(tmp_path: Path):
    installation = configure(tmp_path / "here")
    assert "twistd -n eerp" in installation.good("--help")
    users = installation.good("user", "--help")
    for command in ("add", "passwd", "grant", "revoke", "list"):
        assert command in users
    assert "--password-stdin" in installation.good("user", "add", "--help")


@pytest.mark.parametrize(
    "arguments",
    [(), ("user",), ("user", "add"), ("user", "fly"), ("role", "add", "sales"),
     ("user", "add", "x", "--random", "--password-stdin")],
)  # fmt: skip
def test_a_wrong_command_is_answered_with_its_usage(tmp_path: Path, arguments):
    done = configure(tmp_path / "here").eerp(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: eerp")


def test_users_and_roles_are_kept(running: Installation):
    assert running.good("role", "add", "sales", "crm.*", "hr.read") == (
        "role sales permits crm.*, hr.read\n"
    )
    added = running.good(
        "user", "add", "ann", "--role", "sales", "--password-stdin", stdin=GOOD + "\n"
    )
    assert added == "user ann added\n"
    assert "has the role" in running.good("user", "grant", "ann", "sales")
    listed = running.good("user", "list").splitlines()
    assert listed[0].split() == ["USER", "STATE", "LAST", "SIGN-IN", "ROLES"]
    assert any(line.split() == ["ann", "active", "never", "sales"] for line in listed)
    assert "no longer" in running.good("user", "revoke", "ann", "sales")
    assert "crm.*, hr.read" in running.good("role", "list")
    running.good("user", "passwd", "ann", "--password-stdin", stdin="the second one")


def test_a_random_password_is_printed_once(running: Installation):
    said = running.good("user", "add", "rita", "--random").splitlines()
    assert said[0] == "user rita added"
    assert said[1].startswith("password: ")
    assert len(said[1].removeprefix("password: ")) == 24


def test_what_cannot_be_done_is_one_line(running: Installation):
    bad = running.bad
    running.good("user", "add", "carl", "--random")
    assert "already" in bad("user", "add", "CARL", "--random")
    assert "A username is" in bad("user", "add", "no name", "--random")
    assert "There is no user" in bad("user", "passwd", "nobody", "--random")
    assert "There is no role" in bad("user", "grant", "carl", "nothing")
    assert "does not have" in bad("user", "revoke", "carl", "nothing")
    assert "A permission is" in bad("role", "add", "r", "cr*m")
    assert "A role name is" in bad("role", "add", "R !", "crm.*")


def test_a_password_that_will_not_do_is_one_line(running: Installation):
    add = ("user", "add", "dora", "--password-stdin")
    assert "at least 8" in running.bad(*add, stdin="short\n")
    assert "at least 8" in running.bad(*add)
    assert "commonest" in running.bad(*add, stdin="password123\n")
    assert "more than 256" in running.bad(*add, stdin="x" * 100_000)
    assert "not UTF-8" in running.bad(*add, stdin=b"\xff" * 10)
    assert "no terminal" in running.bad("user", "add", "dora", stdin=GOOD)


def test_a_password_is_taken_as_it_stands(running: Installation):
    """Spaces around it belong to it; the end of the line does not."""
    running.good("user", "add", "eve", "--password-stdin", stdin="  spaced out  \r\n")
    connection = psycopg2.connect(running_dsn(running.state_dir))
    with connection.cursor() as cursor:
        cursor.execute("select password_hash from eerp.users where username = 'eve'")
        stored = cursor.fetchone()[0]
    connection.close()
    assert PasswordHasher().verify(stored, "  spaced out  ")


def ask(running: Installation, name: str, *answers: str) -> tuple[int, str]:
    """Run ``eerp user add`` on a terminal and type the answers."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "user", "add", name],
        stdin=end,
        stdout=end,
        stderr=end,
        cwd=running.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    os.close(end)
    said = b""
    for answer in answers:
        while not said.endswith(b": "):
            said += os.read(terminal, 1)
        os.write(terminal, answer.encode() + b"\n")
        said += b"\n"
    try:
        while chunk := os.read(terminal, 1000):
            said += chunk
    except OSError:
        pass  # Linux says so when the other end is closed.
    os.close(terminal)
    return process.wait(60), said.decode()


def test_on_a_terminal_the_password_is_asked_twice_and_not_shown(
    running: Installation,
):
    status, said = ask(running, "fred", GOOD, GOOD)
    assert status == 0
    assert "New password of fred" in said
    assert "user fred added" in said
    assert GOOD not in said


def test_two_passwords_that_differ_are_refused(running: Installation):
    status, said = ask(running, "gina", GOOD, GOOD + "!")
    assert status == 1
    assert "the two passwords differ" in said


def test_without_a_daemon_the_database_runs_as_long_as_the_command(short_dir: Path):
    installation = configure(short_dir / "alone")
    installation.good("user", "add", "ann", "--random")
    assert running_dsn(installation.state_dir) is None
    assert "ann" in installation.good("user", "list")
    assert running_dsn(installation.state_dir) is None


def test_a_database_that_does_not_answer_is_one_line(tmp_path: Path):
    installation = configure(tmp_path / "here")
    settings = {
        "database": {"url": "postgresql://eerp:hidden-word@127.0.0.1:1/eerp"},
        "state_dir": "state",
        "module_root": ["modules"],
    }
    path = installation.folder / "eerp-config.json"
    path.write_text(json.dumps(settings))
    said = installation.bad("user", "list")
    assert "127.0.0.1" in said
    assert "hidden-word" not in said
