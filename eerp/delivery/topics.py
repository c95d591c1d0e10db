"""The grammar of topics and of patterns that name several; pure.

A topic is a full name, ``crm.opportunities.won``: its first word is the module that
emits it. A pattern is a topic, or the beginning of topics, ``crm.*``.
"""

from __future__ import annotations

import re

from eerp import limits

__all__ = ["is_pattern", "is_topic", "matching", "module_of", "owned"]

_WORD = r"[a-z][a-z0-9_]*"
_TOPIC = re.compile(rf"{_WORD}(?:\.{_WORD})+")
_PATTERN = re.compile(rf"{_WORD}(?:\.{_WORD})*\.(?:\*|{_WORD})")
_STAR = ".*"


def is_topic(text: object) -> bool:
    """Whether `text` is a full topic, within bounds."""
    return _is(_TOPIC, text)


def is_pattern(text: object) -> bool:
    """Whether `text` is a topic, or words followed by a star."""
    return _is(_PATTERN, text)


def _is(form: re.Pattern[str], text: object) -> bool:
    return (
        isinstance(text, str)
        and len(text) <= limits.TOPIC_CHARACTERS_MAX
        and form.fullmatch(text) is not None
    )


def module_of(pattern: str) -> str:
    """The module whose topics `pattern` names."""
    return pattern.partition(".")[0]


def owned(module: str, topic: str) -> str:
    """`topic` as a full name below `module`: what lacks the name is given it."""
    return topic if module_of(topic) == module else f"{module}.{topic}"


def matching(topic: str) -> list[str]:
    """Every pattern that names `topic`, itself included."""
    words = topic.split(".")
    return [topic, *(".".join(words[:n]) + _STAR for n in range(1, len(words)))]
