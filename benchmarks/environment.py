"""The virtual environment of the FastAPI service, made on first use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["peer_python"]


def peer_python(root: Path) -> str:
    """The interpreter in ``var/bench-venv`` with what requirements.txt pins.

    Raises:
        subprocess.CalledProcessError: pip could not install it.
    """
    wanted = root / "benchmarks" / "peer_fastapi" / "requirements.txt"
    folder = root / "var" / "bench-venv"
    python = folder / "bin" / "python"
    stamp = folder / "installed-requirements.txt"
    if stamp.exists() and stamp.read_text() == wanted.read_text():
        return str(python)
    print("installing FastAPI into var/bench-venv", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-input"]
    subprocess.run(
        [python, "-m", "pip", "install", *options, "--requirement", wanted], check=True
    )
    stamp.write_text(wanted.read_text())
    return str(python)
