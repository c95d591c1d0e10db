"""A module introduces itself: migrations, description, routes.

Runs once a module, while the daemon starts, in one guest of its own. What it
answers is data from a stranger: sized, parsed, and shaped here; what it means is
checked by the floors that it is handed to.
"""

from __future__ import annotations

from typing import Any

import orjson
from attrs import frozen

from eerp import limits
from eerp.errors import (
    DescriptionInvalid,
    EerpError,
    GuestFault,
    ModuleError,
    WasmInvalid,
)
from eerp.sandbox.guest import Guest, Registration
from eerp.sandbox.program import Program

__all__ = ["Description", "describe"]

ABI_VERSION = 1


@frozen
class Description:
    """What a module said of itself, as parsed JSON."""

    migrations: list[Any]
    description: dict[str, Any]
    registrations: tuple[Registration, ...]

    def registered(self, kind: str) -> tuple[Registration, ...]:
        """What was registered of one kind, e.g. ``route``."""
        return tuple(one for one in self.registrations if one.kind == kind)


@frozen
class _LoadingHost:
    """Nothing to ask while a module loads."""

    request_id: str

    async def serve(self, kind: str, request: bytes) -> bytes:
        """Refuse."""
        raise GuestFault(f"A module may not use {kind} while it loads.")


async def describe(program: Program) -> Description:
    """Run `eerp_abi`, `migrate`, `describe` and `init` of a module.

    Raises WasmInvalid or DescriptionInvalid, naming the module.
    """
    guest = Guest(program, _LoadingHost(request_id=f"load-{program.module}"))
    try:
        return await _introduce(guest)
    except ModuleError:
        raise
    except EerpError as error:
        raise WasmInvalid(
            program.module,
            f"module {program.module} failed while loading: {error.message}",
            detail=error.detail,
        ) from error
    finally:
        guest.close()


async def _introduce(guest: Guest) -> Description:
    await guest.start()
    version = await guest.call("eerp_abi")
    if version != ABI_VERSION:
        raise WasmInvalid(
            guest.module,
            f"module {guest.module} speaks ABI {version}, the core {ABI_VERSION}",
        )
    migrations = await _document(guest, "migrate", list)
    description = await _document(guest, "describe", dict)
    guest.registrations = []
    await guest.call("init", results=0)
    registrations, guest.registrations = tuple(guest.registrations), None
    return Description(migrations, description, registrations)


async def _document(guest: Guest, export: str, shape: type) -> Any:
    pointer = await guest.call(export)
    length = await guest.call(f"{export}_len")
    data = guest.memory.read(pointer, length, limits.GUEST_DESCRIPTION_BYTES_MAX)
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise DescriptionInvalid(
            guest.module,
            f"module {guest.module}: {export}() does not answer JSON: {error}",
        ) from None
    if not isinstance(document, shape):
        kind = "an array" if shape is list else "an object"
        raise DescriptionInvalid(
            guest.module, f"module {guest.module}: {export}() does not answer {kind}"
        )
    return document
