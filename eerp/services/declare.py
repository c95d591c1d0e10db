"""From what a module says of its services to offers, or one clear error.

``register_service`` says which services there are; ``describe`` documents them with
the schemas that callers are promised. Neither goes without the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn

from attrs import frozen

from eerp import limits
from eerp.errors import DescriptionInvalid
from eerp.interfaces import Registered
from eerp.orm.document import Document
from eerp.schema import SchemaCheck, compile_schema
from eerp.services.offer import CORE, ModuleOffer, Use

__all__ = ["Declared", "read_services"]

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,5}")
_FORM = "small words joined by points, such as contacts.merge"


@frozen(eq=False)
class Declared:
    """The services that a module offers, and those of others that it uses."""

    module: str
    version: str
    offers: tuple[ModuleOffer, ...]
    uses: tuple[Use, ...]


def read_services(
    module: str,
    version: str,
    registrations: Iterable[Registered],
    description: Mapping[str, Any],
) -> Declared:
    """What `module` registered and described. Raises DescriptionInvalid."""
    documents = _by_name(module, description.get("services") or [])
    offers = tuple(_offers(module, registrations, documents))
    for name in documents:
        _fail(module)(
            f"module {module} describes the service {name} and never registers it"
        )
    uses = tuple(_uses(module, description.get("uses") or []))
    return Declared(module, version, offers, uses)


def _fail(module: str) -> Callable[[str], NoReturn]:
    def fail(message: str) -> NoReturn:
        raise DescriptionInvalid(module, message)

    return fail


def _offers(
    module: str,
    registrations: Iterable[Registered],
    documents: dict[str, Document],
) -> Iterator[ModuleOffer]:
    seen = set()
    for entry in registrations:
        name = _full_name(module, entry.texts[0])
        if name in seen:
            _fail(module)(f"module {module} registers the service {name} twice")
        seen.add(name)
        document = documents.pop(name, None)
        if document is None:
            raise DescriptionInvalid(
                module,
                f"module {module} registers the service {name}"
                " and does not describe it",
            )
        yield _offer(module, name, entry.handler_id, document)


def _offer(module: str, name: str, handler_id: int, document: Document) -> ModuleOffer:
    return ModuleOffer(
        name=name,
        summary=document.get("summary", str, ""),
        module=module,
        handler_id=handler_id,
        permission=_permission(module, document),
        input_check=_compiled(document, "input"),
        output_check=_compiled(document, "output"),
    )


def _by_name(module: str, described: object) -> dict[str, Document]:
    if not isinstance(described, list):
        raise DescriptionInvalid(
            module, f"module {module}: services of describe() is not an array"
        )
    documents: dict[str, Document] = {}
    for value in described:
        document = Document.of(f"A service of module {module}", value, _fail(module))
        name = _full_name(module, document.get("name", str))
        if name in documents:
            _fail(module)(f"module {module} describes the service {name} twice")
        document = Document(f"Service {name}", document.value, document.fail)
        document.only("name", "summary", "permission", "input", "output")
        documents[name] = document
    return documents


def _full_name(module: str, name: str) -> str:
    """The name that others call it by; the module's own comes first."""
    full = name if name.startswith(f"{module}.") else f"{module}.{name}"
    if len(full) > limits.SERVICE_NAME_CHARACTERS_MAX or not _NAME.fullmatch(full):
        _fail(module)(
            f"module {module} has a service {name!r}; its name must be {_FORM}"
        )
    return full


def _permission(module: str, document: Document) -> str | None:
    named: str | None = document.get("permission", str, None)
    if named is not None and not named.startswith(f"{module}."):
        document.refuse(f"asks for {named}, which is not a permission of {module}")
    return named


def _schema(document: Document, key: str) -> dict[str, Any] | bool:
    """The schema under `key`; without one, anything goes."""
    value = document.value.get(key)
    if value is None:
        return True
    if not isinstance(value, dict | bool):
        document.refuse(f"has an {key!r} that is not a JSON Schema")
    return value


def _compiled(document: Document, key: str) -> SchemaCheck:
    try:
        return compile_schema(_schema(document, key))
    except ValueError:
        document.refuse(f"has an {key!r} that is not a JSON Schema")


def _uses(module: str, described: object) -> Iterator[Use]:
    if not isinstance(described, list) or len(described) > limits.SERVICES_USED_MAX:
        raise DescriptionInvalid(
            module,
            f"module {module}: uses of describe() is not an array of at most"
            f" {limits.SERVICES_USED_MAX}",
        )
    seen = set()
    for value in described:
        document = Document.of(f"A use of module {module}", value, _fail(module))
        document.only("service", "version", "input", "output")
        name = document.get("service", str)
        document = Document(f"Use of {name} by {module}", document.value, document.fail)
        if name in seen:
            document.refuse("is declared twice")
        seen.add(name)
        yield _use(name, document)


def _use(name: str, document: Document) -> Use:
    if not _NAME.fullmatch(name) or "." not in name:
        document.refuse(f"names no service, which is {_FORM} after its module's name")
    for key in ("input", "output"):
        _compiled(document, key)
    return Use(
        service=name,
        version=document.get("version", str, ""),
        input=_schema(document, "input"),
        output=_schema(document, "output"),
    )


def owner_of(service: str) -> str:
    """The module that a service's full name begins with; `eerp` for the core."""
    return service.split(".", 1)[0]


def is_core(service: str) -> bool:
    """Whether a service is the core's, by its name."""
    return owner_of(service) == CORE
