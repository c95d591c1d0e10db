"""Connections to other servers: to an address that was checked, and to no other.

A name is resolved once. Its addresses are checked, and it is one of them that is
connected to, while TLS still asks the server to prove the name. So a name that leads
elsewhere a moment later leads nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from attrs import define, field, frozen
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    TCP4ClientEndpoint,
    TCP6ClientEndpoint,
    wrapClientTLS,
)
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import (
    IProtocol,
    IProtocolFactory,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.internet.ssl import optionsForClientTLS
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from eerp import limits
from eerp.delivery.hosts import Destination, is_public
from eerp.errors import HostRefused, RemoteFailed

__all__ = ["Dialer", "Line", "Lookup", "resolver"]

Lookup = Callable[[str, int], "Deferred[list[str]]"]
"""From a name and a port to addresses."""
_TLS_HOSTS_MAX = 256


def resolver(reactor: Any) -> Lookup:
    """Looks names up as the operating system does, in threads."""

    def lookup(host: str, port: int) -> Deferred[list[str]]:
        found: Deferred[list[str]] = Deferred()
        reactor.nameResolver.resolveHostName(_Found(found), host, port)
        return found

    return lookup


@implementer(IResolutionReceiver)
class _Found:
    """Collects the addresses of a name."""

    def __init__(self, done: Deferred[list[str]]) -> None:
        self._done = done
        self._addresses: list[str] = []

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  # Twisted's name
        """There is nothing to note."""

    def addressResolved(self, address: Any) -> None:  # noqa: N802  # Twisted's name
        """One more."""
        if isinstance(address, IPv4Address | IPv6Address):
            self._addresses.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802  # Twisted's name
        """That was all; nobody may wait any more."""
        if not self._done.called:
            self._done.callback(self._addresses)


class Dialer:
    """Finds the way to a destination. `trust` replaces the system's certificate
    authorities, for those who have their own."""

    def __init__(self, reactor: Any, lookup: Lookup, trust: Any = None) -> None:
        self._reactor = reactor
        self._lookup = lookup
        # To read all authorities of the system takes milliseconds.
        self._tls = lru_cache(_TLS_HOSTS_MAX)(
            lambda host: optionsForClientTLS(host, trustRoot=trust)
        )

    async def line(
        self, to: Destination, *, private: bool, received_bytes_max: int
    ) -> Line:
        """A line to `to`, not yet connected. Only one that may be `private` leads to an
        address that is not public. Raises `HostRefused` or `RemoteFailed`."""
        addresses = await self._addresses(to)
        fit = [address for address in addresses if private or is_public(address)]
        if not fit:
            raise HostRefused(
                f"{to.host} is at an address that is private or of this machine.",
                hint="The operator can allow that for a host by its name.",
            )
        endpoint: Any = _Addresses(self._reactor, fit, to.port)
        if to.scheme == "https":
            endpoint = wrapClientTLS(self._tls(to.host), endpoint)
        return Line(endpoint, received_bytes_max)

    async def _addresses(self, to: Destination) -> Sequence[str]:
        if to.address is not None:
            return [to.address]
        try:
            found = await self._lookup(to.host, to.port)
        except OSError:
            found = []
        if not found:
            raise RemoteFailed(f"{to.host} has no address.")
        return list(dict.fromkeys(found))[: limits.HTTP_ADDRESSES_MAX]


@implementer(IStreamClientEndpoint)
@frozen(eq=False)
class _Addresses:
    """Connects to the first of `addresses` that answers."""

    reactor: Any
    addresses: Sequence[str]
    port: int

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Try one after the other."""
        return Deferred.fromCoroutine(self._connect(factory))

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        *others, last = self.addresses
        for address in others:
            try:
                return await self._to(address).connect(factory)
            except (OSError, ConnectError):
                continue
        return await self._to(last).connect(factory)

    def _to(self, address: str) -> IStreamClientEndpoint:
        kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
        return kind(self.reactor, address, self.port, timeout=limits.HTTP_CONNECT_S_MAX)


class _Bounded(ProtocolWrapper):
    """Hangs up on who sends too much."""

    received = 0
    transport: Any

    def dataReceived(self, data: bytes) -> None:
        """Count, and pass it on."""
        assert isinstance(self.factory, _BoundedFactory)
        self.received += len(data)
        if self.received > self.factory.bytes_max:
            self.factory.exceeded = True
            self.transport.abortConnection()
        else:
            super().dataReceived(data)


class _BoundedFactory(WrappingFactory):
    """For one connection."""

    protocol = _Bounded
    noisy = False

    def __init__(self, wrapped: Any, bytes_max: int) -> None:
        super().__init__(wrapped)
        self.bytes_max = bytes_max
        self.exceeded = False


@implementer(IAgentEndpointFactory)
@define(eq=False)
class Line:
    """The way to one destination, for one request; an agent asks it how to connect."""

    endpoint: Any
    bytes_max: int
    _factory: _BoundedFactory | None = None
    _connections: list[Any] = field(factory=list)

    @property
    def exceeded(self) -> bool:
        """Whether it was cut because too much came."""
        return self._factory is not None and self._factory.exceeded

    def endpointForURI(self, _uri: URI) -> IStreamClientEndpoint:  # noqa: N802
        """Twisted asks; where to was settled before."""
        return _LineEndpoint(self)

    def connect(self, factory: Any) -> Deferred[IProtocol]:
        """Connect; the connection is noted, and its bytes are counted."""
        self._factory = _BoundedFactory(factory, self.bytes_max)
        dialled: Deferred[Any] = self.endpoint.connect(self._factory)
        return dialled.addCallback(self._connected)

    def _connected(self, connection: Any) -> IProtocol:
        self._connections.append(connection)
        inner: IProtocol = connection.wrappedProtocol
        return inner

    def close(self) -> None:
        """Hang up."""
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.abortConnection()


@implementer(IStreamClientEndpoint)
@frozen(eq=False)
class _LineEndpoint:
    line: Line

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect the line."""
        return self.line.connect(factory)
