"""Clients that write records over HTTP, and what there must be by what they were told.

Each clerk has records that nobody else writes to, so that what every answer has to be
is known beforehand; and all of them change a few shared ones.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from typing import Any

from attrs import define, field
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.daemon.process import Answer
from tests.daemon.troubles import Site, Trouble

MARKS = {"contacts": "first_name", "leads": "title"}
"""The models that are written, and the field that holds a text never used before."""
PASSING = {
    "connection_lost", "database_unavailable", "overloaded", "serialization_failed",
}  # fmt: skip
"""What a client is told that may try again, since nothing has happened."""
OWN_MAX = 6
_ACTIONS = {False: ["update", "update", "delete", "purge"], True: ["restore", "purge"]}
_MOVING = {"updated_at", "deleted_at", "version"}


@define
class Record:
    """A record as it must be; after a 204 its `body` is the one before, but for the
    version."""

    model: str
    body: dict[str, Any]
    deleted: bool = False

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.body["id"])

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/api/crm/{self.model}/{self.id}"

    @property
    def version(self) -> int:
        """What its ETag says."""
        return int(self.body["version"])


Act = tuple[str, str, int]
"""Which record, what was done to it, and the version that it has since."""


@define(eq=False)
class Office:
    """All clerks, and what they were told."""

    site: Site
    trouble: Trouble
    random: random.Random
    shared: list[Record] = field(factory=list)
    done: dict[Act, dict[str, Any] | None] = field(factory=dict)
    live: dict[str, Record] = field(factory=dict)
    answers: Counter[str] = field(factory=Counter)

    async def clerk(self) -> None:
        """Write until it is over."""
        own: list[Record] = []
        while not self.trouble.over:
            if len(own) < OWN_MAX:
                await self._create(own)
            elif self.random.random() < 0.2:
                await self._change_shared()
            else:
                await self._change(self.random.choice(own), own)

    async def share(self, model: str) -> None:
        """Make a record that all will write to."""
        await self._create(self.shared, model)

    async def _create(self, own: list[Record], model: str | None = None) -> None:
        model = model or self.random.choice(list(MARKS))
        mark = f"m{uuid.uuid4().hex}"
        answer = await self._ask("POST", f"/api/crm/{model}", {MARKS[model]: mark})
        if answer.status != 201:
            assert self._look(model, MARKS[model], mark) == [], answer.text
            return
        made = Record(model, answer.json)
        assert made.body[MARKS[model]] == mark
        assert answer.headers["location"] == made.path
        self._told("create", made, 1, answer)
        self.live[made.id] = made
        own.append(made)

    async def _change(self, record: Record, own: list[Record]) -> None:
        action = self.random.choice(_ACTIONS[record.deleted])
        answer = await self._act(record, action)
        if answer.status not in (200, 204):
            (row,) = self._look(record.model, "id", record.id)
            assert _state(row) == (record.version, record.deleted), answer.text
            return
        assert answer.status == (200 if action in ("update", "restore") else 204)
        version = record.version + (action != "purge")
        record.body = answer.json if answer.text else record.body | {"version": version}
        record.deleted = action == "delete"
        self._told(action, record, version, answer)
        if action == "purge":
            own.remove(record)
            del self.live[record.id]

    async def _act(self, record: Record, action: str) -> Answer:
        held = {"If-Match": f'"{record.version}"'}
        if action == "update":
            text = {"notes": f"n{uuid.uuid4().hex}"}
            return await self._ask("PATCH", record.path, text, held)
        if self.random.random() < 0.5:
            held = {}
        if action == "restore":
            return await self._ask("POST", f"{record.path}/restore", None, held)
        query = "?purge=true&reason=spent" if action == "purge" else ""
        return await self._ask("DELETE", record.path + query, None, held)

    async def _change_shared(self) -> None:
        """Whoever holds the newest version wins; an asterisk stands for it."""
        record = self.random.choice(self.shared)
        text, before = f"n{uuid.uuid4().hex}", record.version
        blind = self.random.random() < 0.3
        held = {"If-Match": "*" if blind else f'"{before}"'}
        answer = await self._ask("PATCH", record.path, {"notes": text}, held)
        if answer.status == 200:
            version = int(answer.json["version"])
            assert answer.json["notes"] == text
            assert version == before + 1 or (blind and version > before)
            changed = Record(record.model, answer.json)
            self._told("update", changed, version, answer)
            if version > record.version:
                record.body = changed.body
        elif answer.status == 412:
            assert record.version > before or self._newer(record) > before

    def _newer(self, record: Record) -> int:
        """Somebody else's answer may still be on its way."""
        return int(self._look(record.model, "id", record.id)[0]["version"])

    def _told(self, action: str, record: Record, version: int, answer: Answer) -> None:
        """An answer that says it is done: it is, and was not before."""
        assert record.version == version
        assert answer.headers["etag"] == f'"{version}"'
        act = (record.id, action, version)
        assert act not in self.done
        self.done[act] = answer.json if answer.text else None

    async def _ask(
        self, method: str, path: str, content: Any, headers: Any = None
    ) -> Answer:
        daemon = self.site.daemon
        answer = await daemon.ask(method, path, content, headers=headers)
        if answer.status < 300:
            self.answers["done"] += 1
            return answer
        code = answer.json["code"]
        self.answers[code] += 1
        if answer.status == 412:
            assert any(record.path == path for record in self.shared), answer.text
        else:
            assert code in PASSING, answer.text
            await deferLater(reactor, 0.02)
        return answer

    def _look(self, model: str, column: str, value: str) -> list[dict[str, Any]]:
        """The records with this value, past the daemon."""
        sql = f"SELECT to_jsonb(t) FROM crm.{model} t WHERE {column}::text = %s"
        return [row for (row,) in self.site.sql(sql, value)]

    def check(self) -> None:
        """The tables and the audit trail hold what was answered, and no more."""
        for model in MARKS:
            rows = self.site.sql(f"SELECT to_jsonb(t) FROM crm.{model} t")
            found = {row["id"]: row for (row,) in rows}
            kept = {one.id: one for one in self.live.values() if one.model == model}
            assert found.keys() == kept.keys()
            for record in kept.values():
                _check_row(record, found[record.id])
        self._check_trail()

    def _check_trail(self) -> None:
        trail = self.site.sql(
            "SELECT record_id::text, action, coalesce(after, before) FROM eerp.audit"
            " WHERE model = ANY(%s)", [f"crm.{model}" for model in MARKS],
        )  # fmt: skip
        acts = Counter((id_, action, row["version"]) for id_, action, row in trail)
        assert acts == Counter(self.done.keys()), "not one row for each answer"
        for id_, action, row in trail:
            body = self.done[id_, action, row["version"]]
            assert body is None or body == {name: row[name] for name in body}
        versions: dict[str, list[int]] = {}
        for id_, action, row in trail:
            if action != "purge":
                versions.setdefault(id_, []).append(row["version"])
        for found in versions.values():
            assert sorted(found) == list(range(1, len(found) + 1))


def _state(row: dict[str, Any]) -> tuple[int, bool]:
    """Its version, and whether it is deleted."""
    return row["version"], row["deleted_at"] is not None


def _check_row(record: Record, row: dict[str, Any]) -> None:
    """The row is what was answered last; a 204 left a moment unsaid."""
    assert _state(row) == (record.version, record.deleted)
    steady = record.body.keys() - (_MOVING if record.deleted else set())
    assert {name: record.body[name] for name in steady} == {
        name: row[name] for name in steady
    }
