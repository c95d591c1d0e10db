"""`eerp.render.pdf`: a Typst template and data to a PDF, in a child process.

The child (``typst_child.py``) has limits on time and memory, and no file or socket can
be opened in it. Here it is started, fed, and ended when nobody waits for it any more.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import orjson
from attrs import define, field
from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from eerp import limits
from eerp.errors import Fault, Overloaded, ValidationFailed
from eerp.interfaces import ServiceContext
from eerp.services.files import FILE_OUTPUT, NAME, store
from eerp.services.offer import CoreOffer, Raw

__all__ = ["Renderer"]

# As a file and not as a module of this package, which would load all of it each time.
_CHILD = Path(__file__).with_name("typst_child.py")
_COMMAND = (sys.executable, "-P", "-W", "ignore", str(_CHILD))
_REFUSED = 3
_STDERR_BYTES_MAX = 16 * limits.KIB
_PDF = "application/pdf"


@define(eq=False)
class Renderer:
    """Renders at most `RENDERS_AT_ONCE_MAX` documents at a time; `reactor` starts the
    processes."""

    reactor: Any
    wall_s_max: float = limits.RENDER_WALL_S_MAX
    _room: DeferredSemaphore = field(
        factory=lambda: DeferredSemaphore(limits.RENDERS_AT_ONCE_MAX)
    )

    def offers(self) -> tuple[CoreOffer, ...]:
        """The services."""
        return (
            CoreOffer(
                name="eerp.render.pdf",
                summary="Make a PDF of a Typst template and data",
                input=_INPUT,
                output=_OUTPUT,
                run=self._run,
                capability="render",
            ),
        )

    async def pdf(self, template: str, data: Any) -> bytes:
        """The PDF. Raises ValidationFailed with what Typst says, or that a limit was
        reached, and Overloaded when too many wait."""
        if len(self._room.waiting) >= limits.RENDERS_WAITING_MAX:
            raise Overloaded("Too many documents are being made at once.")
        await self._room.acquire()
        try:
            child = _Child(orjson.dumps({"template": template, "data": data}))
            self.reactor.spawnProcess(child, _COMMAND[0], _COMMAND, env=_ENVIRONMENT)
            timer = self.reactor.callLater(self.wall_s_max, child.kill)
            try:
                return _pdf(await child.ended, child)
            finally:
                if timer.active():
                    timer.cancel()
        finally:
            self._room.release()

    async def _run(
        self, context: ServiceContext, given: dict[str, Any]
    ) -> dict[str, Any] | Raw:
        content = await self.pdf(given["template"], given.get("data"))
        if given.get("raw", False):
            return content
        if "save_as" in given:
            saved = await store(context, given["save_as"], _PDF, content)
            return {"size": len(content), "file": saved}
        encoded = base64.b64encode(content).decode("ascii")
        return {"size": len(content), "content": encoded}


# One core is enough for a document. Typst asks for the time zone of what it prints.
_ENVIRONMENT = {"RAYON_NUM_THREADS": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8"}


class _Child(ProcessProtocol):
    """A child that is given `request`; `ended` fires with its exit status, None when a
    signal ended it. Cancelling kills it."""

    transport: Any

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.output: list[bytes] = []
        self.errors = b""
        self._received = 0
        self.ended: Deferred[int | None] = Deferred(lambda _: self.kill())

    def connectionMade(self) -> None:
        self.transport.write(self._request)
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        self._received += len(data)
        self.output.append(data)
        if self._received > limits.RENDER_PDF_BYTES_MAX:
            self.kill()

    def errReceived(self, data: bytes) -> None:
        self.errors = (self.errors + data)[:_STDERR_BYTES_MAX]

    def processEnded(self, reason: Failure) -> None:
        if not self.ended.called:
            self.ended.callback(getattr(reason.value, "exitCode", None))

    def kill(self) -> None:
        """End it, if it has not ended."""
        try:
            self.transport.signalProcess("KILL")
        except ProcessExitedAlready:
            # What it had to say is on its way.
            return


def _pdf(status: int | None, child: _Child) -> bytes:
    if status == 0:
        return b"".join(child.output)
    said = child.errors.decode("utf-8", "replace").strip()
    if status == _REFUSED:
        fault = Fault("/template", "typst", said)
        raise ValidationFailed(
            "The template cannot be rendered.", errors=(fault,), detail=said
        )
    limit = (
        f"{limits.RENDER_CPU_S_MAX} s of computing,"
        f" {limits.RENDER_MEMORY_BYTES_MAX // limits.MIB} MiB of memory and"
        f" {limits.RENDER_PDF_BYTES_MAX // limits.MIB} MiB of PDF"
    )
    fault = Fault("/template", "limits", f"needs more than {limit}")
    raise ValidationFailed(
        "The document is too large to render.",
        errors=(fault,),
        detail=f"exit status {status}: {said}",
    )


_INPUT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["template"],
    "properties": {
        "template": {
            "type": "string",
            "minLength": 1,
            "maxLength": limits.RENDER_TEMPLATE_CHARACTERS_MAX,
        },
        "data": True,
        "raw": {"type": "boolean"},
        "save_as": NAME,
    },
}
_OUTPUT = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer"},
        "content": {"type": "string"},
        "file": FILE_OUTPUT,
    },
}
