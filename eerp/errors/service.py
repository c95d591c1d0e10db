"""Errors of ours, or of PostgreSQL's; what failed is worth another try."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from eerp.errors.base import EerpError

__all__ = [
    "ConnectionLost",
    "DatabaseUnavailable",
    "OutcomeUnknown",
    "Overloaded",
    "RequestOutOfTime",
    "SerializationFailed",
    "ServiceError",
    "StatementTimeout",
]


class ServiceError(EerpError):
    """Ours or PostgreSQL's fault, and passing; the client may try again."""

    code = "unavailable"
    status = 503
    title = "Unavailable"
    retry_after_s: ClassVar[int] = 1


class Overloaded(ServiceError):
    """A bounded queue is full or its wait is over."""

    code = "overloaded"
    title = "Overloaded"


class DatabaseUnavailable(ServiceError):
    """No connection to PostgreSQL can be had now."""

    code = "database_unavailable"
    title = "Database unavailable"


class ConnectionLost(ServiceError):
    """The connection was lost before COMMIT was sent: nothing happened."""

    code = "connection_lost"


class SerializationFailed(ServiceError):
    """PostgreSQL chose this transaction as the victim; running it again is safe.

    `subject` names the record that it was about, if that is known; `waited` says that
    a lock was waited for as long as one may.
    """

    code = "serialization_failed"
    title = "Too much contention"
    subject: Hashable = None
    waited: bool = False


class OutcomeUnknown(ServiceError):
    """The connection was lost after COMMIT was sent: look before you repeat."""

    code = "outcome_unknown"
    title = "Outcome unknown"


class RequestOutOfTime(ServiceError):
    """The request was not done within its deadline; nothing happened."""

    code = "request_out_of_time"
    status = 504
    title = "The request took too long"


class StatementTimeout(ServiceError):
    """A statement ran longer than `statement_timeout_ms`; nothing happened."""

    code = "statement_timeout"
    status = 504
    title = "The database took too long"
