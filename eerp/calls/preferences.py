"""The header ``Prefer`` (RFC 7240), as far as the core obeys it.

::

    tx=rollback       do it, tell what would be answered and written, take it back
    max-affected=N    take it back when more than N records would change
    return=minimal    after a change, the status and the headers are enough

Other preferences are passed over, as the RFC wants it; ``count`` is a list route's own.
But a value of ``tx`` or ``max-affected`` that means nothing is refused: who mistypes
it would change what he wanted to protect.
"""

from __future__ import annotations

import re

from attrs import frozen

from eerp import limits
from eerp.errors import BadRequest

__all__ = ["NONE", "Preferences", "read_preferences"]

_PREFERENCE = re.compile(r'\s*([A-Za-z0-9_-]+)\s*(?:=\s*("[^"]*"|[^\s;,"]*))?[^,]*')


@frozen
class Preferences:
    """What a client prefers. `max_affected` counts changes of records."""

    rollback: bool = False
    max_affected: int | None = None
    minimal: bool = False

    @property
    def applied(self) -> str:
        """The value of ``Preference-Applied``; empty when there is nothing to tell."""
        most = self.max_affected
        told = [
            "tx=rollback" if self.rollback else "",
            "" if most is None else f"max-affected={most}",
            "return=minimal" if self.minimal else "",
        ]
        return ", ".join(filter(None, told))


NONE = Preferences()


def read_preferences(header: str | None) -> Preferences:
    """What the header says, the first of several with one name. Raises BadRequest."""
    if header is None:
        return NONE
    if len(header) > limits.PREFER_CHARACTERS_MAX:
        raise BadRequest("The header Prefer is too long.")
    said: dict[str, str] = {}
    for preference in header.split(","):
        found = _PREFERENCE.fullmatch(preference)
        if found is not None:
            said.setdefault(found[1].lower(), (found[2] or "").strip('"'))
    return Preferences(
        rollback=_rollback(said.get("tx", "commit")),
        max_affected=_max_affected(said.get("max-affected")),
        minimal=said.get("return") == "minimal",
    )


def _rollback(value: str) -> bool:
    if value not in {"commit", "rollback"}:
        raise BadRequest("The preference tx is commit or rollback.")
    return value == "rollback"


def _max_affected(value: str | None) -> int | None:
    if value is None:
        return None
    most = limits.MAX_AFFECTED_MAX
    plain = value.isascii() and value.isdecimal() and len(value) <= len(str(most))
    if not plain or int(value) > most:
        raise BadRequest(f"The preference max-affected is a number from 0 to {most}.")
    return int(value)
