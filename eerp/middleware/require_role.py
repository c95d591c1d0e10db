"""``require_role``: for users with one of some roles only, whatever they may else."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from eerp.auth.access import signed_in
from eerp.calls import Call, Proceed
from eerp.errors import Forbidden
from eerp.interfaces import Reply
from eerp.limits import ROLE_NAME_CHARACTERS_MAX
from eerp.middleware.maker import Context, Options

__all__ = ["RequireRole"]


@frozen(eq=False)
class RequireRole:
    """Refuses callers who have none of `roles`. It comes on top of the permission of
    the route, and a grant of everything does not replace it."""

    name: ClassVar[str] = "require_role"
    schema: ClassVar[Options] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["roles"],
        "properties": {
            "roles": {
                "description": "Names of roles; one of them is enough.",
                "type": "array",
                "minItems": 1,
                "maxItems": 100,
                "uniqueItems": True,
                "items": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": ROLE_NAME_CHARACTERS_MAX,
                },
            }
        },
    }
    roles: tuple[str, ...]

    @classmethod
    def make(cls, options: Options, _context: Context) -> RequireRole:
        """The middleware for one entry."""
        return cls(tuple(options["roles"]))

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """The reply, `Unauthenticated` or `Forbidden`."""
        caller = signed_in(call.request.identity)
        if not set(self.roles).intersection(caller.roles):
            raise Forbidden(
                f"This needs the role {' or '.join(self.roles)}.",
                hint="An administrator can give it to you.",
                detail=f"user {caller.username} has none of the roles",
            )
        return await proceed(call)
