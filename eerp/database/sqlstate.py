"""What the driver raises, as errors of :mod:`eerp.errors`; pure.

Messages and faults name columns and constraints, never values: what PostgreSQL
says about a row (``Key (email)=(x) already exists``) stays out of the log too.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg2

from eerp.errors import (
    Conflict,
    ConnectionLost,
    DatabaseUnavailable,
    EerpError,
    Fault,
    Forbidden,
    GuestFault,
    SerializationFailed,
    StatementTimeout,
    ValidationFailed,
)

__all__ = ["is_connection_loss", "translate"]

# Class 57: an administrator, a crash, a start-up, a dropped database or an idle
# session's end; 25: the session or transaction sat idle or ran for too long.
_LOST = frozenset(
    {"57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25P04"}
)  # fmt: skip
_LOCK_TIMEOUT = "55P03"
_CONTENTION = frozenset({"40001", "40P01", _LOCK_TIMEOUT})
# 54000 is a value too long for an index.
_WRONG_VALUE = frozenset({"54000"})

_KEY = re.compile(r"\((.+?)\)=\(")
_COLUMN = re.compile(r"[a-z_][a-z0-9_]*")
_ENGLISH_CHILD = "insert or update on table"
# The end of the name of a foreign key by which deletions follow; see
# eerp/migrations/keys.py.
_FOLLOW = "_follow"
# Half of each key that says that live records refer to live ones.
_ALIVE = "alive"


def is_connection_loss(error: BaseException) -> bool:
    """Whether the connection is gone, and not merely the statement refused.

    A serialization failure, a deadlock or a timeout is an `OperationalError` too,
    and leaves a connection in good health.
    """
    if isinstance(error, psycopg2.InterfaceError):
        return True
    if not isinstance(error, psycopg2.DatabaseError):
        return False
    state = error.pgcode
    if state is None:
        # Without a SQLSTATE it was not the server that spoke: libpq did.
        return isinstance(error, psycopg2.OperationalError) or (
            type(error) is psycopg2.DatabaseError
        )
    return state in _LOST or state.startswith(("08", "58"))


def translate(error: BaseException) -> EerpError:
    """The error of ours that says what `error`, raised by the driver, means."""
    if isinstance(error, EerpError):
        return error
    if is_connection_loss(error):
        return ConnectionLost(
            "The connection to the database was lost.", detail=_detail(error)
        )
    if isinstance(error, psycopg2.Error) and error.pgcode is not None:
        return _by_state(error, error.pgcode)
    if isinstance(error, ValueError):
        return _unstorable(error)
    return _internal(error)


def _by_state(error: psycopg2.Error, state: str) -> EerpError:
    exact = _EXACT.get(state)
    if exact is not None:
        return exact(error)
    if state in _CONTENTION:
        failed = SerializationFailed(
            "Another transaction was in the way.", detail=_detail(error)
        )
        failed.waited = state == _LOCK_TIMEOUT
        return failed
    if state in _WRONG_VALUE or state.startswith("22"):
        return _invalid(error, "invalid", "has a value that cannot be stored")
    if state.startswith("53"):
        return DatabaseUnavailable(
            "The database is out of disk, memory or connections.",
            detail=_detail(error),
        )
    return _internal(error)


def _unique(error: psycopg2.Error) -> EerpError:
    columns = _key_columns(error)
    faults = tuple(
        Fault(f"/{column}", "unique", f"{column} is already taken")
        for column in columns
    )
    what = " and ".join(columns) if columns else "a value that must be unique"
    message = f"Another record has the same {what}."
    return Conflict(message, errors=faults, detail=_detail(error))


def _exclusion(error: psycopg2.Error) -> EerpError:
    rule = error.diag.constraint_name or ""
    message = f"The record overlaps another, which the rule {rule} does not allow."
    fault = Fault("", "overlap", message)
    return Conflict(message, errors=(fault,), detail=_detail(error))


def _balance(error: psycopg2.Error) -> EerpError:
    rule, group = error.diag.constraint_name or "", error.diag.column_name or ""
    message = f"The amounts of one {group} do not add up to zero (rule {rule})."
    fault = Fault("", "balance", message)
    return ValidationFailed(message, errors=(fault,), detail=_detail(error))


def _foreign_key(error: psycopg2.Error) -> EerpError:
    if (error.diag.message_primary or "").startswith(_ENGLISH_CHILD):
        return _invalid(error, "reference", "refers to a record that does not exist")
    if (error.diag.constraint_name or "").endswith(_FOLLOW):
        # All children were deleted with it but one, which came at this moment.
        return SerializationFailed(
            "A record came to refer to one that is being deleted.",
            detail=_detail(error),
        )
    return _restrict(error)


def _restrict(error: psycopg2.Error) -> EerpError:
    return Conflict("Other records still refer to this one.", detail=_detail(error))


def _forbidden(error: psycopg2.Error) -> EerpError:
    """What `eerp.refuse` raised; its words are ours."""
    message = error.diag.message_primary or "You may not write such a record."
    return Forbidden(message, detail=_detail(error))


def _required(error: psycopg2.Error) -> EerpError:
    return _invalid(error, "required", "is required")


def _check(error: psycopg2.Error) -> EerpError:
    return _invalid(error, "check", "breaks a rule")


def _invalid(error: psycopg2.Error, code: str, verb: str) -> EerpError:
    """A fault at the column if PostgreSQL names one, else at the constraint."""
    diag = error.diag
    columns = (diag.column_name,) if diag.column_name else _key_columns(error)
    if columns:
        faults = tuple(Fault(f"/{name}", code, f"{name} {verb}") for name in columns)
        subject = " and ".join(columns)
    else:
        rule = diag.constraint_name
        subject = f"The record ({rule})" if rule else "The record"
        faults = (Fault("", code, f"{subject} {verb}"),)
    return ValidationFailed(f"{subject} {verb}.", errors=faults, detail=_detail(error))


def _read_only(error: psycopg2.Error) -> EerpError:
    return GuestFault(
        "A request that may only read, such as a GET, wanted to change data.",
        detail=_detail(error),
    )


def _timeout(error: psycopg2.Error) -> EerpError:
    return StatementTimeout(
        "The database took too long over a statement.", detail=_detail(error)
    )


def _unstorable(error: ValueError) -> EerpError:
    """A NUL character or a lone surrogate in a text: PostgreSQL has neither."""
    if isinstance(error, UnicodeError):
        what = "half of a surrogate pair"
    else:
        what = "a NUL character"
    message = f"A text holds {what}, which cannot be stored."
    return ValidationFailed(message, errors=(Fault("", "invalid_text", message),))


def _internal(error: BaseException) -> EerpError:
    return EerpError("The database refused a statement.", detail=_detail(error))


def _key_columns(error: psycopg2.Error) -> tuple[str, ...]:
    """The columns of a violated key: ``lower(email)`` counts as ``email``."""
    found = _KEY.search(error.diag.message_detail or "")
    if found is None:
        return ()
    parts = (part.strip("() ") for part in found[1].split(","))
    names = (part.split("(")[-1].split("::")[0].strip("() ") for part in parts)
    return tuple(name for name in names if _COLUMN.fullmatch(name) and name != _ALIVE)


def _detail(error: BaseException) -> str:
    """For the log: which class, SQLSTATE and constraint; no text with values."""
    said = [type(error).__name__]
    if isinstance(error, psycopg2.Error):
        diag = error.diag
        said += [
            f"{name}={value}"
            for name, value in (
                ("sqlstate", error.pgcode),
                ("schema", diag.schema_name),
                ("table", diag.table_name),
                ("column", diag.column_name),
                ("constraint", diag.constraint_name),
            )
            if value
        ]
        said += _safe_words(error)
    return " ".join(said)


def _safe_words(error: psycopg2.Error) -> list[str]:
    """PostgreSQL's sentence where it quotes code and connections, not rows."""
    state = error.pgcode
    if state is None:
        return [str(error).strip()] if is_connection_loss(error) else []
    quotes_code = state.startswith(("08", "25", "3", "42", "53", "57", "58", "XX"))
    return [error.diag.message_primary or ""] if quotes_code else []


_EXACT: dict[str, Callable[[psycopg2.Error], EerpError]] = {
    "23001": _restrict,
    "23502": _required,
    "23503": _foreign_key,
    "23505": _unique,
    "23514": _check,
    "23P01": _exclusion,
    "ERBAL": _balance,
    "25006": _read_only,
    "57014": _timeout,
    "ER403": _forbidden,
}
