"""Write the types of the TypeScript client, from what the modules here declare.

    python scripts/client.py [--config FILE] [--output FILE]
    python scripts/client.py --core

They are the OpenAPI document of the configuration, as TypeScript; with `--core` that of
the core alone, which is all that the screens know.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import node

ROOT = Path(__file__).resolve().parent.parent
CLIENT = node.WORKSPACE / "client"
TYPES = CLIENT / "src" / "schema.d.ts"
CORE_TYPES = node.WORKSPACE / "app" / "src" / "lib" / "api" / "schema.d.ts"
GENERATOR = node.PACKAGES / "openapi-typescript" / "bin" / "cli.js"


def main() -> None:
    """Ask EERP for the document, and have it translated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=ROOT / "eerp-config.json")
    parser.add_argument("--output", type=Path, default=TYPES)
    parser.add_argument("--core", action="store_true")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        config, output = arguments.config, arguments.output.resolve()
        if arguments.core:
            config, output = _without_modules(Path(folder)), CORE_TYPES
        document = Path(folder) / "openapi.json"
        _write_document(config, document)
        _write_types(document, output)


def _without_modules(folder: Path) -> Path:
    """A configuration in which there is only the core."""
    config = json.loads((ROOT / "eerp-config.json").read_text())
    modules = folder / "modules"
    modules.mkdir()
    path = folder / "eerp-config.json"
    path.write_text(json.dumps(config | {"module_root": [str(modules)]}))
    return path


def _write_document(config: Path, document: Path) -> None:
    eerp = [sys.executable, "-m", "eerp.startup.command"]
    command = [*eerp, "openapi", "--config", str(config)]
    with document.open("wb") as file:
        done = subprocess.run(command, cwd=ROOT, stdout=file, check=False)
    if done.returncode != 0:
        sys.exit("eerp: there is no document to make types of")


def _write_types(document: Path, types: Path) -> None:
    # What has a default may be left out of a request.
    options = ["--default-non-nullable=false", "--output", str(types)]
    found = node.install()
    if found.run(str(GENERATOR), str(document), *options, folder=CLIENT) != 0:
        sys.exit(f"eerp: {types.name} could not be written")


if __name__ == "__main__":
    main()
