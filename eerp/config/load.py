"""eerp-config.json -> `Config`, or one `ConfigError` with every fault.

The keys, their types and their bounds are in ``eerp/config.schema.json``; what a
schema cannot say is in ``checks.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eerp import limits
from eerp.config.checks import PASSWORD_BYTES_MAX, flaws_of
from eerp.config.jsonfile import Flaw, Refused, Schema, read, read_bytes, sound
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
from eerp.errors import ConfigError
from eerp.log import printable

__all__ = ["SCHEMA", "load"]

SCHEMA = Schema.of(Path(__file__).parent.parent / "config.schema.json")


def load(path: Path) -> Config:
    """The configuration in `path`; `ConfigError` lists everything wrong with it."""
    source = path.absolute()
    try:
        document, flaws = read(source, SCHEMA, limits.CONFIG_BYTES_MAX)
    except Refused as refusal:
        raise ConfigError(
            f"configuration file {printable(str(path))} {refusal}",
            hint="`--config` names the file; docs/reference/config.md lists its keys",
        ) from refusal
    filled = _filled(sound(document, flaws), SCHEMA.content)
    # What is wrong inside an object explains what the object lacks.
    explained = {flaw.path[:-1] for flaw in flaws}
    more = flaws_of(filled, source.parent)
    flaws += [flaw for flaw in more if flaw.path not in explained]
    if flaws:
        raise _error(path, flaws)
    return _config(source, filled)


def _error(path: Path, flaws: list[Flaw]) -> ConfigError:
    count = "1 fault" if len(flaws) == 1 else f"{len(flaws)} faults"
    lines = [f"configuration file {printable(str(path))} has {count}:"]
    return ConfigError(
        "\n".join([*lines, *(f"  {flaw}" for flaw in flaws)]),
        hint="docs/reference/config.md lists every key",
        errors=tuple(flaw.fault() for flaw in flaws),
    )


def _filled(document: Mapping[str, Any], rules: Mapping[str, Any]) -> dict[str, Any]:
    """`document` with the defaults of the schema for the keys that it lacks."""
    filled = dict(document)
    for key, rule in rules["properties"].items():
        if key not in filled and "default" in rule:
            filled[key] = rule["default"]
        if key in filled and "properties" in rule:
            filled[key] = _filled(filled[key], rule)
    return filled


def _config(source: Path, keys: Mapping[str, Any]) -> Config:
    base = source.parent
    return Config(
        source=source,
        database=_database(keys["database"], base),
        state_dir=base / keys["state_dir"],
        module_root=tuple(base / folder for folder in keys["module_root"]),
        listen=tuple(keys["listen"]),
        on_module_error=keys["on_module_error"],
        optional_modules=frozenset(keys["optional_modules"]),
        modules={name: _module(held) for name, held in keys["modules"].items()},
        shutdown_timeout_s=keys["shutdown_timeout_s"],
        auth=_auth(keys["auth"], base),
        log=LogConfig(**keys["log"]),
        cors=CorsConfig(tuple(keys["cors"]["origins"])),
        openapi=OpenApiConfig(**keys["openapi"]),
        migrations=MigrationsConfig(**keys["migrations"]),
        idempotency=IdempotencyConfig(**keys["idempotency"]),
        mail=_mail(keys["mail"], base) if "mail" in keys else None,
        app=AppConfig(**keys["app"]),
        docs=DocsConfig(**keys["docs"]),
        graphql=GraphqlConfig(**keys["graphql"]),
        limits=LimitsConfig(**keys["limits"]),
        events=EventsConfig(**keys["events"]),
        webhooks=_webhooks(keys["webhooks"]),
        outgoing=_outgoing(keys["outgoing"], base),
    )


def _database(keys: Mapping[str, Any], base: Path) -> DatabaseConfig:
    return DatabaseConfig(**_with_secret(keys, base))


def _mail(keys: Mapping[str, Any], base: Path) -> MailConfig:
    values = _with_secret(keys, base)
    return MailConfig(sender=values.pop("from"), **values)


def _with_secret(keys: Mapping[str, Any], base: Path) -> dict[str, Any]:
    """`keys` with the content of `password_file` as the password."""
    values = {key: value for key, value in keys.items() if key != "password_file"}
    if "password_file" in keys:
        content = read_bytes(base / keys["password_file"], PASSWORD_BYTES_MAX)
        values["password"] = content.decode("utf-8").rstrip("\r\n")
    return values


def _auth(keys: Mapping[str, Any], base: Path) -> AuthConfig:
    file = keys.get("signing_key_file")
    return AuthConfig(**{**keys, "signing_key_file": file and base / file})


def _webhooks(keys: Mapping[str, Any]) -> WebhooksConfig:
    return WebhooksConfig(**{**keys, "allow_hosts": tuple(keys["allow_hosts"])})


def _outgoing(keys: Mapping[str, Any], base: Path) -> OutgoingConfig:
    file = keys.get("ca_file")
    return OutgoingConfig(file and base / file)


def _module(keys: Mapping[str, Any]) -> ModuleConfig:
    return ModuleConfig(
        active=keys.get("active"),
        capabilities=tuple(keys.get("capabilities", ("orm", "events", "render"))),
        limits=ModuleLimits(**keys.get("limits", {})),
        http_hosts=tuple(keys.get("http_hosts", ())),
        http_private=keys.get("http_private", False),
    )
