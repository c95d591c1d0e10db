"""The start of the daemon, step by step, and its end, the same stairs down.

Read `start` first: it is the program. Each step leaves its part in the `Runtime`,
and what ends that part in `Runtime.undo`. Nothing listens before all of it is done.
"""

from __future__ import annotations

import gc

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.threads import deferToThreadPool

import eerp
from eerp import limits
from eerp.auth import Accounts, Identities, Passwords, Tokens, load_keys
from eerp.auth.throttle import Throttle
from eerp.calls import Gateway
from eerp.database.core_schema import prepare
from eerp.database.embedded import Embedded
from eerp.database.pool import Pool
from eerp.delivery import TransactionOutbox
from eerp.errors import StartupError
from eerp.log import Logger
from eerp.modules import Detection, Plan, detect, sort
from eerp.orm.repository import Repository
from eerp.sandbox import CompiledCache, Dispatcher, Engine
from eerp.sandbox.idempotency import forget
from eerp.services import MailSender, ServiceTable, Smtp, core_offers
from eerp.startup.api import core_api, publish
from eerp.startup.delivery import Delivery, begin_delivery, write_registry
from eerp.startup.load import Loader, Schemas
from eerp.startup.notify import notify
from eerp.startup.runtime import Runtime
from eerp.startup.schemas import ModuleSchemas
from eerp.startup.upkeep import Upkeep
from eerp.web import Health, Settings, build_site
from eerp.web.app_pages import app_pages
from eerp.web.pages import page_routes

__all__ = ["start", "stop"]

log = Logger(namespace="eerp.startup")


async def start(runtime: Runtime) -> None:
    """The eight steps. Raises a StartupError at the first that fails."""
    began = runtime.reactor.seconds()
    read_state(runtime)
    await open_pool(runtime)
    detection = detect(runtime.config)
    plan = sort(detection, runtime.config.on_module_error)
    await load_groups(runtime, detection, plan)
    await write_registry(runtime)
    freeze(runtime)
    accounts = await open_accounts(runtime)
    build(runtime, accounts)
    keep_up(runtime)
    send_mails(runtime)
    await listen(runtime)
    note_started(runtime, began)


async def stop(runtime: Runtime) -> None:
    """Undo what was started, the last first; one failure does not spare the rest."""
    while runtime.undo:
        step = runtime.undo.pop()
        try:
            await step()
        except Exception:
            log.failure("a part did not stop in order", event="stop_failed")


def read_state(runtime: Runtime) -> None:
    """The configuration is read; make the state directory and the signing key."""
    config = runtime.config
    log.info(
        "EERP {version}, configuration {source}",
        event="starting",
        version=eerp.__version__,
        source=config.source,
    )
    try:
        config.state_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise StartupError(
            f"the state directory {config.state_dir} cannot be made: {error.strerror}"
        ) from None
    runtime.keys = load_keys(config.state_dir, config.auth.signing_key_file)


async def open_pool(runtime: Runtime) -> None:
    """Start PostgreSQL where it is ours, prove that it answers, see to our schema."""
    database = runtime.config.database
    dsn = await start_embedded(runtime) if database.embedded else database.dsn
    pool = make_pool(runtime, dsn)
    await pool.open()
    runtime.pool, runtime.dsn = pool, dsn
    runtime.undo.append(pool.close)
    await prepare(pool)


def make_pool(runtime: Runtime, dsn: str) -> Pool:
    """A pool that is not open yet."""
    database = runtime.config.database
    return Pool(
        runtime.reactor,
        dsn,
        size=database.pool_size,
        connect_timeout_s=database.connect_timeout_s,
        statement_timeout_ms=database.statement_timeout_ms,
        lock_timeout_ms=database.lock_timeout_ms,
    )


async def start_embedded(runtime: Runtime) -> str:
    """Start the embedded PostgreSQL; how to reach it."""
    embedded = Embedded(runtime.reactor, runtime.config.state_dir)
    dsn = await embedded.start()
    runtime.embedded = embedded
    runtime.undo.append(embedded.stop)
    return dsn


async def load_groups(
    runtime: Runtime,
    detection: Detection,
    plan: Plan,
    schemas: Schemas | None = None,
    *,
    screens: bool = True,
) -> None:
    """Load the modules, one priority after the other, into `schemas` if given. They
    have `screens` where the models are those of the runtime."""
    config, reactor = runtime.config, runtime.reactor
    engine = Engine(
        reactor, config.limits.guest_live_max, config.limits.guest_memory_bytes_max
    )
    runtime.engine = engine

    async def close_engine() -> None:
        engine.close()

    runtime.undo.append(close_engine)
    cache = CompiledCache(
        config.state_dir / "compiled",
        runtime.keys.derive("module-cache"),
        engine,
        lambda call, *arguments: deferToThreadPool(
            reactor, reactor.getThreadPool(), call, *arguments
        ),
    )
    runtime.services = ServiceTable(eerp.__version__, core_offers(reactor, config.mail))
    runtime.loader = Loader(
        config=config,
        clock=reactor,
        engine=engine,
        cache=cache,
        schemas=schemas
        or ModuleSchemas(
            runtime.pool,
            runtime.models,
            consent=config.migrations.destructive == "allow",
        ),
        routes=runtime.routes,
        services=runtime.services,
        programs=runtime.programs,
        registry=runtime.registry,
        screens=runtime.screens if screens else None,
    )
    await runtime.loader.load(detection, plan)


