"""A JSON Schema (2020-12) of a module, compiled once and checked against often."""

from __future__ import annotations

from itertools import chain, islice
from typing import Any

from attrs import frozen
from jsonschema_rs import Draft202012Validator, RegexOptions, ValidationError

from eerp import limits
from eerp.errors import Fault
from eerp.schema.wording import faults

__all__ = ["SchemaCheck", "compile_schema"]


@frozen(eq=False)
class SchemaCheck:
    """A compiled JSON Schema; `schema` is as it was declared."""

    schema: dict[str, Any] | bool
    _validator: Draft202012Validator

    def accepts(self, value: Any) -> bool:
        """Whether `value`, parsed JSON, fits."""
        return self._validator.is_valid(value)

    def faults(self, value: Any) -> tuple[Fault, ...]:
        """All that is wrong with `value`, at most `FAULTS_PER_BODY_MAX`; empty when
        it fits. Nothing in it quotes the value."""
        found = chain.from_iterable(map(faults, self._validator.iter_errors(value)))
        return tuple(islice(found, limits.FAULTS_PER_BODY_MAX))


def compile_schema(schema: dict[str, Any] | bool) -> SchemaCheck:
    """The check for a schema. Raises ValueError, which says why it is none.

    Patterns are those of a linear-time engine, and nothing is fetched: a module's
    schema can cost neither time nor a connection.
    """
    try:
        validator = Draft202012Validator(
            schema,
            validate_formats=True,
            offline=True,
            pattern_options=RegexOptions(),
        )
    except (ValidationError, ValueError, TypeError) as error:
        raise ValueError(str(error)) from None
    return SchemaCheck(schema, validator)
