"""The part of the document that one caller has a use for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eerp.openapi.components import references

__all__ = ["permitted"]

May = Callable[[str], bool]


def permitted(document: dict[str, Any], may: May) -> dict[str, Any]:
    """`document` with the operations that whoever is signed in and `may` do things can
    call, and with no more tags and components than those need."""
    paths = {
        path: kept
        for path, item in document["paths"].items()
        if (kept := _kept(item, may))
    }
    used = {tag for item in paths.values() for each in item.values() for tag in
            each["tags"]}  # fmt: skip
    return {
        **document,
        "tags": [tag for tag in document["tags"] if tag["name"] in used],
        "paths": paths,
        "components": _needed(paths, document["components"]),
    }


def _kept(item: dict[str, Any], may: May) -> dict[str, Any]:
    return {
        method: operation
        for method, operation in item.items()
        if "x-permission" not in operation or may(operation["x-permission"])
    }


def _needed(paths: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """The components that are referred to, and what those refer to in turn."""
    found: set[str] = set()
    pending = list(references(paths))
    while pending:
        ref = pending.pop()
        if ref not in found and ref.startswith("#/components/"):
            found.add(ref)
            _, _, kind, name = ref.split("/")
            pending += references(components[kind][name])
    kept = {
        kind: {
            name: part
            for name, part in parts.items()
            if kind == "securitySchemes" or f"#/components/{kind}/{name}" in found
        }
        for kind, parts in components.items()
    }
    return {kind: parts for kind, parts in kept.items() if parts}
