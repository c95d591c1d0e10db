"""``eerp migrate`` as a process, with modules and a database that runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from twisted.internet import reactor

from eerp.database.embedded import Embedded, running_dsn
from tests.conftest import wait_for
from tests.daemon.guests import write_module
from tests.postgres.test_command import Installation, configure
from tests.postgres.two import step, table
from tests.sandbox.wat import wat
from tests.seed import Seed

V1 = step("things", 1, table("things", ("name", "text")))
V2 = step(
    "things", 2,
    {"type": "add_column", "table": "things", "column": "size", "sql_type": "text"},
    down=[{"type": "drop_column", "table": "things", "column": "size"}],
)  # fmt: skip
V3 = step("things", 3, {"type": "drop_column", "table": "things", "column": "name"})
LINKS = step(
    "more", 1, table("more", ("thing_id", "uuid")),
    {"type": "add_foreign_key", "table": "more", "column": "thing_id",
     "references": {"module": "shop", "table": "things"}},
)  # fmt: skip


@pytest.fixture(scope="module")
def server(module_home: Path) -> Iterator[Installation]:
    """An installation whose database runs."""
    made = configure(module_home / "here")
    Seed.of_this_run().plant_cluster(made.state_dir)
    running = Embedded(reactor, made.state_dir)
    wait_for(running.start())
    yield made
    wait_for(running.stop())


@pytest.fixture
def installation(server: Installation) -> Installation:
    """Two modules, one of which depends on the other, and an empty database."""
    ask(server, "DROP SCHEMA IF EXISTS eerp, shop, stock, other CASCADE; SELECT 1")
    shutil.rmtree(server.folder / "modules")
    path = server.folder / "eerp-config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"migrations": {}}))
    install(server, "shop", V1)
    install(server, "stock", LINKS, depends=["shop"])
    return server


def install(
    installation: Installation, name: str, *steps: Any, **manifest: Any
) -> None:
    folder = installation.folder / "modules"
    shutil.rmtree(folder / name, ignore_errors=True)
    text = wat(migrations=json.dumps(list(steps)).encode())
    write_module(folder, name, text, **manifest)


def ask(installation: Installation, sql: str) -> Any:
    connection = psycopg2.connect(running_dsn(installation.state_dir))
    try:
        cursor = connection.cursor()
        cursor.execute(sql)
        connection.commit()
        return cursor.fetchall()
    finally:
        connection.close()


def schemas(installation: Installation) -> set[str]:
    return {row[0] for row in ask(installation, "SELECT nspname FROM pg_namespace")}


def test_a_plan_is_printed_and_changes_nothing(installation: Installation) -> None:
    said = installation.good("migrate", "--plan")
    assert said.startswith("2 versions of 2 modules are pending. Nothing was changed.")
    assert "The core's own tables lack: accounts" in said
    assert "shop.things version 1" in said
    assert said.index('CREATE TABLE "shop"') < said.index('CREATE TABLE "stock"')
    assert not schemas(installation) & {"eerp", "shop", "stock"}


def test_what_was_planned_is_applied_once(installation: Installation) -> None:
    said = installation.good("migrate")
    assert said == "Applied:\n  shop.things version 1\n  stock.more version 1\n"
    assert installation.good("migrate") == "Nothing was pending.\n"
    assert installation.good("migrate", "--plan").startswith("Nothing is pending.")


def test_destruction_needs_a_word_more(installation: Installation) -> None:
    installation.good("migrate")
    install(installation, "shop", V1, V2, V3)
    said = installation.good("migrate", "--plan")
    assert "1 of them DESTRUCTIVE" in said
    assert "DESTRUCTIVE: it drops column things.name with all that it holds" in said
    done = installation.eerp("migrate")
    assert done.returncode == 1
    assert "nobody has agreed" in done.stderr
    assert "--allow-destructive" in done.stderr
    assert done.stderr.count("\n") == 1
    assert ask(installation, "SELECT name FROM shop.things") == []
    said = installation.good("migrate", "--allow-destructive")
    assert "shop.things version 3" in said


def test_the_configuration_may_agree(installation: Installation) -> None:
    installation.good("migrate")
    install(installation, "shop", V1, V2, V3)
    path = installation.folder / "eerp-config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"migrations": {"destructive": "allow"}}))
    assert "shop.things version 3" in installation.good("migrate")


def test_an_operator_goes_back_and_the_older_module_fits(
    installation: Installation,
) -> None:
    install(installation, "shop", V1, V2)
    installation.good("migrate")
    install(installation, "shop", V1)
    done = installation.eerp("migrate")
    assert done.returncode == 1
    assert "eerp migrate --back shop.things" in done.stderr
    said = installation.good("migrate", "--back", "shop.things", "--plan")
    assert said.startswith("Nothing was changed.")
    assert 'DROP COLUMN "size";' in installation.good(
        "migrate", "--back", "shop.things"
    )
    assert installation.good("migrate") == "Nothing was pending.\n"
    assert "no way back" in installation.bad("migrate", "--back", "shop.things")
    assert "not MODULE.ENTITY" in installation.bad("migrate", "--back", "shop")


def test_a_module_that_fails_holds_up_its_dependents_only(
    installation: Installation,
) -> None:
    install(installation, "shop", {"entity": "x"})
    install(installation, "other", V1 | {"entity": "x"})
    for arguments in (["--plan"], []):
        done = installation.eerp("migrate", *arguments)
        assert done.returncode == 1
        assert "other.x version 1" in done.stdout
        assert "lacks 'version'" in done.stderr
        assert "stock" in done.stderr
