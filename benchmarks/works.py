"""What is measured: three kinds of request, the same for both services."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen
from server import request_bytes
from tables import MARK

__all__ = ["PAGE", "WORKS", "Work"]

CONTACTS = "/api/crm/contacts"
PAGE = f"{CONTACTS}?last_name=ilike.*lund*&order=last_name.asc&limit=50"
CREATES = 500

Maker = Callable[[str, Sequence[str]], Sequence[bytes]]


@frozen
class Work:
    """A named load; `requests` makes it from a token and the ids of contacts."""

    name: str
    requests: Maker
    writes: bool = False


def _get_one(token: str, ids: Sequence[str]) -> Sequence[bytes]:
    return [request_bytes("GET", f"{CONTACTS}/{known}", token) for known in ids]


def _page(token: str, ids: Sequence[str]) -> Sequence[bytes]:
    return [request_bytes("GET", PAGE, token)]


def _create(token: str, ids: Sequence[str]) -> Sequence[bytes]:
    bodies = [
        {
            "first_name": "Maria",
            "last_name": f"Anders-{number}",
            "email": f"maria.anders{number}@example.com",
            "phone": "+49 30 0074321",
            "job_title": MARK,
        }
        for number in range(CREATES)
    ]
    return [request_bytes("POST", CONTACTS, token, body) for body in bodies]


WORKS = (
    Work("get one by id", _get_one),
    Work("page of 50", _page),
    Work("create", _create, writes=True),
)
