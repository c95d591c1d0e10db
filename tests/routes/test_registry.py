"""The route table: registration, conflicts, and matching as a naive matcher would."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eerp
from eerp.errors import (
    DescriptionInvalid,
    MethodNotAllowed,
    NotFound,
    RouteConflict,
)
from eerp.routes import METHODS, RESERVED_PREFIXES, RouteTable, decode_path

UUID = "018f3a3c-7b1e-7abc-8def-0123456789ab"


def add(table, method="GET", path="/contacts", module="crm", prefix=None, **more):
    return table.register(
        module=module,
        prefix=prefix or module,
        method=method,
        path=path,
        handler_id=len(table.routes()),
        permission=None,
        **more,
    )


def frozen(*paths, method="GET"):
    table = RouteTable()
    for path in paths:
        add(table, method, path)
    table.freeze()
    return table


def matched(table, path, method="GET"):
    match = table.match(method, decode_path(path.encode()))
    return match.route.path, match.params


def test_a_module_s_paths_lie_below_its_prefix():
    table = RouteTable()
    route = add(table, path="/contacts/{id}/restore", prefix="sales/crm")
    assert route.template == "/api/sales/crm/contacts/{id}/restore"
    table.freeze()
    found = table.match("GET", decode_path(b"/api/sales/crm/contacts/7/restore"))
    assert found.route is route
    assert found.params == {"id": "7"}


def test_the_root_of_a_module_is_its_prefix_without_a_slash():
    table = frozen("/")
    assert matched(table, "/api/crm") == ("/", {})
    with pytest.raises(NotFound):
        matched(table, "/api/crm/")


def test_a_trailing_slash_is_another_path():
    with pytest.raises(NotFound):
        matched(frozen("/contacts"), "/api/crm/contacts/")
    with pytest.raises(NotFound):
        matched(frozen("/contacts/{id}"), "/api/crm/contacts/")


@pytest.mark.parametrize(
    "path",
    [
        "", "contacts", "/contacts/", "//", "/a//b", "/..", "/a/../b", "/.", "/%2e",
        "/a%2fb", "/{id", "/id}", "/a{id}", "/{id}b", "/{Id}", "/{}", "/{id:path}",
        "/{id:.*}", "/{a}/{a}", "/ä", "/a b", "/a\r\nb", "/a?b", "/a#b", "/a\x00",
        "/*", "/" + "a" * 600, "/a" * 17, "/(a+)+$",
    ],
)  # fmt: skip
def test_paths_outside_the_grammar_are_refused(path):
    table = RouteTable()
    with pytest.raises(DescriptionInvalid, match="module crm"):
        add(table, path=path)
    assert table.routes() == ()


@pytest.mark.parametrize("method", ["get", "HEAD", "OPTIONS", "TRACE", "", "G T"])
def test_only_the_listed_methods_can_be_registered(method):
    with pytest.raises(DescriptionInvalid, match="method"):
        add(RouteTable(), method)


@pytest.mark.parametrize("prefix", ["", "/", "a/", "/a", "a//b", "..", "{a}", "a b"])
def test_a_prefix_is_static_segments(prefix):
    with pytest.raises(DescriptionInvalid, match="prefix"):
        RouteTable().register(
            module="crm",
            prefix=prefix,
            method="GET",
            path="/a",
            handler_id=1,
            permission=None,
        )


@pytest.mark.parametrize("first", sorted(RESERVED_PREFIXES))
def test_the_core_s_paths_cannot_be_shadowed(first):
    for prefix in (first, f"{first}/login"):
        with pytest.raises(RouteConflict, match="core"):
            add(RouteTable(), prefix=prefix)


def core_paths():
    """Every text in the core's source that is a path below ``/api/``."""
    for source in Path(eerp.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(r"/api(/[a-z0-9._{}-]+)+", text):
                yield text


def test_what_the_core_serves_is_reserved():
    served = {path.split("/")[2] for path in core_paths()}
    assert {"auth", "audit", "modules", "webhooks", "deliveries"} <= served
    assert served <= RESERVED_PREFIXES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a", "/a"),
        ("/a/{x}", "/a/{y}"),
        ("/{x:uuid}/b", "/{y:uuid}/b"),
        ("/{a}/{b}/{c}", "/{x}/{y}/{z}"),
    ],
)
def test_two_routes_for_the_same_paths_are_refused_naming_both(one, other):
    table = RouteTable()
    add(table, path=one)
    with pytest.raises(RouteConflict) as caught:
        add(table, path=other)
    assert f"GET /api/crm{one}" in caught.value.message
    assert f"GET /api/crm{other}" in caught.value.message
    assert caught.value.module == "crm"
    assert len(table.routes()) == 1


