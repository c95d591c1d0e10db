"""100,000 random paths through the trie, and through a list that is tried one by one.

The list knows nothing of tries: it asks each pattern whether it fits, segment by
segment, and takes the most specific of those that do. Tables and paths come from a
fixed seed; each path is made from its decoded segments, so that what the decoding must
answer is known as well.
"""

from __future__ import annotations

import random
from collections import Counter
from urllib.parse import quote

import pytest
from attrs import define, field, frozen

from eerp import limits
from eerp.errors import BadRequest, MethodNotAllowed, NotFound, RouteConflict
from eerp.routes import METHODS, RouteTable, decode_path

TABLES = 100
PATHS_PER_TABLE = 1000
OUTCOMES_MIN = 1000
SEGMENTS_MAX = 6

UUID = "018f3a3c-7b1e-7abc-8def-0123456789ab"
RANKS = {"static": 0, "uuid": 1, "int": 2, "text": 3}
PREFIXES = ("crm", "hr", "sales/deals", "sales/orders", "a/b/c", "a/b/7", "7")
# Some that a parameter takes as well, and some that only look like it.
STATICS = ("a", "b", "new", "A", "7", "-12", "0-0", "~x", "a.b", UUID)
TEXTS = {
    "uuid": (UUID, UUID.upper(), "0" * 8 + UUID[8:]),
    "int": ("7", "-12", "0", "-0", "007", "9" * 19),
    "text": ("x", "zoë", "日本", "a b", "%", "100%25", "a;b", "..."),
    "near": (
        UUID[:-1], UUID + "0", UUID.replace("-", ""), UUID.replace("a", "g"),
        UUID[:8] + "a" + UUID[9:], "{" + UUID + "}", "1" * 20, "-", "--7", "+7", "7.0",
        "7 ", "\uff10", "٣", "²", "new ", "NEW", "aa", "crm", "api",
    ),
}  # fmt: skip
REFUSED = (b"%2F", b"%2f..", b"", b".", b"..", b"%2e", b"%2E%2e", b"%00", b"%7f",
           b"\x1f", b"%", b"%zz", b"%c3", b"%ff", "ä".encode())  # fmt: skip

Pattern = tuple[tuple[str, str], ...]
"""The kind, and the text or the name, of each segment."""


def fits(kind: str, expected: str, text: str) -> bool:
    """Whether one segment of a pattern takes this text."""
    if kind == "static":
        return text == expected
    if kind == "uuid":
        groups = text.split("-")
        digits = set("".join(groups)) <= set("0123456789abcdefABCDEF")
        return digits and [len(group) for group in groups] == [8, 4, 4, 4, 12]
    if kind == "int":
        digits = text.removeprefix("-")
        short = 1 <= len(digits) <= limits.JSON_INTEGER_DIGITS_MAX
        return short and set(digits) <= set("0123456789")
    return text != ""


@frozen
class Listed:
    """One route, as the list has it."""

    number: int
    method: str
    pattern: Pattern

    def takes(self, path: list[str]) -> bool:
        return len(path) == len(self.pattern) and all(
            fits(kind, expected, text)
            for (kind, expected), text in zip(self.pattern, path, strict=True)
        )

    @property
    def ranks(self) -> list[int]:
        return [RANKS[kind] for kind, _ in self.pattern]

    def params(self, path: list[str]) -> dict[str, str]:
        pairs = zip(self.pattern, path, strict=True)
        return {name: text for (kind, name), text in pairs if kind != "static"}


