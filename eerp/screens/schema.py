"""The JSON Schema of the contract, as parts of the API's document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

__all__ = ["CONTRACT", "contract_schemas"]

CONTRACT: dict[str, Any] = orjson.loads(
    Path(__file__).with_name("contract.schema.json").read_bytes()
)
"""The schema of what is told, with its parts under ``$defs``."""

_HERE, _THERE = "#/$defs/", "#/components/schemas/Contract."


def contract_schemas() -> Mapping[str, dict[str, Any]]:
    """The same, with each part by a name of its own, so that clients have types of
    them: ``Contract``, ``Contract.Model``, ``Contract.Field``."""
    whole = _moved(CONTRACT)
    parts = whole.pop("$defs")
    del whole["$schema"]
    named = {f"Contract.{name}": each for name, each in parts.items()}
    return {"Contract": whole, **named}


def _moved(schema: Any) -> Any:
    """`schema` with its references leading to where the parts are going to be."""
    if isinstance(schema, list):
        return [_moved(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: each.replace(_HERE, _THERE) if key == "$ref" else _moved(each)
        for key, each in schema.items()
    }
