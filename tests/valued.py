"""The model of records with a name and a value, and the migration that makes it."""

from __future__ import annotations

from typing import Any


def valued_model(name: str, title: str) -> dict[str, Any]:
    """The model, as a module describes it."""
    return {
        "name": name,
        "title": title,
        "fields": [
            {"name": "name", "type": "text", "nullable": False},
            {"name": "value", "type": "integer", "nullable": False, "default": 0},
        ],
    }


def valued_table(name: str, *further: dict[str, Any]) -> dict[str, Any]:
    """Version 1 of its table, with `further` operations."""
    columns = [
        {"column": "name", "sql_type": "text", "nullable": False},
        {"column": "value", "sql_type": "integer", "nullable": False, "default": 0},
    ]
    create = {"type": "create_table", "table": name, "columns": columns}
    return {"entity": name, "version": 1, "operations": [create, *further]}
