"""Write constraints.txt: the newest releases that fit, all of them, by exact version.

.venv/bin/python scripts/lock.py
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
NOTE = "# Written by `make lock`: what an installation gets, dependencies included.\n"


def main() -> None:
    """Let pip resolve as if nothing were installed, and keep what it chose."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        resolve = [
            "--dry-run",
            "--ignore-installed",
            "--quiet",
            "--report",
            str(report),
        ]
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            *resolve,
            f"{ROOT}[node,test,lint]",
        ]
        subprocess.run(command, check=True)
        chosen = json.loads(report.read_text())["install"]
    pins = [_pin(package["metadata"]) for package in chosen]
    text = "".join(sorted(pin for pin in pins if not pin.startswith("eerp==")))
    (ROOT / "constraints.txt").write_text(NOTE + text)


def _pin(metadata: dict[str, str]) -> str:
    return f"{metadata['name'].lower()}=={metadata['version']}\n"


if __name__ == "__main__":
    main()
