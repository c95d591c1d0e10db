"""The pages for browsers: the documentation of the API, and GraphiQL where enabled.

`make pages` builds them from ``frontend/pages`` into ``built/``. Files there, but for
each page's ``index.html``, are named by their content: a browser keeps them for good.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from attrs import frozen

from eerp.errors import NotFound
from eerp.interfaces import Identity, Reply
from eerp.web.endpoints import CoreRoute
from eerp.web.request import WebRequest

__all__ = ["BUILT", "page_routes"]

BUILT = Path(__file__).parent / "built"
"""Where `make pages` leaves the pages."""

_INDEX = "index.html"
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
# As they are preferred; each is the ending of a file, too.
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
# No script but ours runs, nothing goes to another origin, and no other page holds ours.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:;"
    " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_STRICT = _POLICY.format(styles="'self'")
# GraphiQL's dialogs put a style into the page that keeps it from scrolling below them.
_STYLED = _POLICY.format(styles="'self' 'unsafe-inline'")
_REFUSED = re.compile(r";q=0(\.0*)?$")
_FOREVER = "public, max-age=31536000, immutable"
_NOT_BUILT = b"This page is not built yet: run `make pages` and start EERP again.\n"


def page_routes(
    *, docs: bool, graphiql: bool, built: Path = BUILT
) -> Sequence[CoreRoute]:
    """The routes of the pages that are wanted."""
    routes: list[CoreRoute] = []
    if docs:
        routes += _routes("/api/docs", built / "docs", _STRICT)
    if graphiql:
        routes += _routes("/graphql", built / "graphiql", _STYLED)
    return routes


def _routes(path: str, folder: Path, policy: str) -> Iterator[CoreRoute]:
    page = _Page.of(folder, policy)
    yield CoreRoute("GET", path, page.index)
    yield CoreRoute("GET", f"{path}/{{file}}", page.file)


@frozen(eq=False)
class _Page:
    """A page, in memory with all that it loads: some 2 MB."""

    contents: Mapping[str, bytes]
    policy: str

    @classmethod
    def of(cls, folder: Path, policy: str) -> _Page:
        """What is built in `folder`; nothing when it is not there."""
        files = folder.iterdir() if folder.is_dir() else ()
        return cls({path.name: path.read_bytes() for path in files}, policy)

    async def index(self, _request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        """The page itself, which names the newest files."""
        html = self.contents.get(_INDEX)
        if html is None:
            headers = {"content-type": "text/plain; charset=utf-8"}
            return Reply(HTTPStatus.SERVICE_UNAVAILABLE, _NOT_BUILT, headers)
        headers = {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-cache",
            "etag": f'"{hashlib.sha256(html).hexdigest()[:32]}"',
            "referrer-policy": "no-referrer",
        }
        return Reply(HTTPStatus.OK, html, headers, self.policy)

    async def file(self, request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        """What the page loads, compressed as the browser takes it."""
        name = request.params["file"]
        kind = _KINDS.get(Path(name).suffix)
        if kind is None or name not in self.contents:
            raise NotFound("There is nothing at this path.")
        headers = {
            "content-type": kind,
            "cache-control": _FOREVER,
            "vary": "Accept-Encoding",
        }
        for encoding in _accepted(request.header(b"accept-encoding") or ""):
            packed = self.contents.get(name + _ENCODINGS[encoding])
            if packed is not None:
                headers["content-encoding"] = encoding
                return Reply(HTTPStatus.OK, packed, headers)
        return Reply(HTTPStatus.OK, self.contents[name], headers)


def _accepted(header: str) -> list[str]:
    """Those of our encodings that a client takes, the smallest first."""
    offers = header.replace(" ", "").lower().split(",")
    taken = {offer.partition(";")[0] for offer in offers if not _REFUSED.search(offer)}
    return [encoding for encoding in _ENCODINGS if encoding in taken]
