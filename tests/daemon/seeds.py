"""Records for whoever calls the API by its document, so that there is what ids name."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from attrs import define, field, frozen
from requests.adapters import HTTPAdapter

from eerp import limits

_ATTEMPTS_MAX = 1000
_STREAMS = "/api/events"
TODAY = datetime.now(UTC).date()
MONDAY = TODAY + timedelta(days=7 - TODAY.weekday())
# Not required by the schema, but one of several that a rule wants.
_TELLING = ("company_id",)
_TEXTS = ("name", "title", "subject", "notes", "note", "narration", "city", "holder")
_USUAL_STEPS = {"/restore": ("DELETE ",)}


class _Beginning(HTTPAdapter):
    """Takes the beginning of a stream for all of it, and hangs up."""

    def send(self, request: Any, *_: Any, **given: Any) -> requests.Response:
        response = super().send(request, **{**given, "stream": True})
        if response.headers["content-type"].startswith("text/event-stream"):
            response._content = next(response.iter_content(limits.KIB), b"")
            response.close()
        return response


Body = dict[str, Any]
Record = dict[str, Any]


@frozen
class Recipes:
    """What makes a call succeed of which the document does not say enough."""

    bodies: Mapping[str, Callable[[Seeds], Any]] = field(factory=dict)
    """By path: what a call takes."""
    records: Mapping[str, Callable[[Seeds], Record]] = field(factory=dict)
    """By the path of a list, or of what is done to one record: a new record."""
    before: Mapping[str, tuple[str, ...]] = field(factory=dict)
    """By path: what is done to a record before this can be, such as ``POST /win``."""

    @classmethod
    def together(cls, all_of_them: Iterable[Recipes]) -> Recipes:
        """Those of several modules."""
        several = [*all_of_them]
        return cls(
            {path: each for one in several for path, each in one.bodies.items()},
            {path: each for one in several for path, each in one.records.items()},
            {path: each for one in several for path, each in one.before.items()},
        )


@define(eq=False)
class Seeds:
    """Makes records by the routes that `document` tells of, and knows their ids."""

    url: str
    token: str
    document: Mapping[str, Any]
    login: dict[str, str]
    recipes: Recipes
    session: requests.Session = field(factory=requests.Session)
    references: dict[str, str] = field(factory=dict)
    _kept: dict[str, Record] = field(factory=dict)
    _numbers: Any = field(factory=lambda: itertools.count(1))

    def __attrs_post_init__(self) -> None:
        self.session.mount(self.url + _STREAMS, _Beginning())
        self.session.headers["Authorization"] = f"Bearer {self.token}"
        for schema in self.document["components"]["schemas"].values():
            for name, each in schema.get("properties", {}).items():
                if isinstance(each, dict) and "x-references" in each:
                    self.references[name] = each["x-references"]

    def close(self) -> None:
        """End the connections."""
        self.session.close()

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """One request."""
        return self.session.request(
            method, self.url + path, json=body, headers={"If-Match": "*"}, timeout=60
        )

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to one that must succeed."""
        response = self.call(method, path, body)
        assert response.ok, f"{method} {path}: {response.text}"
        return response.json() if response.content else None

    def known(self, collection: str) -> Record:
        """A record that was made before, or now."""
        if collection not in self._kept:
            self._kept[collection] = self.fresh(collection)
        return self._kept[collection]

    def of_model(self, model: str) -> str:
        """The id of a record of a model, such as ``crm.contacts``."""
        path = f"/api/{model.replace('.', '/')}"
        if path not in self.document["paths"]:
            path = path.replace("_", "-")
        return str(self.known(path)["id"])

    def fresh(self, collection: str) -> Record:
        """A new record of the list at this path; else one that is there."""
        special = self.recipes.records.get(collection)
        if special is not None:
            return special(self)
        if "post" in self.document["paths"][collection]:
            return self._made(collection)
        return self.first(collection)

    def first(self, listed: str) -> Record:
        """The first record of a list, with or without a query."""
        items = self.done("GET", listed)["items"]
        assert items, f"{listed} is empty: it wants a recipe"
        return dict(items[0])

    def keeps(self, collection: str, record: Record) -> bool:
        """Whether this is the record that is known."""
        return bool(self._kept.get(collection, {}).get("id") == record["id"])

    def ready_for(self, path: str) -> Record:
        """A new record to which can be done what this path does."""
        collection, _, rest = path.partition("/{id}")
        special = self.recipes.records.get(path)
        record = special(self) if special else self.fresh(collection)
        steps = self.recipes.before.get(path, _USUAL_STEPS.get(rest, ()))
        for method, end in (step.split(" ", 1) for step in steps):
            body = self.sensible(f"{collection}/{{id}}{end}", None) if end else None
            self.done(method, f"{collection}/{record['id']}{end}", body)
        return record

    def number(self) -> int:
        """A number that nothing else was named after."""
        return int(next(self._numbers))

    def sensible(self, path: str, usual: Any) -> Any:
        """A body for a POST that has every chance, else the `usual` one."""
        recipe = self.recipe(path)
        if recipe is not None:
            return recipe
        operation = self.document["paths"][path].get("post", {})
        schema = self._body_of(operation) if "requestBody" in operation else {}
        if "properties" not in schema:
            return usual
        return self._body(schema, next(self._numbers))

    def change(self, path: str) -> Record:
        """What a record may be changed to at this path, as far as it has a text."""
        schema = self._body_of(self.document["paths"][path]["patch"])
        texts = [name for name in _TEXTS if name in schema["properties"]]
        return {name: f"changed {self.number()}" for name in texts[:1]}

    def recipe(self, path: str) -> Any:
        """A body of which the schema does not say enough, if there is one."""
        special = self.recipes.bodies.get(path)
        return None if special is None else special(self)

    def _made(self, collection: str) -> Record:
        for _ in range(_ATTEMPTS_MAX):
            body = self.sensible(collection, None)
            response = self.call("POST", collection, body)
            # A code of a few letters may be in use.
            if response.status_code != 409:
                assert response.status_code == 201, response.text
                return dict(response.json())
        raise AssertionError(f"nothing can be made at {collection}")

    def _body_of(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return self.resolved(schema)

    def resolved(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema that a reference leads to."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return dict(self.document["components"]["schemas"][name])
        return dict(schema)

    def _body(self, schema: Mapping[str, Any], number: int) -> dict[str, Any]:
        """What must be there, and no more."""
        required = schema.get("required", ())
        properties = schema["properties"]
        named = [*required, *(name for name in _TELLING if name in properties)]
        return {name: self._value(name, properties[name], number) for name in named}

    def _value(self, name: str, schema: Mapping[str, Any], number: int) -> Any:
        if name in self.references:
            return self.of_model(self.references[name])
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("format") == "date":
            return TODAY.isoformat()
        pattern = str(schema.get("pattern", ""))
        if pattern.startswith("^[A-Z]{"):
            return _letters(number, int(pattern.partition("{")[2][0]))
        if pattern.startswith(("^-?[0-9]", "^[0-9]")):
            return "1"
        if pattern.startswith("^[a-z]"):
            return f"code.{number}"
        return f"{schema.get('title', name)} {number}"


def _letters(number: int, length: int) -> str:
    """The number in capital letters, from Z downwards."""
    letters = string.ascii_uppercase[::-1]
    text = ""
    for _ in range(length):
        number, digit = divmod(number, len(letters))
        text = letters[digit] + text
    return text
