"""``eerp audit`` and ``eerp user companies`` as processes, with a PostgreSQL."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from twisted.internet import reactor

from eerp.database.embedded import Embedded
from tests.conftest import wait_for
from tests.postgres.test_command import GOOD, Installation, configure
from tests.postgres.trail import Trail, run
from tests.seed import Seed

ONE = "018f4e9a-7c1b-7d2e-8f3a-000000000001"
TWO = "018f4e9a-7c1b-7d2e-8f3a-000000000002"


@frozen
class Audited:
    """An installation whose database runs, with audited tables."""

    installation: Installation
    trail: Trail

    def eerp(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.installation.eerp(*arguments)


@pytest.fixture(scope="module")
def audited(module_home: Path) -> Iterator[Audited]:
    installation = configure(module_home / "audited")
    Seed.of_this_run().plant_cluster(installation.state_dir)
    server = Embedded(reactor, installation.state_dir)
    wait_for(server.start())
    # The first command makes the core's tables.
    assert installation.good("audit", "verify") == (
        "the audit trail holds: 0 rows in 0 lanes\n"
    )
    yield Audited(installation, Trail.of(server.dsn, server.superuser_dsn))
    wait_for(server.stop())


def _tamper(trail: Trail, sql: str) -> None:
    session = trail.tamperer()
    run(session, sql)
    session.commit()
    session.close()


def test_a_trail_is_verified_and_told_where_it_breaks(audited: Audited):
    trail = audited.trail
    trail.run("INSERT INTO shop.notes (text) VALUES ('a'), ('b'), ('c')")
    done = audited.eerp("audit", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "the audit trail holds: 3 rows in 1 lane\n"

    heads = audited.eerp("audit", "heads").stdout
    assert [line.split()[:2] for line in heads.splitlines()] == [["1", "3"]]
    (audited.installation.folder / "heads").write_text(heads)
    trail.run("UPDATE shop.notes SET text = 'd'")
    done = audited.eerp("audit", "verify", "--heads", "heads")
    assert done.stdout == (
        "the audit trail holds: 6 rows in 1 lane, 1 head kept before\n"
    )

    _tamper(trail, "UPDATE eerp.audit SET actor = 'x' WHERE seq = 2")
    [[note]] = trail.run("SELECT record_id FROM eerp.audit WHERE seq = 2")
    done = audited.eerp("audit", "verify")
    assert done.returncode == 1
    [line] = done.stdout.splitlines()
    assert line.startswith("lane 1, seq 2: edited: ")
    assert f"create of shop.notes {note} at 20" in line
    assert (
        done.stderr
        == "eerp: the audit trail is broken in 1 place of 6 rows in 1 lane\n"
    )

    _tamper(trail, "DELETE FROM eerp.audit WHERE seq > 4")
    done = audited.eerp("audit", "verify")
    assert done.returncode == 1
    assert [line.split(": ")[:2] for line in done.stdout.splitlines()] == [
        ["lane 1, seq 2", "edited"], ["lane 1, seq 5", "tail cut"],
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"1 2\n", b"\xff", None])
def test_heads_that_cannot_be_read_are_one_line(
    audited: Audited, content: bytes | None
):
    if content is not None:
        (audited.installation.folder / "wrong").write_bytes(content)
    name = "nowhere" if content is None else "wrong"
    said = audited.installation.bad("audit", "verify", "--heads", name)
    assert "heads" in said


def test_the_companies_of_a_user_are_kept(audited: Audited):
    good, bad = audited.installation.good, audited.installation.bad
    good("user", "add", "ann", "--password-stdin", stdin=GOOD)
    assert good("user", "companies", "ann") == "COMPANY\n"
    told = good(
        "user", "companies", "ann", "--add", ONE, "--add", TWO, "--default", TWO
    )
    assert told.split() == ["COMPANY", ONE, TWO, "default"]
    told = good("user", "companies", "ann", "--remove", TWO, "--default", ONE)
    assert told.split() == ["COMPANY", ONE, "default"]
    assert "does not belong" in bad("user", "companies", "ann", "--default", TWO)
    assert "is not the id" in bad("user", "companies", "ann", "--add", "x")
    assert "no user bob" in bad("user", "companies", "bob")
