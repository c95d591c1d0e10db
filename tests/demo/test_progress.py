"""The progress bar, on a terminal and elsewhere."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from demo.northwind.progress import PLAIN_LINES, Progress, bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(stream, total):
    progress = Progress(total, "companies", stream)
    for _ in range(total):
        progress.step()
    progress.close()
    return stream.getvalue()


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_bar_never_changes_its_length_so_that_it_overwrites_itself(counts):
    done, total = counts
    assert len(bar(done, total)) == len(bar(total, total))


def test_bar_fills_from_empty_to_full():
    assert bar(0, 8, width=4) == "[....] 0/8"
    assert bar(4, 8, width=4) == "[##..] 4/8"
    assert bar(8, 8, width=4) == "[####] 8/8"


def test_a_terminal_shows_one_line_that_is_redrawn():
    shown = run(Terminal(), 120)
    assert shown.count("\n") == 1
    assert shown.endswith(f"\r{bar(120, 120)} companies\n")


def test_a_file_gets_a_few_plain_lines():
    shown = run(io.StringIO(), 120).splitlines()
    assert len(shown) == PLAIN_LINES
    assert (shown[0], shown[-1]) == (
        "12 of 120 companies",
        "120 of 120 companies",
    )
