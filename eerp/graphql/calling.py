"""From a field of an operation to a call of the route that it stands for."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from attrs import define, frozen
from graphql import get_named_type

from eerp.calls import Asked, Call, Caller, Outcome, Step, prepare
from eerp.errors import EerpError, GuestProtocolError, NotFound, Refusal
from eerp.graphql.bindings import BINDING, Called, Listed, Read
from eerp.graphql.bodies import ANY_VERSION, INPUT, VERSION
from eerp.graphql.pages import Found, Page
from eerp.graphql.reading import Reading
from eerp.graphql.select import Reader, Select
from eerp.graphql.selection import Selected
from eerp.interfaces import Reply
from eerp.limits import ROWS_PER_PAGE_MAX
from eerp.routes import Route, RouteTable, parse_query

__all__ = ["Calling", "Made"]

Pairs = list[tuple[str, str]]


@frozen(eq=False)
class Made:
    """A call that is to be made, and how its reply becomes a value."""

    step: Step
    read: Reader

    def value(self, outcome: Outcome) -> Any:
        """What is answered. Raises the error of the call, and `GuestProtocolError`
        where a reply is not what the route declares."""
        if isinstance(outcome, EerpError):
            raise outcome
        if outcome.status >= HTTPStatus.BAD_REQUEST:
            raise _refused(outcome)
        return self.read(outcome)


@define(eq=False)
class Calling:
    """Makes the calls of one operation."""

    table: RouteTable
    caller: Caller
    reading: Reading

    def make(self, asked: Selected) -> Made:
        """The call that a field stands for. Raises the errors that a request of the
        route would get."""
        assert asked.field is not None
        match asked.field.extensions[BINDING]:
            case Listed(route, model):
                page = self.reading.pages().read(asked, model, ROWS_PER_PAGE_MAX)
                pairs = [
                    ("limit", str(page.first)),
                    *page.settings.items(),
                    ("select", page.select.text()),
                ]
                step = Step(self._call(route, {}, pairs))
                return Made(step, lambda reply: _paged(page, _parsed(reply)))
            case Read(route, _):
                return self._read(route, asked)
            case Called() as called:
                return self._other(called, asked)
        raise AssertionError(asked.name)

    def _read(self, route: Route, asked: Selected) -> Made:
        select, reader = self._record(asked)
        pairs = [("select", select.text())]
        step = Step(self._call(route, asked.arguments, pairs))
        return Made(step, lambda reply: reader(_parsed(reply)))

    def _record(self, asked: Selected) -> tuple[Select, Reader]:
        assert asked.field is not None
        select = Select()
        kind: Any = get_named_type(asked.field.type)
        return select, self.reading.record(kind, asked.selections, select)

    def _other(self, called: Called, asked: Selected) -> Made:
        route, arguments = called.route, asked.arguments
        pairs = [
            (name, _text(each))
            for argument, name in called.query.items()
            for each in _several(arguments.get(argument))
        ]
        body = b""
        if route.body is not None:
            body = orjson.dumps(arguments.get(INPUT) or {})
        call = self._call(route, arguments, pairs, body, _held(arguments))
        if called.answer.shape == "record" and called.model is not None:
            return self._changed(called, asked, call)
        return Made(Step(call), self._answer(called, asked))

    def _changed(self, called: Called, asked: Selected, call: Call) -> Made:
        """A record, and what is to be seen beyond it: that is read afterwards, in the
        same transaction."""
        select, reader = self._record(asked)
        then = None
        if select.relations:
            route, pairs = called.reader, [("select", select.text())]
            if route is None:
                message = "Relations cannot be selected here: no route shows them."
                raise NotFound(message)
            [(_, parameter)] = route.parameters

            def then(reply: Reply) -> Call:
                return self._call(route, {parameter: _parsed(reply).get("id")}, pairs)

        return Made(Step(call, then), lambda reply: reader(_parsed(reply)))

    def _answer(self, called: Called, asked: Selected) -> Reader:
        """How a reply is read that is no record."""
        answer = called.answer
        if answer.shape == "none":
            return lambda _: True
        if answer.media_type.partition(";")[0] != "application/json":
            return lambda reply: base64.b64encode(reply.body).decode()
        assert asked.field is not None
        reader = self.reading.value(asked.field.type, asked.selections)
        return lambda reply: reader(_value(reply))

    def _call(
        self,
        route: Route,
        params: Mapping[str, Any],
        pairs: Pairs,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        # Through the eye of a URL, so that no text comes in that REST would refuse.
        query = parse_query(urlencode(pairs, quote_via=quote).encode("ascii"))
        said = {"content-type": "application/json"} if body else {}
        path = _path(route, params)
        asked = Asked(route.method, path, query, body, {**said, **(headers or {})})
        call = prepare(self.table, asked, self.caller)
        if call.route is not route:
            # A text in the path that another route has a name for.
            raise NotFound("There is nothing at this path.")
        return call


def _refused(reply: Reply) -> Refusal:
    """The error that a middleware answered by itself."""
    try:
        content = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        content = None
    told = content if isinstance(content, dict) else {}
    message = str(told.get("detail") or "The request was refused.")
    return Refusal(reply.status, str(told.get("code") or Refusal.code), message)


def _path(route: Route, params: Mapping[str, Any]) -> bytes:
    parts = [
        segment.text
        if segment.kind == "static"
        else quote(str(params[segment.text]), safe="")
        for segment in route.segments
    ]
    return f"/{'/'.join(parts)}".encode("ascii")


def _held(arguments: Mapping[str, Any]) -> dict[str, str]:
    if arguments.get(ANY_VERSION):
        return {"if-match": "*"}
    version = arguments.get(VERSION)
    return {} if version is None else {"if-match": f'"{version}"'}


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(reply: Reply) -> Any:
    """The JSON of a reply; nothing is null."""
    if not reply.body:
        return None
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        raise GuestProtocolError("The module's answer is not JSON.") from None


def _parsed(reply: Reply) -> Any:
    value = _value(reply)
    if not isinstance(value, dict):
        raise GuestProtocolError("The module's answer is not what it declares.")
    return value


def _paged(page: Page, content: dict[str, Any]) -> Any:
    try:
        items, more = content["items"], content["next_cursor"] is not None
        total = content["total"] if page.counted else None
    except KeyError:
        raise GuestProtocolError("The module's answer is no page of a list.") from None
    return page.reader(Found(items, more, total, page.began))
