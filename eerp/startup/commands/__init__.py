"""The areas of the command ``eerp``, one file each; `AREAS` lists them.

Each has a function ``add`` that declares it with argparse.
"""

from eerp.startup.commands import audit, config, events, migrate, openapi, users

__all__ = ["AREAS"]

AREAS = (config.add, users.add, migrate.add, events.add, audit.add, openapi.add)
"""What declares each area, in the order of ``eerp --help``."""
