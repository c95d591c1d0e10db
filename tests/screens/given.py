"""Two small modules: a library, and a shop that may lend by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from attrs import define, field

from eerp.interfaces import Identity
from eerp.modules import Manifest
from eerp.orm.registry import ModelRegistry
from eerp.routes import Answer, RouteTable
from eerp.screens import Screens

COUNTRIES: dict[str, Any] = {
    "name": "countries", "title": "Country", "plural": "Countries", "display": "name",
    "fields": [{"name": "name", "type": "text", "label": "Name"}],
}  # fmt: skip
BOOKS: dict[str, Any] = {
    "name": "books", "title": "Book", "plural": "Books", "display": "title",
    "order": [["title", "asc"]],
    "fields": [
        {"name": "title", "type": "text", "nullable": False, "label": "Title"},
        {"name": "state", "type": "text", "values": ["on_shelf", "lent_out"],
         "default": "on_shelf", "readonly": True, "label": "State"},
        {"name": "country_id", "type": "uuid", "label": "Country",
         "references": {"module": "core", "model": "countries"}},
        {"name": "price", "type": "numeric(12,2)", "currency": "currency",
         "label": "Price", "read": "library.books.price",
         "write": "library.books.set_price"},
        {"name": "currency", "type": "text", "max_length": 3, "label": "Currency"},
        {"name": "bought_on", "type": "date", "label": "Bought on"},
        {"name": "notes", "type": "text", "format": "multiline", "label": "Notes"},
        {"name": "shop_item_id", "type": "uuid", "label": "Item"},
        {"name": "meta", "type": "jsonb", "readonly": True, "label": "Meta"},
        {"name": "parts", "type": "jsonb", "label": "Parts"},
    ],
}  # fmt: skip
PAGES: dict[str, Any] = {
    "name": "pages", "title": "Page", "plural": "Pages",
    "fields": [
        {"name": "book_id", "type": "uuid", "nullable": False, "label": "Book",
         "references": {"module": "library", "model": "books"}},
        {"name": "position", "type": "integer", "label": "Position"},
        {"name": "text", "type": "text", "label": "Text"},
    ],
}  # fmt: skip
LOANS: dict[str, Any] = {
    "name": "loans", "title": "Loan", "plural": "Loans",
    "fields": [
        {"name": "book_id", "type": "uuid", "nullable": False, "label": "Book",
         "references": {"module": "library", "model": "books"}},
        {"name": "reader", "type": "text", "label": "Reader"},
        {"name": "due_on", "type": "date", "label": "Due on"},
    ],
}  # fmt: skip
BOOK: dict[str, Any] = {
    "type": "object",
    "properties": {
        "parts": {
            "type": "array",
            "items": {"type": "object", "properties": {"sheets": {"type": "integer"}}},
        },
        "title": {"type": "string", "maxLength": 80, "description": "On the cover."},
        "country_id": {"type": ["string", "null"], "format": "uuid"},
        "price": {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "bought_on": {"type": "string", "format": "date"},
        "notes": {"type": "string"},
        "shop_item_id": {"type": "string", "format": "uuid"},
        "pages": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "What is printed."}
                },
                "required": ["text"],
            },
        },
    },
    "required": ["title"],
}
LEND: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reader": {"type": "string", "title": "Reader", "description": "Who takes it."},
        "country_id": {"type": "string", "format": "uuid"},
        "days": {"type": "integer", "minimum": 1, "maximum": 90, "default": 14},
        "stamps": {"type": "array", "items": {"type": "object"}},
        "terms": {
            "type": ["object", "null"],
            "properties": {
                "fine": {"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,2})?$"},
                "country_id": {"type": "string", "format": "uuid"},
            },
            "required": ["fine"],
        },
        "sheets": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "place": {"type": "integer"},
                    "text": {"type": "string"},
                },
                "required": ["id"],
            },
        },
    },
    "required": ["reader"],
}
LATE: dict[str, Any] = {
    "type": "object",
    "properties": {"until": {"type": "string", "format": "date", "title": "Until"}},
    "additionalProperties": False,
}
LATE_ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "count": {"type": "integer"},
        "days": {"type": "integer"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/late"}},
    },
    "$defs": {
        "late": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "days": {"type": "integer"},
                "book": {"anyOf": [{"$ref": "#/$defs/book"}, {"type": "null"}]},
            },
        },
        "book": {
            "type": "object",
            "properties": {
                "state": {"enum": ["on_shelf", "lent_out", None]},
                "size": {"enum": ["quarto"]},
            },
        },
    },
}
# Two ways of paging, as a query and the answer: the core's own, and a module's.
PAGED: dict[str, Any] = {
    "/reports/all": (
        {"limit": {"type": "integer"}, "cursor": {"type": "string"}}, "next_cursor",
    ),
    "/reports/some": ({"after": {"type": "string", "format": "uuid"}}, "next"),
}  # fmt: skip
PURGE: dict[str, Any] = {
    "type": "object",
    "properties": {"purge": {"type": "string"}},
    "additionalProperties": False,
}
LISTED: dict[str, Any] = {"type": "object", "additionalProperties": False}


@define
class Library:
    """The modules, one by one; `ui` and `texts` are what the library declares, and
    `extends` what it keeps of the models of others."""

    ui: dict[str, Any] = field(factory=dict)
    texts: dict[str, Any] = field(factory=dict)
    extends: list[Any] = field(factory=list)
    models: ModelRegistry = field(factory=ModelRegistry)
    routes: RouteTable = field(factory=RouteTable)
    screens: Screens = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.screens = Screens(self.models, self.routes)

    def load(self) -> Library:
        """Load both modules."""
        self.models.register("core", [COUNTRIES])
        self._crud("core", "countries", None)
        self.screens.declare(manifest("core"), {}, [])
        own = [BOOKS, PAGES, LOANS]
        self.models.register("library", own, self.extends, depends=["core"])
        self._crud("library", "books", BOOK)
        self._crud("library", "loans", None)
        self._custom()
        described = {"ui": self.ui, "texts": self.texts}
        books = manifest("library", depends=("core",), optional=("shop",))
        self.screens.declare(books, described, MIGRATIONS)
        return self

    def told(self, *permissions: str, language: str = "en") -> dict[str, Any]:
        """The contract of somebody with these permissions."""
        contracts = self.screens.complete({"core", "library"})
        who = Identity("u", "ann", None, (), frozenset(permissions))
        return dict(orjson.loads(contracts.of(who, language).body))

    def _crud(self, module: str, name: str, body: dict[str, Any] | None) -> None:
        all_, one = f"/{name}", f"/{name}/{{id:uuid}}"
        record = Answer(200, "", None, name, "record")
        self._add(module, "GET", all_, name, "list", "read", query=LISTED)
        self._add(module, "GET", one, name, "get", "read", answers=(record,))
        if body is not None:
            self._add(module, "POST", all_, name, "create", "create", body=body)
            self._add(module, "PATCH", one, name, "update", "update", body=body)
            self._add(module, "DELETE", one, name, "delete", "delete", query=PURGE)

    def _custom(self) -> None:
        book, pdf = "/books/{id:uuid}", Answer(200, media_type="application/pdf")
        made = Answer(201, "", None, "loans", "record")
        self._add("library", "POST", f"{book}/lend", None, "custom", "lend",
                  body=LEND, answers=(made,), summary="Lend a book")  # fmt: skip
        self._add("library", "POST", f"{book}/burn", None, "custom", "burn")
        self._add("library", "GET", f"{book}/card", None, "custom", "read",
                  answers=(pdf,))  # fmt: skip
        self._add("library", "GET", f"{book}/peek", None, "custom", "read")
        self._add("library", "GET", "/reports/late", None, "custom", "reports",
                  query=LATE, summary="What is late",
                  answers=(Answer(200, schema=LATE_ANSWER),))  # fmt: skip
        for path, (asked, following) in PAGED.items():
            told = Answer(200, schema={"properties": {"items": {}, following: {}}})
            self._add("library", "GET", path, None, "custom", "reports",
                      query={**LISTED, "properties": asked}, answers=(told,),
                      )  # fmt: skip
        self._add("library", "POST", "/loans/remind", None, "custom", "remind")

    def _add(
        self, module: str, method: str, path: str, model: str | None, kind: str,
        verb: str, **more: Any,
    ) -> None:  # fmt: skip
        subject = path.split("/")[1]
        self.routes.register(
            module=module, prefix=module, method=method, path=path,
            handler_id=len(self.routes.routes()), kind=kind, model=model,
            permission=f"{module}.{subject}.{verb}", **more,
        )  # fmt: skip


MIGRATIONS: list[Any] = [
    {"operations": [
        {"type": "create_table", "table": "books"},
        {"type": "add_index", "table": "books", "columns": ["title"],
         "method": "trigram"},
    ]}
]  # fmt: skip


def manifest(name: str, **more: Any) -> Manifest:
    """What a module says of itself in its folder."""
    here = Path(name)
    return Manifest(name, "1.0.0", name.capitalize(), here, here, name, **more)
