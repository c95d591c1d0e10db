"""Refusing a request with every fault that it has, not with the first."""

from __future__ import annotations

from collections.abc import Sequence

from eerp.errors import Fault, ValidationFailed

__all__ = ["refuse_any", "refused"]


def refused(pointer: str, code: str, message: str) -> ValidationFailed:
    """The error of one fault; `message` is a sentence."""
    return ValidationFailed(message, errors=(Fault(pointer, code, message),))


def refuse_any(faults: Sequence[Fault]) -> None:
    """Raise `ValidationFailed` when there are faults."""
    if len(faults) == 1:
        raise ValidationFailed(faults[0].message, errors=tuple(faults))
    if faults:
        raise ValidationFailed(f"{len(faults)} values are wrong.", errors=tuple(faults))
