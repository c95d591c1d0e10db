"""A call of a module's route, and what may stand around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from attrs import frozen

from eerp.calls.preferences import NONE, Preferences
from eerp.errors import EerpError, Undone
from eerp.interfaces import GuestRequest, Reply
from eerp.routes import Route

__all__ = ["Call", "Middleware", "Outcome", "Proceed", "Step", "undone"]


@frozen(eq=False)
class Call:
    """A call that is allowed and checked: what is left is to make it.

    `attempt` is 1, and more when it is made again because the transaction was the
    victim of another one.
    """

    route: Route
    request: GuestRequest
    preferences: Preferences = NONE
    attempt: int = 1


Proceed = Callable[[Call], Awaitable[Reply]]
"""What stands further inside, down to the module's handler."""


class Middleware(Protocol):
    """Stands around the calls of one module; made once, when the module is loaded.

    It may answer by itself, raise an `EerpError`, change the call before it proceeds
    and the reply afterwards. It is part of the transaction: what it raises after the
    handler takes back what the handler did. It proceeds once at most. Used on the
    reactor's thread; it may be cancelled wherever it waits.
    """

    def __call__(self, call: Call, proceed: Proceed) -> Awaitable[Reply]:
        """The reply to `call`."""


@frozen
class Step:
    """One of several calls in a transaction. `then` may make, of its reply, a further
    call whose reply takes its place."""

    call: Call
    then: Callable[[Reply], Call | None] | None = None


Outcome = Reply | EerpError
"""What became of a step."""


def undone() -> Undone:
    """What becomes of a step when another one takes all back."""
    return Undone("Another call of the same batch was refused.")
