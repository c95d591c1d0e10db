"""Connection strings."""

from __future__ import annotations

import pytest
from psycopg2.extensions import parse_dsn

from eerp.database import dsn
from eerp.errors import ConfigError


def session(text: str) -> dict[str, str]:
    made = dsn.session(text, statement_timeout_ms=15_000, lock_timeout_ms=5_000)
    parsed: dict[str, str] = parse_dsn(made)
    return parsed


def test_a_url_gets_our_settings() -> None:
    made = session("postgresql://ann:s%20ecret@db.example:6432/erp")
    assert made["password"] == "s ecret"
    assert made["tcp_user_timeout"] == "20000"
    assert "-c statement_timeout=15000" in made["options"]
    assert "-c default_transaction_isolation=repeatable\\ read" in made["options"]


def test_the_operators_own_settings_win() -> None:
    made = session("host=db keepalives_idle=99 options='-c lock_timeout=1'")
    assert made["keepalives_idle"] == "99"
    assert made["options"].endswith("-c lock_timeout=1")


def test_read_write_sessions_are_asked_of_the_primary() -> None:
    """Our sessions are read-only by default, which libpq would take for a no."""
    made = session("host=a,b target_session_attrs=read-write")
    assert made["target_session_attrs"] == "primary"


@pytest.mark.parametrize("text", ["postgresql://ann:secret@[x", "host", "no=such"])
def test_a_wrong_url_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        session(text)
    assert "secret" not in caught.value.message


def test_an_address_for_people_has_no_password() -> None:
    assert dsn.address("postgresql://ann:secret@db:6432/x") == "db, port 6432"
    assert dsn.address("dbname=x") == "the default socket, port 5432"


def test_names_become_addresses_and_stay_for_certificates() -> None:
    found = {"a": ["10.0.0.1", "10.0.0.2"], "b": ["10.0.0.3"]}
    made = dsn.resolve("host=a,b port=1,2", lambda host, port: found[host])
    parsed = parse_dsn(made)
    assert parsed["host"] == "a,a,b"
    assert parsed["hostaddr"] == "10.0.0.1,10.0.0.2,10.0.0.3"
    assert parsed["port"] == "1,1,2"


def fail(host: str, port: str) -> list[str]:
    raise OSError(host)


@pytest.mark.parametrize(
    "text",
    ["host=/run/pg", "host=10.0.0.1", "host=::1", "hostaddr=10.0.0.1 host=a", "user=x",
     "host=nowhere"],
)  # fmt: skip
def test_what_has_no_name_to_look_up_stays_as_it_is(text: str) -> None:
    assert dsn.resolve(text, fail) == text


def test_one_port_serves_all_hosts_and_addresses_stay() -> None:
    made = dsn.resolve("host=a,10.0.0.9 port=7", lambda host, port: ["10.0.0.1"])
    parsed = parse_dsn(made)
    assert parsed["hostaddr"] == "10.0.0.1,10.0.0.9"
    assert parsed["port"] == "7,7"
