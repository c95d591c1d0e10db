"""A folder of files that were built for browsers, in memory, compressed or not.

Beside a file lie its compressed forms, ``page.js.br`` and ``page.js.gz``, for those who
take them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from attrs import frozen

from eerp.interfaces import Reply

__all__ = ["FOREVER", "NEWEST", "Built", "not_built", "tag_of"]

FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
"""For what is named by its content."""

NEWEST = {"cache-control": "no-cache"}
"""For what browsers keep, and ask each time whether it still holds."""

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
# As they are preferred; each is the ending of a file, too.
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
_REFUSED = re.compile(r";q=0(\.0*)?$")
_NOT_BUILT = b"This page is not built yet: run `make pages` and start EERP again.\n"


@frozen(eq=False)
class Built:
    """The files by their paths within the folder."""

    contents: Mapping[str, bytes]

    @classmethod
    def of(cls, folder: Path) -> Built:
        """What is built in `folder`; nothing when it is not there."""
        files = (path for path in folder.rglob("*") if path.is_file())
        return cls(
            {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
        )

    def reply(
        self, name: str, accepted: str | None, headers: Mapping[str, str]
    ) -> Reply | None:
        """The file called `name`, compressed as a client takes it; None when there is
        none that is meant for browsers."""
        kind = _KINDS.get(PurePosixPath(name).suffix)
        content = self.contents.get(name)
        if kind is None or content is None:
            return None
        told = {"content-type": kind, "vary": "Accept-Encoding", **headers}
        for encoding in _taken(accepted or ""):
            packed = self.contents.get(name + _ENCODINGS[encoding])
            if packed is not None:
                return Reply(200, packed, {**told, "content-encoding": encoding})
        return Reply(200, content, told)


def tag_of(content: bytes) -> str:
    """The entity tag of a file."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def not_built() -> Reply:
    """What is answered in place of pages that are not there."""
    return Reply(503, _NOT_BUILT, {"content-type": "text/plain; charset=utf-8"})


def _taken(header: str) -> list[str]:
    """Those of our encodings that a client takes, the smallest first."""
    offers = header.replace(" ", "").lower().split(",")
    taken = {offer.partition(";")[0] for offer in offers if not _REFUSED.search(offer)}
    return [encoding for encoding in _ENCODINGS if encoding in taken]
