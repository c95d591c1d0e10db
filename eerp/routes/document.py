"""What a module says of one route: read from its description, and checked.

Each part has the form that the ABI gives it, or the module does not load, and the
error names the module, the route and the part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from attrs import field, frozen

from eerp.errors import DescriptionInvalid
from eerp.routes.answer import SHAPES, Answer

__all__ = ["Document", "read_document"]

_KINDS = ("list", "get", "create", "update", "delete", "restore", "custom")
_STATUSES = range(200, 400)
_Part = Callable[[object], bool]


@frozen
class Document:
    """All that is said of one route beside its number."""

    method: str
    path: str
    permission: str | None
    summary: str = ""
    description: str = ""
    model: str | None = None
    kind: str = "custom"
    params: Mapping[str, Any] = field(factory=dict)
    query: dict[str, Any] | None = None
    body: dict[str, Any] | bool | None = None
    answers: tuple[Answer, ...] = ()


def read_document(module: str, told: object, models: Collection[str]) -> Document:
    """What is told of a route. `models` are the module's own. Raises
    DescriptionInvalid."""
    if not isinstance(told, dict):
        raise DescriptionInvalid(module, f"module {module} describes a route wrongly")
    method, path = told.get("method"), told.get("path")
    if not isinstance(method, str) or not isinstance(path, str):
        raise DescriptionInvalid(
            module, f"module {module} describes a route without method or path"
        )
    told = {key: part for key, part in told.items() if part is not None}
    reader = _Reader(module, f"{method} {path}", models)
    reader.check(told, _PARTS)
    reader.check_model(told)
    answers = tuple(reader.answer(one) for one in told.get("answers", ()))
    permission = reader.permission(told.get("permission"), told.get("public", False))
    known = {key: told[key] for key in _PLAIN if key in told}
    return Document(method, path, permission, answers=answers, **known)


@frozen
class _Reader:
    """Reads the parts of the description of one route."""

    module: str
    route: str
    models: Collection[str]

    def wrong(self, words: str) -> DescriptionInvalid:
        """The error that says what is wrong with the route."""
        return DescriptionInvalid(self.module, f"module {self.module}: {words}")

    def check(
        self, told: Mapping[str, Any], parts: Mapping[str, tuple[_Part, str]]
    ) -> None:
        """Refuse a part that has another form than it should."""
        for key, (fits, words) in parts.items():
            if key in told and not fits(told[key]):
                raise self.wrong(f"{key} of {self.route} is not {words}")

    def check_model(self, told: Mapping[str, Any]) -> None:
        """Refuse a model that is not the module's."""
        model = told.get("model")
        if model is not None and model not in self.models:
            raise self.wrong(f"{self.route} names {model}, which is none of its models")

    def permission(self, named: str | None, public: bool) -> str | None:
        """The permission that the route asks for; None when it is public."""
        if named is None and not public:
            raise self.wrong(f"{self.route} has no permission and is not public")
        if named is not None and public:
            raise self.wrong(f"{self.route} is public and asks for {named}")
        if named is not None and not named.startswith(f"{self.module}."):
            words = f"asks for {named}, which is not a permission of {self.module}"
            raise self.wrong(f"{self.route} {words}")
        return named

    def answer(self, told: object) -> Answer:
        """One of the route's answers."""
        if not isinstance(told, dict) or "status" not in told:
            raise self.wrong(f"answers of {self.route} are not objects with a status")
        told = {key: part for key, part in told.items() if part is not None}
        self.check(told, _ANSWER_PARTS)
        self.check_model(told)
        answer = Answer(**{key: told[key] for key in _ANSWER_PARTS if key in told})
        if (answer.model is not None) != (answer.shape in ("record", "list")):
            raise self.wrong(f"an answer of {self.route} has a model or is no record")
        if answer.parts and answer.shape != "record":
            raise self.wrong(f"an answer of {self.route} has parts and is no record")
        for part in answer.parts.values():
            self.check_model({"model": part})
        return answer


def _is(*types: type) -> _Part:
    return lambda part: isinstance(part, types)


def _is_one_of(words: Collection[str]) -> _Part:
    return lambda part: isinstance(part, str) and part in words


def _is_names(part: object) -> bool:
    return isinstance(part, dict) and all(isinstance(one, str) for one in part.values())


_TEXT = (_is(str), "text")
_SCHEMA = (_is(dict, bool), "a JSON Schema")
_PARTS: Mapping[str, tuple[_Part, str]] = {
    "permission": _TEXT,
    "public": (_is(bool), "true or false"),
    "summary": _TEXT,
    "description": _TEXT,
    "model": _TEXT,
    "kind": (_is_one_of(_KINDS), f"one of {', '.join(_KINDS)}"),
    "params": (_is(dict), "an object"),
    "query": (_is(dict), "a JSON Schema of type object"),
    "body": _SCHEMA,
    "answers": (_is(list), "an array"),
}
# What is kept as it was told.
_PLAIN = ("summary", "description", "model", "kind", "params", "query", "body")
_ANSWER_PARTS: Mapping[str, tuple[_Part, str]] = {
    "status": (
        lambda part: type(part) is int and part in _STATUSES,
        "a number from 200 to 399",
    ),
    "description": _TEXT,
    "schema": _SCHEMA,
    "model": _TEXT,
    "shape": (_is_one_of(SHAPES), f"one of {', '.join(SHAPES)}"),
    "media_type": _TEXT,
    "parts": (_is_names, "an object of texts"),
}
