"""The areas of the command ``eerp``, one file each; `AREAS` lists them.

Each has a function ``add`` that declares it with argparse.
"""

from eerp.startup.commands import audit, config, users

__all__ = ["AREAS"]

AREAS = (audit.add, config.add, users.add)
"""What declares each area, in the order of ``eerp --help``."""
