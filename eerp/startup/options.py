"""The command line of ``twistd -n eerp``: one option, the configuration file.

The file is read while the options are, so that a wrong one is reported before
anything starts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.python import usage

from eerp.config import Config, load
from eerp.errors import ConfigError

__all__ = ["Options"]

DEFAULT_FILE = "eerp-config.json"
_TWISTD_PIDFILE = "twistd.pid"


class Options(usage.Options):
    """Options of the service. `config` is the frozen `Config` after parsing."""

    synopsis = "[--config FILE]"
    longdesc = "Runs the EERP daemon. Every setting is in the configuration file."
    optParameters = [  # noqa: RUF012  # the name and the type are Twisted's
        ["config", "c", DEFAULT_FILE, "The configuration file, JSON."],
    ]
    config: Config
    parent: Any

    def postOptions(self) -> None:
        """Read the file; a wrong one ends the program with what is wrong."""
        try:
            self.config = load(Path(self["config"]))
        except ConfigError as error:
            hint = f"\n({error.hint})" if error.hint else ""
            raise SystemExit(f"eerp: {error.message}{hint}") from None
        # Two daemons may share a folder; each locks its own state directory.
        if self.parent is not None and self.parent["pidfile"] == _TWISTD_PIDFILE:
            self.parent["pidfile"] = ""
