"""eerp-config.json, the one source of truth, read into one frozen `Config`.

::

    config = load(Path("eerp-config.json"))

answers a `Config` that can be trusted, or raises a `ConfigError` that names every
fault by its dotted key. Relative paths are relative to the folder of the file. No
environment variable is read.
"""

from __future__ import annotations

from eerp.config.load import SCHEMA, load
from eerp.config.settings import (
    AppConfig,
    AuthConfig,
    Config,
    CorsConfig,
    DatabaseConfig,
    DocsConfig,
    EventsConfig,
    GraphqlConfig,
    IdempotencyConfig,
    LimitsConfig,
    LogConfig,
    MailConfig,
    MigrationsConfig,
    ModuleConfig,
    ModuleLimits,
    OpenApiConfig,
    OutgoingConfig,
    WebhooksConfig,
)

__all__ = [
    "SCHEMA", "load",
    "AppConfig", "AuthConfig", "Config", "CorsConfig", "DatabaseConfig", "DocsConfig",
    "EventsConfig", "GraphqlConfig", "IdempotencyConfig", "LimitsConfig", "LogConfig",
    "MailConfig", "MigrationsConfig", "ModuleConfig", "ModuleLimits", "OpenApiConfig",
    "OutgoingConfig",
    "WebhooksConfig",
]  # fmt: skip
