"""Puts together what happens after commit, and the way to other servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import frozen
from twisted.internet.ssl import Certificate, trustRootFromCertificates

from eerp import limits
from eerp.config import Config
from eerp.database.listen import Listener
from eerp.delivery import (
    CHANNEL,
    Deliverer,
    Desk,
    Dialer,
    Fetcher,
    HostRule,
    Ledger,
    ModuleHosts,
    ModuleHttp,
    Pace,
    Poster,
    Secrets,
    Webhooks,
    resolver,
)
from eerp.errors import ConfigError, StartupError
from eerp.interfaces import TransactionBegin
from eerp.sandbox import Dispatcher
from eerp.startup.runtime import Runtime
from eerp.web.delivery_routes import delivery_routes
from eerp.web.endpoints import CoreRoute
from eerp.web.webhook_routes import webhook_routes

__all__ = ["Delivery", "begin_delivery", "write_registry"]

_PEM_END = b"-----END CERTIFICATE-----"


@frozen(eq=False)
class Delivery:
    """What modules, clients and the deliverer need of it."""

    http: ModuleHttp
    ledger: Ledger
    webhooks: Webhooks
    poster: Poster

    @classmethod
    def of(cls, runtime: Runtime) -> Delivery:
        """For a daemon whose modules are loaded."""
        config, reactor = runtime.config, runtime.reactor
        dialer = Dialer(reactor, resolver(reactor), _trust(config.outgoing.ca_file))
        fetcher, desk = Fetcher(reactor, dialer), Desk(runtime.pool)
        webhooks = Webhooks(
            desk,
            Secrets(runtime.keys.derive("webhook")),
            _rules("webhooks.allow_hosts", config.webhooks.allow_hosts),
        )
        poster = Poster(webhooks, fetcher, reactor, config.webhooks.timeout_s)
        http = ModuleHttp(fetcher, _module_hosts(config))
        return cls(http, Ledger(desk), webhooks, poster)

    def routes(self) -> tuple[CoreRoute, ...]:
        """The core's routes for it."""
        return (
            *delivery_routes(self.ledger),
            *webhook_routes(self.webhooks, self.poster),
        )


async def write_registry(runtime: Runtime) -> None:
    """Write down who hears of what, and what is due when, for all processes."""
    begin = TransactionBegin(
        read_only=False, actor=None, request_id="start", module="eerp"
    )
    transaction = runtime.pool.exclusive(begin)
    try:
        await runtime.registry.write(transaction, tuple(runtime.loader.failures))
        await transaction.commit()
    except BaseException:
        await transaction.rollback()
        raise


def begin_delivery(
    runtime: Runtime, delivery: Delivery, dispatcher: Dispatcher
) -> None:
    """Deliver what is due, from here to the end."""
    config = runtime.config
    listener = Listener(
        runtime.reactor,
        runtime.dsn,
        CHANNEL,
        connect_timeout_s=config.database.connect_timeout_s,
        statement_timeout_ms=config.database.statement_timeout_ms,
        lock_timeout_ms=config.database.lock_timeout_ms,
    )
    deliverer = Deliverer(
        runtime.reactor, listener, dispatcher, runtime.registry, delivery.poster,
        _pace(config),
    )  # fmt: skip
    deliverer.start()

    async def stop() -> None:
        await deliverer.stop(limits.DELIVERY_DRAIN_S)

    runtime.undo.append(stop)


def _pace(config: Config) -> Pace:
    events, webhooks = config.events, config.webhooks
    deadline_s = config.limits.request_deadline_ms / 1000
    return Pace(
        handlers_at_once=events.handlers_at_once,
        attempts_max=events.attempts_max,
        handler_lease_s=deadline_s + limits.DELIVERY_LEASE_MARGIN_S,
        webhooks_at_once=webhooks.at_once,
        webhook_attempts_max=webhooks.attempts_max,
        keep_s=events.keep_s,
        dead_keep_s=events.dead_keep_s,
    )


def _module_hosts(config: Config) -> dict[str, ModuleHosts]:
    return {
        name: ModuleHosts(
            _rules(f"modules.{name}.http_hosts", module.http_hosts),
            module.http_private,
        )
        for name, module in config.modules.items()
    }


def _rules(key: str, texts: tuple[str, ...]) -> tuple[HostRule, ...]:
    try:
        return tuple(map(HostRule.parse, texts))
    except ValueError as error:
        raise ConfigError(f"{key} has a host that {error}") from None


def _trust(ca_file: Path | None) -> Any:
    """The certificate authorities of the file; None is those of the system."""
    if ca_file is None:
        return None
    try:
        parts = ca_file.read_bytes().split(_PEM_END)[:-1]
        own = [Certificate.loadPEM(part + _PEM_END + b"\n") for part in parts]
    except Exception as error:  # OpenSSL has errors of its own
        raise StartupError(
            f"the certificate authorities in {ca_file} cannot be read:"
            f" {type(error).__name__}"
        ) from None
    if not own:
        raise StartupError(f"{ca_file} has no certificate in it")
    return trustRootFromCertificates(own)