def freeze(runtime: Runtime) -> None:
    """From here on, nothing can be registered."""
    runtime.models.freeze()
    runtime.operations = Repository(runtime.models, runtime.keys.derive("cursor"))
    runtime.routes.freeze(runtime.operations.check_list)
    runtime.services.freeze()


async def open_accounts(runtime: Runtime) -> Accounts:
    """Who may sign in; on the very first start, make the user `admin`."""
    accounts = make_accounts(runtime)
    await accounts.first_start(runtime.config.state_dir)
    return accounts


def make_accounts(runtime: Runtime) -> Accounts:
    """Who may sign in, and who a token stands for."""
    config, reactor = runtime.config, runtime.reactor
    tokens = Tokens(runtime.keys.derive("token"), reactor.seconds)
    runtime.identities = Identities(runtime.pool, tokens)
    runtime.passwords = Passwords(
        lambda call, *arguments: deferToThreadPool(
            reactor, reactor.getThreadPool(), call, *arguments
        )
    )
    runtime.throttle = Throttle(
        config.limits.login_failures_max, config.limits.login_window_s
    )
    return Accounts(
        runtime.pool,
        runtime.passwords,
        tokens,
        runtime.identities,
        refresh_key=runtime.keys.derive("refresh"),
        lifetimes=config.auth,
        throttle=runtime.throttle,
    )


def make_dispatcher(runtime: Runtime, delivery: Delivery) -> Dispatcher:
    """The way into the modules."""
    return Dispatcher(
        pool=runtime.pool,
        operations=runtime.operations,
        clock=runtime.reactor,
        programs=runtime.programs,
        services=runtime.services,
        outbox=TransactionOutbox(),
        http=delivery.http,
    )


def make_gateway(runtime: Runtime, dispatcher: Dispatcher) -> Gateway:
    """The way of a client's calls."""
    keep_s = runtime.config.idempotency.keep_s
    return Gateway(dispatcher, runtime.loader.chains, keep_s)


def make_health(runtime: Runtime) -> None:
    """What `/ready` looks at."""
    runtime.health = Health(runtime.pool, runtime.loader, runtime.reactor)


def build(runtime: Runtime, accounts: Accounts) -> None:
    """The site: routes, what is behind them, and what follows after commit."""
    config, reactor = runtime.config, runtime.reactor
    delivery = Delivery.of(runtime)
    dispatcher = make_dispatcher(runtime, delivery)
    begin_delivery(runtime, delivery, dispatcher)
    make_health(runtime)
    gateway = make_gateway(runtime, dispatcher)
    further = core_api(runtime, delivery, gateway)
    publish(runtime, accounts, further)
    runtime.site = build_site(
        table=runtime.routes,
        gateway=gateway,
        identifier=runtime.identities,
        accounts=accounts,
        health=runtime.health,
        modules=runtime.loader,
        clock=reactor,
        settings=Settings(
            origins=frozenset(config.cors.origins),
            body_bytes_max=config.limits.body_bytes_max,
            connections_max=config.limits.connections_max,
            requests_in_flight_max=config.limits.requests_in_flight_max,
        ),
        further=[
            *further,
            *page_routes(docs=config.docs.page, graphiql=config.graphql.graphiql),
        ],
        pages=app_pages() if config.app.page else None,
    )


def keep_up(runtime: Runtime) -> None:
    """What has to be done every now and then, from here on."""
    upkeep = Upkeep(
        runtime.reactor,
        limits.IDEMPOTENCY_FORGET_S,
        "forgetting old idempotency keys",
        lambda: forget(runtime.pool, runtime.config.idempotency.keep_s),
    )
    runtime.undo.append(upkeep.stop)


def send_mails(runtime: Runtime) -> None:
    """Send what modules wrote, if there is a mail server to send it to."""
    mail = runtime.config.mail
    if mail is not None:
        server = Smtp(runtime.reactor, mail)
        sender = MailSender(runtime.reactor, runtime.pool, server, mail.sender)
        upkeep = Upkeep(
            runtime.reactor, limits.MAIL_POLL_S, "sending mails", sender.work
        )
        runtime.undo.append(upkeep.stop)


async def listen(runtime: Runtime) -> None:
    """Open every endpoint, and tell those who wait for it."""
    for description in runtime.config.listen:
        try:
            endpoint = serverFromString(runtime.reactor, description)
            port = await endpoint.listen(runtime.site)
        except Exception as error:
            raise StartupError(f"cannot listen on {description}: {error}") from error
        runtime.ports.append(port)
        log.info("listening on {endpoint}", event="listening", endpoint=description)
    runtime.undo.append(lambda: drain(runtime))
    runtime.health.phase = "serving"
    notify("READY=1")


async def drain(runtime: Runtime) -> None:
    """Take no more requests, and let those under way end within the time given."""
    runtime.health.phase = "draining"
    notify("STOPPING=1")
    for port in runtime.ports:
        closing = port.stopListening()
        if isinstance(closing, Deferred):
            await closing
    cut = await runtime.site.drain(runtime.config.shutdown_timeout_s)
    log.info("drained, {cut} requests cut short", event="drained", cut=cut)


def note_started(runtime: Runtime, began: float) -> None:
    """One line that says what runs. What exists by now stays: the collector of
    garbage need not look at it again in every round."""
    gc.collect()
    gc.freeze()
    log.info(
        "ready in {seconds} s: {modules} modules, {routes} routes",
        event="started",
        seconds=round(runtime.reactor.seconds() - began, 2),
        modules=len(runtime.programs),
        routes=len(runtime.routes.routes()),
    )
