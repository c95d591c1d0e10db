"""What all errors have in common."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

__all__ = [
    "EerpError",
    "Fault",
]


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
