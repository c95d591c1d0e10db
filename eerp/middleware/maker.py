"""What a name under `middleware` in module.json stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import frozen
from twisted.internet.interfaces import IReactorTime

from eerp.calls import Middleware

__all__ = ["Context", "Maker", "Options"]

Options = Mapping[str, Any]
"""The options of an entry, checked against the schema, defaults filled in."""


@frozen
class Context:
    """What a middleware may know of where it is to stand."""

    module: str
    clock: IReactorTime


class Maker(Protocol):
    """Makes middlewares of one name: their class, usually.

    `schema` is a JSON Schema (2020-12) of an object, for the options. It names none of
    `name`, `methods` and `paths`, which stand beside the options. The defaults of
    single options are filled in.
    """

    @property
    def schema(self) -> Mapping[str, Any]:
        """What the options may be."""

    def make(self, options: Options, context: Context, /) -> Middleware:
        """The middleware for one entry of one module.

        Raises ValueError with a clause, such as "from: must come before `to`", for
        options that are wrong in a way that the schema cannot say.
        """