@define
class Tables:
    """A trie, and the list of what is in it."""

    dice: random.Random
    trie: RouteTable = field(factory=RouteTable)
    routes: list[Listed] = field(factory=list)

    def fill(self) -> None:
        prefixes = self.dice.sample(PREFIXES, self.dice.randint(1, 4))
        for module, prefix in enumerate(prefixes):
            for _ in range(self.dice.randint(1, 25)):
                self.add(f"m{module}", prefix)
        self.trie.freeze()

    def add(self, module: str, prefix: str) -> None:
        """A random route; whether it was one already, both must say alike."""
        own = [self.segment(n) for n in range(self.dice.randrange(SEGMENTS_MAX))]
        before = [("static", text) for text in ("api", *prefix.split("/"))]
        made = Listed(len(self.routes), self.dice.choice(METHODS), (*before, *own))
        try:
            self.trie.register(
                module=module, prefix=prefix, method=made.method, path=written(own),
                handler_id=made.number, permission=f"{module}.all",
            )  # fmt: skip
        except RouteConflict:
            assert shape(made) in map(shape, self.routes)
        else:
            assert shape(made) not in map(shape, self.routes)
            self.routes.append(made)

    def segment(self, number: int) -> tuple[str, str]:
        kind = self.dice.choice(("static", "static", "uuid", "int", "text"))
        return kind, self.dice.choice(STATICS) if kind == "static" else f"p{number}"

    def path(self) -> list[str]:
        """One that fits some route, or nearly does; an empty end is a last slash."""
        pattern = self.dice.choice(self.routes).pattern
        path = [
            text if kind == "static" else self.dice.choice(TEXTS[kind])
            for kind, text in pattern
        ]
        for _ in range(self.dice.choice((0, 0, 1, 1, 2))):
            self.spoil(path)
        return path

    def spoil(self, path: list[str]) -> None:
        place = self.dice.randrange(len(path))
        what = self.dice.randrange(10)
        if what == 0 and len(path) > 1:
            del path[place]
        elif what == 1 and path[-1]:
            path.append("")
        elif what == 2 and path[-1]:
            path.append(self.dice.choice(STATICS))
        else:
            kind = self.dice.choice(("uuid", "int", "text", "near"))
            path[place] = self.dice.choice((*TEXTS[kind], *STATICS))

    def expected(self, method: str, path: list[str]) -> tuple[str, object]:
        """What the list says: the kind of outcome, and the outcome."""
        taking = [route for route in self.routes if route.takes(path)]
        if not taking:
            return "not found", None
        wanted = "GET" if method == "HEAD" else method
        found = [route for route in taking if route.method == wanted]
        if not found:
            return "not allowed", allowed(taking)
        best = min(found, key=lambda route: route.ranks)
        kind = "found" if len(taking) == 1 else "found among several"
        return kind, (best.number, best.params(path))

    def actual(self, method: str, raw: bytes) -> object:
        try:
            match = self.trie.match(method, decode_path(raw))
        except NotFound:
            return None
        except MethodNotAllowed as error:
            return error.allow
        return match.route.handler_id, match.params


def shape(route: Listed) -> object:
    """What two routes for the same paths have in common."""
    nameless = [(kind, kind == "static" and text) for kind, text in route.pattern]
    return route.method, nameless


def written(own: list[tuple[str, str]]) -> str:
    """A pattern as a module writes it."""
    forms = {"static": "{0}", "text": "{{{0}}}"}
    parts = [forms.get(kind, "{{{0}:{1}}}").format(text, kind) for kind, text in own]
    return "/" + "/".join(parts)


def allowed(taking: list[Listed]) -> tuple[str, ...]:
    methods = {route.method for route in taking} | {"OPTIONS"}
    return tuple(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def encoded(dice: random.Random, text: str) -> bytes:
    """`text` in a path, with more percent signs than it needs, or as few."""
    if dice.random() < 0.8:
        return quote(text, safe=";~").encode()
    form = dice.choice(("%{:02x}", "%{:02X}"))
    return "".join(form.format(byte) for byte in text.encode()).encode()


def outcome(tables: Tables) -> str:
    """Send one path through both; what came of it."""
    dice = tables.dice
    path = tables.path()
    parts = [encoded(dice, text) for text in path]
    method = dice.choice((*METHODS, "GET", "HEAD", "HEAD"))
    if dice.random() < 0.05:
        parts.insert(dice.randrange(len(parts)), dice.choice(REFUSED))
        with pytest.raises(BadRequest):
            decode_path(b"/" + b"/".join(parts))
        return "refused"
    raw = b"/" + b"/".join(parts)
    assert list(decode_path(raw)) == path
    kind, expected = tables.expected(method, path)
    assert tables.actual(method, raw) == expected, (method, raw)
    return "head" if method == "HEAD" and kind == "found" else kind


def test_the_trie_and_a_list_agree_on_every_path() -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(TABLES):
        tables = Tables(random.Random(seed))
        tables.fill()
        outcomes.update(outcome(tables) for _ in range(PATHS_PER_TABLE))
    assert outcomes.total() == 100_000
    # Each kind of outcome was met often, or this says little.
    assert len(outcomes) == 6, outcomes
    assert min(outcomes.values()) > OUTCOMES_MIN, outcomes
