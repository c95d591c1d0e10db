"""Calls that were made up, with what there is in place of what there is not."""

from __future__ import annotations

from typing import Any

from attrs import define
from schemathesis.core.parameters import ParameterLocation

from tests.daemon.seeds import Seeds

_AS_MADE_UP = {"limit", "count", "deleted", "state", "permitted"}
"""Parameters of which any value that fits will do."""


def _needed(raw: dict[str, Any]) -> set[str]:
    """The parameters of a query that an operation does not do without."""
    return {each["name"] for each in raw["parameters"] if each.get("required")}


@define(eq=False)
class Lucky:
    """Makes a call more likely to succeed: ids that there are, filters that say
    something. What is meant to be wrong stays so."""

    seeds: Seeds
    case: Any
    luck: int

    def improve(self) -> None:
        """All parts that are not meant to be wrong."""
        raw = self.case.operation.definition.raw
        if self._is_right(ParameterLocation.PATH):
            self._path()
        if self._is_right(ParameterLocation.QUERY) and self.case.query:
            self._query(raw)
        if self._is_right(ParameterLocation.HEADER):
            self._headers()
        if self._is_right(ParameterLocation.BODY):
            self._body()

    def _is_right(self, location: ParameterLocation) -> bool:
        part = self.case.meta.components.get(location)
        return part is None or not part.mode.is_negative

    def _path(self) -> None:
        path = self.case.operation.path
        collection, found, _ = path.partition("/{id}")
        if found:
            # What is changed is a record that nothing else happens to.
            reads = self.case.method == "GET"
            seeds = self.seeds
            record = seeds.known(collection) if reads else seeds.ready_for(path)
            self.case.path_parameters = {"id": record["id"]}
        elif "{company_id}" in path:
            company = self.seeds.of_model("crm.companies")
            self.case.path_parameters = {"company_id": company}
        elif path == "/api/modules/{name}":
            self.case.path_parameters = {"name": ("eerp", "crm")[self.luck % 2]}
        elif path == "/api/roles/{name}":
            self.case.path_parameters = {"name": self._role()}
        elif path == "/api/core/settings/{key}":
            self.case.path_parameters = {"key": "currency"}

    def _role(self) -> str:
        """A role that nobody has; there already, where it is to be removed."""
        name = f"role-{self.seeds.number()}"
        if self.case.method == "DELETE":
            self.seeds.done("PUT", f"/api/roles/{name}", {"permissions": []})
        return name

    def _query(self, raw: dict[str, Any]) -> None:
        """Some of the examples in place of what was made up."""
        examples = {
            each["name"]: each["example"]
            for each in raw.get("parameters", ())
            if "example" in each and each.get("in") == "query"
        }
        names = sorted(set(self.case.query) & set(examples))[: self.luck]
        query = {name: examples[name] for name in names}
        for name in _AS_MADE_UP | _needed(raw):
            if name in self.case.query:
                query[name] = self.case.query[name]
        if "model" in query:
            query["model"] = "crm.contacts"
        if "record_id" in query:
            query["record_id"] = self.seeds.of_model("crm.contacts")
        self.case.query = query

    def _headers(self) -> None:
        headers = dict(self.case.headers or {})
        headers.pop("X-Company", None)
        if "If-Match" in headers:
            headers["If-Match"] = "*"
        if "Idempotency-Key" in headers:
            headers["Idempotency-Key"] = f"key {self.seeds.number()}"
        self.case.headers = headers

    def _body(self) -> None:
        body, path = self.case.body, self.case.operation.path
        if self.luck == 1 and self.case.method in ("POST", "PUT", "PATCH"):
            recipe = self.seeds.recipe(path)
            if recipe is not None:
                self.case.body = recipe
                return
            changes = self.case.method == "PATCH"
            seeds = self.seeds
            body = seeds.change(path) if changes else seeds.sensible(path, body)
        if not isinstance(body, dict):
            return
        references = self.seeds.references
        self.case.body = {
            name: self.seeds.of_model(references[name])
            if name in references and value is not None
            else value
            for name, value in body.items()
        }
