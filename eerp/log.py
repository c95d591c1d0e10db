"""The log: one event a line, JSON for machines or a readable line for people.

Write ``log = Logger(namespace="eerp.sandbox")`` and then
``log.info("module {module} loaded", event="module_loaded", module="crm")``. Every
keyword becomes a field of the JSON line. Values are escaped, so that one event
is one line whatever a guest or a client put into it.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    formatEvent,
)
from zope.interface import provider

__all__ = ["LogFormat", "Logger", "observer"]

LogFormat = Literal["json", "text"]

FIELD_CHARACTERS_MAX = 4000
_RESERVED = frozenset({"format", "message", "isError", "system", "time"})


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
        except Exception as error:
            # A log line that cannot be written must not take its cause along.
            line = f"unwritable log event: {error!r}"
        out.write(line + "\n")
        out.flush()

    predicate = LogLevelFilterPredicate(LogLevel.levelWithName(level))
    return FilteringLogObserver(write, [predicate])


def _fields(event: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _plain(value)
        for key, value in event.items()
        if not key.startswith("log_") and key not in _RESERVED
    }


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)[:FIELD_CHARACTERS_MAX]


def _traceback(event: dict[str, Any]) -> str | None:
    failure = event.get("log_failure")
    return None if failure is None else str(failure.getTraceback())


def _json_line(event: dict[str, Any]) -> str:
    line: dict[str, Any] = {
        "time": datetime.fromtimestamp(event["log_time"], UTC).isoformat(),
        "level": event["log_level"].name,
        "logger": event.get("log_namespace", "-"),
        "message": formatEvent(event),
        **_fields(event),
    }
    traceback = _traceback(event)
    if traceback is not None:
        line["traceback"] = traceback
    return json.dumps(line, ensure_ascii=False)


def _text_line(event: dict[str, Any]) -> str:
    when = datetime.fromtimestamp(event["log_time"]).strftime("%H:%M:%S")
    level = event["log_level"].name
    name = event.get("log_namespace", "-")
    text = formatEvent(event).encode("unicode_escape").decode("ascii")
    request = event.get("request_id")
    suffix = f" [{request}]" if request else ""
    traceback = _traceback(event)
    tail = "" if traceback is None else "\n" + traceback.rstrip()
    return f"{when} {level:<8} {name:<16} {text}{suffix}{tail}"
