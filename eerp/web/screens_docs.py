"""What the API's document tells of the path of the screens."""

from __future__ import annotations

from eerp.openapi import Doc
from eerp.openapi.doc import text
from eerp.routes import Answer

__all__ = ["CONTRACT"]

CONTRACT = Doc(
    "ui",
    "Screens",
    "What screens are made of, as far as the caller may see it",
    (
        Answer(
            200,
            "Modules with their menus, models with fields, views and actions, reports, "
            "dashboards, and what modules add to each other's screens.",
            {"type": "object"},
        ),
        Answer(304, "The client has it already."),
    ),
    description="It is the same for all who have the same permissions, and changes "
    "only when those or the modules do: ask with `If-None-Match`.",
    query={
        "type": "object",
        "properties": {
            "language": text(
                "The language of the texts, in two letters; else as in "
                "`Accept-Language`. What is not translated is English.",
                examples=["fr"],
            )
        },
        "additionalProperties": False,
    },
)
