"""Install Debian packages where that needs no password: when we are root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def may_install() -> bool:
    """Whether apt-get is here and we are root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> bool:
    """Install `packages` if we may; answers whether they are there now."""
    if not may_install():
        return False
    print(f"installing {' '.join(packages)}", flush=True)
    options = ["-qqy", "--no-install-recommends"]
    return _apt("update", "-qq") and _apt("install", *options, *packages)


def download(folder: Path, *packages: str) -> bool:
    """Download `packages` into `folder`, without installing them; nobody has to be root
    for that. Answers whether they are there now."""
    print(f"downloading {' '.join(packages)}", file=sys.stderr, flush=True)
    if _apt("download", *packages, folder=folder):
        return True
    # There may be no list of packages yet, or one from long ago.
    known = may_install() and _apt("update", "-qq")
    return known and _apt("download", *packages, folder=folder)


def _apt(*arguments: str, folder: Path | None = None) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", *arguments]
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    if done.returncode != 0:
        print(done.stderr, end="", file=sys.stderr)
    return done.returncode == 0
