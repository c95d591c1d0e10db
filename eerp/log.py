"""The log: one event a line, JSON for machines or a readable line for people.

Write ``log = Logger(namespace="eerp.sandbox")`` and then
``log.info("module {module} loaded", event="module_loaded", module="crm")``. Every
keyword becomes a field of the JSON line; the line's own keys (`time`, `level`,
`logger`, `message`, `traceback`) win over a field of the same name. Control
characters are escaped, so that one event is one line whatever a guest or a client
put into it. Only a traceback in the readable style has lines of its own, and those
are indented: a line that begins with a time is an event.
"""

from __future__ import annotations

import json
import math
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

import twisted.logger
from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
)
from zope.interface import provider

__all__ = [
    "LogFormat", "LogLevel", "Logger", "emit_from", "observer", "printable",
    "request_at_hand",
]  # fmt: skip

LogFormat = Literal["json", "text"]

FIELD_CHARACTERS_MAX = 4000

request_at_hand: ContextVar[str] = ContextVar("request_at_hand", default="")
"""The id of the request that is served, wherever that leads; empty outside of any."""

_RESERVED = frozenset({"format", "message", "isError", "system", "time"})
# Controls, line and paragraph separators, halves of surrogate pairs, and the marks
# that turn the direction of writing: all that could forge or hide a line.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_UNENCODABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


# Levels that loggers let pass; all of them unless `emit_from` said otherwise.
_emitted: set[Any] = set(LogLevel.iterconstants())
# Twisted tells of each port and factory; it is asked for warnings and worse.
_CHATTY = ("twisted", "log_legacy")


class Logger(twisted.logger.Logger):
    """Twisted's, save that what nobody wants costs a look into a set and no more."""

    def emits(self, level: Any) -> bool:
        """Whether an event of `level` goes anywhere."""
        return level in _emitted

    def emit(
        self,
        level: Any,
        format: str | None = None,  # noqa: A002  # the name is Twisted's
        **fields: object,
    ) -> None:
        """Emit an event, if its level is wanted."""
        if level in _emitted:
            super().emit(level, format, **fields)


def emit_from(level: str) -> None:
    """From here on, events below `level` end at their logger, in the whole process."""
    wanted = LogLevel.levelWithName(level)
    _emitted.clear()
    _emitted.update(one for one in LogLevel.iterconstants() if one >= wanted)


def observer(
    style: LogFormat, level: str, stream: TextIO | None = None
) -> ILogObserver:
    """An observer that writes events of `level` and above to `stream` (stderr)."""
    out = sys.stderr if stream is None else stream
    render = _json_line if style == "json" else _text_line

    @provider(ILogObserver)
    def write(event: dict[str, Any]) -> None:
        try:
            line = render(event)
        except Exception as error:  # whatever it is must not take its cause along
            line = render(_unwritable(event, error))
        out.write(line + "\n")
        out.flush()

    wanted = LogLevel.levelWithName(level)
    predicate = LogLevelFilterPredicate(wanted)
    if wanted is not LogLevel.debug:
        for namespace in _CHATTY:
            predicate.setLogLevelForNamespace(namespace, max(wanted, LogLevel.warn))
    return FilteringLogObserver(write, [predicate])


def printable(text: str) -> str:
    """`text` on one line: control characters escaped, letters of any script kept."""
    return _UNPRINTABLE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _unwritable(event: dict[str, Any], error: Exception) -> dict[str, Any]:
    return {
        "log_time": event["log_time"],
        "log_level": event["log_level"],
        "log_namespace": event.get("log_namespace", "-"),
        "log_format": "a log event cannot be written: {cause}",
        "event": "log_event_unwritable",
        "cause": type(error).__name__,
    }


def _fields(event: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _plain(value)
        for key, value in event.items()
        if not key.startswith("log_") and key not in _RESERVED
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        # JSON has no word for infinity or for not a number.
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)[:FIELD_CHARACTERS_MAX]


def _message(event: dict[str, Any]) -> str:
    return formatEvent(event)[:FIELD_CHARACTERS_MAX]


def _traceback(event: dict[str, Any]) -> str | None:
    failure = event.get("log_failure")
    return None if failure is None else str(failure.getTraceback())


def _json_line(event: dict[str, Any]) -> str:
    line: dict[str, Any] = {
        "time": datetime.fromtimestamp(event["log_time"], UTC).isoformat(),
        "level": event["log_level"].name,
        "logger": str(event.get("log_namespace", "-")),
        "message": _message(event),
    }
    traceback = _traceback(event)
    if traceback is not None:
        line["traceback"] = traceback
    text = json.dumps({**line, **_fields(event), **line}, ensure_ascii=False)
    # What UTF-8 cannot carry, or a reader may take for the end of a line.
    return _UNENCODABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _text_line(event: dict[str, Any]) -> str:
    when = datetime.fromtimestamp(event["log_time"]).strftime("%H:%M:%S")
    level = event["log_level"].name
    name = printable(str(event.get("log_namespace", "-")))
    request = event.get("request_id")
    suffix = f" [{printable(str(request))}]" if request else ""
    line = f"{when} {level:<8} {name:<16} {printable(_message(event))}{suffix}"
    return line + _indented(_traceback(event) or "")


def _indented(traceback: str) -> str:
    lines = traceback.rstrip().splitlines()
    return "".join(f"\n    {printable(line)}" for line in lines)
