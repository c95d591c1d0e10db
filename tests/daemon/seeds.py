"""Records for whoever calls the API by its document, so that there is what ids name."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Mapping
from typing import Any

import requests
from attrs import define, field
from requests.adapters import HTTPAdapter

from eerp import limits

_ATTEMPTS_MAX = 1000
_STREAMS = "/api/events"


class _Beginning(HTTPAdapter):
    """Takes the beginning of a stream for all of it, and hangs up."""

    def send(self, request: Any, *_: Any, **given: Any) -> requests.Response:
        response = super().send(request, **{**given, "stream": True})
        if response.headers["content-type"].startswith("text/event-stream"):
            response._content = next(response.iter_content(limits.KIB), b"")
            response.close()
        return response


@define(eq=False)
class Seeds:
    """Makes records by the routes that `document` tells of, and knows their ids."""

    url: str
    token: str
    document: Mapping[str, Any]
    login: dict[str, str]
    session: requests.Session = field(factory=requests.Session)
    references: dict[str, str] = field(factory=dict)
    _kept: dict[str, dict[str, Any]] = field(factory=dict)
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

    def known(self, collection: str) -> dict[str, Any]:
        """A record that was made before, or now."""
        if collection not in self._kept:
            self._kept[collection] = self.fresh(collection)
        return self._kept[collection]

    def of_model(self, model: str) -> str:
        """The id of a record of a model, such as ``crm.contacts``."""
        return str(self.known(f"/api/{model.replace('.', '/')}")["id"])

    def fresh(self, collection: str) -> dict[str, Any]:
        """A new record of the list at this path; else one that is there."""
        special = _SPECIAL.get(collection)
        if special is not None:
            return special(self)
        if "post" in self.document["paths"][collection]:
            return self._made(collection)
        return dict(self.done("GET", f"{collection}?limit=1")["items"][0])

    def sensible(self, path: str, usual: Any) -> Any:
        """A body for a POST that has every chance, else the `usual` one."""
        special = _BODIES.get(path)
        if special is not None:
            return special(self)
        operation = self.document["paths"][path].get("post", {})
        schema = self._body_of(operation) if "requestBody" in operation else {}
        if "properties" not in schema:
            return usual
        return self._body(schema, next(self._numbers))

    def _made(self, collection: str) -> dict[str, Any]:
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
        pattern = str(schema.get("pattern", ""))
        if pattern.startswith("^[A-Z]{"):
            return _letters(number, int(pattern.partition("{")[2][0]))
        if pattern.startswith(("^-?[0-9]", "^[0-9]")):
            return "1"
        if pattern.startswith("^[a-z]"):
            return f"code.{number}"
        return f"{schema.get('title', name)} {number}"

    def member(self) -> dict[str, Any]:
        """Somebody who joined the loyalty programme."""
        number = next(self._numbers)
        person = {
            "number": f"card {number}",
            "email": f"member{number}@example.com",
            "first_name": "Ann",
        }
        return dict(self.done("POST", "/api/loyalty/members/join", person))

    def referral(self) -> dict[str, Any]:
        """Somebody whom a member brought along."""
        number, member = next(self._numbers), self.known("/api/loyalty/members")
        person = {"email": f"friend{number}@example.com", "first_name": "Bob"}
        path = f"/api/loyalty/members/{member['id']}/refer"
        return dict(self.done("POST", path, person))

    def webhook(self) -> dict[str, Any]:
        """A webhook to where nobody listens."""
        response = self.call("POST", "/api/webhooks", self._webhook())
        if response.status_code == 409:
            # There are as many as there may be.
            for one in self.done("GET", "/api/webhooks")["items"]:
                if one["id"] != self._kept.get("/api/webhooks", {}).get("id"):
                    self.done("DELETE", f"/api/webhooks/{one['id']}")
            return self.webhook()
        assert response.ok, response.text
        return dict(response.json())

    def _webhook(self) -> dict[str, Any]:
        return {"url": f"https://127.0.0.1:1/{next(self._numbers)}", "topics": ["a.*"]}

    def refresh(self) -> dict[str, Any]:
        """A refresh token that is good for once."""
        pair = self.done("POST", "/api/auth/login", self.login)
        return {"refresh_token": pair["refresh_token"]}

    def delivery(self) -> dict[str, Any]:
        """A delivery of an event of the CRM to the loyalty programme."""
        member = self.known("/api/loyalty/members")
        sale = {"name": "A sale", "contact_id": member["contact_id"]}
        sale["expected_revenue"] = "100.00"
        made = self.done("POST", "/api/crm/opportunities", sale)
        self.done("POST", f"/api/crm/opportunities/{made['id']}/win")
        for state in itertools.cycle(("done", "pending")):
            items = self.done("GET", f"/api/deliveries?state={state}")["items"]
            if items:
                return dict(items[0])
        raise AssertionError("unreachable")

    def points(self) -> dict[str, Any]:
        """What a member was given for the sale."""
        self.delivery()
        while True:
            items = self.done("GET", "/api/loyalty/points")["items"]
            if items:
                return dict(items[0])


_BODIES: dict[str, Callable[[Seeds], Any]] = {
    "/api/auth/login": lambda seeds: seeds.login,
    "/api/auth/refresh": Seeds.refresh,
    "/api/batch": lambda _: {"calls": [{"method": "GET", "path": "/api/crm/tags"}]},
    "/api/webhooks": Seeds._webhook,
    "/api/webhooks/{id}": lambda _: {"active": False},
}
# Not required by the schema, but one of several that a rule wants.
_TELLING = ("company_id",)
_SPECIAL = {
    "/api/loyalty/members": Seeds.member,
    "/api/loyalty/referrals": Seeds.referral,
    "/api/loyalty/points": Seeds.points,
    "/api/webhooks": Seeds.webhook,
    "/api/deliveries": Seeds.delivery,
}


def _letters(number: int, length: int) -> str:
    """The number in capital letters, from Z downwards."""
    letters = string.ascii_uppercase[::-1]
    text = ""
    for _ in range(length):
        number, digit = divmod(number, len(letters))
        text = letters[digit] + text
    return text
