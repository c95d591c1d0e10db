"""From what a module says of its routes to entries in the table.

``register_route`` says which routes there are; ``describe`` documents them. A route
that is registered and not described gets the default permission by its method; one
that is described and not registered is a mistake. No route loads without a
permission of its own module or an explicit `public`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eerp import limits
from eerp.errors import DescriptionInvalid
from eerp.interfaces import Registered
from eerp.routes.registry import RouteTable

__all__ = ["declare"]

_READING = ("GET", "HEAD")


def declare(
    table: RouteTable,
    module: str,
    prefix: str,
    registrations: Iterable[Registered],
    documented: object,
    *,
    body_bytes_max: int = limits.BODY_BYTES_MAX,
) -> None:
    """Register the routes of `module`, each with what is documented of it.

    `documented` is `routes` of the module's description, as parsed JSON. Raises
    DescriptionInvalid or RouteConflict.
    """
    documents = _by_route(module, documented)
    for entry in registrations:
        method, path = entry.texts
        document = documents.pop((method, path), {})
        table.register(
            module=module,
            prefix=prefix,
            method=method,
            path=path,
            handler_id=entry.handler_id,
            permission=_permission(module, method, path, document),
            summary=document.get("summary") or "",
            model=document.get("model"),
            kind=document.get("kind") or "custom",
            body=document.get("body"),
            body_bytes_max=body_bytes_max,
        )
    for method, path in documents:
        raise DescriptionInvalid(
            module, f"module {module} describes {method} {path} and never registers it"
        )


def _by_route(
    module: str, documented: object
) -> dict[tuple[str, str], Mapping[str, Any]]:
    if not isinstance(documented, list):
        raise DescriptionInvalid(
            module, f"module {module}: routes of describe() is not an array"
        )
    return {_checked(module, document): document for document in documented}


def _checked(module: str, document: object) -> tuple[str, str]:
    """Its method and path, once its shape is as the ABI says."""
    if not isinstance(document, dict):
        raise DescriptionInvalid(module, f"module {module} describes a route wrongly")
    method, path = document.get("method"), document.get("path")
    if not isinstance(method, str) or not isinstance(path, str):
        raise DescriptionInvalid(
            module, f"module {module} describes a route without method or path"
        )
    for key in ("summary", "kind", "model", "permission"):
        if not isinstance(document.get(key), str | None):
            raise _wrong(module, method, path, key, "text")
    if not isinstance(document.get("body"), dict | bool | None):
        raise _wrong(module, method, path, "body", "a JSON Schema")
    if not isinstance(document.get("public", False), bool):
        raise _wrong(module, method, path, "public", "true or false")
    return method, path


def _wrong(
    module: str, method: str, path: str, key: str, kind: str
) -> DescriptionInvalid:
    return DescriptionInvalid(
        module, f"module {module}: {key} of {method} {path} is not {kind}"
    )


def _permission(
    module: str, method: str, path: str, document: Mapping[str, Any]
) -> str | None:
    """The permission that the route asks for; None when it is public."""
    named: str | None = document.get("permission")
    if document.get("public", False):
        if named is not None:
            raise DescriptionInvalid(
                module,
                f"module {module}: {method} {path} is public and asks for {named}",
            )
        return None
    if named is None:
        resource = path.strip("/").split("/")[0]
        verb = "read" if method in _READING else "write"
        return ".".join(part for part in (module, resource, verb) if part)
    if not named.startswith(f"{module}."):
        raise DescriptionInvalid(
            module,
            f"module {module}: {method} {path} asks for {named}, which "
            f"is not a permission of {module}",
        )
    return named
