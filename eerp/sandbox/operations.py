"""The ORM, as the sandbox sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from eerp.interfaces import Identity, Transaction

__all__ = ["OperationResult", "Operations", "Writes"]


class OperationResult(Protocol):
    """What one ORM operation answered."""

    @property
    def body(self) -> bytes:
        """JSON."""

    @property
    def id(self) -> str | None:
        """The record's, when it is one record."""

    @property
    def version(self) -> int | None:
        """The record's, when it is one record."""


class Writes(Protocol):
    """What a transaction has written, each a JSON object to be."""

    @property
    def records(self) -> Sequence[Mapping[str, Any]]:
        """Changes of records, in order."""

    @property
    def events(self) -> Sequence[Mapping[str, Any]]:
        """What was emitted, in order."""

    @property
    def cut(self) -> bool:
        """Whether there are more changes than are told."""


class Operations(Protocol):
    """What runs the operations of modules."""

    async def run(
        self,
        transaction: Transaction,
        module: str,
        operation: bytes | dict[str, Any],
        *,
        actor: Identity | None,
        last: bool = False,
    ) -> OperationResult:
        """Run one operation of `module`; `last` commits as well."""

    async def affected(self, transaction: Transaction, most: int) -> int:
        """How many changes of records `transaction` holds; of more than `most` it says
        no more than that."""

    async def writes(
        self, transaction: Transaction, identity: Identity | None
    ) -> Writes:
        """What `transaction` has written so far, as far as `identity` may see it.
        Raises what COMMIT would raise."""
