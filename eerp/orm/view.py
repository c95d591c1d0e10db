"""A model's table at one place of a statement, as one caller may see it.

A statement can hold several tables, and one of them several times: each stands one
deeper than the one that it is reached from, and its alias says how deep: ``t``,
``t1``, ``t2``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attrs import evolve, field, frozen

from eerp.errors import Forbidden
from eerp.orm.faults import refused
from eerp.orm.model import (
    EXTENSIONS,
    Extension,
    Field,
    Model,
    extensions_column,
    select_list,
)

__all__ = ["OPEN", "Guard", "View", "alias_of", "field_of", "forbidden", "open_view"]


@frozen
class Guard:
    """A condition on a table as SQL, with its values; empty, it always holds.

    `fields` are the names that it depends on.
    """

    sql: str = ""
    parameters: tuple[str | None, ...] = ()
    fields: frozenset[str] = frozenset()

    def append(self, parts: list[str], parameters: list[str | None]) -> None:
        """Add this to the parts of a conjunction and to its parameters."""
        if self.sql:
            parts.append(self.sql)
            parameters.extend(self.parameters)


OPEN = Guard()


@frozen(eq=False)
class View:
    """What may be seen of a model, with its table under `alias`.

    `fields` may be named and shown, `hidden` not, for lack of the permission that
    stands beside each; `guard` says which records are seen. `columns` is the SELECT
    list of a record; `plain` says that all of every record is seen.
    """

    model: Model
    depth: int = 0
    fields: Mapping[str, Field] = field(factory=dict)
    hidden: Mapping[str, str] = field(factory=dict)
    guard: Guard = OPEN
    alias: str = field(init=False)
    columns: str = field(init=False)
    plain: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        plain = not self.hidden and not self.guard.sql
        object.__setattr__(self, "plain", plain)
        object.__setattr__(self, "alias", alias_of(self.depth))
        object.__setattr__(self, "columns", self.record())

    def record(self, sources: Mapping[str, str] = MappingProxyType({})) -> str:
        """The SELECT list of a record; see `extensions_column` for `sources`."""
        shown = [each for each in self.fields.values() if each.source is None]
        columns = select_list(shown)
        extensions = self.extensions()
        if not extensions:
            return columns
        return f"{columns}, {extensions_column(self.alias, extensions, sources)}"

    def extensions(self) -> Mapping[str, Extension]:
        """The extensions, with the fields of theirs that are not hidden."""
        seen = {}
        for name, extension in self.model.extensions.items():
            fields = {
                each: inner
                for each, inner in extension.fields.items()
                if f"{EXTENSIONS}.{name}.{each}" in self.fields
            }
            if fields:
                seen[name] = evolve(extension, fields=MappingProxyType(fields))
        return seen


def alias_of(depth: int) -> str:
    """The alias of a table that stands `depth` deep."""
    return f"t{depth}" if depth else "t"


def open_view(model: Model, depth: int = 0) -> View:
    """All of a model; made once for each depth."""
    view: View | None = model.views.get(depth)
    if view is None:
        fields = model.fields
        if depth:
            qualifier = f"{alias_of(depth)}."
            fields = MappingProxyType(
                {name: evolve(f, qualifier=qualifier) for name, f in fields.items()}
            )
        view = model.views[depth] = View(model, depth, fields)
    return view


def field_of(
    fields: Mapping[str, Field],
    name: object,
    pointer: str,
    hidden: Mapping[str, str] = MappingProxyType({}),
) -> Field:
    """The field that a request names. Raises `ValidationFailed`, naming those there
    are, and `Forbidden` for one of `hidden`."""
    found = fields.get(name) if isinstance(name, str) else None
    if found is None:
        if isinstance(name, str) and name in hidden:
            raise forbidden(hidden[name])
        message = f"There is no such field; there are: {', '.join(fields)}."
        raise refused(pointer, "unknown_field", message)
    return found


def forbidden(permission: str) -> Forbidden:
    """The error of a caller who lacks `permission`."""
    return Forbidden(
        f"This needs the permission {permission}.",
        hint="An administrator can give it through one of your roles.",
    )
