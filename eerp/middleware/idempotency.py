"""``idempotency``: no change without an ``Idempotency-Key``.

What a key does is the core's own; here it is demanded.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from eerp.calls import Call, Proceed
from eerp.errors import BadRequest
from eerp.interfaces import Reply
from eerp.middleware.maker import Context, Options

__all__ = ["Idempotency"]


@frozen(eq=False)
class Idempotency:
    """Refuses a POST, or another of the methods that know it, without a key.

    Not asked for one are a dry run, of which nothing is kept, and who is not signed in,
    for whom there is no key.
    """

    name: ClassVar[str] = "idempotency"
    schema: ClassVar[Options] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "required_on": {
                "description": "The methods that need a key.",
                "type": "array",
                "minItems": 1,
                "uniqueItems": True,
                "items": {"enum": ["PATCH", "POST"]},
                "default": ["POST"],
            }
        },
    }
    methods: frozenset[str]

    @classmethod
    def make(cls, options: Options, _context: Context) -> Idempotency:
        """The middleware for one entry."""
        return cls(frozenset(options["required_on"]))

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """The reply, or `BadRequest`."""
        request = call.request
        if (
            request.idempotency_key is None
            and request.identity is not None
            and call.route.method in self.methods
            and not call.preferences.rollback
        ):
            raise BadRequest(
                "This needs an Idempotency-Key.",
                hint="Make one up for each thing that you want done, such as a UUID,"
                " and send it again when you repeat the request.",
            )
        return await proceed(call)
