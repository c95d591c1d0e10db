"""The named parts of the document, which its operations refer to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, field

from eerp.openapi.doc import Schema

__all__ = ["Components", "needed", "reference", "references"]

_FORBIDDEN = re.compile(r"[^A-Za-z0-9._-]+")


def reference(kind: str, name: str) -> dict[str, Any]:
    """A reference to a named part."""
    return {"$ref": f"#/components/{kind}/{name}"}


def references(value: Any) -> Iterator[str]:
    """What `value` refers to, as it stands there."""
    if isinstance(value, dict):
        target = value.get("$ref")
        if isinstance(target, str):
            yield target
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def needed(schema: Schema, named: Mapping[str, Schema]) -> dict[str, Schema]:
    """What `schema` refers to of `named`, and what that refers to in turn."""
    found: dict[str, Schema] = {}
    pending = list(references(schema))
    while pending:
        name = pending.pop().rpartition("/")[2]
        if name in named and name not in found:
            found[name] = named[name]
            pending += references(named[name])
    return found


@define
class Components:
    """The schemas so far, by name."""

    schemas: dict[str, Schema] = field(factory=dict)

    def schema(self, name: str, make: Callable[[], Schema]) -> Schema:
        """A reference to the schema `name`, which is made unless it is there."""
        if name not in self.schemas:
            self.schemas[name] = make()
        return reference("schemas", name)

    def add(self, wanted: str, schema: Schema) -> Schema:
        """A reference to `schema`, under the name `wanted` or, where another one has
        that, the next that is free."""
        schema = _at_home(wanted, schema)
        stem = name = _FORBIDDEN.sub("_", wanted)
        number = 1
        while self.schemas.setdefault(name, schema) != schema:
            number += 1
            name = f"{stem}_{number}"
        return reference("schemas", name)


def _at_home(name: str, schema: Schema) -> Schema:
    """`schema` with an address of its own, if it refers to parts of itself: they are
    looked for in it then, and not in the document."""
    if "$id" not in schema and any(ref.startswith("#") for ref in references(schema)):
        return {"$id": f"urn:eerp:schema:{name}", **schema}
    return schema
