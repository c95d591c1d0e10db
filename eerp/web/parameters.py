"""What the paths of the core take: parameters of queries, models by name, ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from eerp.errors import EerpError, NotFound
from eerp.orm.faults import refused
from eerp.orm.fields import is_uuid
from eerp.orm.model import Model
from eerp.orm.registry import ModelRegistry
from eerp.routes import parse_query
from eerp.web.request import WebRequest

__all__ = [
    "id_in_path", "model_named", "optional_moment", "optional_uuid", "page_limit",
    "query_parameters", "uuid_of",
]  # fmt: skip


def query_parameters(query: bytes, known: Sequence[str]) -> dict[str, str]:
    """What a query string says. Raises `ValidationFailed` for a parameter that is not
    `known`, or there twice."""
    asked: dict[str, str] = {}
    for name, value in parse_query(query):
        if name not in known:
            message = f"The parameters are {', '.join(known)}."
            raise refused(f"query/{name}", "unknown_parameter", message)
        if name in asked:
            message = f"The parameter {name} is there twice."
            raise refused(f"query/{name}", "duplicate", message)
        asked[name] = value
    return asked


def page_limit(text: str | None, usual: int, most: int) -> int:
    """How many items a page has, `usual` unless said. Raises `ValidationFailed`."""
    if text is None:
        return usual
    if text.isascii() and text.isdecimal() and len(text) <= len(str(most)):
        value = int(text)
        if 0 < value <= most:
            return value
    message = f"The parameter limit is a number from 1 to {most}."
    raise refused("query/limit", "limit", message)


def model_named(registry: ModelRegistry, name: str | None, pointer: str) -> Model:
    """The model with this full name. Raises `ValidationFailed`."""
    if name is None:
        message = "The parameter model is required, such as model=crm.contacts."
        raise refused(pointer, "required", message)
    module, _, model = name.partition(".")
    try:
        return registry.model(module, model)
    except EerpError:
        raise refused(pointer, "unknown", "There is no such model.") from None


def optional_uuid(text: str | None, pointer: str) -> str | None:
    """The same as `uuid_of` where there is one."""
    return None if text is None else uuid_of(text, pointer)


def optional_moment(text: str | None, pointer: str) -> str | None:
    """A moment by ISO 8601 with an offset, if one is given. Raises
    `ValidationFailed`."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        name = pointer.rpartition("/")[2]
        message = f"The parameter {name} is a moment, such as 2026-01-31T17:30:00Z."
        raise refused(pointer, "moment", message)
    return moment.isoformat()


def uuid_of(text: str, pointer: str) -> str:
    """A uuid as PostgreSQL writes it. Raises `ValidationFailed` for what is none."""
    if not is_uuid(text):
        name = pointer.rpartition("/")[2]
        raise refused(pointer, "uuid", f"The parameter {name} is not a UUID.")
    return text.lower()


def id_in_path(request: WebRequest, what: str) -> str:
    """The id in the path. Raises `NotFound` for what is no uuid: there is none such."""
    text = request.params["id"]
    if not is_uuid(text):
        raise NotFound(f"There is no such {what}.")
    return text.lower()
