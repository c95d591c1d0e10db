"""Whatever is asked, a statement is one statement, on tables that may be reached.

Requests are made of words that belong there and of words that attack: names, values,
operators, whole texts. What is refused is refused as the caller's fault. What becomes a
statement is parsed by PostgreSQL's own grammar, each distinct text once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from pglast.parser import parse_sql_json

from eerp.errors import DescriptionInvalid, Forbidden, RequestError
from eerp.interfaces import Identity, Statement
from eerp.orm.cursor import Cursors
from eerp.orm.describe import read_model
from eerp.orm.operation import prepare
from tests.orm.business import business
from tests.orm.given import EVERY_TYPE, ID, described

MARK = "zq9"
"""Stands in each hostile word, and in no word of ours."""

HOSTILE = [
    MARK, f'"{MARK}', f'{MARK}" OR 1=1 --', f"'; DROP TABLE {MARK}; --", f"%s{MARK}",
    f"%({MARK})s", f"{MARK}\\", f"$${MARK}$$", f"{MARK}\0", f"{MARK}::text",
    f"{MARK}\n;commit", f"/*{MARK}", f"U&\"{MARK}\"", f"{MARK.upper()}", f"{MARK}%",
    f"({MARK})", f"{MARK},id", f"{MARK}.{MARK}", f"pg_sleep(9){MARK}", f"{{{MARK}}}",
    f"{MARK}'||'", f"\u202e{MARK}", f"{MARK}\ud800", f"eerp.users {MARK}",
]  # fmt: skip
FIELDS = {
    "countries": ["name", "created_at", "version", "id", "deleted_at"],
    "firms": [
        "id", "name", "company_id", "rating", "notes", "country.name", "country_id",
        "deals!firm_id.title", "deals!payer_id.firm.name", "extensions.loyalty.points",
        "extensions.loyalty.level", "created_at", "version",
    ],
    "deals": [
        "id", "title", "firm_id", "firm.name", "firm.country.name", "firm.rating",
        "parent.parent.title", "deals.title", "amount", "won_on", "public", "tags",
        "margin", "label", "currency", "firm.extensions.loyalty.points", "owner_id",
    ],
    "things": ["id", *EVERY_TYPE],
}  # fmt: skip
SAMPLES: dict[str, Any] = {
    "text": "a", "integer": 1, "bigint": "1", "numeric": "1.23", "boolean": True,
    "date": "2026-01-31", "time": "17:30", "timestamptz": "2026-01-31T17:30:00Z",
    "uuid": ID, "bytea": "YQ==", "jsonb": {"a": MARK},
}  # fmt: skip
OPERATORS = [
    "eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "in", "is", "isdistinct",
    "fts", "plfts", "phfts", "wfts", "wfts(english)", "fts(simple)", "cs", "cd", "ov",
]  # fmt: skip
WORDS = ["", "x", "1", "2.50", "true", "null", "2026-01-31", ID, "a*", "{a,b}", "(1,2)"]
SELECTS = {
    "countries": ["id", "*", "name", "n:count()", "name.max()"],
    "firms": [
        "id", "*", "name", "extensions", "country(name)", "deals!firm_id(title)",
        "d:deals!payer_id(title,firm(name))", "rating", "notes", "n:count()",
        "extensions.loyalty.points.sum()", "country_id",
    ],
    "deals": [
        "id", "*", "title", "firm(name)", "payer(*,country(name))", "currency",
        "kids:deals(title)", "parent(parent(title))", "amount.sum()", "n:count()",
        "won_on.month()", "margin", "label",
    ],
    "things": ["a_text", "a_numeric.avg()", "an_instant.year()", "a_date.week()", "*"],
}  # fmt: skip
MODELS = {"crm": ["firms", "deals"], "core": ["countries"], "shop": ["things"]}
CALLERS = {
    "nobody": None,
    "blind": Identity(ID, "b", ID, (), frozenset({"crm.deals.read"})),
    "ruled": Identity(
        ID, "r", ID, ("sales", "partner"), frozenset({"crm.*"}), companies=(ID,)
    ),
    "root": Identity("system", "system", None, (), frozenset({"*"})),
}  # fmt: skip
REACH = {
    "shop": {("shop", "things")},
    "core": {("core", "countries")},
    "crm": {
        ("crm", "firms"), ("crm", "deals"), ("core", "countries"),
        ("loyalty", "firms_extension"),
    },
}  # fmt: skip
FUNCTIONS = {
    "row_to_json", "json_agg", "json_build_array", "coalesce", "count", "sum", "avg",
    "min", "max", "date_trunc", "timezone", "to_tsvector", "to_tsquery", "replace",
    "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery", "refuse", "now",
    "set_config", "jsonb_populate_record", "array_position", "row_number", "greatest",
    "encode", "chr",
}  # fmt: skip
ROOTS = {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"}

REGISTRY = business()
REGISTRY._frozen = False
REGISTRY.register("shop", [described(**EVERY_TYPE)])
REGISTRY.freeze()
CURSORS = Cursors(b"key")


class Chance(random.Random):
    """What comes next, and the model that it is about."""

    model = "things"
    module = "shop"

    @property
    def fields(self) -> list[str]:
        return FIELDS[self.model]

    def value_of(self, name: str) -> Any:
        """A value that may fit the field."""
        model = REGISTRY.model(self.module, self.model)
        kind = model.fields[name].type if name in model.fields else None
        base = SAMPLES["text"] if kind is None else _sample(kind)
        return self.choice([base, base, value(self)])


def _sample(kind: Any) -> Any:
    if kind.element is not None:
        return [_sample(kind.element)]
    return SAMPLES[kind.operand]


Make = Callable[[Chance], Any]


def mostly(chance: Chance, words: list[str], hostile: float = 0.12) -> str:
    return chance.choice(HOSTILE if chance.random() < hostile else words)


def value(chance: Chance) -> Any:
    kind = chance.randrange(10)
    if kind < 6:
        return mostly(chance, WORDS, 0.3)
    return chance.choice([None, True, 3, [MARK], ["a", "b"], {"a": MARK}, -1.5, []])


def condition(chance: Chance, depth: int = 3) -> Any:
    kind = chance.randrange(12)
    if depth and kind < 3:
        word = chance.choice(["and", "or"])
        return {
            word: [condition(chance, depth - 1) for _ in range(chance.choice([1, 2]))]
        }
    if depth and kind == 3:
        return {"not": condition(chance, depth - 1)}
    if kind == 4:
        return value(chance)
    name, op = mostly(chance, chance.fields, 0.05), mostly(chance, OPERATORS, 0.05)
    asked = chance.value_of(name)
    asked = {"in": [asked], "is": chance.choice([None, "not_null", asked])}.get(
        op, asked
    )
    return {"field": name, "op": op, "value": asked}


def order(chance: Chance) -> Any:
    directions = ["asc", "desc"]
    return [
        [mostly(chance, chance.fields, 0.08), mostly(chance, directions, 0.05)]
        for _ in range(chance.randrange(3))
    ]


def select(chance: Chance) -> str:
    parts = [
        mostly(chance, SELECTS[chance.model], 0.05)
        for _ in range(chance.choice([1, 1, 2, 3]))
    ]
    return ",".join(parts)


def pair(chance: Chance) -> list[str]:
    kind = chance.randrange(8)
    if kind == 0:
        ends = ["", ".desc", ".asc.nullsfirst"]
        words = [
            mostly(chance, chance.fields, 0.05) + chance.choice(ends)
            for _ in range(chance.choice([1, 2]))
        ]
        return ["order", ",".join(words)]
    if kind == 1:
        return ["select", select(chance)]
    if kind == 2:
        name = chance.choice(["limit", "cursor", "deleted", "count"])
        words = ["1", "9", "exclude", "include", "only", "exact", "estimated"]
        return [name, mostly(chance, words)]
    text = chance.choice(["", "not."]) + mostly(chance, OPERATORS, 0.05)
    text += "." + mostly(chance, WORDS, 0.3)
    name = mostly(chance, chance.fields, 0.05)
    if kind == 3:
        group = chance.choice(["and", "or", "not.and"])
        return [group, f"({name}.{text},{chance.choice(chance.fields)}.is.null)"]
    return [name, text]


def values(chance: Chance) -> Any:
    model = REGISTRY.model(chance.module, chance.model)
    names = [*model.own, "extensions"]
    made = {}
    for _ in range(chance.randrange(4)):
        name = mostly(chance, names, 0.04)
        made[name] = chance.value_of(name)
    if chance.random() < 0.8:
        made |= {name: chance.value_of(name) for name in model.required}
    if chance.random() < 0.2:
        made["extensions"] = {"loyalty": {mostly(chance, ["points"], 0.1): 3}}
    return made


def change(chance: Chance) -> dict[str, Any]:
    made = {"id": mostly(chance, [ID], 0.05), "values": values(chance)}
    if chance.random() < 0.3:
        made["version"] = chance.choice([1, "1", MARK, 2**40])
    return made


OPERATIONS: list[tuple[str, dict[str, Make]]] = [
    ("find", {"where": condition, "order": order, "select": select,
              "count": lambda c: c.choice(["exact", "estimated", MARK])}),
    ("find", {"query": lambda c: [pair(c) for _ in range(c.randrange(4))]}),
    ("find", {"query": lambda c: [pair(c)]}),
    ("count", {"where": condition}),
    ("aggregate", {
        "where": condition,
        "group": lambda c: [mostly(c, c.fields, 0.05) for _ in range(c.randrange(3))],
        "measures": lambda c: {mostly(c, ["n", "m"], 0.05): [
            mostly(c, ["count", "sum", "max"], 0.05), mostly(c, c.fields, 0.05)]},
        "order": lambda c: [[mostly(c, ["n", "currency"], 0.05), "desc"]]}),
    ("get", {"id": lambda c: mostly(c, [ID], 0.1), "select": select}),
    ("lock", {"id": lambda c: mostly(c, [ID], 0.1)}),
    ("create", {"values": values}),
    ("create_many", {"values": lambda c: [values(c) for _ in range(c.choice([1, 2]))]}),
    ("update", {"id": lambda c: ID, "values": values,
                "version": lambda c: c.choice([1, None, MARK])}),
    ("update_many", {"changes": lambda c: [change(c)]}),
    ("delete", {"id": lambda c: mostly(c, [ID], 0.1)}),
    ("restore", {"id": lambda c: ID, "version": lambda c: c.choice([1, MARK])}),
    ("purge", {"id": lambda c: ID, "reason": lambda c: mostly(c, ["law"], 0.6)}),
]  # fmt: skip
TURNS = 8_600
"""How often each kind of operation is asked for: more than 100,000 in all."""


def requests(seed: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    chance = Chance(seed)
    for op, parts in OPERATIONS:
        for _ in range(TURNS):
            chance.module = chance.choice(list(MODELS))
            chance.model = chance.choice(MODELS[chance.module])
            named = mostly(chance, [chance.model], 0.02)
            operation: dict[str, Any] = {"op": op, "model": named}
            operation |= {
                key: make(chance)
                for key, make in parts.items()
                if key in ("id", "values", "changes") or chance.random() < 0.7
            }
            yield chance.module, chance.choice(list(CALLERS)), operation


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a parsed statement."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            yield node
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)


def check_shape(sql: str, reach: set[tuple[str, str]]) -> str:
    """The kind of the one statement that `sql` is; only tables of `reach` are in it."""
    parsed = orjson.loads(parse_sql_json(sql.replace("%s", "NULL")))
    (statement,) = parsed["stmts"]
    ((kind, _),) = statement["stmt"].items()
    assert kind in ROOTS, sql
    found = list(nodes(statement))
    names = {node["ctename"] for node in found if "ctename" in node}
    for node in found:
        if "relname" in node:
            table = (node.get("schemaname"), node["relname"])
            assert table in reach or (table[0] is None and table[1] in names), sql
        if "FuncCall" in node:
            words = node["FuncCall"]["funcname"]
            assert words[-1]["String"]["sval"] in FUNCTIONS, sql
        assert not node.keys() & {"intoClause", "DoStmt", "CopyStmt"}, sql
    return kind


def check(statement: Statement, seen: set[tuple[str, str]], module: str) -> None:
    sql, parameters = statement.sql, statement.parameters
    assert sql.count("%") == sql.count("%s") == len(parameters), sql
    assert all(text is None or isinstance(text, str) for text in parameters)
    assert MARK not in sql.lower(), sql
    if (module, sql) not in seen:
        seen.add((module, sql))
        # An estimate asks the catalogue how large the table is.
        check_shape(sql, REACH[module] | {("pg_catalog", "pg_class")})


@pytest.mark.parametrize("seed", [1])
def test_a_statement_is_one_and_reaches_its_own_tables_only(seed: int) -> None:
    seen: set[tuple[str, str]] = set()
    asked = made = 0
    kinds: set[str] = set()
    for module, caller, operation in requests(seed):
        asked += 1
        try:
            prepared = prepare(REGISTRY, CURSORS, module, operation, CALLERS[caller])
        except RequestError as error:
            assert error.status in (403, 422), operation
            continue
        made += 1
        kinds.add(operation["op"])
        check(prepared.statement, seen, module)
        if prepared.recover is not None and made % 50 == 0:
            recovered = prepared.recover("token")
            assert recovered.sql.count("%s") == len(recovered.parameters)
            reach = REACH[module] | {("eerp", "audit")}
            check_shape(recovered.sql, reach)
    assert asked > 100_000
    assert kinds == {op for op, _ in OPERATIONS}
    assert made > asked // 5, made
    assert len(seen) > 1000


def test_who_may_not_read_a_model_reaches_its_table_by_no_request() -> None:
    chance = Chance(2)
    chance.module, chance.model = "crm", "deals"
    for _ in range(4000):
        op, parts = chance.choice(OPERATIONS[:6])
        operation = {"op": op, "model": "deals"}
        operation |= {key: make(chance) for key, make in parts.items()}
        # A module may look along its own models by a condition of its own.
        operation.pop("where", None)
        try:
            made = prepare(REGISTRY, CURSORS, "crm", operation, CALLERS["blind"])
        except RequestError:
            continue
        assert '"crm"."firms"' not in made.statement.sql
        assert '"loyalty"' not in made.statement.sql


@pytest.mark.parametrize("op", ["find", "count", "aggregate"])
def test_a_module_looks_along_its_own_models_and_a_client_does_not(op: str) -> None:
    blind = CALLERS["blind"]
    own = {"field": "firm.name", "op": "eq", "value": "Acme"}
    asked = {"op": op, "model": "deals", "where": own}
    if op == "aggregate":
        asked["measures"] = {"n": ["count"]}
    made = prepare(REGISTRY, CURSORS, "crm", asked, blind)
    assert '"crm"."firms"' in made.statement.sql
    query = {"op": "find", "model": "deals", "query": [["firm.name", "eq.Acme"]]}
    with pytest.raises(Forbidden):
        prepare(REGISTRY, CURSORS, "crm", query, blind)


def test_a_hostile_name_in_a_description_is_refused() -> None:
    for word in HOSTILE:
        if word == MARK:
            continue
        fields = [{"name": "a", "type": "text"}]
        descriptions: list[dict[str, Any]] = [
            {"name": word, "fields": fields},
            {"name": "a", "fields": [{"name": word, "type": "text"}]},
            {"name": "a", "fields": [{"name": "a", "type": word}]},
            {"name": "a", "fields": fields, "order": [[word, "asc"]]},
            {"name": "a", "fields": fields, "company": word},
            {"name": "a", "fields": [fields[0] | {"write": f" {word}"}]},
        ]
        for description in descriptions:
            with pytest.raises(DescriptionInvalid):
                read_model("crm", description)
