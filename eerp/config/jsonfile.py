"""One strict way to read a JSON file that a person wrote, and to say what is wrong.

A file is read whole or refused; its keys are then checked against a JSON Schema
(2020-12) and every flaw is told in our own words, none of which repeats a value:
a value may be a password. A schema says in `x-form` what a pattern means.
"""

from __future__ import annotations

import difflib
import json
import math
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from jsonschema_rs import Draft202012Validator, ValidationError

from eerp.errors import Fault
from eerp.limits import BODY_JSON_DEPTH_MAX
from eerp.log import printable

__all__ = ["Flaw", "Refused", "Schema", "nearest", "read", "read_bytes", "sound"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TOO_LARGE = "has a number that is too large"
_TOO_DEEP = "is nested too deeply"
_KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}


class Refused(Exception):
    """A file that cannot be used at all; the text says why, without its path."""


@frozen
class Flaw:
    """One thing wrong in a file: the keys that lead to it, which, in words."""

    path: tuple[str | int, ...]
    code: str
    message: str

    @property
    def dotted(self) -> str:
        """The keys joined by dots, as people write them; empty for the whole file."""
        return ".".join(printable(str(key)) for key in self.path)

    def __str__(self) -> str:
        return f"{self.dotted}: {self.message}" if self.path else self.message

    def fault(self) -> Fault:
        """This flaw as errors carry it."""
        return Fault(self.dotted, self.code, self.message)


@frozen
class Schema:
    """A JSON Schema, ready to check documents."""

    content: Mapping[str, Any]
    validator: Draft202012Validator

    @classmethod
    def of(cls, path: Path) -> Schema:
        """The schema in the file `path`."""
        content = json.loads(path.read_text("utf-8"))
        return cls(content, Draft202012Validator(content))

    def flaws(self, document: Any) -> list[Flaw]:
        """All that is wrong with `document`, in the order of the keys' names."""
        errors = self.validator.iter_errors(document)
        found = [flaw for error in errors for flaw in self._told(error, document)]
        return sorted(found, key=lambda flaw: [str(key) for key in flaw.path])

    def _told(self, error: ValidationError, document: Any) -> Iterator[Flaw]:
        path = tuple(error.instance_path)
        kind: Any = error.kind
        rules = _at(self.content, list(error.schema_path)[:-1])
        if kind.name == "additionalProperties":
            known = rules.get("properties", {})
            yield from (_unknown((*path, key), known) for key in kind.unexpected)
        elif kind.name == "required":
            yield Flaw((*path, kind.property), "missing", "is missing")
        elif kind.name == "propertyNames":
            yield Flaw(
                (*path, kind.error.instance), "key", _say_form(kind, rules, None)
            )
        else:
            say = _SAYINGS.get(kind.name, _say_otherwise)
            yield Flaw(path, kind.name, say(kind, rules, _at(document, path)))


class _Object(dict[str, Any]):
    """An object that remembers which of its keys were written twice."""

    repeated: tuple[str, ...] = ()


def read_bytes(path: Path, bytes_max: int) -> bytes:
    """The content of a regular file of at most `bytes_max`, else `Refused`."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Refused("is not a regular file")
        with path.open("rb") as file:
            content = file.read(bytes_max + 1)
    except FileNotFoundError:
        raise Refused("does not exist") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise Refused(f"cannot be read: {reason}") from error
    if len(content) > bytes_max:
        raise Refused(f"is larger than {bytes_max} bytes")
    return content


def read(path: Path, schema: Schema, bytes_max: int) -> tuple[Any, list[Flaw]]:
    """The document in `path`, and its flaws; `Refused` when there is no document."""
    document = _parse(read_bytes(path, bytes_max))
    return document, [*_repetitions(document, ()), *schema.flaws(document)]


def sound(document: Any, flaws: Iterable[Flaw]) -> dict[str, Any]:
    """What is left of `document` without the keys that have flaws.

    So that what the schema cannot say is still checked for the other keys.
    """
    kept: dict[str, Any] = json.loads(json.dumps(document))
    for flaw in flaws:
        if flaw.code not in ("missing", "repeated"):
            _remove(kept, flaw.path)
    return kept


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint at the known word that resembles `word`, or nothing."""
    close = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _parse(content: bytes) -> Any:
    if content.startswith(_BYTE_ORDER_MARK):
        raise Refused("begins with a byte order mark; UTF-8 needs none")
    try:
        document = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise Refused(f"is not UTF-8, at byte {error.start}") from error
    except RecursionError as error:
        raise Refused(_TOO_DEEP) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refused(f"is not JSON: {error.msg} at {where}") from error
    except ValueError as error:  # more digits than Python turns into a number
        raise Refused(_TOO_LARGE) from error
    if not isinstance(document, dict):
        raise Refused("is not a JSON object")
    return document


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        made.repeated = tuple(key for key in made if keys.count(key) > 1)
    return made


