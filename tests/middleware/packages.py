"""Installed Python packages that offer middlewares, as pip leaves them."""

from __future__ import annotations

from pathlib import Path

STAMP = '''
from attrs import evolve


class Stamp:
    """Sets the header x-stamp to `text`, after what stands further inside."""

    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"text": {"type": "string", "default": "ok"}},
    }

    def __init__(self, text):
        self.text = text

    @classmethod
    def make(cls, options, context):
        return cls(options["text"])

    async def __call__(self, call, proceed):
        reply = await proceed(call)
        inner = reply.headers.get("x-stamp")
        both = self.text if inner is None else f"{self.text} {inner}"
        return evolve(reply, headers={**reply.headers, "x-stamp": both})
'''


def write_package(
    site: Path, distribution: str, module: str, text: str, **offered: str
) -> None:
    """A distribution in the folder `site`, with one Python module, that offers each
    name of `offered` (``__`` for a dot)."""
    (site / f"{module}.py").write_text(text)
    info = site / f"{distribution.replace('-', '_')}-1.2.3.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2.3\n"
    )
    lines = [
        f"{name.replace('__', '.')} = {module}:{what}" for name, what in offered.items()
    ]
    listed = "\n".join(["[eerp.middleware]", *lines, ""])
    (info / "entry_points.txt").write_text(listed)
