"""Where a request to another server may go: URLs, hosts, addresses; pure.

A URL is read once, strictly, and written anew from what was read, so that no other
reader sees another host in it. A name is no answer to where it leads: that is for the
address to say, which is checked before anything is connected to it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from attrs import frozen

__all__ = ["Destination", "HostRule", "allowed", "is_public", "parse_url"]

_PORTS = {"https": 443, "http": 80}
_PORT_MAX = 65_535
_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})*"
_NAME_CHARACTERS_MAX = 253
_SIX = r"\[[0-9a-f:.]{2,45}\]"
_URL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_NAME}|{_SIX})(?::(?P<port>[0-9]{{1,5}}))?"
    r"(?P<rest>[/?][!-~]*)?",
    re.IGNORECASE,
)
_RULE = re.compile(
    rf"(?P<star>\*\.)?(?P<host>{_NAME}|{_SIX})(?::(?P<port>[0-9]{{1,5}}))?"
)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Global unicast addresses; what else IPv6 has is for special purposes.
_UNICAST = ipaddress.ip_network("2000::/3")
# Ways into IPv4 by IPv6: what they lead to is what counts.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
    )
)
_FOUR_MASK = 0xFFFF_FFFF


@frozen
class Destination:
    """A URL, read: `host` in small letters, an IPv6 address without brackets; `rest` is
    path and query."""

    scheme: str
    host: str
    port: int
    rest: str

    @property
    def url(self) -> str:
        """The URL, written anew."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == _PORTS[self.scheme]
        return f"{self.scheme}://{host}{'' if usual else f':{self.port}'}{self.rest}"

    @property
    def address(self) -> str | None:
        """The host, if it is an address and no name."""
        return None if _address(self.host) is None else self.host


def parse_url(url: str) -> Destination:
    """Read `url`. Raises ValueError for all but http and https to a host in ASCII,
    without user, password or fragment."""
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError("is not a plain http or https URL")
    scheme = found["scheme"].lower()
    host = _host(found["host"])
    rest = found["rest"] or "/"
    if "#" in rest or "\\" in rest:
        raise ValueError("has a character that must be percent-encoded, or a fragment")
    port = int(found["port"] or _PORTS[scheme])
    if not 1 <= port <= _PORT_MAX:
        raise ValueError("has a port that is not within 1 and 65535")
    return Destination(scheme, host, port, rest if rest[0] == "/" else f"/{rest}")


def _host(text: str) -> str:
    host = text.lower().strip("[]")
    if text.startswith("[") and _address(host) is None:
        raise ValueError("has a host that is neither a name nor an address")
    if len(host) > _NAME_CHARACTERS_MAX:
        raise ValueError("has a host whose name is too long")
    return host


@frozen
class HostRule:
    """Hosts that the operator allows: one, or all below one (`star`), on `port`, or on
    the usual port of the scheme."""

    host: str
    star: bool
    port: int | None

    @classmethod
    def parse(cls, text: str) -> HostRule:
        """``api.example.com``, ``*.example.com``, ``10.0.0.7:8080``, ``[::1]:8080``.
        Raises ValueError."""
        found = _RULE.fullmatch(text)
        if found is None:
            raise ValueError(
                "must be a host such as api.example.com, *.example.com or"
                " api.example.com:8443"
            )
        star, host = found["star"] is not None, _host(found["host"])
        if star and _address(host) is not None:
            raise ValueError("has a star before an address")
        port = None if found["port"] is None else int(found["port"])
        if port is not None and not 1 <= port <= _PORT_MAX:
            raise ValueError("has a port that is not within 1 and 65535")
        return cls(host, star, port)

    def covers(self, to: Destination) -> bool:
        """Whether it allows `to`."""
        port = _PORTS[to.scheme] if self.port is None else self.port
        if to.port != port:
            return False
        return to.host.endswith(f".{self.host}") if self.star else to.host == self.host


def allowed(rules: Iterable[HostRule], to: Destination) -> HostRule | None:
    """The rule that allows `to`; one that names the host goes before a star."""
    found = [rule for rule in rules if rule.covers(to)]
    return min(found, key=lambda rule: rule.star, default=None)


def is_public(text: str) -> bool:
    """Whether the address `text` is one of the public Internet."""
    address = _address(text)
    if address is None:
        return False
    inner = _inner(address)
    if inner is not None:
        address = inner
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    special = any(address in net for net in _SPECIAL if net.version == address.version)
    return address.is_global and not address.is_multicast and not special


def _inner(address: _Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _FOUR_MASK)
    return None


def _address(text: str) -> _Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
