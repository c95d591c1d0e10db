"""The pages for browsers: the documentation of the API, and GraphiQL where enabled.

`make pages` builds them from ``frontend/pages`` into ``built/``. Files there, but for
each page's ``index.html``, are named by their content: a browser keeps them for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from attrs import frozen

from eerp.errors import NotFound
from eerp.interfaces import Identity, Reply
from eerp.web.built import FOREVER, NEWEST, Built, not_built, tag_of
from eerp.web.endpoints import CoreRoute
from eerp.web.request import WebRequest

__all__ = ["BUILT", "page_routes"]

BUILT = Path(__file__).parent / "built"
"""Where `make pages` leaves the pages."""

_INDEX = "index.html"
# No script but ours runs, nothing goes to another origin, and no other page holds ours.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:;"
    " connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_STRICT = _POLICY.format(styles="'self'")
# GraphiQL's dialogs put a style into the page that keeps it from scrolling below them.
_STYLED = _POLICY.format(styles="'self' 'unsafe-inline'")


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
    page = _Page(Built.of(folder), policy)
    yield CoreRoute("GET", path, page.index)
    yield CoreRoute("GET", f"{path}/{{file}}", page.file)


@frozen(eq=False)
class _Page:
    """A page, in memory with all that it loads: some 2 MB."""

    built: Built
    policy: str

    async def index(self, _request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        """The page itself, which names the newest files."""
        html = self.built.contents.get(_INDEX)
        if html is None:
            return not_built()
        headers = {
            "content-type": "text/html; charset=utf-8",
            **NEWEST,
            "etag": tag_of(html),
            "referrer-policy": "no-referrer",
        }
        return Reply(HTTPStatus.OK, html, headers, self.policy)

    async def file(self, request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        """What the page loads, compressed as the browser takes it."""
        name = request.params["file"]
        found = self.built.reply(name, request.header(b"accept-encoding"), FOREVER)
        if found is None or name == _INDEX:
            raise NotFound("There is nothing at this path.")
        return found
