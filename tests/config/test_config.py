"""eerp-config.json: every key reaches the `Config`, and is documented."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from eerp.config import (
    SCHEMA,
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
    load,
)
from tests.config.files import EMBEDDED, SERVER, write

ROOT = Path(__file__).parents[2]


def test_the_shortest_configuration_has_the_documented_defaults(folder):
    config = load(write(folder, {"database": EMBEDDED}))
    assert config == Config(
        source=folder / "config.json",
        database=DatabaseConfig(embedded=True),
        state_dir=folder / "var",
        module_root=(folder / "modules",),
    )
    assert config.auth.access_token_ttl_s == 900
    assert config.auth.refresh_token_ttl_s == 14 * 86_400
    assert config.auth.session_ttl_s == 90 * 86_400
    assert config.auth.refresh_grace_s == 0
    assert config.shutdown_timeout_s == 30
    assert config.on_module_error == "stop"


def test_every_key_reaches_the_config(folder):
    (folder / "more").mkdir()
    (folder / "key").write_text("k")
    (folder / "ca.pem").write_text("c")
    (folder / "password").write_text("s3cret\n")
    module_limits = {
        "body_bytes_max": 2048,
        "request_deadline_ms": 200,
        "guest_cpu_ms_max": 20,
        "guest_memory_bytes_max": 4_000_000,
    }
    core_limits = {
        **{key: value * 2 for key, value in module_limits.items()},
        "connections_max": 3,
        "requests_in_flight_max": 4,
        "guest_live_max": 5,
        "login_failures_max": 6,
        "login_window_s": 7,
    }
    document = {
        "listen": ["tcp:80", "unix:/run/eerp.sock"],
        "state_dir": "/srv/eerp",
        "module_root": ["modules", "more"],
        "on_module_error": "skip",
        "optional_modules": ["hr"],
        "modules": {
            "crm": {
                "active": False,
                "capabilities": ["orm", "http"],
                "http_hosts": ["api.example.com", "*.example.org:8443"],
                "http_private": True,
                "limits": module_limits,
            }
        },
        "events": {
            "handlers_at_once": 1,
            "attempts_max": 2,
            "keep_s": 601,
            "dead_keep_s": 602,
        },
        "webhooks": {
            "allow_hosts": ["[::1]:8080"],
            "at_once": 3,
            "attempts_max": 4,
            "timeout_s": 5,
        },
        "outgoing": {"ca_file": "ca.pem"},
        "shutdown_timeout_s": 5,
        "database": {
            **SERVER,
            "port": 5433,
            "password_file": "password",
            "pool_size": 3,
            "statement_timeout_ms": 300,
            "lock_timeout_ms": 200,
            "connect_timeout_s": 2,
        },
        "auth": {
            "signing_key_file": "key",
            "access_token_ttl_s": 1,
            "refresh_token_ttl_s": 2,
            "session_ttl_s": 3,
            "refresh_grace_s": 4,
        },
        "log": {"level": "debug", "format": "json"},
        "migrations": {"destructive": "allow"},
        "cors": {"origins": ["https://erp.example.org", "http://[::1]:5173"]},
        "app": {"page": False},
        "docs": {"page": False},
        "graphql": {"graphiql": True},
        "mail": {
            "host": "mail.example.org",
            "port": 465,
            "tls": "tls",
            "user": "erp",
            "password_file": "password",
            "from": "erp@example.org",
        },
        "openapi": {"public": False},
        "idempotency": {"keep_s": 61},
        "limits": core_limits,
    }
    assert set(document) == set(SCHEMA.content["properties"])
    assert load(write(folder, document)) == Config(
        source=folder / "config.json",
        listen=("tcp:80", "unix:/run/eerp.sock"),
        state_dir=Path("/srv/eerp"),
        module_root=(folder / "modules", folder / "more"),
        on_module_error="skip",
        optional_modules=frozenset({"hr"}),
        modules={
            "crm": ModuleConfig(
                False,
                ("orm", "http"),
                ModuleLimits(**module_limits),
                ("api.example.com", "*.example.org:8443"),
                True,
            )
        },
        events=EventsConfig(1, 2, 601, 602),
        webhooks=WebhooksConfig(("[::1]:8080",), 3, 4, 5),
        outgoing=OutgoingConfig(folder / "ca.pem"),
        shutdown_timeout_s=5,
        database=DatabaseConfig(
            host="db.example.org",
            port=5433,
            name="eerp",
            user="eerp",
            password="s3cret",
            pool_size=3,
            statement_timeout_ms=300,
            lock_timeout_ms=200,
            connect_timeout_s=2,
        ),
        auth=AuthConfig(folder / "key", 1, 2, 3, 4),
        log=LogConfig("debug", "json"),
        app=AppConfig(False),
        docs=DocsConfig(False),
        graphql=GraphqlConfig(True),
        cors=CorsConfig(("https://erp.example.org", "http://[::1]:5173")),
        mail=MailConfig(
            "mail.example.org", "erp@example.org", 465, "tls", "erp", "s3cret"
        ),
        openapi=OpenApiConfig(False),
        idempotency=IdempotencyConfig(61),
        migrations=MigrationsConfig("allow"),
        limits=LimitsConfig(**core_limits),
    )


def test_the_configuration_of_make_run_is_right():
    config = load(ROOT / "eerp-config.json")
    assert config.database.embedded
    assert config.listen == ("tcp:8080:interface=127.0.0.1",)
    assert config.state_dir == ROOT / "var"


def test_relative_paths_start_at_the_folder_of_the_file(folder, monkeypatch):
    write(folder, {"database": EMBEDDED})
    monkeypatch.chdir(folder / "modules")
    config = load(Path("../config.json"))
    assert config.state_dir.is_absolute()
    assert config.module_root[0].samefile(folder / "modules")


def test_config_is_frozen(folder):
    config = load(write(folder, {"database": EMBEDDED}))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        config.listen = ()  # type: ignore[misc]  # that is the point


def test_module_that_is_not_mentioned_may_use_the_orm_only(folder):
    config = load(write(folder, {"database": EMBEDDED}))
    assert config.module("crm") == ModuleConfig(
        None, ("orm", "events", "render"), ModuleLimits()
    )


def test_smaller_limits_win():
    core = LimitsConfig()
    narrow = core.narrowed(ModuleLimits(guest_cpu_ms_max=10, body_bytes_max=10**9))
    assert narrow == attrs.evolve(core, guest_cpu_ms_max=10)


def test_defaults_of_the_schema_are_those_of_the_code():
    classes = {
        "database": DatabaseConfig,
        "auth": AuthConfig,
        "log": LogConfig,
        "app": AppConfig,
        "docs": DocsConfig,
        "graphql": GraphqlConfig,
        "migrations": MigrationsConfig,
        "limits": LimitsConfig,
        "events": EventsConfig,
        "webhooks": WebhooksConfig,
    }
    for section, cls in classes.items():
        properties = SCHEMA.content["properties"][section]["properties"]
        for key, rules in properties.items():
            if "default" in rules:
                default = attrs.fields_dict(cls)[key].default
                shown = list(default) if isinstance(default, tuple) else default
                assert shown == rules["default"], key
    module = SCHEMA.content["properties"]["modules"]["additionalProperties"]
    allowed = module["properties"]["capabilities"]["default"]
    assert ModuleConfig().capabilities == tuple(allowed)


def test_every_key_is_documented_with_its_type_and_default():
    text = (ROOT / "docs/reference/config.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([^`]+)` \| ([^\n]+)", text, re.MULTILINE))
    keys = dict(leaves(SCHEMA.content))
    assert set(rows) == set(keys)
    for key, rules in keys.items():
        kind = rules.get("type", "string")
        names = {"integer": "integer", "string": "text", "array": "list"}
        assert names.get(kind, kind) in rows[key], key
        if "default" in rules:
            assert f"`{json.dumps(rules['default'])}`" in rows[key], key


def leaves(rules: dict[str, Any], before: str = ""):
    """Dotted names and rules of all keys that are not objects of known keys."""
    for key, rule in rules.get("properties", {}).items():
        if "properties" in rule:
            yield from leaves(rule, f"{before}{key}.")
        elif "additionalProperties" in rule:
            yield from leaves(rule["additionalProperties"], f"{before}{key}.<name>.")
        else:
            yield f"{before}{key}", rule
