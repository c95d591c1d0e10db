"""``GET /api/ui``: what the screens are made of, as far as the caller may see it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from eerp.auth.access import signed_in
from eerp.interfaces import Identity, Reply
from eerp.screens import Contracts
from eerp.web.endpoints import CoreRoute
from eerp.web.parameters import query_parameters
from eerp.web.request import WebRequest
from eerp.web.screens_docs import CONTRACT

__all__ = ["chosen_language", "screens_route"]

_OWN = {
    "cache-control": "private, no-cache",
    "vary": "Accept-Language, Authorization",
}
_QUALITY = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_ENGLISH = "en"


def screens_route(contracts: Contracts) -> CoreRoute:
    """The route, for any user who is signed in."""

    async def answer(request: WebRequest, who: Identity | None, _body: Any) -> Reply:
        asked = query_parameters(request.query, ("language",)).get("language")
        accepted = request.header(b"accept-language")
        language = chosen_language(asked, accepted, contracts.languages)
        told = contracts.of(signed_in(who), language)
        return Reply(200, told.body, {**_OWN, "etag": f'"{told.hash}"'})

    return CoreRoute("GET", "/api/ui", answer, needs_user=True, doc=CONTRACT)


def chosen_language(
    asked: str | None, accepted: str | None, known: Collection[str]
) -> str:
    """The language of an answer: what is asked for, or the first that the client
    accepts of those `known`; else English."""
    wanted = [] if asked is None else [asked]
    for language in (*wanted, *_accepted(accepted or "")):
        main = language.partition("-")[0].lower()
        if main in known:
            return main
    return _ENGLISH


def _accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, the most welcome first."""
    ranked = []
    for part in header.split(","):
        language, _, parameter = part.strip().partition(";")
        quality = _QUALITY.fullmatch(parameter.strip())
        ranked.append((float(quality[1]) if quality else 1.0, language.strip()))
    welcome = [(quality, name) for quality, name in ranked if quality > 0]
    return [name for _, name in sorted(welcome, key=lambda one: -one[0])]
