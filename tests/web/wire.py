"""A site on an in-memory transport: raw bytes in, whole responses out.

The gateway, the identities and the accounts are deterministic doubles; what is
under test is what lies between the socket and them.
"""

from __future__ import annotations

import json

from attrs import Factory, define, frozen
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableDescriptor
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from eerp.errors import LoginRefused, TokenExpired
from eerp.interfaces import GuestRequest, Identity, ModuleState, Reply
from eerp.routes import RouteTable
from eerp.web import Health, Settings, Site, build_site

ANN = Identity("u-1", "ann", None, ("sales",), frozenset({"crm.*"}))
BOB = Identity("u-2", "bob", None, (), frozenset({"eerp.modules.read"}))
TOKENS = {"ann-token": ANN, "bob-token": BOB}

CONTACT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "email": {"type": ["string", "null"], "format": "email"},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@define
class FakeIdentities:
    """Knows two tokens; `bob-token` only after a look-up."""

    waiting: Deferred | None = None

    def cached(self, token):
        return ANN if token == "ann-token" else None

    async def identify(self, token):
        if self.waiting is not None:
            await self.waiting
        if token not in TOKENS:
            raise TokenExpired("The access token has expired.")
        return TOKENS[token]


@frozen
class FakePair:
    access_token: str = "a"
    refresh_token: str = "r"
    expires_in: int = 900


@define
class FakeAccounts:
    seen: list = Factory(list)

    async def login(self, username, password, *, address, user_agent):
        self.seen.append((username, address, user_agent))
        if password != "right":
            raise LoginRefused("The user name or the password is wrong.")
        return FakePair()

    async def refresh(self, refresh_token):
        return FakePair()

    async def logout(self, identity):
        self.seen.append(identity)

    async def me(self, identity):
        return {"username": identity.username}


@define
class FakeGateway:
    """Answers what `reply` says, at once or when `waiting` fires."""

    reply: object = Factory(lambda: Reply(200, b'{"ok":true}'))
    waiting: list | None = None
    cancelled: int = 0
    requests: list[GuestRequest] = Factory(list)
    targets: list = Factory(list)

    def one(self, call, cancel):
        self.targets.append(call.route)
        self.requests.append(call.request)
        if self.waiting is not None:
            pending = Deferred(self._cancel)
            self.waiting.append(pending)
            return pending
        if isinstance(self.reply, Exception):
            pending = Deferred()
            pending.errback(Failure(self.reply))
            return pending
        return succeed(self.reply)

    def _cancel(self, _):
        self.cancelled += 1


@define
class FakeModules:
    modules: list = Factory(
        lambda: [ModuleState("crm", "1.2.0", "CRM", ("core",), 1, "loaded")]
    )

    def states(self):
        return self.modules


@define
class FakeDatabase:
    waiting: Deferred | None = None
    pings: int = 0
    error: Exception | None = None

    async def ping(self):
        self.pings += 1
        if self.waiting is not None:
            await self.waiting
        if self.error is not None:
            raise self.error


QUERY = {
    "type": "object",
    "properties": {
        "limit": {"type": "integer", "maximum": 9},
        "q": {"type": "array", "items": {"type": "string"}},
        "token": {"type": "string"},
    },
    "additionalProperties": False,
}


def table() -> RouteTable:
    routes = RouteTable()
    for number, (method, path, permission, query, body) in enumerate(
        [
            ("GET", "/contacts", "crm.contacts.read", None, None),
            ("POST", "/contacts", "crm.contacts.write", None, CONTACT),
            ("GET", "/contacts/{id}", "crm.contacts.read", QUERY, None),
            ("DELETE", "/contacts/{id}", "crm.contacts.write", None, None),
            ("GET", "/public", None, None, None),
        ]
    ):
        routes.register(
            module="crm",
            prefix="crm",
            method=method,
            path=path,
            handler_id=number,
            permission=permission,
            query=query,
            body=body,
        )
    routes.register(
        module="deals",
        prefix="sales/deals",
        method="GET",
        path="/{id:int}",
        handler_id=1,
        permission=None,
    )
    routes.freeze()
    return routes


@define(eq=False)
class World:
    """A site and its doubles."""

    gateway: FakeGateway = Factory(FakeGateway)
    identities: FakeIdentities = Factory(FakeIdentities)
    accounts: FakeAccounts = Factory(FakeAccounts)
    modules: FakeModules = Factory(FakeModules)
    database: FakeDatabase = Factory(FakeDatabase)
    clock: Clock = Factory(Clock)
    settings: Settings = Factory(
        lambda: Settings(origins=frozenset({"https://spa.example"}))
    )
    further: tuple = ()
    pages: object = None
    health: Health = None
    site: Site = None

    def __attrs_post_init__(self):
        self.clock.advance(1_700_000_000)
        self.health = Health(self.database, self.modules, self.clock)
        self.health.phase = "serving"
        self.site = build_site(
            table=table(),
            gateway=self.gateway,
            identifier=self.identities,
            accounts=self.accounts,
            health=self.health,
            modules=self.modules,
            clock=self.clock,
            settings=self.settings,
            further=self.further,
            pages=self.pages,
        )
        self.site.doStart()

    def connect(self) -> Client:
        channel = self.site.buildProtocol(None)
        if channel is None:
            return None
        client = Client(channel, Transport())
        channel.makeConnection(client.transport)
        return client

    def send(self, data: bytes) -> list[Response]:
        client = self.connect()
        client.send(data)
        return client.responses()

    def ask(self, method, path, *, body=None, token="ann-token", **headers):
        """One request; its one response."""
        client = self.connect()
        client.send(request_bytes(method, path, body=body, token=token, **headers))
        [response] = client.responses(head=method == "HEAD")
        return response


def request_bytes(method, path, *, body=None, token="ann-token", **headers) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: erp.example:8080"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers.setdefault("content_type", "application/json")
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


@implementer(IHalfCloseableDescriptor)
class Transport(StringTransport):
    """A StringTransport that can be half closed, as a TCP one."""

    half_closed = False
    aborted = False

    def __init__(self):
        super().__init__(
            hostAddress=IPv4Address("TCP", "127.0.0.1", 8080),
            peerAddress=IPv4Address("TCP", "192.0.2.7", 40000),
        )

    def loseWriteConnection(self):
        self.half_closed = True

    def abortConnection(self):
        self.aborted = True
        super().abortConnection()


@define(eq=False)
class Client:
    channel: object
    transport: Transport

    def send(self, data: bytes, size: int | None = None):
        size = size or len(data) or 1
        for start in range(0, len(data), size):
            self.channel.dataReceived(data[start : start + size])

    def responses(self, *, head: bool = False) -> list[Response]:
        raw = self.transport.value().replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
        found = []
        while raw:
            response, raw = _response(raw, head)
            found.append(response)
        return found

    @property
    def closed(self) -> bool:
        transport = self.transport
        return transport.disconnecting or transport.half_closed or transport.aborted

    def lose(self):
        self.channel.connectionLost(Failure(ConnectionDone()))


@frozen
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def _response(raw: bytes, head: bool) -> tuple[Response, bytes]:
    top, _, rest = raw.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    version, status, _ = first.split(" ", 2)
    assert version in {"HTTP/1.1", "HTTP/1.0"}
    pairs = [line.split(": ", 1) for line in lines]
    headers = {name.lower(): value for name, value in pairs}
    assert len(headers) == len(pairs), f"a header is there twice: {lines}"
    assert "transfer-encoding" not in headers
    length = 0 if head else int(headers.get("content-length", 0))
    assert len(rest) >= length
    return Response(int(status), headers, rest[:length]), rest[length:]
