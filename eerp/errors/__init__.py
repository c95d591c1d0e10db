"""Every error that EERP raises on purpose, in one tree.

::

    EerpError
    ├── StartupError                  the daemon or command ends, one clear line
    │   ├── ConfigError               eerp-config.json
    │   ├── DatabaseRefused           too old, fsync off, wrong password
    │   ├── AuditBroken               the audit trail is not what was written
    │   └── ModuleError               one module; `module` names it
    │       ├── ManifestInvalid       module.json
    │       ├── DependencyError       missing, inactive, cycle, duplicate name
    │       ├── WasmInvalid           not WASM, missing export, forbidden import
    │       ├── DescriptionInvalid    migrate() or describe() answered nonsense
    │       ├── MigrationRefused      a migration outside its bounds
    │       ├── RouteConflict         two routes for the same paths
    │       ├── ServiceIncompatible   a service that is not as its caller needs it
    │       └── RegistrationInvalid   an event or a job that cannot be
    ├── RequestError                  the client's fault
    │   ├── BadRequest 400            ├── Conflict 409
    │   ├── Unauthenticated 401       ├── PreconditionFailed 412
    │   │   ├── LoginRefused          ├── QueryInvalid 400
    │   │   ├── RefreshRefused        ├── QueryTooLarge 400
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
    │   ├── MethodUnknown 501         ├── Undone 424
    │   ├── NotInDryRun 409           ├── TooManyAffected 409
    │   ├── HostRefused 403           ├── RemoteFailed 502
    │   ├── ServiceAbsent 404         ├── RemoteLate 504
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

from eerp.errors.base import (
    EerpError,
    Fault,
)
from eerp.errors.guest import (
    GuestError,
    GuestFault,
    GuestOutOfTime,
    GuestProtocolError,
    GuestTrapped,
)
from eerp.errors.request import (
    BadRequest,
    BodyTooLarge,
    Conflict,
    Forbidden,
    HeadersTooLarge,
    HostRefused,
    IdempotencyInUse,
    IdempotencyMismatch,
    LoginRefused,
    MethodNotAllowed,
    MethodUnknown,
    NotFound,
    NotInDryRun,
    PreconditionFailed,
    PreconditionRequired,
    QueryInvalid,
    QueryTooLarge,
    RefreshRefused,
    Refusal,
    RemoteFailed,
    RemoteLate,
    RequestError,
    RequestTimeout,
    ServiceAbsent,
    TokenEarly,
    TokenExpired,
    TokenInvalid,
    TokenMisused,
    TokenRevoked,
    TooManyAffected,
    TooManyRequests,
    Unauthenticated,
    Undone,
    UnsupportedMediaType,
    UriTooLong,
    ValidationFailed,
)
from eerp.errors.service import (
    ConnectionLost,
    DatabaseUnavailable,
    OutcomeUnknown,
    Overloaded,
    RequestOutOfTime,
    SerializationFailed,
    ServiceError,
    StatementTimeout,
)
from eerp.errors.startup import (
    AuditBroken,
    ConfigError,
    DatabaseRefused,
    DependencyError,
    DescriptionInvalid,
    ManifestInvalid,
    MigrationRefused,
    ModuleError,
    RegistrationInvalid,
    RouteConflict,
    ServiceIncompatible,
    StartupError,
    WasmInvalid,
)

__all__ = [
    # base
    "EerpError", "Fault",
    # startup
    "AuditBroken", "ConfigError", "DatabaseRefused", "DependencyError",
    "DescriptionInvalid", "ManifestInvalid", "MigrationRefused", "ModuleError",
    "RegistrationInvalid", "RouteConflict", "ServiceIncompatible", "StartupError",
    "WasmInvalid",
    # request
    "BadRequest", "BodyTooLarge", "Conflict", "Forbidden", "HeadersTooLarge",
    "HostRefused", "IdempotencyInUse", "IdempotencyMismatch", "LoginRefused",
    "MethodNotAllowed", "MethodUnknown", "NotFound", "NotInDryRun",
    "PreconditionFailed", "PreconditionRequired", "QueryInvalid", "QueryTooLarge",
    "RefreshRefused", "Refusal",
    "RemoteFailed", "RemoteLate", "RequestError", "RequestTimeout", "ServiceAbsent",
    "TokenEarly", "TokenExpired", "TokenInvalid", "TokenMisused", "TokenRevoked",
    "TooManyAffected", "TooManyRequests", "Unauthenticated", "Undone",
    "UnsupportedMediaType", "UriTooLong", "ValidationFailed",
    # guest
    "GuestError", "GuestFault", "GuestOutOfTime", "GuestProtocolError", "GuestTrapped",
    # service
    "ConnectionLost", "DatabaseUnavailable", "OutcomeUnknown", "Overloaded",
    "RequestOutOfTime", "SerializationFailed", "ServiceError", "StatementTimeout",
]  # fmt: skip
