"""sd_notify: what is sent where, and that nothing can go wrong by it."""

from __future__ import annotations

import socket
import uuid

import pytest

from eerp.startup.notify import notify


@pytest.fixture
def receiver():
    """A datagram socket as systemd opens it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.settimeout(5)
        yield opened


def test_state_is_sent_to_the_socket(receiver, tmp_path):
    path = str(tmp_path / "notify")
    receiver.bind(path)
    assert notify("READY=1\nSTATUS=zwölf Module", {"NOTIFY_SOCKET": path})
    assert receiver.recv(1000).decode() == "READY=1\nSTATUS=zwölf Module"


def test_leading_at_means_an_abstract_socket(receiver):
    name = f"eerp-{uuid.uuid4()}"
    receiver.bind("\0" + name)
    assert notify("STOPPING=1", {"NOTIFY_SOCKET": f"@{name}"})
    assert receiver.recv(1000) == b"STOPPING=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}])
def test_without_systemd_nothing_is_sent(environ):
    assert not notify("READY=1", environ)


@pytest.mark.parametrize("name", ["/nowhere/notify", "x" * 500, "a\0b"])
def test_socket_that_cannot_be_reached_is_no_error(name):
    assert not notify("READY=1", {"NOTIFY_SOCKET": name})


def test_full_socket_does_not_block(receiver, tmp_path):
    path = str(tmp_path / "notify")
    receiver.bind(path)
    sent = [notify("WATCHDOG=1", {"NOTIFY_SOCKET": path}) for _ in range(5000)]
    assert sent[0]
    assert not sent[-1]
