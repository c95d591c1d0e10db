"""Who declares, and what names mean in what is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from attrs import frozen

from eerp.routes import Route
from eerp.screens.catalogue import Catalogue, Piece, own_key

__all__ = ["Declaring", "chosen"]


@frozen(eq=False)
class Declaring:
    """`module`, whose routes lie below `prefix`. `refuse` raises, given a place of the
    declaration and what is wrong there."""

    catalogue: Catalogue
    module: str
    prefix: str
    refuse: Callable[[str, str], NoReturn]

    def keyed(self, piece: Piece, *names: str) -> Piece:
        """`piece` with the keys of the models or reports that it names."""
        named = chosen(piece, names)
        return {**piece, **{n: own_key(self.module, key) for n, key in named.items()}}

    def route(self, method: str, path: str, place: str) -> Route:
        """A route, whose path is below the module's unless it is whole."""
        full = path if path.startswith("/api/") else f"/api/{self.prefix}{path}"
        found = self.catalogue.route(method, full)
        if found is None:
            self.refuse(place, f"there is no route {method} {full}")
        return found

    def only(self, declared: Piece, known: list[str], place: str) -> None:
        """Refuse what is declared of things that are not there."""
        for name in declared:
            if name not in known:
                there = ", ".join(known) or "none"
                self.refuse(place, f"there is no {name}; there are: {there}")


def chosen(declared: Piece, names: tuple[str, ...]) -> Piece:
    """What is declared of these names."""
    return {name: declared[name] for name in names if name in declared}
