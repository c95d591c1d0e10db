"""Composition: the only importer of everything, and of the reactor.

`sequence` is the start of the daemon, step by step; `service` is what twistd runs
and `options` its command line; `command` is the command ``eerp``.
"""

from eerp.startup.options import Options

__all__ = ["Options"]
