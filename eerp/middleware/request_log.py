"""``request_log``: a line in the log for each call, never with a body or a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from attrs import frozen
from twisted.internet.defer import CancelledError
from twisted.internet.interfaces import IReactorTime

from eerp.calls import Call, Proceed
from eerp.errors import EerpError
from eerp.interfaces import Identity, Reply
from eerp.log import Logger
from eerp.middleware.maker import Context, Options

__all__ = ["RequestLog"]

log = Logger(namespace="eerp.middleware")

# As HTTP servers note a client that did not wait for its answer.
_CLIENT_GONE = 499


def _of_caller(name: str) -> Callable[[Call], Any]:
    def read(call: Call) -> Any:
        caller: Identity | None = call.request.identity
        return None if caller is None else getattr(caller, name)

    return read


_FIELDS: Mapping[str, Callable[[Call], Any]] = {
    "body_bytes": lambda call: len(call.request.body),
    "company_id": _of_caller("company_id"),
    "path": lambda call: call.request.path,
    "query_names": lambda call: sorted({name for name, _ in call.request.query}),
    "roles": _of_caller("roles"),
    "user_id": _of_caller("user_id"),
    "username": _of_caller("username"),
}
"""What can be told of a call beside its module, method, route and request id. Values of
a query and of headers are not among them: they are as private as a body."""


@frozen(eq=False)
class RequestLog:
    """Logs each call when it is done: ``call_done``, with its status and how long it
    took. With `before`, also when it begins: ``call_begun``."""

    name: ClassVar[str] = "request_log"
    schema: ClassVar[Options] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "fields": {
                "description": "What is told beside method, route and request id.",
                "type": "array",
                "uniqueItems": True,
                "items": {"enum": sorted(_FIELDS)},
                "default": ["user_id"],
            },
            "before": {
                "description": "Whether there is a line when a call begins, too.",
                "type": "boolean",
                "default": False,
            },
        },
    }
    module: str
    fields: Mapping[str, Callable[[Call], Any]]
    before: bool
    clock: IReactorTime

    @classmethod
    def make(cls, options: Options, context: Context) -> RequestLog:
        """The middleware for one entry."""
        fields = {name: _FIELDS[name] for name in options["fields"]}
        return cls(context.module, fields, options["before"], context.clock)

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """The reply, or what is raised instead."""
        began = self.clock.seconds()
        told = self._told(call)
        if self.before:
            log.info("{method} {route} begins", event="call_begun", **told)
        try:
            reply = await proceed(call)
        except CancelledError:
            self._done(told, began, _CLIENT_GONE)
            raise
        except EerpError as error:
            self._done(told, began, error.status, code=error.code)
            raise
        self._done(told, began, reply.status)
        return reply

    def _told(self, call: Call) -> dict[str, Any]:
        route = call.route
        return {
            "module": self.module,
            "method": route.method,
            "route": route.template,
            "request_id": call.request.request_id,
            **({"attempt": call.attempt} if call.attempt > 1 else {}),
            **{name: read(call) for name, read in self.fields.items()},
        }

    def _done(
        self, told: dict[str, Any], began: float, status: int, **more: str
    ) -> None:
        log.info(
            "{method} {route} {status} in {ms} ms",
            event="call_done",
            status=int(status),
            ms=round((self.clock.seconds() - began) * 1000, 1),
            **told,
            **more,
        )
