"""What can go wrong, for the one line that the user reads."""

from __future__ import annotations

__all__ = ["Busy", "DemoError", "Refused"]


class DemoError(Exception):
    """The demo ends. The text is one sentence or two for the user."""


class Refused(DemoError):
    """EERP answered with an error status, kept as `status`."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Busy(Refused):
    """EERP asks to come back in `retry_after_s` seconds, or its answer was lost."""

    def __init__(self, message: str, status: int, retry_after_s: float) -> None:
        super().__init__(message, status)
        self.retry_after_s = retry_after_s
