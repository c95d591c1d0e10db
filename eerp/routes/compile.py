"""From the schemas that a route declares to its checks, compiled once, at load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from eerp.errors import DescriptionInvalid
from eerp.routes.path import Kind, Segment
from eerp.routes.texts import TextCheck, compile_params, compile_query

__all__ = ["ParamsCheck", "query_check"]

Schemas = Mapping[str, Mapping[str, Any]]

_IMPLIED: Mapping[Kind, Mapping[str, Any]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer"},
    "text": {"type": "string"},
}
"""What a segment of a pattern says of its text, so that nothing else need check it."""
_ANNOTATIONS = frozenset({"title", "description", "examples"})


@frozen
class ParamsCheck:
    """The schemas of a path's parameters, and a check of those about which the pattern
    of the path does not say all."""

    schemas: Schemas
    check: TextCheck | None

    @classmethod
    def of(
        cls,
        module: str,
        route: str,
        segments: tuple[Segment, ...],
        schemas: Schemas | None,
    ) -> ParamsCheck:
        """The check for `segments`; without schemas, their pattern is all. Raises
        DescriptionInvalid where the schemas are not those of the path's parameters."""
        kinds = {part.text: part.kind for part in segments if part.kind != "static"}
        if schemas is None:
            return cls({name: _IMPLIED[kind] for name, kind in kinds.items()}, None)
        for name in kinds.keys() ^ schemas.keys():
            fact = "not described" if name in kinds else "not in the path"
            raise _invalid(module, f"the parameter {name} of {route} is {fact}")
        check = _compiled(module, f"params of {route}", compile_params, schemas)
        implied = all(
            _bare(schemas[name]) == _IMPLIED[kind] for name, kind in kinds.items()
        )
        return cls(schemas, None if implied else check)


def query_check(
    module: str, route: str, schema: Mapping[str, Any] | None
) -> TextCheck | None:
    """The check of a query; None where none is taken. Raises DescriptionInvalid."""
    if schema is None:
        return None
    return _compiled(module, f"query of {route}", compile_query, schema)


def _compiled(
    module: str, what: str, compile_: Callable[[Any], TextCheck], schema: object
) -> TextCheck:
    try:
        return compile_(schema)
    except ValueError as error:
        raise _invalid(module, f"{what} cannot be checked", str(error)) from None


def _invalid(module: str, words: str, detail: str = "") -> DescriptionInvalid:
    said = f"module {module}: {words}" + (f": {detail}" if detail else "")
    return DescriptionInvalid(module, said[:_MESSAGE_CHARACTERS_MAX])


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in schema.items() if key not in _ANNOTATIONS}


# A validator's words may quote the whole schema.
_MESSAGE_CHARACTERS_MAX = 500
