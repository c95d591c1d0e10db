"""The ORM, as the sandbox sees it."""

from __future__ import annotations

from typing import Any, Protocol

from eerp.interfaces import Identity, Transaction

__all__ = ["OperationResult", "Operations"]


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