def test_the_same_path_with_another_method_is_another_route():
    table = RouteTable()
    add(table, "GET", "/a/{x}")
    add(table, "DELETE", "/a/{y}")
    table.freeze()
    assert matched(table, "/api/crm/a/7") == ("/a/{x}", {"x": "7"})
    assert matched(table, "/api/crm/a/7", "DELETE") == ("/a/{y}", {"y": "7"})


@pytest.mark.parametrize(
    ("one", "other"), [("sales", "sales"), ("sales", "sales/crm"), ("a/b/c", "a/b")]
)
def test_a_prefix_belongs_to_one_module_with_all_below_it(one, other):
    table = RouteTable()
    add(table, module="first", prefix=one)
    with pytest.raises(RouteConflict) as caught:
        add(table, module="second", prefix=other, path="/other")
    assert "first" in caught.value.message
    assert "second" in caught.value.message


def test_prefixes_beside_each_other_do_not_meet():
    table = RouteTable()
    add(table, module="first", prefix="sales/crm")
    add(table, module="second", prefix="sales/deals")
    assert table.prefixes() == (("first", "sales/crm"), ("second", "sales/deals"))


def test_an_invalid_schema_is_refused_at_registration():
    with pytest.raises(DescriptionInvalid, match="JSON Schema"):
        add(RouteTable(), "POST", body={"type": "strnig"})


def test_a_frozen_table_takes_no_more_routes():
    table = frozen("/a")
    with pytest.raises(AssertionError, match="frozen"):
        add(table, path="/b")


def test_the_more_specific_pattern_wins_from_the_left():
    table = frozen("/a/{x}", "/a/new", "/a/{x:int}", "/a/{x:uuid}", "/{x}/new")
    assert matched(table, "/api/crm/a/new")[0] == "/a/new"
    assert matched(table, "/api/crm/a/7")[0] == "/a/{x:int}"
    assert matched(table, f"/api/crm/a/{UUID}")[0] == "/a/{x:uuid}"
    assert matched(table, "/api/crm/a/b")[0] == "/a/{x}"
    assert matched(table, "/api/crm/b/new")[0] == "/{x}/new"


def test_matching_goes_back_when_a_static_branch_ends_in_nothing():
    table = frozen("/a/b/c", "/{x}/b/d")
    assert matched(table, "/api/crm/a/b/d") == ("/{x}/b/d", {"x": "a"})


def test_an_encoded_character_is_the_character_itself():
    table = frozen("/contacts", "/a/{x:uuid}", "/b/{x}")
    assert matched(table, "/api/crm/c%6Fntacts")[0] == "/contacts"
    assert matched(table, f"/api/crm/a/%30{UUID[1:]}") == ("/a/{x:uuid}", {"x": UUID})
    assert matched(table, "/api/crm/b/a%20b%3Fc%2525") == ("/b/{x}", {"x": "a b?c%25"})


def test_case_is_kept_and_makes_a_difference():
    with pytest.raises(NotFound):
        matched(frozen("/contacts"), "/api/crm/Contacts")


def test_a_static_path_without_the_method_does_not_hide_a_parameter_with_it():
    table = RouteTable()
    add(table, "POST", "/a/new")
    add(table, "GET", "/a/{x}")
    table.freeze()
    assert matched(table, "/api/crm/a/new")[0] == "/a/{x}"
    assert table.allowed(decode_path(b"/api/crm/a/new")) == (
        "GET", "HEAD", "OPTIONS", "POST",
    )  # fmt: skip


