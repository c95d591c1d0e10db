"""A response leaves at once, not in the reactor's next turn.

Twisted keeps what is written and asks the reactor to be told when the socket can
take it: two calls to the kernel and a turn later it is sent, although the socket
could have taken it all along. Here what one response writes is kept and then sent;
only what the socket does not take waits for the reactor.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.tcp import Connection

__all__ = ["Outgoing"]


class Outgoing:
    """The way out of one connection; `hold`, write, then `release`."""

    __slots__ = ("_ask_reactor", "_held", "_transport", "_wanted")

    def __init__(self, transport: Any) -> None:
        # Other transports (TLS, those of tests) have buffers of their own.
        self._transport = transport if isinstance(transport, Connection) else None
        self._held = False
        self._wanted = False
        if self._transport is not None:
            self._ask_reactor = transport.startWriting
            transport.startWriting = self._want

    def hold(self) -> None:
        """Keep what is written from here on."""
        self._held = True

    def release(self) -> None:
        """Send what was kept; the reactor takes over where the socket is full."""
        self._held = False
        if self._wanted and self._transport is not None:
            self._wanted = False
            outcome = self._transport.doWrite()
            if outcome is not None or self._transport.dataBuffer:
                # An end or a failure is met again by the reactor, and handled there.
                self._ask_reactor()

    def _want(self) -> None:
        """In place of the transport's `startWriting`."""
        if self._held:
            self._wanted = True
        else:
            self._ask_reactor()
