"""Checking operations, and reading their rows; no database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eerp.errors import NotFound, PreconditionFailed, ValidationFailed
from eerp.interfaces import Identity
from eerp.orm.cursor import Cursors
from eerp.orm.operation import Prepared, prepare
from eerp.orm.registry import ModelRegistry
from tests.orm.given import ID, anything

REGISTRY = ModelRegistry()
REGISTRY.register(
    "crm",
    [
        {
            "name": "contacts",
            "title": "contact",
            "fields": [
                {"name": "name", "type": "text", "nullable": False, "max_length": 5},
                {"name": "kind", "type": "text", "values": ["a", "b"]},
                {"name": "state", "type": "text", "nullable": False, "default": "new"},
            ],
        }
    ],
)
ANN = Identity(ID, "ann", None, (), frozenset())
SYSTEM = Identity("system", "system", None, (), frozenset())


def prepared(operation: Any, actor: Identity | None = ANN) -> Prepared:
    if isinstance(operation, dict):
        operation = {"model": "contacts", **operation}
    return prepare(REGISTRY, Cursors(b"key"), "crm", operation, actor)


def faults(operation: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationFailed) as caught:
        prepared(operation)
    return [(fault.pointer, fault.code) for fault in caught.value.errors]


def test_every_wrong_value_is_named_at_once() -> None:
    values = {"name": "Annabel", "kind": "c", "nom": 1, "id": ID, "a/b~": 1}
    assert faults({"op": "create", "values": values}) == [
        ("/name", "max_length"), ("/kind", "enum"), ("/nom", "unknown"),
        ("/id", "readonly"), ("/a~1b~0", "unknown"),
    ]  # fmt: skip


def test_what_has_no_default_is_required_of_a_new_record_only() -> None:
    assert faults({"op": "create", "values": {}}) == [("/name", "required")]
    prepared({"op": "update", "id": ID, "values": {}})


def test_null_is_refused_where_it_may_not_be() -> None:
    operation = {"op": "update", "id": ID, "values": {"name": None}}
    assert faults(operation) == [("/name", "required")]


@pytest.mark.parametrize("name", ["version", "created_by", "updated_at", "deleted_at"])
def test_a_column_of_the_core_is_not_set(name: str) -> None:
    operation = {"op": "update", "id": ID, "values": {name: None}}
    assert faults(operation) == [(f"/{name}", "readonly")]


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        (b"{", ("", "format")),
        (b"[]", ("", "format")),
        (b"[" * 5000, ("", "format")),
        (b'{"op": NaN}', ("", "format")),
        (b" " * (4 * 1024 * 1024 + 1), ("", "too_long")),
        ({}, ("/op", "unknown")),
        ({"op": []}, ("/op", "unknown")),
        ({"op": "burn"}, ("/op", "unknown")),
        ({"op": "get", "model": "users"}, ("/model", "unknown")),
        ({"op": "get"}, ("/id", "format")),
        ({"op": "get", "id": "1"}, ("/id", "format")),
        ({"op": "get", "id": ID, "values": {}}, ("/values", "unknown")),
        ({"op": "delete", "id": ID, "version": "1"}, ("/version", "type")),
        ({"op": "delete", "id": ID, "version": 2**31}, ("/version", "range")),
        ({"op": "create"}, ("/values", "format")),
        ({"op": "create", "values": []}, ("/values", "format")),
        ({"op": "find", "query": "limit=1"}, ("/query", "format")),
        ({"op": "find", "query": [["limit", 1]]}, ("/query", "format")),
        ({"op": "find", "query": [], "limit": 1}, ("/query", "format")),
        ({"op": "find", "cursor": "abc"}, ("/cursor", "cursor")),
        ({"op": "find", "query": [["cursor", "abc"]]}, ("query/cursor", "cursor")),
    ],
)
def test_a_wrong_operation_is_the_callers_fault(operation: Any, fault: Any) -> None:
    assert faults(operation) == [fault]


@given(
    op=st.sampled_from(["create", "get", "find", "update", "delete", "restore"]),
    key=st.sampled_from(["model", "id", "values", "version", "where", "query"]),
    value=anything,
)
def test_no_operation_raises_anything_else(op: str, key: str, value: object) -> None:
    try:
        prepared({"op": op, "id": ID, "values": {}, key: value})
    except ValidationFailed as error:
        assert error.errors


def test_the_actor_is_written_into_the_record() -> None:
    operation = {"op": "create", "values": {"name": "Ann"}}
    assert prepared(operation).statement.parameters == ("Ann", ID, ID)


@pytest.mark.parametrize("actor", [None, SYSTEM])
def test_the_system_is_nobody(actor: Identity | None) -> None:
    operation = {"op": "delete", "id": ID}
    assert prepared(operation, actor).statement.parameters == (None, ID)


def test_no_row_is_not_found() -> None:
    with pytest.raises(NotFound, match="no contact with this id"):
        prepared({"op": "get", "id": ID}).read([])


def test_a_row_without_a_record_is_a_version_conflict() -> None:
    operation = {"op": "update", "id": ID, "values": {}, "version": 3}
    with pytest.raises(PreconditionFailed):
        prepared(operation).read([(None, 4)])


def test_records_are_joined_as_they_came() -> None:
    read = prepared({"op": "find", "limit": 2}).read
    assert read([('{"a":1}',), ("{}",)]).body == (
        b'{"items":[{"a":1},{}],"next_cursor":null}'
    )
    assert read([]).body == b'{"items":[],"next_cursor":null}'
