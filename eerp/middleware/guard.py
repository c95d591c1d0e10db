"""What keeps a faulty middleware from doing more harm than failing its call."""

from __future__ import annotations

from attrs import frozen
from twisted.internet.defer import CancelledError

from eerp.calls import Call, Middleware, Proceed
from eerp.errors import EerpError
from eerp.interfaces import Reply
from eerp.log import Logger

__all__ = ["Guarded"]

log = Logger(namespace="eerp.middleware")

_FIRST_ERROR_STATUS = 400


class _Noted(EerpError):
    """A fault of ours, or of a middleware, that the log has already."""


@frozen(eq=False)
class Guarded:
    """A middleware whose faults are noted, and answered as those of the core are."""

    name: str
    middleware: Middleware

    async def __call__(self, call: Call, proceed: Proceed) -> Reply:
        """The reply; raises EerpErrors only, or CancelledError."""
        try:
            return _checked(await self.middleware(call, proceed))
        except (CancelledError, _Noted):
            raise
        except Exception as error:
            if isinstance(error, EerpError) and type(error) is not EerpError:
                raise
            log.failure(
                "middleware {name} of {module} failed",
                event="middleware_failed",
                name=self.name,
                module=call.route.module,
                request_id=call.request.request_id,
            )
            raise _Noted("Something went wrong here; it has been noted.") from error


def _checked(reply: object) -> Reply:
    if not isinstance(reply, Reply):
        raise TypeError(f"a middleware answered {type(reply).__name__}, not a Reply")
    # What was done would be committed with an answer that says that it failed.
    if reply.status >= _FIRST_ERROR_STATUS:
        raise ValueError("a middleware refuses by raising an EerpError")
    return reply
