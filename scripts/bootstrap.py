"""Make `.venv`, and install EERP and what it depends on into it.

    python3 scripts/bootstrap.py [extra ...]

Extras are those of setup.cfg (`test`, `lint`). Runs with nothing but the standard
library; does nothing when the virtual environment is already as the project says.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import debian

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
STAMP = VENV / "eerp-installed"
SOURCES = ("setup.cfg", "constraints.txt", "scripts/bootstrap.py")
VENV_PACKAGE = "python3-venv"


def main(extras: list[str]) -> None:
    """Bring `.venv` up to date with `extras` and those that it has already."""
    root, key, installed = _stamp()
    if root not in {None, str(ROOT)} or not _works():
        _make_venv()
        installed = set()
    elif key == _key() and installed >= {"run", *extras}:
        return
    wanted = {"run", *extras} | installed
    _install(sorted(wanted - {"run"}))
    STAMP.write_text("\n".join([str(ROOT), _key(), *sorted(wanted)]) + "\n")


def _stamp() -> tuple[str | None, str | None, set[str]]:
    """Where the environment was made, from what, and with which extras."""
    try:
        root, key, *extras = STAMP.read_text().splitlines()
    except (OSError, ValueError):
        return None, None, set()
    return root, key, set(extras)


def _key() -> str:
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _works() -> bool:
    """Whether the environment runs; the Python that it was made with may be gone."""
    try:
        subprocess.run([PYTHON, "-c", "import pip"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _make_venv() -> None:
    print(f"making {VENV.name} with {sys.executable}", flush=True)
    if _venv().returncode == 0:
        return
    if debian.install(VENV_PACKAGE):
        again = _venv()
        if again.returncode == 0:
            return
        _fail(f"{sys.executable} cannot make {VENV}: {_last_line(again)}")
    _fail(
        f"{sys.executable} cannot make a virtual environment; on Debian and Ubuntu "
        f"run: sudo apt-get install {VENV_PACKAGE}"
    )


def _venv() -> subprocess.CompletedProcess[str]:
    # --clear: an environment that was half made, or made by another Python, goes.
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _install(extras: list[str]) -> None:
    names = ", ".join(["EERP", *extras])
    print(f"installing {names} into {VENV.name}", flush=True)
    target = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    # --use-pep517: txpostgres is a source package, which older pips warn about.
    arguments = ["--quiet", "--disable-pip-version-check", "--no-input", "--use-pep517"]
    pinned = ["--constraint", str(ROOT / "constraints.txt")]
    command = [
        PYTHON,
        "-m",
        "pip",
        "install",
        *arguments,
        *pinned,
        "--editable",
        target,
    ]
    if subprocess.run(command, check=False).returncode != 0:
        _fail("pip could not install what EERP needs; what it said stands above")
    _check_plugin()


def _check_plugin() -> None:
    """Look once for the plugin: twistd writes its cache, and it must be there."""
    twistd = [PYTHON, str(VENV / "bin" / "twistd"), "--help"]
    done = subprocess.run(twistd, capture_output=True, text=True, check=False)
    if "\n    eerp " not in done.stdout:
        reason = _last_line(done) if done.returncode else "its plugin is not found"
        _fail(f"EERP is installed and twistd does not know it: {reason}")


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit status {done.returncode}"


def _fail(message: str) -> None:
    sys.exit(f"eerp: {message}")


if __name__ == "__main__":
    main(sys.argv[1:])
