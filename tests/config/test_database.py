"""How to reach PostgreSQL: what is taken, what libpq gets, what is refused."""

from __future__ import annotations

import psycopg2.extensions
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.config import (
    DatabaseConfig,
    load,
)
from tests.config.files import EMBEDDED, SERVER, refused, write


def test_dsn_holds_any_value():
    awkward = r"a b'c\d\\"
    config = DatabaseConfig(host="h", name=awkward, user="u", password=awkward)
    assert psycopg2.extensions.parse_dsn(config.dsn) == {
        "host": "h", "port": "5432", "user": "u", "dbname": awkward,
        "password": awkward,
    }  # fmt: skip


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_dsn_is_read_back_by_libpq(password):
    config = DatabaseConfig(host="h", name="n", user="u", password=password)
    parsed = psycopg2.extensions.parse_dsn(config.dsn)
    assert parsed.get("password", "") == password


@pytest.mark.parametrize("query", ["", "?sslmode=verify-full"])
def test_password_file_goes_with_a_url(folder, query):
    (folder / "pw").write_text("p&w %20?/\n")
    url = f"postgresql://ann@a:5432,b:5433/eerp{query}"
    config = load(
        write(folder, {"database": {"url": url, "password_file": "pw"}})
    ).database
    parsed = psycopg2.extensions.parse_dsn(config.dsn)
    assert parsed["password"] == "p&w %20?/"
    assert parsed["host"] == "a,b"


def test_url_is_used_as_it_is(folder):
    url = "postgresql://ann:pw@[::1]/eerp?target_session_attrs=read-write"
    assert load(write(folder, {"database": {"url": url}})).database.dsn == url


def test_repr_shows_no_secret():
    for config in (
        DatabaseConfig(host="h", name="n", user="u", password="s3cret"),
        DatabaseConfig(url="postgresql://u:s3cret@h/n"),
    ):
        assert "s3cret" not in repr(config)


@pytest.mark.parametrize(
    ("database", "fault"),
    [
        ({}, "database: needs `embedded`, or `url`, or `host` with `name` and `user`"),
        ({"embedded": False}, "database: needs `embedded`, or"),
        ({**EMBEDDED, "host": "h"}, "database.host: cannot be given together with"),
        ({**EMBEDDED, "port": 1}, "database.port: cannot be given together with"),
        ({**EMBEDDED, "url": "postgresql://h"}, "database.url: cannot be given"),
        ({"url": "postgresql://h", "host": "h"}, "database.host: cannot be given"),
        ({"host": "h", "name": "n"}, "database.user: is missing"),
        ({"port": 5432, "name": "n", "user": "u"}, "database.host: is missing"),
        ({"url": "mysql://h/n"}, "database.url: must begin with postgresql://"),
        ({"url": "postgresql://h:99999/n"}, "database.url: has a port"),
        ({"url": "postgresql://h:x/n"}, "database.url: has a host that is neither"),
        ({"url": "postgresql://a b/n"}, "database.url: has a character"),
        ({"url": "postgresql://u:%zz@h/n"}, "database.url: has a character"),
        ({**SERVER, "password_file": "gone"}, "database.password_file: does not exist"),
        ({**SERVER, "password_file": "."}, "database.password_file: is not a regular"),
        ({**SERVER, "password_file": "empty"}, "database.password_file: is empty"),
        ({**SERVER, "password_file": "latin"}, "database.password_file: is not UTF-8"),
        (
            {**SERVER, "password": "x", "password_file": "full"},
            "database.password_file: cannot be given together with database.password",
        ),
        (
            {"url": "postgresql://u:pw@h/n", "password_file": "full"},
            "database.password_file: cannot be given together with database.url",
        ),
        (
            {**EMBEDDED, "lock_timeout_ms": 20_000},
            "database.lock_timeout_ms: must not be above database.statement_timeout_ms",
        ),
    ],
)
def test_wrong_database_is_refused(folder, database, fault):
    (folder / "empty").write_text("\n")
    (folder / "full").write_text("pw")
    (folder / "latin").write_bytes(b"\xe9")
    (line,) = refused(folder, {"database": database})
    assert line.startswith(fault)


def test_messages_show_no_secret(folder):
    for database in (
        {"url": "postgresql://u:s3cret@h:99999/n"},
        {**SERVER, "password": ["s3cret"]},
        {**EMBEDDED, "password": "s3cret"},
    ):
        assert "s3cret" not in str(refused(folder, {"database": database}))
