"""Full text search: the configurations there are, and queries that cannot fail.

``to_tsquery`` refuses what is not in its grammar, and a statement that fails loses
the transaction. So what ``fts`` is given is read here first, and written anew with
every word in quotes. The other three functions take any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from attrs import define

from eerp.limits import SEARCH_CHARACTERS_MAX
from eerp.orm.fields import WrongValue

__all__ = ["CONFIGURATIONS", "FUNCTIONS", "PLAIN_CONFIGURATION", "search_text"]

CONFIGURATIONS = frozenset({
    "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english",
    "estonian", "finnish", "french", "german", "greek", "hindi", "hungarian",
    "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian",
    "portuguese", "romanian", "russian", "serbian", "simple", "spanish", "swedish",
    "tamil", "turkish", "yiddish",
})  # fmt: skip
"""Those that PostgreSQL 18 comes with."""

PLAIN_CONFIGURATION = "simple"
"""The one that is meant when none is named: it knows no language."""

FUNCTIONS: Mapping[str, str] = {
    "fts": "to_tsquery",
    "plfts": "plainto_tsquery",
    "phfts": "phraseto_tsquery",
    "wfts": "websearch_to_tsquery",
}

_TOKEN = re.compile(r"\s*(<->|[&|!()]|[^\s&|!()<>:*'\\\"]+(?::\*)?)")
_DEPTH_MAX = 20


def search_text(operator: str, text: str) -> str:
    """What to bind for a search by `operator`. Raises `WrongValue`."""
    if len(text) > SEARCH_CHARACTERS_MAX:
        message = f"is searched for at most {SEARCH_CHARACTERS_MAX} characters"
        raise WrongValue("too_long", message)
    if operator != "fts" or not text.strip():
        return text
    reader = _Query(list(_tokens(text)))
    written = reader.alternatives(_DEPTH_MAX)
    if reader.tokens:
        raise _wrong()
    return written


def _tokens(text: str) -> Iterator[str]:
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise _wrong()
        yield found[1]
        position = found.end()


def _wrong() -> WrongValue:
    message = "is searched by fts with words, & | ! <-> and brackets only"
    return WrongValue("format", message)


@define
class _Query:
    """Reads a query from its tokens and writes it anew."""

    tokens: list[str]

    def alternatives(self, depth: int) -> str:
        """Parts joined by operators; PostgreSQL knows which binds closer."""
        if depth == 0:
            raise WrongValue("too_deep", "is searched by brackets that nest too deep")
        written = self.part(depth)
        while self.tokens and self.tokens[0] in ("&", "|", "<->"):
            operator = self.tokens.pop(0)
            written = f"{written} {operator} {self.part(depth)}"
        return written

    def part(self, depth: int) -> str:
        """A word, a negated part, or what stands in brackets."""
        denials = ""
        while self.tokens and self.tokens[0] == "!":
            denials += self.tokens.pop(0)
        found = self.tokens.pop(0) if self.tokens else ")"
        if found == "(":
            inner = self.alternatives(depth - 1)
            if not self.tokens or self.tokens.pop(0) != ")":
                raise _wrong()
            return f"{denials}({inner})"
        if found in (")", "&", "|", "<->"):
            raise _wrong()
        word, star, _ = found.partition(":*")
        return f"{denials}'{word}'{star}"
