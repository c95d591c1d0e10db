"""What is to be done in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen

from eerp.interfaces import Identity, Reply
from eerp.sandbox.call import Work
from eerp.sandbox.idempotency import IdempotencyKey

__all__ = ["Task"]


@frozen(eq=False)
class Task:
    """`act` does it, in each attempt anew; `name` is for the log.

    `module` is in whose name it is done, unless a savepoint says else; `modules` are
    all that take part: it may take as long as the slowest of them. What it did is taken
    back in the end unless `keep` says that it stays. `hops` is how many events led to
    it. With a `key` it is done once, however often it is asked for.
    """

    act: Callable[[Work], Awaitable[Reply]]
    name: str
    module: str
    modules: tuple[str, ...]
    identity: Identity | None
    request_id: str
    read_only: bool = False
    keep: bool = True
    key: IdempotencyKey | None = None
    hops: int = 0
