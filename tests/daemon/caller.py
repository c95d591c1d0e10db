"""Calls every operation of the API by its document, well and badly, and checks what
comes back against the same document."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import schemathesis
from attrs import define, field, frozen
from hypothesis import HealthCheck, Phase, strategies
from hypothesis.errors import Unsatisfiable
from schemathesis import checks
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from eerp.schema import SchemaCheck, compile_schema
from tests.daemon.lucky import Lucky
from tests.daemon.seeds import Seeds

checks.load_all_checks()
CHECKS = checks.CHECKS.get_by_names([
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
])  # fmt: skip
LAST = "eerp_auth_logout"
"""Ends the session that all others use."""
SURE = 3
"""So many calls of each operation are made as likely to succeed as can be."""
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "414", "415",
           "422", "428", "429", "502", "503", "504"]  # fmt: skip
OF_BODIES = {"content_type_conformance", "response_schema_conformance"}
ELSEWHERE = {"eerp_webhooks_test"}
"""What may fail because others do: here nobody listens where it posts to."""


@frozen
class Fault:
    """Something that an answer should not have been."""

    operation: str
    words: str


@define(eq=False)
class Caller:
    """Calls operations, `examples` times each; what came of it is counted."""

    seeds: Seeds
    examples: int
    schema: Any = field(init=False)
    faults: dict[tuple[str, str], Fault] = field(factory=dict)
    statuses: Counter[tuple[str, int]] = field(factory=Counter)
    checks: dict[str, SchemaCheck] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        document = json.loads(json.dumps(self.seeds.document))
        self.schema = schemathesis.openapi.from_dict(document)
        self.schema.config.update(base_url=self.seeds.url)
        # We sign in ourselves: what it would make up is put aside.
        self.schema.config.generation.update(with_security_parameters=False)
        self.schema.config.checks.negative_data_rejection.expected_statuses = REFUSED

    def operations(self) -> Iterator[Any]:
        """All of them."""
        for each in self.schema.get_all_operations():
            yield each.ok()

    def call_all(self, belongs: Callable[[str], bool]) -> None:
        """Call those whose tag `belongs`, but for the last."""
        for operation in self.operations():
            raw = operation.definition.raw
            if belongs(raw["tags"][0]) and raw["operationId"] != LAST:
                self.call(operation)

    def call_last(self) -> None:
        """Call the one after which nobody is signed in."""
        for operation in self.operations():
            if operation.definition.raw["operationId"] == LAST:
                self.call(operation)

    def call(self, operation: Any) -> None:
        """Call one operation, as it wants to be called and as it does not."""
        modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for mode in modes:
            given = hypothesis.given(
                case=operation.as_strategy(generation_mode=mode),
                luck=strategies.integers(0, 5),
            )
            settings = hypothesis.settings(
                max_examples=max(self.examples // len(modes), 1),
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            try:
                settings(given(self._once))()
            except Unsatisfiable:
                # There is no way to call it wrongly, or none that HTTP can carry.
                assert mode is GenerationMode.NEGATIVE, operation.label

    def _once(self, case: Any, luck: int) -> None:
        name = case.operation.definition.raw["operationId"]
        if self.asked(name) < SURE:
            luck = 1
        if luck:
            Lucky(self.seeds, case, luck).improve()
        headers = {"Authorization": f"Bearer {self.seeds.token}"}
        response = case.call(session=self.seeds.session, headers=headers, timeout=60)
        self.statuses[name, response.status_code] += 1
        if response.status_code == 200 and "select" not in (case.query or {}):
            self._check_whole(name, case.operation.definition.raw, response)
        try:
            case.validate_response(
                response,
                checks=[
                    each for each in CHECKS if _concerns(each, name, case, response)
                ],
                headers=headers,
                transport_kwargs={"headers": headers, "timeout": 60},
            )
        except FailureGroup as group:
            for failure in group.exceptions:
                words = f"{failure.title}: {failure.message}\n{group}"
                key = name, f"{failure.title}{response.status_code}"
                self.faults.setdefault(key, Fault(name, words))

    def _check_whole(self, name: str, raw: dict[str, Any], response: Any) -> None:
        """Where no parts were selected, only the first form of the answer will do."""
        content = raw["responses"]["200"].get("content", {})
        forms = content.get("application/json", {}).get("schema", {}).get("anyOf")
        media_type = response.headers.get("content-type", [""])[0]
        if not forms or media_type != "application/json":
            return
        faults = self._whole(forms[0]["$ref"]).faults(response.json())
        for fault in faults[:1]:
            words = f"{name}: {fault.pointer} {fault.message}\n{response.text[:2000]}"
            self.faults.setdefault((name, fault.pointer), Fault(name, words))

    def _whole(self, ref: str) -> SchemaCheck:
        if ref not in self.checks:
            components = self.seeds.document["components"]
            schema = {"$ref": ref, "components": components}
            self.checks[ref] = compile_schema(schema)
        return self.checks[ref]

    def table(self) -> str:
        """How often each operation was answered with which status."""
        names = sorted({name for name, _ in self.statuses})
        lines = [f"{len(names)} operations, {self.statuses.total()} calls"]
        for name in names:
            told = sorted(each for each in self.statuses.items() if each[0][0] == name)
            counts = "  ".join(f"{status}: {count}" for (_, status), count in told)
            lines.append(f"{name:40} {counts}")
        return "\n".join(["", *lines, ""])

    def asked(self, name: str) -> int:
        """How many calls of an operation there were."""
        return sum(n for (each, _), n in self.statuses.items() if each == name)

    def succeeded(self, name: str) -> int:
        """How many calls of an operation did what was asked."""
        return sum(
            count
            for (each, status), count in self.statuses.items()
            if each == name and 200 <= status < 300
        )


def _concerns(check: Any, name: str, case: Any, response: Any) -> bool:
    """Whether an answer can be judged by a check."""
    if name in ELSEWHERE and check.__name__ == "not_a_server_error":
        return False
    if check.__name__ == "negative_data_rejection" and _is_flawless(case):
        return False
    # No document can say that a body is there or is not, as the caller prefers.
    applied = response.headers.get("preference-applied", [""])[0]
    bare = response.status_code == 201 and "return=minimal" in applied
    return not (bare and check.__name__ in OF_BODIES)


def _is_flawless(case: Any) -> bool:
    """Whether nothing came of the attempt to make a call wrong."""
    return bool(case.meta.phase.data.description == "Positive test case")