def _refuse_constant(word: str) -> None:
    raise Refused(f"is not JSON: {word} is no JSON number")


def _finite(digits: str) -> float | int:
    number = float(digits)
    if not math.isfinite(number):
        raise Refused(_TOO_LARGE)
    # To JSON Schema 8.0 is a whole number, so it is one from here on.
    return int(number) if number.is_integer() else number


def _repetitions(value: Any, path: tuple[str | int, ...]) -> Iterator[Flaw]:
    """Flaws of keys written twice; refuses depth, and text that is not Unicode."""
    if len(path) > BODY_JSON_DEPTH_MAX:
        raise Refused(_TOO_DEEP)
    if isinstance(value, _Object):
        for key in value.repeated:
            yield Flaw((*path, key), "repeated", "is written more than once")
        for key, inner in value.items():
            _refuse_surrogates(key)
            yield from _repetitions(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _repetitions(inner, (*path, place))
    elif isinstance(value, str):
        _refuse_surrogates(value)


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refused("has a text with half of a surrogate pair") from error


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for key in path:
        value = value[key]
    return value


def _remove(document: dict[str, Any], path: tuple[str | int, ...]) -> None:
    keys: list[str] = []
    for key in path:
        # A list that lacks an item would shift the others: the whole list goes.
        if isinstance(key, int):
            break
        keys.append(key)
    holder: Any = document
    for key in keys[:-1]:
        holder = holder.get(key)
        if not isinstance(holder, dict):
            return
    if keys:
        holder.pop(keys[-1], None)


def _unknown(path: tuple[str | int, ...], known: Mapping[str, Any]) -> Flaw:
    hint = nearest(str(path[-1]), known)
    return Flaw(path, "unknown", f"is not a known key{hint}")


_Say = Callable[[Any, Mapping[str, Any], Any], str]


def _say_type(kind: Any, rules: Mapping[str, Any], value: Any) -> str:
    wanted = " or ".join(_KINDS[name] for name in kind.types)
    return f"must be {wanted}, not {_kind_of(value)}"


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {dict: "object", list: "array", str: "string", int: "integer"}
    for python, name in names.items():
        if isinstance(value, python):
            return _KINDS[name]
    return "null" if value is None else "a fraction"


def _say_enum(kind: Any, rules: Mapping[str, Any], value: Any) -> str:
    options = [str(option) for option in kind.options]
    hint = nearest(value, options) if isinstance(value, str) else ""
    return f"must be one of {', '.join(options)}{hint}"


def _say_form(kind: Any, rules: Mapping[str, Any], value: Any) -> str:
    return f"must be {rules.get('x-form', 'of another form')}"


def _say_length(kind: Any, rules: Mapping[str, Any], value: Any) -> str:
    return (
        "must not be empty" if len(value) == 0 else _say_otherwise(kind, rules, value)
    )


def _say_otherwise(kind: Any, rules: Mapping[str, Any], value: Any) -> str:
    return f"breaks the rule {kind.name} of the schema"


def _says(sentence: str) -> _Say:
    return lambda kind, rules, value: sentence.format(
        limit=getattr(kind, "limit", None)
    )


_SAYINGS: Mapping[str, _Say] = {
    "type": _say_type,
    "enum": _say_enum,
    "pattern": _say_form,
    "minLength": _say_length,
    "minItems": _say_length,
    "minimum": _says("must be at least {limit}"),
    "maximum": _says("must be at most {limit}"),
    "maxLength": _says("must have at most {limit} characters"),
    "maxItems": _says("must have at most {limit} items"),
    "uniqueItems": _says("must not have the same item twice"),
}
