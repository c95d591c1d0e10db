"""Modules that offer and use services, as their descriptions say it."""

from __future__ import annotations

from typing import Any

from eerp.sandbox.guest import Registration
from eerp.services import CoreOffer, Declared, ServiceTable, read_services

MERGE_INPUT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["winner"],
    "properties": {
        "winner": {"type": "string", "format": "uuid"},
        "reason": {"type": ["string", "null"]},
    },
}
MERGE_OUTPUT = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "note": {"type": "string"}},
}
MERGE = {
    "name": "contacts.merge",
    "summary": "Merge two contacts",
    "permission": "crm.contacts.write",
    "input": MERGE_INPUT,
    "output": MERGE_OUTPUT,
}
USE = {
    "service": "crm.contacts.merge",
    "version": "0.1.0",
    "input": MERGE_INPUT,
    "output": MERGE_OUTPUT,
}


async def echo(_context: Any, given: Any) -> Any:
    """A service that answers its input."""
    return given


ECHO = CoreOffer(
    name="eerp.test.echo",
    summary="Echo",
    input={"type": "object", "properties": {"a": {"type": "string"}}},
    output={"type": "object"},
    run=echo,
)
GUARDED = CoreOffer(
    name="eerp.test.guarded", summary="Guarded", input={}, output={}, run=echo,
    capability="mail",
)  # fmt: skip


def read(
    module: str = "crm",
    *services: dict[str, Any],
    version: str = "0.1.0",
    registered: list[tuple[str, int]] | None = None,
    uses: Any = (),
) -> Declared:
    """What a module declares; each of `services` is registered unless told."""
    names = [(service["name"], n) for n, service in enumerate(services)]
    return read_services(
        module,
        version,
        [
            Registration("service", (name,), number)
            for name, number in (names if registered is None else registered)
        ],
        {"services": list(services), "uses": list(uses)},
    )


def table_of(
    *members: tuple[Declared, tuple[str, ...]],
    optional: tuple[str, ...] = (),
    **granted: Any,
) -> ServiceTable:
    """A table with the core's two services for tests, and `members` in turn, for each
    of which the modules `optional` are so."""
    table = ServiceTable("0.1.0", [ECHO, GUARDED])
    for declared, depends in members:
        capabilities = granted.get(declared.module, ())
        table.check(declared, depends, capabilities, optional=optional)
        table.admit(declared, capabilities)
    table.freeze()
    return table
