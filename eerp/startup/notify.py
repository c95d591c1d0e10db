"""Tell systemd how the start goes: sd_notify, in a few lines.

``NOTIFY_SOCKET`` is systemd's own protocol, not configuration; it is the one
environment variable that EERP reads. Where it is not set, nothing is sent.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from eerp.log import Logger

__all__ = ["notify"]

log = Logger(namespace="eerp.startup")


def notify(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send `state`, such as ``READY=1``, and answer whether systemd got it.

    Never raises and never waits: that nobody listens is no reason to stop a daemon.
    """
    name = environ.get("NOTIFY_SOCKET", "")
    if not name:
        return False
    # A leading @ stands for the zero byte of Linux's abstract socket names.
    address = "\0" + name[1:] if name.startswith("@") else name
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.setblocking(False)
            channel.sendto(state.encode(), address)
    except (OSError, ValueError) as error:
        log.warn(
            "systemd could not be told {state}: {reason}",
            event="notify_failed",
            state=state,
            reason=str(error),
        )
        return False
    return True
