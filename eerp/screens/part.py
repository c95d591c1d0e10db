"""What one module brings to the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from eerp.screens.catalogue import Piece

__all__ = ["Part"]


@frozen(eq=False)
class Part:
    """One module's part: its head with the menu, its `models` by name, what else it
    shows, and by place what it adds to screens of others."""

    module: Piece
    models: Mapping[str, Piece]
    reports: Sequence[Piece] = ()
    dashboard: Piece | None = None
    slots: Mapping[str, Sequence[Piece]] = field(factory=dict)

    @property
    def name(self) -> str:
        """The module's name."""
        name: str = self.module["name"]
        return name
