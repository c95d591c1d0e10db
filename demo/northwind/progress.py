"""A progress bar on a terminal, a few plain lines anywhere else."""

from __future__ import annotations

from typing import TextIO

from attrs import define, field

__all__ = ["Progress", "bar"]

BAR_CHARACTERS = 40
PLAIN_LINES = 10


def bar(done: int, total: int, width: int = BAR_CHARACTERS) -> str:
    """``[####....]  60/120``, as long for any `done`."""
    filled = width * done // total
    digits = len(str(total))
    return f"[{'#' * filled}{'.' * (width - filled)}] {done:{digits}}/{total}"


@define
class Progress:
    """Counts up to `total` things called `noun`, and shows it on `stream`."""

    total: int
    noun: str
    stream: TextIO
    done: int = field(default=0, init=False)

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        if self.stream.isatty():
            self._redraw()
        elif self._is_milestone():
            self._write(f"{self.done} of {self.total} {self.noun}\n")

    def close(self) -> None:
        """Leave the cursor on a line of its own."""
        if self.done and self.stream.isatty():
            self._write("\n")

    def _redraw(self) -> None:
        self._write(f"\r{bar(self.done, self.total)} {self.noun}")

    def _is_milestone(self) -> bool:
        tenths = PLAIN_LINES * self.done // self.total
        return tenths != PLAIN_LINES * (self.done - 1) // self.total

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()
