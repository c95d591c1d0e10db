"""Print the path of a Chromium for the tests; Debian's is installed where we may."""

from __future__ import annotations

import shutil
import sys

import debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_PACKAGE = "chromium"


def find() -> str:
    """The path of the browser. Exits with one line when there is none."""
    found = _on_path()
    if found is None and debian.install(DEBIAN_PACKAGE):
        found = _on_path()
    if found is None:
        sys.exit(
            "eerp: no Chromium is here for the tests; on Debian run: "
            f"sudo apt-get install {DEBIAN_PACKAGE}"
        )
    return found


def _on_path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


if __name__ == "__main__":
    print(find())
