"""Errors that are a module's fault."""

from __future__ import annotations

from eerp.errors.base import EerpError

__all__ = [
    "GuestError",
    "GuestFault",
    "GuestOutOfTime",
    "GuestProtocolError",
    "GuestTrapped",
]


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
