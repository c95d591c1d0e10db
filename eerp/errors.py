"""Every error that EERP raises on purpose, in one tree.

::

    EerpError
    ├── StartupError                  the daemon or command ends, one clear line
    │   ├── ConfigError               eerp-config.json
    │   ├── DatabaseRefused           too old, fsync off, wrong password
    │   └── ModuleError               one module; `module` names it
    │       ├── ManifestInvalid       module.json
    │       ├── DependencyError       missing, inactive, cycle, duplicate name
    │       ├── WasmInvalid           not WASM, missing export, forbidden import
    │       ├── DescriptionInvalid    migrate() or describe() answered nonsense
    │       ├── MigrationRefused      a migration outside its bounds
    │       ├── RouteConflict         two routes for the same paths
    │       └── ServiceIncompatible   a service that is not as its caller needs it
    ├── RequestError                  the client's fault
    │   ├── BadRequest 400            ├── Conflict 409
    │   ├── Unauthenticated 401       ├── PreconditionFailed 412
    │   │   ├── LoginRefused          │
    │   │   ├── RefreshRefused        │
    │   │   ├── TokenInvalid          │
    │   │   ├── TokenExpired          │
    │   │   ├── TokenEarly            │
    │   │   ├── TokenMisused          │
    │   │   └── TokenRevoked          │
    │   ├── Forbidden 403             ├── BodyTooLarge 413
    │   ├── NotFound 404              ├── UnsupportedMediaType 415
    │   ├── MethodNotAllowed 405      ├── ValidationFailed 422
    │   ├── IdempotencyInUse 409      ├── IdempotencyMismatch 422
    │   ├── RequestTimeout 408        ├── PreconditionRequired 428
    │   ├── UriTooLong 414            ├── HeadersTooLarge 431
    │   ├── MethodUnknown 501         │
    │   ├── Refusal 4xx, 5xx          └── TooManyRequests 429
    │   └── (what a module's own rules refuse)
    ├── GuestError                    the module's fault
    │   ├── GuestTrapped 502          panic, bad pointer in the guest, stack
    │   ├── GuestProtocolError 502    malformed or oversized answer
    │   ├── GuestOutOfTime 504        CPU budget
    │   └── GuestFault 502            forbidden call, e.g. register_route late
    └── ServiceError                  ours, or PostgreSQL's; worth a retry
        ├── Overloaded 503            a bounded queue is full
        ├── DatabaseUnavailable 503   no connection can be had
        ├── ConnectionLost 503        lost before COMMIT: nothing happened
        ├── SerializationFailed 503   40001, 40P01, 55P03: retried by itself
        ├── OutcomeUnknown 503        lost after COMMIT was sent
        ├── RequestOutOfTime 504      the request's deadline has come
        └── StatementTimeout 504      PostgreSQL gave up

`code` is stable and meant for programs, `message` for people. `detail` goes to the
log and never to a client.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from attrs import frozen

__all__ = [
    "BadRequest", "BodyTooLarge", "ConfigError", "Conflict", "ConnectionLost",
    "DatabaseRefused", "DatabaseUnavailable", "DependencyError", "DescriptionInvalid",
    "EerpError", "Fault", "Forbidden", "GuestError", "GuestFault", "GuestOutOfTime",
    "GuestProtocolError", "GuestTrapped", "HeadersTooLarge", "IdempotencyInUse",
    "IdempotencyMismatch", "LoginRefused",
    "ManifestInvalid", "MethodNotAllowed", "MethodUnknown", "MigrationRefused",
    "ModuleError", "NotFound", "OutcomeUnknown", "Overloaded", "PreconditionFailed",
    "PreconditionRequired", "RefreshRefused", "Refusal", "RequestError",
    "RequestOutOfTime", "RequestTimeout", "RouteConflict", "SerializationFailed",
    "ServiceError", "ServiceIncompatible", "StartupError", "StatementTimeout",
    "TokenEarly", "TokenExpired", "TokenInvalid", "TokenMisused", "TokenRevoked",
    "TooManyRequests",
    "Unauthenticated", "UnsupportedMediaType", "UriTooLong", "ValidationFailed",
    "WasmInvalid",
]  # fmt: skip


@frozen
class Fault:
    """One fault in a request: where (JSON Pointer or parameter), which, in words."""

    pointer: str
    code: str
    message: str


class EerpError(Exception):
    """Base of all. `message` is one clear sentence; `hint` says what to do."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        detail: str | None = None,
        errors: tuple[Fault, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail
        self.errors = errors


class StartupError(EerpError):
    """The daemon cannot start, or a command cannot run."""

    code = "startup_failed"
    title = "Start-up failed"


class ConfigError(StartupError):
    """eerp-config.json is not as the schema says; the message names the key."""

    code = "config_invalid"
    title = "Wrong configuration"


class DatabaseRefused(StartupError):
    """PostgreSQL cannot be used: out of reach, wrong password, version, durability."""

    code = "database_refused"
    title = "Unfit database"


class ModuleError(StartupError):
    """One module cannot be loaded."""

    code = "module_failed"
    title = "Module failed"

    def __init__(
        self,
        module: str,
        message: str,
        *,
        hint: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, detail=detail)
        self.module = module


class ManifestInvalid(ModuleError):
    """module.json is missing a key, has an unknown one, or a wrong value."""

    code = "manifest_invalid"


class DependencyError(ModuleError):
    """A dependency is missing or inactive, a cycle, or two modules of one name."""

    code = "dependency_failed"


class WasmInvalid(ModuleError):
    """The file is not a WASM module of ABI 1 within its capabilities."""

    code = "wasm_invalid"


class DescriptionInvalid(ModuleError):
    """What `migrate` or `describe` answered is not as the ABI says."""

    code = "description_invalid"


class MigrationRefused(ModuleError):
    """A migration names a type or a schema it may not, or was changed later."""

    code = "migration_refused"


class RouteConflict(ModuleError):
    """Two routes serve the same paths; the message names both modules."""

    code = "route_conflict"


class ServiceIncompatible(ModuleError):
    """A module uses a service that is missing, out of its reach, or has changed."""

    code = "service_incompatible"


class RequestError(EerpError):
    """The request cannot be served as it is."""

    code = "bad_request"
    status = 400
    title = "Bad request"


class BadRequest(RequestError):
    """Malformed: not HTTP as it should be, or a body that is not JSON."""


class Unauthenticated(RequestError):
    """No token, or one that does not hold. `code` may say which, per instance."""

    code = "unauthenticated"
    status = 401
    title = "Not signed in"


class LoginRefused(Unauthenticated):
    """Unknown user, wrong password, or a user who is switched off: never which."""

    code = "login_refused"


class RefreshRefused(Unauthenticated):
    """The refresh token is unknown, expired, spent, or its session is over."""

    code = "refresh_refused"


class TokenInvalid(Unauthenticated):
    """Not a token of ours: malformed, forged, or signed in another way."""

    code = "token_invalid"


class TokenExpired(Unauthenticated):
    """The access token was good and its time is over; refresh it."""

    code = "token_expired"


class TokenEarly(Unauthenticated):
    """The access token is signed by us and its time has not come."""

    code = "token_not_yet_valid"


class TokenMisused(Unauthenticated):
    """Signed with our key, for another purpose: type, issuer, or audience."""

    code = "token_misused"


class TokenRevoked(Unauthenticated):
    """The session was ended, the password changed, or the user switched off."""

    code = "token_revoked"


class Forbidden(RequestError):
    """Signed in, and lacking the permission that the message names."""

    code = "forbidden"
    status = 403
    title = "Not permitted"


class NotFound(RequestError):
    """No such route, or no such record that the caller may see."""

    code = "not_found"
    status = 404
    title = "Not found"


class MethodNotAllowed(RequestError):
    """The path exists with other methods: `allow`, sorted."""

    code = "method_not_allowed"
    status = 405
    title = "Method not allowed"

    def __init__(self, message: str, *, allow: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allow = allow


class RequestTimeout(RequestError):
    """The client took too long to send its request."""

    code = "request_timeout"
    status = 408
    title = "Request too slow"


class UriTooLong(RequestError):
    """The request line is longer than `URL_BYTES_MAX` allows."""

    code = "uri_too_long"
    status = 414
    title = "URL too long"


class HeadersTooLarge(RequestError):
    """The headers are too many, or too long."""

    code = "headers_too_large"
    status = 431
    title = "Headers too large"


class MethodUnknown(RequestError):
    """The method is none that this server speaks; names are case-sensitive."""

    code = "method_unknown"
    status = 501
    title = "Unknown method"


class Conflict(RequestError):
    """The request contradicts what is stored, e.g. a value that must be unique."""

    code = "conflict"
    status = 409
    title = "Conflict"


class IdempotencyInUse(RequestError):
    """The first request with this Idempotency-Key has not been answered yet."""

    code = "idempotency_in_use"
    status = 409
    title = "Still at work"


class IdempotencyMismatch(RequestError):
    """The Idempotency-Key was used before, for a request that was another one."""

    code = "idempotency_mismatch"
    status = 422
    title = "Idempotency-Key used before"


class PreconditionFailed(RequestError):
    """The record has another version than `If-Match` says."""

    code = "version_conflict"
    status = 412
    title = "Changed by someone else"


class BodyTooLarge(RequestError):
    """The body is larger than the route allows."""

    code = "body_too_large"
    status = 413
    title = "Body too large"


class UnsupportedMediaType(RequestError):
    """The body is not application/json."""

    code = "unsupported_media_type"
    status = 415
    title = "Unsupported media type"


class ValidationFailed(RequestError):
    """Well-formed and wrong; `errors` lists every fault."""

    code = "validation_failed"
    status = 422
    title = "Validation failed"


class PreconditionRequired(RequestError):
    """An update without `If-Match` could undo somebody else's."""

    code = "precondition_required"
    status = 428
    title = "If-Match required"


class TooManyRequests(RequestError):
    """Slow down; `retry_after_s` says how long."""

    code = "too_many_requests"
    status = 429
    title = "Too many requests"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Refusal(RequestError):
    """A module's own rule says no; code, status and message are the module's."""

    code = "refused"
    title = "Refused"

    def __init__(
        self, status: int, code: str, message: str, errors: tuple[Fault, ...] = ()
    ) -> None:
        super().__init__(message, errors=errors)
        # The module chooses both, so they shadow the class's own.
        self.__dict__.update(status=status, code=code)


class GuestError(EerpError):
    """The module misbehaved. It costs this request and nothing else."""

    code = "module_error"
    status = 502
    title = "The module failed"


class GuestTrapped(GuestError):
    """The guest trapped: panic, unreachable, out of bounds, out of stack."""

    code = "module_trapped"


class GuestProtocolError(GuestError):
    """The guest's answer is malformed, oversized, or outside its memory."""

    code = "module_protocol_error"


class GuestFault(GuestError):
    """The guest called a host function in a way that it may not."""

    code = "module_fault"


class GuestOutOfTime(GuestError):
    """The guest used up its computing time."""

    code = "module_out_of_time"
    status = 504
    title = "The module took too long"


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
