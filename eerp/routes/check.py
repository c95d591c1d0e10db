"""What the core checks of a request before a sandbox is made: body and query.

A body is JSON, strictly (``parse.py``), then fits the JSON Schema of its route,
which is compiled once, when the route is registered.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import frozen

from eerp import limits
from eerp.errors import (
    BadRequest,
    BodyTooLarge,
    DescriptionInvalid,
    Fault,
    UnsupportedMediaType,
    ValidationFailed,
)
from eerp.routes.parse import parse_json
from eerp.routes.path import decode_percent
from eerp.schema import SchemaCheck, compile_schema

__all__ = [
    "BodyCheck",
    "body_too_large",
    "check_media_type",
    "compile_body",
    "parse_query",
    "refuse_any",
    "refuse_body",
]

_JSON = "application/json"
_EMPTY = b"{}"
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)"?', re.IGNORECASE)


@frozen(eq=False)
class BodyCheck:
    """A route's JSON Schema, compiled. A body that is `optional` may be left out, which
    means an object without fields."""

    _check: SchemaCheck
    optional: bool = False

    @property
    def schema(self) -> dict[str, Any] | bool:
        """The schema as the module declared it."""
        return self._check.schema

    def __call__(
        self, body: bytes, media_type: str | None, encoding: str | None = None
    ) -> Any:
        """The value of `body`, checked.

        `media_type` and `encoding` are the headers Content-Type and
        Content-Encoding. Raises UnsupportedMediaType, BadRequest, or
        ValidationFailed with every fault.
        """
        value = self.read(body, media_type, encoding)
        refuse_any("The body", self.faults(value))
        return value

    def read(
        self, body: bytes, media_type: str | None, encoding: str | None = None
    ) -> Any:
        """The value of `body`, parsed. Raises UnsupportedMediaType or BadRequest."""
        if not body:
            if self.optional:
                return {}
            raise BadRequest("This route needs a JSON body.")
        check_media_type(media_type, encoding)
        return parse_json(body)

    def faults(self, value: Any) -> tuple[Fault, ...]:
        """What is wrong with the value of a body; empty when it fits."""
        return () if self._check.accepts(value) else self._check.faults(value)


def compile_body(
    module: str, schema: dict[str, Any] | bool, *, action: bool = False
) -> BodyCheck:
    """The check for a body; that of an `action` may be left out where an object without
    fields fits. Raises DescriptionInvalid for a schema that is none."""
    try:
        check = compile_schema(schema)
        return BodyCheck(check, optional=action and check.accepts({}))
    except ValueError as error:
        raise DescriptionInvalid(
            module,
            f"Module {module} declares a body with an invalid JSON Schema.",
            detail=str(error),
        ) from None


def refuse_any(what: str, faults: tuple[Fault, ...]) -> None:
    """Raise ValidationFailed when `what` has faults."""
    if faults:
        noun = "fault" if len(faults) == 1 else "faults"
        errors = faults[: limits.FAULTS_PER_BODY_MAX]
        raise ValidationFailed(f"{what} has {len(errors)} {noun}.", errors=errors)


def check_media_type(media_type: str | None, encoding: str | None = None) -> None:
    """Raise UnsupportedMediaType unless it is plain JSON in UTF-8."""
    if media_type != _JSON:
        _check_parameters(media_type or "")
    if encoding is not None and encoding.lower() != "identity":
        raise UnsupportedMediaType("The body must not be compressed.")


def _check_parameters(media_type: str) -> None:
    if media_type.split(";", 1)[0].strip().lower() != _JSON:
        raise UnsupportedMediaType(f"The body must be {_JSON}.")
    charset = _CHARSET.search(media_type)
    if charset is not None and charset[1].lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("The body must be in UTF-8.")


def body_too_large(allowed: int) -> BodyTooLarge:
    """The error for a body of more than `allowed` bytes."""
    return BodyTooLarge(f"The body is larger than {allowed} bytes.")


def refuse_body(body: bytes) -> None:
    """Raise BadRequest for a body on a route that takes none; an object without fields
    is none."""
    if body and body.strip() != _EMPTY:
        raise BadRequest("This route takes no body.")


def parse_query(raw: bytes) -> tuple[tuple[str, str], ...]:
    """The pairs of a query string, in order; ``+`` is a space, as browsers write it.

    Raises BadRequest when there are too many, or they are not percent-encoded UTF-8.
    """
    if not raw:
        return ()
    parts = [part for part in raw.split(b"&") if part]
    if len(parts) > limits.QUERY_PARAMETERS_MAX:
        raise BadRequest(
            f"The query has more than {limits.QUERY_PARAMETERS_MAX} parameters."
        )
    return tuple(_pair(part) for part in parts)


def _pair(part: bytes) -> tuple[str, str]:
    name, _, value = part.replace(b"+", b" ").partition(b"=")
    return _decoded(name), _decoded(value)


def _decoded(raw: bytes) -> str:
    text = decode_percent(raw, "query")
    if "\x00" in text:
        raise BadRequest("The query has a NUL character.")
    return text
