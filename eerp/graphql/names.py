"""What things are called in the schema: each name once in its space."""

from __future__ import annotations

import re

from attrs import define, field

__all__ = ["Names", "camel", "is_name", "snake"]

_WORD = re.compile(r"[A-Za-z0-9]+")
_NAME = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*").fullmatch
_LITERALS = frozenset({"true", "false", "null"})


def is_name(text: object) -> bool:
    """Whether GraphQL lets a field or the value of an enum be called so."""
    return isinstance(text, str) and _NAME(text) is not None and text not in _LITERALS


def camel(*texts: str) -> str:
    """The words of `texts` as the name of a type: ``crm``, ``own company`` is
    ``CrmOwnCompany``."""
    words = [word for text in texts for word in _WORD.findall(text)]
    return "".join([word[0].upper() + word[1:] for word in words])


def snake(*texts: str) -> str:
    """The words of `texts` as the name of a field: ``crm_own_company``."""
    return "_".join([word for text in texts for word in _WORD.findall(text)]).lower()


@define
class Names:
    """The names that are given in one space."""

    given: set[str] = field(factory=set)

    def take(self, *wanted: str) -> str:
        """The first of `wanted` that is free, else the last one with a number."""
        for name in wanted:
            if name not in self.given:
                break
        else:
            stem, number = name, 2
            while f"{stem}_{number}" in self.given:
                number += 1
            name = f"{stem}_{number}"
        self.given.add(name)
        return name
