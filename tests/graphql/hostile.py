"""Operations that would cost more than they may, each as a client could send it."""

from __future__ import annotations

from typing import Any

from graphql import get_introspection_query

RECORD = "018f4e9a-7c1b-7d2e-8f3a-4b5c6d7e8f90"


def _chain(length: int, inner: str) -> str:
    """Fragments that each spread the next one twice."""
    fragments = [
        f"fragment f{n} on CrmCompany {{...f{n + 1} ...f{n + 1}}}"
        for n in range(length)
    ]
    last = f"fragment f{length} on CrmCompany {{{inner}}}"
    return " ".join([*fragments, last])


def _nested(levels: int) -> str:
    """Companies of contacts of companies, and so on."""
    text = "id"
    for _ in range(levels):
        text = f"contacts{{nodes{{company{{{text}}}}}}}"
    return f"{{crm_companies{{nodes{{{text}}}}}}}"


def _companies(inner: str) -> str:
    return f"{{crm_companies{{nodes{{{inner}}}}}}}"


_FOREVER = "query q($v:[String!]){crm_companies(filter:{name:{in:$v}}){nodes{id}}}"
_TYPES = "types{fields{type{fields{type{fields{name}}}}}}"

QUERIES: dict[str, str] = {
    "10,000 aliases": "{" + " ".join(f"a{n}:__typename" for n in range(10_000)) + "}",
    "as many aliases as fit": "{"
    + " ".join(f"a{n}:crm_companies{{totalCount}}" for n in range(190))
    + "}",
    "one field 1,100 times": _companies("name " * 1100),
    "one field 10,000 times": _companies("name " * 10_000),
    "1,100 unknown fields": _companies(" ".join(f"nom{n}" for n in range(1100))),
    "390 unknown fields": _companies(" ".join(f"companie{n}" for n in range(390))),
    "390 unknown root fields": "{" + " ".join(f"crm_c{n}" for n in range(390)) + "}",
    "nested 190 deep": "{a" * 190 + "}" * 190,
    "nested 5,000 deep": "{a" * 5000 + "}" * 5000,
    "fragments 190 deep": _companies("...{" * 190 + "name" + "}" * 190),
    "relations 60 deep": _nested(60),
    "relations 6 deep": _nested(6),
    "a list in a list in a list": '{crm_companies(filter:{name:{in:'
    + "[" * 900 + "]" * 900 + "}}){nodes{id}}}",
    "a circle of fragments": _companies("...a")
    + " fragment a on CrmCompany{...b} fragment b on CrmCompany{name ...a}",
    "a fragment in itself": _companies("...a") + " fragment a on CrmCompany{...a}",
    "a circle through a relation": _companies("...a")
    + " fragment a on CrmCompany{contacts{nodes{company{...a}}}}",
    "a bomb of fragments": _companies("...f0") + " " + _chain(40, "name"),
    "a bomb of wide fragments": _companies("...f0")
    + " " + _chain(40, "name phone fax email website notes"),
    "1,000 fragments": _companies("...f0") + " " + _chain(1000, "name"),
    "200 operations": " ".join(f"query q{n}{{__typename}}" for n in range(200)),
    "1,000 directives": _companies("name " + "@include(if:true)" * 1000),
    "150 directives": _companies("name " + "@skip(if:false)" * 150),
    "300 unknown directives": _companies("name " + "@x" * 300),
    "380 arguments": "{crm_companies("
    + " ".join(f"a{n}:1" for n in range(380)) + "){nodes{id}}}",
    "a list of 1,050 values": "{crm_companies(filter:{name:{in:["
    + ",".join(['"x"'] * 1050) + "]}}){nodes{id}}}",
    "a filter of many parts": "{crm_companies(filter:{or:["
    + ",".join(['{name:{eq:"x"}}'] * 120) + "]}){nodes{id}}}",
    "a filter nested deep": "{crm_companies(filter:"
    + "{not:" * 90 + '{name:{eq:"x"}}' + "}" * 90 + "){nodes{id}}}",
    "a filter nested deeper": "{crm_companies(filter:"
    + "{not:" * 190 + '{name:{eq:"x"}}' + "}" * 190 + "){nodes{id}}}",
    "a million comments": "#\n" * 8000 + "{__typename}",
    "a long document": " " * 1_000_000 + "{__typename}",
    "a long string": _companies("id") + '{a(x:"' + "x" * 200_000 + '")}',
    "half of a string": '{crm_companies(after:"' + "\\u0041" * 2500,
    "large pages": "{crm_companies(first:1000){nodes{contacts(first:100){nodes{id}}}}}",
    "many large pages": "{"
    + " ".join(f"a{n}:crm_companies(first:1000){{nodes{{id}}}}" for n in range(19))
    + " b:crm_contacts(first:1000){nodes{addresses{nodes{city}}}}}",
    "many calls": "{"
    + " ".join(f'a{n}:crm_company(id:"{RECORD}"){{id}}' for n in range(21)) + "}",
    "many changes": "mutation{"
    + " ".join(f'a{n}:crm_tags_create(input:{{name:"x"}}){{id}}' for n in range(21))
    + "}",
    "names that differ": _companies(
        " ".join(f"x:{name}" for name in ("name", "fax") * 190)
    ),
    "types in types": f"{{__schema{{{_TYPES}}}}}",
    "the schema 30 times": "{"
    + " ".join(f"a{n}:__schema{{types{{fields{{name}}}}}}" for n in range(30))
    + "}",
    "introspection with more": get_introspection_query().replace(
        "queryType", " ".join(f"t{n}:types{{fields{{name}}}}" for n in range(10))
        + " queryType",
    ),
    "many variables": "query q("
    + " ".join(f"$v{n}:[[[[[Int!]!]!]!]!]" for n in range(90))
    + "){__typename}",
    "unused variables": "query q("
    + " ".join(f"$v{n}:Int" for n in range(290)) + "){__typename}",
    "not a document": "}" * 10_000,
    "a type system": "type Query{a:Int} " * 150,
    "numbers without end": "{crm_companies(first:" + "9" * 15_000 + "){nodes{id}}}",
    "subscriptions": "subscription{a}",
}  # fmt: skip

VARIABLES: dict[str, tuple[str, Any]] = {
    "a long list": (_FOREVER, {"v": ["x"] * 60_000}),
    "lists in lists": (_FOREVER, {"v": [["x"] * 100] * 300}),
    "a list longer than a filter takes": (_FOREVER, {"v": ["x"] * 1001}),
    "1,990 wrong values": (_FOREVER, {"v": [1] * 1990}),
    "many that nobody asked for": (_FOREVER, {f"v{n}": n for n in range(20_000)}),
}  # fmt: skip