def test_a_wrong_method_names_those_that_are_allowed():
    table = frozen("/a")
    with pytest.raises(MethodNotAllowed) as caught:
        matched(table, "/api/crm/a", "POST")
    assert caught.value.allow == ("GET", "HEAD", "OPTIONS")


def test_head_finds_get():
    assert matched(frozen("/a"), "/api/crm/a", "HEAD")[0] == "/a"


@pytest.mark.parametrize(
    "text", ["", "x", UUID[:-1], UUID + "0", "7x", "--7", "1" * 20]
)
def test_typed_parameters_match_their_type_only(text):
    with pytest.raises(NotFound):
        matched(frozen("/a/{x:uuid}", "/b/{x:int}"), f"/api/crm/a/{text}")
    with pytest.raises(NotFound):
        matched(frozen("/b/{x:int}"), f"/api/crm/b/{text}")


def test_routes_of_a_module_come_in_their_order():
    table = RouteTable()
    add(table, path="/b")
    add(table, module="hr")
    add(table, path="/a")
    assert [route.path for route in table.routes_of("crm")] == ["/b", "/a"]


# A naive matcher to compare with: every route against every path.

_SEGMENTS = st.sampled_from(["a", "b", "{p}", "{p:int}", "{p:uuid}"])
_TEXTS = st.sampled_from(["a", "b", "c", "7", "-12", UUID])
_PATTERNS = st.lists(_SEGMENTS, min_size=1, max_size=4).map(
    lambda segments: (
        "/" + "/".join(s.replace("p", f"p{i}") for i, s in enumerate(segments))
    )
)
_KINDS = {"": "[^/]+", "int": "-?[0-9]{1,19}", "uuid": "[0-9a-fA-F-]{36}"}
_RANKS = {"uuid": 1, "int": 2, "": 3}


def naive(routes, method, path):
    found = []
    for number, (one_method, pattern) in enumerate(routes):
        rank, expression = [], ""
        for segment in pattern[1:].split("/"):
            kind = re.fullmatch(r"\{p\d:?(.*)\}", segment)
            rank.append(0 if kind is None else _RANKS[kind[1]])
            expression += "/" + (
                re.escape(segment) if kind is None else _KINDS[kind[1]]
            )
        if one_method == method and re.fullmatch(expression, path):
            found.append((rank, number))
    return min(found)[1] if found else None


@given(
    st.lists(st.tuples(st.sampled_from(METHODS), _PATTERNS), max_size=30),
    st.lists(_TEXTS, min_size=1, max_size=5).map(lambda texts: "/" + "/".join(texts)),
    st.sampled_from(METHODS),
)
def test_the_trie_finds_what_a_naive_matcher_finds(wanted, path, method):
    table, kept = RouteTable(), []
    for one_method, pattern in wanted:
        try:
            add(table, one_method, pattern)
        except RouteConflict:
            continue
        kept.append((one_method, pattern))
    table.freeze()
    segments = decode_path(f"/api/crm{path}".encode())
    expected = naive(kept, method, path)
    methods = {one for one in METHODS if naive(kept, one, path) is not None}
    if expected is not None:
        match = table.match(method, segments)
        assert match.route.handler_id == expected
        for position, name in match.route.parameters:
            assert match.params[name] == segments[position]
    elif methods:
        with pytest.raises(MethodNotAllowed) as caught:
            table.match(method, segments)
        assert set(caught.value.allow) - {"HEAD", "OPTIONS"} == methods
    else:
        with pytest.raises(NotFound):
            table.match(method, segments)


@given(st.text(max_size=40))
def test_any_text_as_a_path_is_registered_or_refused(path):
    table = RouteTable()
    try:
        route = add(table, path=path)
    except DescriptionInvalid:
        assert table.routes() == ()
        return
    assert route.template == ("/api/crm" if path == "/" else f"/api/crm{path}")
