"""What a browser loads before the first page of the screens can be shown."""

from __future__ import annotations

import re

from tests.daemon.process import REPOSITORY

BUILT = REPOSITORY / "eerp" / "web" / "built-app"
SCRIPTS_BYTES_MAX = 200_000
_SCRIPT = re.compile(r'href="/(_app/immutable/[^"]+\.js)" rel="modulepreload"')


def test_the_scripts_before_the_first_route_are_light() -> None:
    found = _SCRIPT.findall((BUILT / "index.html").read_text())
    assert len(found) > 1
    packed = sum((BUILT / f"{name}.gz").stat().st_size for name in found)
    assert packed < SCRIPTS_BYTES_MAX
