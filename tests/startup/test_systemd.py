"""The units in systemd/ are hardened, systemd accepts them, and the socket works.

What the files say is read always; systemd's own opinion is asked where its tools
are installed.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = ROOT / "systemd"
ANALYZE = shutil.which("systemd-analyze")
EXPOSURE_MAX = 20  # of 100; 15 when this was written
ENDPOINT = "systemd:domain=INET:name=http"

HARDENED = {
    "User": "eerp",
    "Type": "notify",
    "StateDirectory": "eerp",
    "UMask": "0077",
    "KillMode": "mixed",
    "Restart": "on-failure",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "PrivateDevices": "yes",
    "PrivateTmp": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
}

# Listens on the inherited socket, says where, and ends.
LISTEN = f"""
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory

listening = serverFromString(reactor, {ENDPOINT!r}).listen(Factory())
listening.addCallback(lambda port: print(port.getHost().port, flush=True))
listening.addBoth(lambda result: reactor.callLater(0, reactor.stop) and result)
reactor.run()
"""


def _settings(unit: str) -> dict[str, list[str]]:
    settings: dict[str, list[str]] = defaultdict(list)
    for line in (UNITS / unit).read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            settings[key].append(value)
    return settings


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Copies of the units whose paths exist here, as they would once installed."""
    twistd = tmp_path / ".venv" / "bin" / "twistd"
    twistd.parent.mkdir(parents=True)
    twistd.write_text("#!/bin/sh\n")
    twistd.chmod(0o755)
    for unit in UNITS.glob("eerp.*"):
        text = unit.read_text().replace("/opt/eerp", str(tmp_path))
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def _analyze(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    path = os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:"}
    return subprocess.run(
        [ANALYZE, *arguments],
        cwd=folder, env=path, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("key", HARDENED)
def test_the_service_is_hardened(key: str) -> None:
    assert _settings("eerp.service")[key] == [HARDENED[key]]


def test_system_calls_are_limited_to_a_service_s() -> None:
    filters = _settings("eerp.service")["SystemCallFilter"]
    assert filters == ["@system-service", "~@privileged"]


def test_systemd_waits_longer_for_the_drain_than_the_drain_lasts() -> None:
    schema = json.loads(next((ROOT / "eerp").rglob("config.schema.json")).read_text())
    drain = schema["properties"]["shutdown_timeout_s"]["default"]
    assert int(_settings("eerp.service")["TimeoutStopSec"][0]) > drain


def test_the_socket_has_the_name_that_the_configuration_uses() -> None:
    assert ENDPOINT.endswith(_settings("eerp.socket")["FileDescriptorName"][0])
    assert ENDPOINT in (UNITS / "eerp.socket").read_text()


def test_systemd_accepts_the_units(installed: Path) -> None:
    """Whatever systemd says about our units is a fault of theirs."""
    if ANALYZE is None:
        assert _settings("eerp.service")["ExecStart"]
        return
    units = ["eerp.service", "eerp.socket"]
    done = _analyze("verify", "--man=no", *units, folder=installed)
    said = done.stdout + done.stderr
    assert [line for line in said.splitlines() if "eerp" in line] == []


def test_systemd_finds_the_service_little_exposed(installed: Path) -> None:
    if ANALYZE is None:
        assert _settings("eerp.service")["CapabilityBoundingSet"] == [""]
        return
    limit = f"--threshold={EXPOSURE_MAX}"
    unit = str(installed / "eerp.service")
    done = _analyze("security", "--offline=true", limit, unit, folder=installed)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_twisted_adopts_the_socket_that_systemd_hands_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as inherited:
        # systemd hands the first socket over as descriptor 3, to this very process.
        script = 'exec 3<&"$1"; LISTEN_PID=$$ exec "$2" -c "$3"'
        fd = inherited.fileno()
        done = subprocess.run(
            ["bash", "-c", script, "sh", str(fd), sys.executable, LISTEN],
            env=os.environ | {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"},
            pass_fds=[fd], capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert done.stdout == f"{inherited.getsockname()[1]}\n", done.stderr
