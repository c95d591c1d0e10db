"""What the driver raises, in our words."""

from __future__ import annotations

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg2 import errors as pg

from eerp.database.sqlstate import is_connection_loss, translate
from eerp.errors import ConnectionLost, EerpError, ServiceError, ValidationFailed


@pytest.mark.parametrize(
    "error",
    [
        psycopg2.InterfaceError("cursor already closed"),
        psycopg2.OperationalError("server closed the connection unexpectedly"),
        psycopg2.DatabaseError("lost synchronization with server"),
    ],
)
def test_what_libpq_says_itself_is_a_lost_connection(error: psycopg2.Error) -> None:
    assert is_connection_loss(error)
    assert type(translate(error)) is ConnectionLost


def test_misuse_of_the_driver_is_an_internal_error() -> None:
    for error in (IndexError("x"), TypeError("x"), psycopg2.ProgrammingError("x")):
        assert type(translate(error)) is EerpError
        assert not is_connection_loss(error)


def test_nul_and_surrogates_are_the_clients_fault() -> None:
    with pytest.raises(UnicodeEncodeError) as caught:
        "\ud800".encode()
    for error in (ValueError("cannot contain NUL"), caught.value):
        meaning = translate(error)
        assert type(meaning) is ValidationFailed
        assert [fault.code for fault in meaning.errors] == ["invalid_text"]


def test_our_own_errors_pass_through() -> None:
    error = ConnectionLost("gone")
    assert translate(error) is error


@given(st.sampled_from([*vars(pg).values()]), st.text())
def test_values_in_a_drivers_text_reach_no_client(kind: object, value: str) -> None:
    if not (isinstance(kind, type) and issubclass(kind, psycopg2.Error)):
        return
    meaning = translate(kind(f"secret-{value}"))
    assert "secret" not in meaning.message
    assert "secret" not in str(meaning.errors)
    assert isinstance(meaning, EerpError)


def test_a_lost_connection_is_worth_a_retry() -> None:
    assert issubclass(ConnectionLost, ServiceError)
