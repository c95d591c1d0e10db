"""Whatever modules declare, a schema comes of it that says it all."""

from __future__ import annotations

from typing import Any

from graphql import build_schema, print_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from eerp.graphql import build
from eerp.orm.describe import RESERVED
from eerp.orm.registry import ModelRegistry
from eerp.routes import Answer
from tests.graphql.given import shop
from tests.orm.given import EVERY_TYPE

identifiers = st.sampled_from(
    ["and", "or", "not", "a", "a_id", "b", "b_id", "true", "null", "edges", "nodes",
     "items", "query", "shop", "r0", "extensions_x", "first", "input", "version_2"]
)  # fmt: skip
titles = st.text(max_size=8) | st.sampled_from(
    ["Thing", "thing", "2nd", "Größe", "__x"]
)
words = st.lists(st.text(max_size=4) | identifiers, min_size=1, max_size=4, unique=True)
fields = st.lists(
    st.fixed_dictionaries(
        {"name": identifiers, "type": st.sampled_from(sorted(EVERY_TYPE.values()))},
        optional={"label": titles, "nullable": st.booleans()},
    ),
    max_size=6,
    unique_by=lambda field: field["name"],
).map(lambda listed: [one for one in listed if one["name"] not in RESERVED])
choices = st.fixed_dictionaries(
    {"name": st.just("choice"), "type": st.just("text"), "values": words}
)
schemas = st.recursive(
    st.sampled_from(
        [
            {},
            True,
            {"type": "string"},
            {"type": ["integer", "null"]},
            {"type": "number"},
            {"type": "string", "format": "uuid"},
            {"type": "boolean"},
            {"type": "null"},
        ]
    )
    | words.map(lambda listed: {"enum": listed}),
    lambda inner: st.one_of(
        inner.map(lambda items: {"type": "array", "items": items}),
        st.lists(inner, min_size=1, max_size=2).map(lambda forms: {"anyOf": forms}),
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.dictionaries(titles | identifiers, inner, max_size=3),
            },
            optional={
                "title": titles,
                "required": st.lists(identifiers, max_size=2, unique=True),
            },
        ),
    ),
    max_leaves=6,
)


@st.composite
def models(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to three models that refer to each other."""
    names = draw(st.lists(identifiers, min_size=1, max_size=3, unique=True))
    described = []
    for name in names:
        own = draw(fields)
        if draw(st.booleans()):
            own.append(draw(choices))
        for number in range(draw(st.integers(0, 2))):
            target = {"module": "shop", "model": draw(st.sampled_from(names))}
            reference = {"name": f"of{number}_id", "type": "uuid", "references": target}
            own.append(reference)
        described.append({"name": name, "title": draw(titles) or "x", "fields": own})
    return described


@st.composite
def routes(draw: st.DrawFn, names: list[str]) -> list[dict[str, Any]]:
    """Routes of all kinds, on those models and on none."""
    listed: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["list", "get", "create", "update", "custom"]))
        reading = kind in ("list", "get")
        shape = draw(st.sampled_from(["record", "list", "value", "none"]))
        answer = Answer(200, "", draw(schemas), draw(st.sampled_from(names)), shape)
        tail = "" if kind in ("list", "create") else "/{id}"
        listed.append(
            {
                "path": f"/{draw(identifiers)}/x{number}{tail}",
                "method": "GET" if reading else draw(st.sampled_from(["POST", "PUT"])),
                "kind": kind,
                "model": draw(st.none() | st.sampled_from(names)),
                "body": None if reading else draw(st.none() | schemas),
                "answers": (answer,) if draw(st.booleans()) else (),
            }
        )
    return listed


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_schema_is_valid_and_has_every_route(data: st.DataObject) -> None:
    described = data.draw(models())
    registry = ModelRegistry()
    registry.register("shop", described)
    declared = data.draw(routes([model["name"] for model in described]))
    _, table = shop(*declared)
    schema = build(registry, table.routes())
    roots = [schema.query_type, schema.mutation_type]
    bound = [
        field
        for root in roots
        if root is not None
        for field in root.fields.values()
        if field.extensions
    ]
    assert len(bound) == len(declared)
    build_schema(print_schema(schema))
