"""The command ``eerp``: what an operator does beside running the daemon.

It works whether the daemon runs or not. What goes wrong is one clear line on standard
error and exit status 1. Each area of it is a file of ``commands/``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

import eerp
from eerp.errors import EerpError
from eerp.startup.commands import AREAS
from eerp.startup.commands.area import fail

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit: 0 when it was done, 1 when not, 2 for a wrong one."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except EerpError as error:
        fail(error)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eerp",
        description="Operates EERP: configuration, users, migrations, events, audit.",
        epilog="The daemon itself is: twistd -n eerp --config eerp-config.json",
    )
    parser.add_argument("--version", action="version", version=eerp.__version__)
    areas = parser.add_subparsers(title="areas", metavar="AREA", required=True)
    for add in AREAS:
        add(areas)
    return parser


if __name__ == "__main__":
    main()
