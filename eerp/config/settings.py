"""What eerp-config.json says, as frozen classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from attrs import evolve, field, frozen

from eerp import limits
from eerp.log import LogFormat

__all__ = [
    "AppConfig", "AuthConfig", "Config", "CorsConfig", "DatabaseConfig", "DocsConfig",
    "EventsConfig", "GraphqlConfig", "IdempotencyConfig", "LimitsConfig", "LogConfig",
    "MailConfig", "MigrationsConfig", "ModuleConfig", "ModuleLimits", "OpenApiConfig",
    "OutgoingConfig",
    "WebhooksConfig",
]  # fmt: skip

DAY_S = 86_400


@frozen
class DatabaseConfig:
    """Which PostgreSQL: `embedded`, or `url`, or `host` with `name` and `user`.

    `password` is the content of `password_file` when the file names one.
    """

    embedded: bool = False
    host: str | None = None
    port: int = 5432
    name: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    pool_size: int = limits.POOL_SIZE
    statement_timeout_ms: int = limits.STATEMENT_TIMEOUT_MS
    lock_timeout_ms: int = limits.LOCK_TIMEOUT_MS
    connect_timeout_s: int = limits.CONNECT_TIMEOUT_S

    @property
    def dsn(self) -> str:
        """The external server as libpq takes it; secret. Not for `embedded`."""
        assert not self.embedded, "the embedded server knows its own address"
        if self.url is not None:
            return _with_password(self.url, self.password)
        keys = {
            "host": self.host,
            "port": str(self.port),
            "dbname": self.name,
            "user": self.user,
            "password": self.password,
        }
        return " ".join(
            f"{key}={_quoted(value)}" for key, value in keys.items() if value
        )


@frozen
class AuthConfig:
    """How long sign-ins hold, in seconds, and the key that signs tokens.

    Without `signing_key_file` a key is made once and kept in `state_dir`. With a
    `refresh_grace_s` of 0, no refresh token is ever good twice.
    """

    signing_key_file: Path | None = None
    access_token_ttl_s: int = 900
    refresh_token_ttl_s: int = 14 * DAY_S
    session_ttl_s: int = 90 * DAY_S
    refresh_grace_s: int = 0


@frozen
class LogConfig:
    """What is logged, and in which style."""

    level: Literal["debug", "info", "warn", "error", "critical"] = "info"
    format: LogFormat = "text"


@frozen
class MailConfig:
    """The mail server that mails of modules go to, and the address they come from.

    `password` is the content of `password_file`.
    """

    host: str
    sender: str
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@frozen
class CorsConfig:
    """Origins whose pages a browser lets call the API; none unless listed."""

    origins: tuple[str, ...] = ()


@frozen
class OpenApiConfig:
    """Whether everybody may read the API's document, or only who is signed in."""

    public: bool = True


@frozen
class MigrationsConfig:
    """Whether migrations may destroy what is stored without being asked again."""

    destructive: Literal["refuse", "allow"] = "refuse"


@frozen
class IdempotencyConfig:
    """How long the answer to a request with an Idempotency-Key is kept, in seconds."""

    keep_s: int = limits.IDEMPOTENCY_KEEP_S


@frozen
class ModuleLimits:
    """Bounds for one module; None leaves the core's."""

    body_bytes_max: int | None = None
    request_deadline_ms: int | None = None
    guest_cpu_ms_max: int | None = None
    guest_memory_bytes_max: int | None = None


@frozen
class AppConfig:
    """Whether the daemon serves the screens to browsers."""

    page: bool = True


@frozen
class DocsConfig:
    """Whether the daemon shows the documentation of its API to browsers."""

    page: bool = True


@frozen
class GraphqlConfig:
    """Whether browsers that open the GraphQL endpoint get GraphiQL."""

    graphiql: bool = False


