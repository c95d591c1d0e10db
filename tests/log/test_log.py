"""The log: one event is one line, whatever a guest or a client put into it."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import LogLevel, LogPublisher
from twisted.python.failure import Failure

from eerp.log import LogFormat, Logger, observer, printable

anything = st.text(st.characters(exclude_categories=()))
STAMP = re.compile(r"\d\d:\d\d:\d\d ")


def written(style: LogFormat, emit: Any, level: str = "debug") -> str:
    """What an observer of `style` writes while `emit(logger)` runs."""
    stream = io.StringIO()
    publisher = LogPublisher(observer(style, level, stream))
    emit(Logger(namespace="eerp.test", observer=publisher))
    return stream.getvalue()


def forged() -> Failure:
    """A failure whose message pretends to be a log line."""
    try:
        raise ValueError("boom\n12:00:00 info     eerp.auth   all is well \x1b[2J é")
    except ValueError:
        return Failure()


@given(anything, anything)
def test_text_one_event_is_one_line_whatever_a_value_holds(value, request_id):
    text = written(
        "text",
        lambda log: log.info("got {value}", value=value, request_id=request_id),
    )
    assert len(text.splitlines()) == 1
    assert text.endswith("\n")
    text.encode("utf-8")


def test_text_letters_of_any_script_are_left_as_they_are():
    text = written("text", lambda log: log.info("{name}", name="Zoë Müller 山田 \\n"))
    assert "Zoë Müller 山田 \\n" in text


def test_text_control_characters_and_marks_of_direction_are_escaped():
    assert printable("a\nb\x1b[2J\x85\u2028\u202e\ud800") == (
        "a\\nb\\x1b[2J\\x85\\u2028\\u202e\\ud800"
    )


def test_text_request_id_ends_the_line():
    text = written("text", lambda log: log.warn("slow", request_id="r1"))
    assert text.endswith("slow [r1]\n")


def test_text_traceback_is_kept_and_cannot_pass_for_an_event():
    text = written("text", lambda log: log.failure("it broke", forged()))
    first, *rest = text.splitlines()
    assert STAMP.match(first)
    assert "it broke" in first
    assert all(line.startswith("    ") for line in rest)
    assert any("all is well \\x1b[2J é" in line for line in rest)
    assert "test_log.py" in text


def test_text_event_that_cannot_be_formatted_is_still_one_line():
    text = written("text", lambda log: log.info("{a.b}\n{", a=1))
    assert len(text.splitlines()) == 1


@given(anything, st.text(min_size=1))
def test_json_one_event_is_one_line_of_json(value, namespace):
    stream = io.StringIO()
    publisher = LogPublisher(observer("json", "debug", stream))
    Logger(namespace=namespace, observer=publisher).info("got {value}", value=value)
    text = stream.getvalue()
    assert len(text.splitlines()) == 1
    text.encode("utf-8")
    line = json.loads(text)
    assert line["value"] == value
    assert line["logger"] == namespace


def test_json_line_has_time_level_logger_message_and_the_fields():
    text = written(
        "json",
        lambda log: log.info(
            "{n} of {of}", event="counted", n=1, of=2.5, names=("a", 1), none=None
        ),
    )
    line = json.loads(text)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info", "logger": "eerp.test", "message": "1 of 2.5",
        "event": "counted", "n": 1, "of": 2.5, "names": ["a", 1], "none": None,
    }  # fmt: skip


def test_json_fields_cannot_replace_what_the_line_says_itself():
    text = written(
        "json",
        lambda log: log.error("real", logger="x", message="y", time=0),
    )
    line = json.loads(text)
    assert (line["logger"], line["message"]) == ("eerp.test", "real")
    assert line["time"] != 0


def test_json_numbers_that_json_lacks_become_text():
    def strict(word: str) -> None:
        raise AssertionError(word)

    text = written("json", lambda log: log.info("x", a=float("nan"), b=[1e999]))
    line = json.loads(text, parse_constant=strict)
    assert (line["a"], line["b"]) == ("nan", ["inf"])


def test_json_traceback_is_a_field():
    text = written("json", lambda log: log.failure("it broke", forged()))
    line = json.loads(text)
    assert line["message"] == "it broke"
    assert "ValueError: boom" in line["traceback"]
    assert "test_log.py" in line["traceback"]


def test_json_long_values_are_cut():
    text = written("json", lambda log: log.info("{a}", a="x" * 100_000))
    assert len(text) < 10_000


def test_json_value_that_cannot_be_written_does_not_lose_the_event():
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no\nway")

    line = json.loads(written("json", lambda log: log.warn("x", a=Broken())))
    assert line["event"] == "log_event_unwritable"
    assert line["cause"] == "RuntimeError"
    assert line["level"] == "warn"


def test_events_below_the_level_are_not_written():
    def emit(log: Logger) -> None:
        for level in LogLevel.iterconstants():
            log.emit(level, "{l}", l=level.name)

    text = written("json", emit, "warn")
    levels = [json.loads(line)["level"] for line in text.splitlines()]
    assert levels == ["warn", "error", "critical"]
