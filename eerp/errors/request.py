"""Errors that are the client's fault."""

from __future__ import annotations

from eerp.errors.base import EerpError, Fault

__all__ = [
    "BadRequest",
    "BodyTooLarge",
    "Conflict",
    "Forbidden",
    "HeadersTooLarge",
    "HostRefused",
    "IdempotencyInUse",
    "IdempotencyMismatch",
    "LoginRefused",
    "MethodNotAllowed",
    "MethodUnknown",
    "NotFound",
    "NotInDryRun",
    "PreconditionFailed",
    "PreconditionRequired",
    "QueryInvalid",
    "QueryTooLarge",
    "RefreshRefused",
    "Refusal",
    "RemoteFailed",
    "RemoteLate",
    "RequestError",
    "RequestTimeout",
    "ServiceAbsent",
    "TokenEarly",
    "TokenExpired",
    "TokenInvalid",
    "TokenMisused",
    "TokenRevoked",
    "TooManyAffected",
    "TooManyRequests",
    "Unauthenticated",
    "Undone",
    "UnsupportedMediaType",
    "UriTooLong",
    "ValidationFailed",
]


class RequestError(EerpError):
    """The request cannot be served as it is."""

    code = "bad_request"
    status = 400
    title = "Bad request"


class BadRequest(RequestError):
    """Malformed: not HTTP as it should be, or a body that is not JSON."""


class QueryInvalid(RequestError):
    """A GraphQL document that is none, or asks for what the schema has not; `places`
    has each fault with the lines and columns where it is."""

    code = "query_invalid"
    title = "Query not valid"

    def __init__(
        self,
        message: str,
        places: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (),
    ) -> None:
        super().__init__(message)
        self.places = places


class QueryTooLarge(RequestError):
    """A GraphQL operation that would be too much work; the message says in what."""

    code = "query_too_large"
    title = "Query too large"


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


class ServiceAbsent(RequestError):
    """A service of a module that is optional for its caller, and not there."""

    code = "service_absent"
    status = 404
    title = "Service absent"


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


class HostRefused(RequestError):
    """Another server that may not be called: not allowed, or at a private address."""

    code = "host_refused"
    status = 403
    title = "Host not allowed"


class RemoteFailed(RequestError):
    """Another server could not be reached, or its answer could not be used."""

    code = "remote_failed"
    status = 502
    title = "Another server failed"


class RemoteLate(RequestError):
    """Another server did not answer in time."""

    code = "remote_late"
    status = 504
    title = "Another server was too slow"


class Conflict(RequestError):
    """The request contradicts what is stored, e.g. a value that must be unique."""

    code = "conflict"
    status = 409
    title = "Conflict"


class TooManyAffected(RequestError):
    """More records would change than the preference ``max-affected`` allows."""

    code = "too_many_affected"
    status = 409
    title = "Too many records affected"


class NotInDryRun(RequestError):
    """What leaves EERP cannot be taken back, so a dry run does not do it."""

    code = "not_in_dry_run"
    status = 409
    title = "Not in a dry run"


class Undone(RequestError):
    """Not done, or taken back, because another call of the same batch was refused."""

    code = "undone"
    status = 424
    title = "Undone with another call"


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
