"""Real documents from a real child process, which reaches nothing else."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater

from eerp.errors import ValidationFailed
from eerp.services.render import Renderer
from tests.pdf import text_of


@pytest.fixture
def renderer() -> Renderer:
    """A renderer on the real reactor."""
    return Renderer(reactor)


@pytest_twisted.ensureDeferred
async def test_a_template_and_data_become_a_pdf(renderer: Renderer) -> None:
    pdf = await renderer.pdf(
        "#let data = json(bytes(sys.inputs.data))\nInvoice for #data.name",
        {"name": "Ann"},
    )

    assert pdf.startswith(b"%PDF-")
    assert "Invoice" in text_of(pdf)
    assert "Ann" in text_of(pdf)


async def refusal(renderer: Renderer, template: str) -> ValidationFailed:
    with pytest.raises(ValidationFailed) as caught:
        await renderer.pdf(template, None)
    return caught.value


@pytest_twisted.ensureDeferred
async def test_a_mistake_is_named_with_its_line(renderer: Renderer) -> None:
    error = await refusal(renderer, "one\n\n#nothing\n")
    assert [fault.message for fault in error.errors] == [
        "unknown variable: nothing (at 3:1)"
    ]


@pytest.mark.parametrize(
    "template",
    [
        '#read("/etc/passwd")',
        '#read("../../../../etc/passwd")',
        '#image("/etc/hostname")',
        '#include "/proc/self/environ"',
    ],
)
@pytest_twisted.ensureDeferred
async def test_no_file_can_be_read(template: str, renderer: Renderer) -> None:
    (fault,) = (await refusal(renderer, template)).errors
    assert "root" not in fault.message.replace("project root", "")
    assert re.search("not found|failed to load|escape the project root", fault.message)


@pytest_twisted.ensureDeferred
async def test_no_package_is_fetched(renderer: Renderer) -> None:
    (fault,) = (await refusal(renderer, '#import "@preview/cetz:0.2.0": *')).errors
    assert "package" in fault.message


@pytest.mark.parametrize(
    "template",
    [
        "#let n = 0\n#while n < 100000000 { n += 1; n -= 1; n += 1; n -= 2; n += 1 }",
        '#let s = "x"\n#while true { s += s }',
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_takes_too_much_ends(template: str) -> None:
    error = await refusal(Renderer(reactor, wall_s_max=3), template)
    assert error.errors


@pytest_twisted.ensureDeferred
async def test_nobody_waiting_is_the_end_of_the_child(renderer: Renderer) -> None:
    before = children()
    running = Deferred.fromCoroutine(renderer.pdf("#while true { 1 }", None))
    await until(lambda: children() - before)
    [child] = children() - before

    running.cancel()

    with pytest.raises(CancelledError):
        await running
    await until(lambda: child not in children())


async def until(there: Callable[[], object]) -> None:
    """Wait for it, a few seconds at most."""
    for _ in range(500):
        if there():
            return
        await deferLater(reactor, 0.01)
    raise AssertionError("it did not come to that")


def children() -> set[str]:
    """Processes whose parent is this one, and that run."""
    stats = filter(_is_ours, Path("/proc").glob("[0-9]*/stat"))
    return {stat.parent.name for stat in stats}


def _is_ours(stat: Path) -> bool:
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] != "Z" and int(fields[1]) == os.getpid()


@pytest_twisted.ensureDeferred
async def test_the_service_answers_base64_or_the_pdf_as_it_is(
    renderer: Renderer,
) -> None:
    (offer,) = renderer.offers()
    call: Callable[..., Any] = offer.call

    coded = await call(None, {"template": "Hello"})
    plain = await call(None, {"template": "Hello", "raw": True})

    assert base64.b64decode(coded["content"]).startswith(b"%PDF-")
    assert coded["size"] == len(base64.b64decode(coded["content"]))
    assert plain.startswith(b"%PDF-")
