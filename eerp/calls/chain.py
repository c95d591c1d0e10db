"""Middlewares, one around the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from eerp.calls.call import Call, Middleware, Proceed
from eerp.errors import EerpError
from eerp.interfaces import Reply

__all__ = ["Chain", "compose"]

Chain = Callable[[Call, Proceed], Awaitable[Reply]]
"""All that stands around the calls of a module: the call, then the innermost."""


def compose(middlewares: Sequence[Middleware]) -> Chain | None:
    """The chain of `middlewares`, the first outermost; None where there are none."""
    if not middlewares:
        return None
    first, rest = middlewares[0], compose(middlewares[1:])

    def chain(call: Call, innermost: Proceed) -> Awaitable[Reply]:
        return first(call, _once(innermost if rest is None else _into(rest, innermost)))

    return chain


def _into(chain: Chain, innermost: Proceed) -> Proceed:
    return lambda call: chain(call, innermost)


def _once(proceed: Proceed) -> Proceed:
    """A second time would do the module's work twice in one transaction."""
    used = False

    def proceed_once(call: Call) -> Awaitable[Reply]:
        nonlocal used
        if used:
            raise EerpError(f"A middleware of {call.route.module} proceeded twice.")
        used = True
        return proceed(call)

    return proceed_once
