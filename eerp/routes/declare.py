"""From what a module says of its routes to entries in the table.

``register_route`` says which routes there are; ``describe`` documents them. Neither
goes without the other: a route that is registered and not described has neither a
permission nor an explicit `public`, and one that is described and not registered is a
mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from eerp import limits
from eerp.errors import DescriptionInvalid
from eerp.interfaces import Registered
from eerp.routes.document import Document, read_document
from eerp.routes.registry import RouteTable

__all__ = ["declare"]


def declare(
    table: RouteTable,
    module: str,
    prefix: str,
    registrations: Iterable[Registered],
    documented: object,
    *,
    models: Collection[str] = (),
    body_bytes_max: int = limits.BODY_BYTES_MAX,
) -> None:
    """Register the routes of `module`, each with what is documented of it.

    `documented` is `routes` of the module's description, as parsed JSON, and `models`
    the names of its models. Raises DescriptionInvalid or RouteConflict.
    """
    documents = _by_route(module, documented, models)
    registered = set()
    for entry in registrations:
        method, path = entry.texts
        document = documents.get((method, path))
        if document is None:
            words = f"registers {method} {path} and never describes it"
            raise DescriptionInvalid(module, f"module {module} {words}")
        registered.add((method, path))
        table.register(
            module=module,
            prefix=prefix,
            method=method,
            path=path,
            handler_id=entry.handler_id,
            permission=document.permission,
            summary=document.summary,
            description=document.description,
            model=document.model,
            kind=document.kind,
            params=document.params,
            query=document.query,
            body=document.body,
            answers=document.answers,
            body_bytes_max=body_bytes_max,
        )
    for method, path in documents.keys() - registered:
        raise DescriptionInvalid(
            module, f"module {module} describes {method} {path} and never registers it"
        )


def _by_route(
    module: str, documented: object, models: Collection[str]
) -> dict[tuple[str, str], Document]:
    if not isinstance(documented, list):
        raise DescriptionInvalid(
            module, f"module {module}: routes of describe() is not an array"
        )
    documents: dict[tuple[str, str], Document] = {}
    for told in documented:
        document = read_document(module, told, models)
        key = document.method, document.path
        if key in documents:
            words = f"describes {document.method} {document.path} twice"
            raise DescriptionInvalid(module, f"module {module} {words}")
        documents[key] = document
    return documents
