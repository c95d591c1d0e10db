"""Print the path of an hledger for the tests; Debian's is unpacked where there is none.

It needs no root: the packages are downloaded and unpacked beside our Python, and
nothing of the system is changed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import debian

PACKAGES = ("hledger", "libffi8", "libgmp10", "libtinfo6")
FOLDER = Path(sys.prefix) / "share" / "hledger"
START = """\
#!/bin/sh
export LC_ALL=C.UTF-8
export LD_LIBRARY_PATH="{libraries}"
exec "{program}" "$@"
"""


def find() -> str:
    """The path of the program. Exits with one line when there is none."""
    found = shutil.which("hledger")
    if found is not None:
        return found
    start = FOLDER / "hledger"
    if not start.exists() and not _unpack():
        sys.exit(
            "eerp: no hledger is here for the tests; on Debian run: "
            "sudo apt-get install hledger"
        )
    return str(start)


def _unpack() -> bool:
    """Unpack Debian's packages; all of them are there, or none is."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return False
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.parent) as made:
        folder = Path(made)
        # Whoever downloads for root is another user, who may not see this folder.
        folder.chmod(0o755)
        if not debian.download(folder, *PACKAGES):
            return False
        for package in sorted(folder.glob("*.deb")):
            unpack = ["dpkg-deb", "-x", str(package), str(folder)]
            if subprocess.run(unpack, check=False).returncode != 0:
                return False
            package.unlink()
        return _settle(folder)


def _settle(folder: Path) -> bool:
    """Put what was unpacked in its place, unless another process did so before."""
    programs = sorted(folder.glob("usr/bin/hledger"))
    if not programs:
        return False
    libraries = {path.parent for path in folder.glob("**/*.so.*")}
    start = folder / "hledger"
    text = START.format(
        program=FOLDER / programs[0].relative_to(folder),
        libraries=":".join(
            str(FOLDER / path.relative_to(folder)) for path in sorted(libraries)
        ),
    )
    start.write_text(text, encoding="utf-8")
    start.chmod(0o755)
    try:
        folder.rename(FOLDER)
    except OSError:
        return (FOLDER / "hledger").exists()
    # Its name is the temporary folder's no more: that is made anew, to be taken away.
    folder.mkdir()
    return True


if __name__ == "__main__":
    print(find())