@frozen
class LimitsConfig:
    """The bounds that an operator may move; the names are those of eerp/limits.py."""

    body_bytes_max: int = limits.BODY_BYTES_MAX
    connections_max: int = limits.CONNECTIONS_MAX
    requests_in_flight_max: int = limits.REQUESTS_IN_FLIGHT_MAX
    request_deadline_ms: int = limits.REQUEST_DEADLINE_MS
    guest_live_max: int = limits.GUEST_LIVE_MAX
    guest_cpu_ms_max: int = limits.GUEST_CPU_MS_MAX
    guest_memory_bytes_max: int = limits.GUEST_MEMORY_BYTES_MAX
    login_failures_max: int = limits.LOGIN_FAILURES_MAX
    login_window_s: int = limits.LOGIN_WINDOW_S
    event_streams_max: int = limits.EVENT_STREAMS_MAX
    event_streams_per_user_max: int = limits.EVENT_STREAMS_PER_USER_MAX

    def narrowed(self, by: ModuleLimits) -> LimitsConfig:
        """These limits, and `by` where it is smaller."""
        return evolve(
            self,
            body_bytes_max=_smaller(self.body_bytes_max, by.body_bytes_max),
            request_deadline_ms=_smaller(
                self.request_deadline_ms, by.request_deadline_ms
            ),
            guest_cpu_ms_max=_smaller(self.guest_cpu_ms_max, by.guest_cpu_ms_max),
            guest_memory_bytes_max=_smaller(
                self.guest_memory_bytes_max, by.guest_memory_bytes_max
            ),
        )


@frozen
class ModuleConfig:
    """What the operator decides for one module.

    `active` overrides the manifest unless it is None. A module has the capabilities
    that its manifest asks for and that are allowed here, and may call `http_hosts`:
    at private addresses only with `http_private`.
    """

    active: bool | None = None
    capabilities: tuple[str, ...] = ("orm", "events", "render")
    limits: ModuleLimits = ModuleLimits()
    http_hosts: tuple[str, ...] = ()
    http_private: bool = False


@frozen
class EventsConfig:
    """How events are delivered to handlers, and how long they are kept, in seconds."""

    handlers_at_once: int = limits.DELIVERIES_AT_ONCE
    attempts_max: int = limits.DELIVERY_ATTEMPTS_MAX
    keep_s: int = limits.DELIVERY_KEEP_S
    dead_keep_s: int = limits.DELIVERY_DEAD_KEEP_S


@frozen
class WebhooksConfig:
    """How webhooks are posted to, and which hosts of theirs may be private."""

    allow_hosts: tuple[str, ...] = ()
    at_once: int = limits.WEBHOOKS_AT_ONCE
    attempts_max: int = limits.WEBHOOK_ATTEMPTS_MAX
    timeout_s: int = limits.WEBHOOK_TIMEOUT_S


@frozen
class OutgoingConfig:
    """Whom we trust when we are the client."""

    ca_file: Path | None = None


@frozen
class Config:
    """The whole configuration; `source` is the file it came from, absolute."""

    source: Path
    database: DatabaseConfig
    state_dir: Path
    module_root: tuple[Path, ...]
    listen: tuple[str, ...] = ("tcp:8080:interface=127.0.0.1",)
    on_module_error: Literal["stop", "skip"] = "stop"
    optional_modules: frozenset[str] = frozenset()
    modules: Mapping[str, ModuleConfig] = field(factory=dict)
    shutdown_timeout_s: int = 30
    auth: AuthConfig = AuthConfig()
    log: LogConfig = LogConfig()
    cors: CorsConfig = CorsConfig()
    openapi: OpenApiConfig = OpenApiConfig()
    migrations: MigrationsConfig = MigrationsConfig()
    idempotency: IdempotencyConfig = IdempotencyConfig()
    mail: MailConfig | None = None
    app: AppConfig = AppConfig()
    docs: DocsConfig = DocsConfig()
    graphql: GraphqlConfig = GraphqlConfig()
    limits: LimitsConfig = LimitsConfig()
    events: EventsConfig = EventsConfig()
    webhooks: WebhooksConfig = WebhooksConfig()
    outgoing: OutgoingConfig = OutgoingConfig()

    def module(self, name: str) -> ModuleConfig:
        """What the operator decided for the module `name`, or the defaults."""
        return self.modules.get(name, ModuleConfig())


def _with_password(url: str, password: str | None) -> str:
    if password is None:
        return url
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}password={quote(password, safe='')}"


def _quoted(value: str) -> str:
    """`value` as a libpq connection string holds it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _smaller(core: int, own: int | None) -> int:
    return core if own is None else min(core, own)
