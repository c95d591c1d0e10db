"""The screens themselves: a page with all that it loads, at every path but the API's.

`make pages` builds it from ``frontend/app`` into ``built-app/``. The page looks at its
address by itself: so all paths that are no file of the build are answered with it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from eerp.errors import NotFound
from eerp.interfaces import Identity, Reply
from eerp.web.built import FOREVER, NEWEST, Built, not_built, tag_of
from eerp.web.endpoints import CoreEndpoint, CoreRoute
from eerp.web.request import WebRequest

__all__ = ["APP", "app_pages", "is_page"]

APP = Path(__file__).parent / "built-app"
"""Where `make pages` leaves the app."""

_INDEX = "index.html"
# The build's own folder, and within it what is named by its content.
_OWN = "_app/"
_IMMUTABLE = "_app/immutable/"
_ELSEWHERE = frozenset({"api", "graphql", "health", "ready"})
# Workers obey the policy of their own file: so it goes with all of them. A PDF is shown
# in a frame of ours, from memory.
_POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self';"
    " img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src blob:;"
    " worker-src 'self' blob:; manifest-src 'self'; object-src 'none';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def is_page(request: WebRequest) -> bool:
    """Whether a path that nobody serves is the app's to show."""
    return request.segments[0] not in _ELSEWHERE


def app_pages(folder: Path = APP) -> CoreEndpoint:
    """What serves the app that is built in `folder`, to anybody."""
    app = _App(Built.of(folder))
    return CoreEndpoint.of([CoreRoute("GET", "/{page}", app.answer)])


@frozen(eq=False)
class _App:
    """The app, in memory with all that it loads."""

    built: Built
    policy: str = field(init=False)

    @policy.default
    def _policy(self) -> str:
        html = self.built.contents.get(_INDEX, b"")
        hashes = "".join(f" 'sha256-{each}'" for each in _hashes(html))
        return _POLICY.format(hashes=hashes)

    async def answer(self, request: WebRequest, _who: Identity | None, _: Any) -> Reply:
        """A file of the build, or the page."""
        name = "/".join(request.segments)
        found = self._file(name, request)
        if found is None and name.startswith(_OWN):
            raise NotFound("There is nothing at this path.")
        return found or self._file(_INDEX, request) or not_built()

    def _file(self, name: str, request: WebRequest) -> Reply | None:
        """A file, with what goes with each."""
        content = self.built.contents.get(name, b"")
        kept = FOREVER if name.startswith(_IMMUTABLE) else NEWEST
        # Weak: the same in whichever way it is compressed.
        tag = f"W/{tag_of(content)}"
        headers = {**kept, "etag": tag, "referrer-policy": "no-referrer"}
        found = self.built.reply(name, request.header(b"accept-encoding"), headers)
        return found and evolve(found, policy=self.policy)


def _hashes(html: bytes) -> Iterator[str]:
    """The hashes of the scripts that stand in a page."""
    for script in _SCRIPT.findall(html):
        yield base64.b64encode(hashlib.sha256(script).digest()).decode("ascii")
