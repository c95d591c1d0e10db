"""One route of a module: what it asks for, what it answers, and the check of a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from eerp.errors import Fault
from eerp.routes.answer import Answer
from eerp.routes.check import BodyCheck, refuse_any, refuse_body
from eerp.routes.path import Segment
from eerp.routes.texts import NO_QUERY, TextCheck

__all__ = ["Match", "Route"]


@frozen(eq=False)
class Route:
    """One route of a module.

    `path` is as declared, `template` the effective path,
    ``/api/crm/contacts/{id:uuid}``. `permission` is None for a public route. `params`
    has the JSON Schema of each parameter of the path. `query` is None where no
    parameter is taken, `body` where no body is. `parameters` are the position among the
    segments, and the name, of each. A list is `filtered` if its query is in the grammar
    of lists.
    """

    module: str
    method: str
    path: str
    template: str
    handler_id: int
    permission: str | None
    summary: str
    model: str | None
    kind: str
    body: BodyCheck | None
    body_bytes_max: int
    segments: tuple[Segment, ...]
    description: str = ""
    params: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    query: TextCheck | None = None
    answers: tuple[Answer, ...] = ()
    # Of the parameters about which the pattern of the path does not say all.
    in_path: TextCheck | None = None

    parameters: tuple[tuple[int, str], ...] = field(init=False)
    filtered: bool = field(init=False)
    _needs_query: bool = field(init=False)

    @parameters.default
    def _parameters(self) -> tuple[tuple[int, str], ...]:
        return tuple(
            (position, segment.text)
            for position, segment in enumerate(self.segments)
            if segment.kind != "static"
        )

    @filtered.default
    def _filtered(self) -> bool:
        query = self.query
        return self.kind == "list" and query is not None and query.filters

    @_needs_query.default
    def _query_needed(self) -> bool:
        return self.query is not None and bool(self.query.faults(()))

    def check(
        self,
        params: Mapping[str, str],
        query: tuple[tuple[str, str], ...],
        body: bytes,
        media_type: str | None,
        encoding: str | None = None,
    ) -> Any:
        """The value of `body`, when it fits and so do the parameters of path and query;
        None where no body is taken.

        Raises UnsupportedMediaType, BadRequest, or one ValidationFailed with the faults
        of all three.
        """
        value = None
        if self.body is None:
            refuse_body(body)
        else:
            value = self.body.read(body, media_type, encoding)
        faults = self._in_path(params) + self._in_query(query)
        if self.body is not None:
            faults += self.body.faults(value)
        refuse_any("The request", faults)
        return value

    def _in_path(self, params: Mapping[str, str]) -> tuple[Fault, ...]:
        return () if self.in_path is None else self.in_path.faults(params.items())

    def _in_query(self, query: tuple[tuple[str, str], ...]) -> tuple[Fault, ...]:
        if not query and not self._needs_query:
            return ()
        return (self.query or NO_QUERY).faults(query)


@frozen(eq=False)
class Match:
    """The route of a request and its decoded path parameters."""

    route: Route
    params: dict[str, str]
