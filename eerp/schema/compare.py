"""Whether all that one JSON Schema allows is allowed by another; pure.

`misfits` compares structures, in the part of JSON Schema that the SDK emits: types,
objects, lists, enumerations, `anyOf`, and the bounds of numbers, texts and lists.
What lies outside of it fits only what is literally the same. It never says that
something fits which does not; it may refuse what a cleverer proof would let pass.

Objects are taken as their writers mean them: the narrower one has the properties
that it names and no others, unless it says what the others are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import define, field, frozen

from eerp import limits
from eerp.schema.check import compile_schema

__all__ = ["misfits"]

Schema = Mapping[str, Any] | bool

_ANNOTATIONS = frozenset({
    "$schema", "$id", "$comment", "title", "description", "default", "examples",
    "deprecated", "readOnly", "writeOnly",
})  # fmt: skip
_KINDS = ("null", "boolean", "number", "string", "array", "object")
_SHOWN_CHARACTERS_MAX = 40
_Rule = Callable[[Any, Any], str | None]


def misfits(
    narrow: Schema, wide: Schema, *, ignore_unknown: bool = False
) -> tuple[str, ...]:
    """What `narrow` allows and `wide` does not, in words; empty when all fits.

    With `ignore_unknown`, a property that `wide` does not know does no harm.
    """
    if narrow != wide and '"$ref"' in json.dumps([narrow, wide]):
        return (_said("", "refers to other schemas, and so it must be the same"),)
    comparison = _Comparison(ignore_unknown)
    return tuple(dict.fromkeys(comparison.schemas("", narrow, wide)))


@frozen
class _Form:
    """One of the forms that a value may have: a constant, or a type with rules."""

    kind: str
    rules: Mapping[str, Any]
    constant: Any = None
    is_constant: bool = False


@define
class _Comparison:
    """One comparison of two schemas, with a bound on its steps."""

    ignore_unknown: bool
    steps: int = field(default=0)

    def schemas(self, at: str, narrow: Schema, wide: Schema) -> Iterator[str]:
        """The misfits of two schemas at the pointer `at`."""
        self.steps += 1
        if self.steps > limits.SCHEMA_COMPARISONS_MAX:
            yield _said("", "is too large to be compared")
        elif narrow == wide or wide is True or wide == {}:
            return
        elif not isinstance(narrow, bool) and _OPAQUE & narrow.keys():
            yield _said(at, "is described in a way that cannot be compared")
        else:
            for form in _forms(narrow):
                yield from self._form(at, form, wide)

    def _form(self, at: str, form: _Form, wide: Schema) -> Iterator[str]:
        if isinstance(wide, bool):
            if not wide:
                yield _said(at, f"may be {_named(form)}")
        elif form.is_constant:
            if not compile_schema(dict(wide)).accepts(form.constant):
                yield _said(at, f"may be {_named(form)}")
        elif not _admits(wide, form):
            yield _said(at, f"may be {_named(form)}")
        else:
            yield from self._parts(at, form, wide)

    def _parts(self, at: str, form: _Form, wide: Mapping[str, Any]) -> Iterator[str]:
        """Each part of `wide` must take the form."""
        for part in wide.get("allOf", ()):
            yield from self._form(at, form, part)
        if "anyOf" in wide:
            yield from self._any(at, form, wide["anyOf"])
        if form.kind == "object":
            yield from self._object(at, form.rules, wide)
        elif form.kind == "array":
            items = form.rules.get("items", True)
            yield from self.schemas(f"{at}/*", items, wide.get("items", True))
        for keyword in wide.keys() - _ANNOTATIONS - _STRUCTURE:
            yield from _rule(at, form, keyword, wide[keyword])

    def _any(self, at: str, form: _Form, branches: list[Schema]) -> Iterator[str]:
        fitting = [branch for branch in branches if _admits(branch, form)]
        found = [tuple(self._form(at, form, branch)) for branch in fitting]
        if all(found):
            # With one candidate it is clear what is wrong with it.
            one = found[0] if len(found) == 1 else None
            yield from one or [_said(at, f"may be {_named(form)} of another form")]

    def _object(
        self, at: str, narrow: Mapping[str, Any], wide: Mapping[str, Any]
    ) -> Iterator[str]:
        present = set(narrow.get("required", ()))
        for name in wide.get("required", ()):
            if name not in present:
                yield _said(f"{at}/{name}", "may be absent")
        known = wide.get("properties", {})
        others = wide.get("additionalProperties", True)
        if self.ignore_unknown and others is False:
            others = True
        for name, schema in narrow.get("properties", {}).items():
            if name not in known and others is False:
                yield _said(f"{at}/{name}", "may be there")
            else:
                yield from self.schemas(f"{at}/{name}", schema, known.get(name, others))
        more = narrow.get("additionalProperties", False)
        if more is not False:
            yield from self._others(at, more, known, others)

    def _others(
        self, at: str, more: Schema, known: Mapping[str, Schema], others: Schema
    ) -> Iterator[str]:
        """What may stand under any name."""
        yield from self.schemas(f"{at}/*", more, others)
        for name, schema in known.items():
            yield from self.schemas(f"{at}/{name}", more, schema)


def _forms(schema: Schema) -> Iterator[_Form]:
    """The forms of values that `schema` allows; possibly more, never fewer."""
    if isinstance(schema, bool):
        yield from _forms({}) if schema else ()
    elif "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        yield from (_constant(value) for value in values)
    elif "anyOf" in schema:
        beside = {key: rule for key, rule in schema.items() if key != "anyOf"}
        for branch in schema["anyOf"]:
            yield from _forms(_both(beside, branch))
    else:
        for kind in _types(schema):
            yield from _of_kind(kind, schema)


def _both(one: Mapping[str, Any], other: Schema) -> Schema:
    """A schema that allows whatever satisfies both; possibly more."""
    if isinstance(other, bool):
        return one if other else False
    merged = {**one, **other}
    for key in one.keys() & other.keys() & {"properties"}:
        merged[key] = {**one[key], **other[key]}
    for key in one.keys() & other.keys() & {"required"}:
        merged[key] = [*one[key], *other[key]]
    return merged


def _of_kind(kind: str, rules: Mapping[str, Any]) -> Iterator[_Form]:
    """There are few values of some types: they are constants."""
    if kind == "null":
        yield _constant(None)
    elif kind == "boolean":
        yield _constant(False)
        yield _constant(True)
    else:
        yield _Form(kind, rules)


def _constant(value: Any) -> _Form:
    return _Form("constant", {}, value, is_constant=True)


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    named = schema.get("type", _KINDS)
    return (named,) if isinstance(named, str) else tuple(named)


def _admits(schema: Schema, form: _Form) -> bool:
    """Whether the type of `form` is among those of `schema`."""
    if isinstance(schema, bool) or form.is_constant:
        return bool(schema)
    types = _types(schema)
    return form.kind in types or (form.kind == "integer" and "number" in types)


def _rule(at: str, form: _Form, keyword: str, wide: Any) -> Iterator[str]:
    kinds = _CONCERNS.get(keyword)
    if kinds is not None and form.kind not in kinds:
        return
    compare = _RULES.get(keyword, _same)
    words = compare(form.rules.get(keyword), wide)
    if words is not None:
        yield _said(at, words.format(wide=_shown(wide), keyword=keyword))


def _at_least(words: str) -> _Rule:
    def compare(narrow: Any, wide: Any) -> str | None:
        return words if narrow is None or narrow < wide else None

    return compare


def _at_most(words: str) -> _Rule:
    def compare(narrow: Any, wide: Any) -> str | None:
        return words if narrow is None or narrow > wide else None

    return compare


def _equal(words: str) -> _Rule:
    def compare(narrow: Any, wide: Any) -> str | None:
        return None if narrow == wide else words

    return compare


_same = _equal("is not bound by the same {keyword}")


def _enumerated(_narrow: Any, _wide: Any) -> str | None:
    """A constant does not come here."""
    return "may be another value than {wide}"


def _unique(narrow: Any, wide: Any) -> str | None:
    return "may hold the same item twice" if wide and not narrow else None


# What says more about a value than can be seen keyword by keyword.
_OPAQUE = frozenset({
    "allOf", "oneOf", "not", "if", "then", "else", "dependentSchemas",
    "patternProperties", "prefixItems", "unevaluatedProperties", "unevaluatedItems",
})  # fmt: skip
_STRUCTURE = frozenset({
    "type", "anyOf", "allOf", "properties", "required", "additionalProperties", "items",
})  # fmt: skip
_NUMBERS = frozenset({"integer", "number"})
_TEXTS = frozenset({"string"})
_LISTS = frozenset({"array"})
_OBJECTS = frozenset({"object"})
_CONCERNS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        _NUMBERS,
    ),
    **dict.fromkeys(("minLength", "maxLength", "pattern", "format"), _TEXTS),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems", "prefixItems"), _LISTS),
    **dict.fromkeys(("minProperties", "maxProperties", "propertyNames"), _OBJECTS),
}
_RULES: Mapping[str, _Rule] = {
    "minimum": _at_least("may be less than {wide}"),
    "maximum": _at_most("may be more than {wide}"),
    "exclusiveMinimum": _at_least("may be {wide} or less"),
    "exclusiveMaximum": _at_most("may be {wide} or more"),
    "minLength": _at_least("may be shorter than {wide} characters"),
    "maxLength": _at_most("may be longer than {wide} characters"),
    "minItems": _at_least("may have fewer than {wide} items"),
    "maxItems": _at_most("may have more than {wide} items"),
    "minProperties": _at_least("may have fewer than {wide} properties"),
    "maxProperties": _at_most("may have more than {wide} properties"),
    "uniqueItems": _unique,
    "pattern": _equal("need not have the form {wide}"),
    "format": _equal("need not be of the format {wide}"),
    "enum": _enumerated,
    "const": _enumerated,
}


def _said(at: str, words: str) -> str:
    return f"{at or 'the value'} {words}"


def _named(form: _Form) -> str:
    return _shown(form.constant) if form.is_constant else _NOUNS[form.kind]


_NOUNS = {
    "number": "a number",
    "integer": "a whole number",
    "string": "a text",
    "array": "a list",
    "object": "an object",
}


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _SHOWN_CHARACTERS_MAX:
        return f"{text[:_SHOWN_CHARACTERS_MAX]}..."
    return text
