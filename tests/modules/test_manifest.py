"""module.json: every key checked, file and key named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from eerp.config import Config, DatabaseConfig, LimitsConfig, ModuleConfig, ModuleLimits
from eerp.errors import ManifestInvalid
from eerp.modules import Manifest, MiddlewareEntry, allow, read_manifest
from eerp.modules.manifest import RESERVED, SCHEMA

ROOT = Path(__file__).parents[2]
SHORT = {"name": "crm", "version": "1.0.0"}


def write(folder: Path, content: Any) -> Path:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "module.json").write_text(text)
    return folder


def refused(folder: Path, content: Any) -> ManifestInvalid:
    with pytest.raises(ManifestInvalid) as caught:
        read_manifest(write(folder, content))
    assert str(folder / "module.json") in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value


def test_the_shortest_manifest_has_the_documented_defaults(tmp_path):
    assert read_manifest(write(tmp_path, SHORT)) == Manifest(
        name="crm",
        version="1.0.0",
        display_name="crm",
        folder=tmp_path,
        wasm=tmp_path / "module.wasm",
        route_prefix="crm",
    )


def test_every_key_reaches_the_manifest(tmp_path):
    document = {
        "name": "crm",
        "version": "1.2.3-rc.1+build.5",
        "display_name": "Kundenpflege",
        "author": "Ann",
        "description": "Who buys.",
        "active": False,
        "depends": ["core"],
        "optional": ["accounting"],
        "route_prefix": "sales/crm",
        "wasm": "build/crm.wasm",
        "capabilities": ["orm", "events"],
        "permissions": ["crm.contacts.read"],
        "middleware": [
            {"name": "acme.trace", "depth": 3, "methods": ["GET"], "paths": ["/x"]}
        ],
        "limits": {"guest_cpu_ms_max": 50},
    }
    assert set(document) == set(SCHEMA.content["properties"])
    assert read_manifest(write(tmp_path, document)) == Manifest(
        name="crm",
        version="1.2.3-rc.1+build.5",
        display_name="Kundenpflege",
        folder=tmp_path,
        wasm=tmp_path / "build/crm.wasm",
        route_prefix="sales/crm",
        author="Ann",
        description="Who buys.",
        active=False,
        depends=("core",),
        optional=("accounting",),
        capabilities=frozenset({"orm", "events"}),
        permissions=("crm.contacts.read",),
        middleware=(MiddlewareEntry("acme.trace", {"depth": 3}, ("GET",), ("/x",)),),
        limits=ModuleLimits(guest_cpu_ms_max=50),
    )


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"nmae": "x"}, "nmae: is not a known key; did you mean `name`?"),
        ({"name": "CRM"}, "name: must be small letters"),
        ({"name": "crm\n"}, "name: must be small letters"),
        ({"name": "1crm"}, "name: must be small letters"),
        ({"name": "é"}, "name: must be small letters"),
        ({"name": "a" * 41}, "name: must be small letters"),
        ({"name": "pg_crm"}, "name: `pg_crm` is reserved"),
        ({"version": "1.0"}, "version: must be a semantic version"),
        ({"version": "01.0.0"}, "version: must be a semantic version"),
        ({"version": 1}, "version: must be a text"),
        ({"active": "yes"}, "active: must be true or false"),
        ({"depends": "core"}, "depends: must be a list"),
        ({"depends": ["core", "core"]}, "depends: must not have the same item twice"),
        ({"depends": ["../core"]}, "depends.0: must be a module's name"),
        ({"optional": "core"}, "optional: must be a list"),
        ({"optional": ["core", "core"]}, "optional: must not have the same item twice"),
        ({"optional": ["../core"]}, "optional.0: must be a module's name"),
        ({"optional": ["hr", "crm"]}, "optional.1: must be another module"),
        (
            {"depends": ["core"], "optional": ["core"]},
            "optional.0: `core` is in depends: it is either needed or not",
        ),
        ({"capabilities": ["sql"]}, "capabilities.0: must be one of orm, events"),
        ({"permissions": ["hr.pay.read"]}, "permissions.0: must begin with"),
        ({"permissions": ["crm"]}, "permissions.0: must be a permission"),
        ({"middleware": ["cache"]}, "middleware.0: must be an object, not a text"),
        ({"middleware": [{}]}, "middleware.0.name: is missing"),
        ({"middleware": [{"name": "No"}]}, "middleware.0.name: must be words of"),
        (
            {"middleware": [{"name": "cache", "methods": ["HEAD"]}]},
            "middleware.0.methods.0: must be one of DELETE, GET",
        ),
        (
            {"middleware": [{"name": "cache", "paths": []}]},
            "middleware.0.paths: must not be empty",
        ),
        ({"limits": {"guest_cpu_ms_max": 0}}, "limits.guest_cpu_ms_max: must be at"),
        ({"limits": {"cpu": 1}}, "limits.cpu: is not a known key"),
        ({"wasm": "/etc/passwd"}, "wasm: must be a path within"),
        ({"wasm": "../x.wasm"}, "wasm: must be a path within"),
        ({"wasm": "a/../../x.wasm"}, "wasm: must be a path within"),
    ],
)
def test_wrong_key_is_named_with_what_is_wrong(tmp_path, keys, fault):
    assert fault in refused(tmp_path, {**SHORT, **keys}).message


def test_optional_modules_are_neighbours_like_the_needed_ones(tmp_path):
    document = {**SHORT, "depends": ["core"], "optional": ["accounting"]}
    assert read_manifest(write(tmp_path, document)).neighbours == ("core", "accounting")


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_reserved_names_are_refused(tmp_path, name):
    assert "is reserved" in refused(tmp_path, {**SHORT, "name": name}).message
    prefixed = {**SHORT, "route_prefix": f"{name}/x"}
    if "_" not in name:
        assert "is reserved" in refused(tmp_path, prefixed).message


@pytest.mark.parametrize(
    "prefix",
    [
        "", "/", "/crm", "crm/", "a//b", "..", "a/../b", "a/./b", "%2e%2e", "a%2fb",
        "a\\b", "CRM", "crm?x", "a b", "{id}", "é", "crm\n", "a" * 101,
    ],
)  # fmt: skip
def test_prefix_that_could_leave_its_place_is_refused(tmp_path, prefix):
    error = refused(tmp_path, {**SHORT, "route_prefix": prefix})
    assert "route_prefix: must" in error.message


@pytest.mark.parametrize(
    "version", ["0.0.0", "1.2.3", "1.0.0-a.1", "1.0.0+x", "10.20.30"]
)
def test_semantic_versions_are_taken(tmp_path, version):
    assert read_manifest(write(tmp_path, {**SHORT, "version": version})).version


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not JSON"),
        ("[]", "is not a JSON object"),
        (
            '{"name": "a", "name": "b", "version": "1.0.0"}',
            "name: is written more than",
        ),
        ("{}", "name: is missing; version: is missing"),
        (" " * 70_000, "is larger than 65536 bytes"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path, content, words):
    assert words in refused(tmp_path, content).message


def test_error_names_the_module_or_its_folder(tmp_path):
    assert refused(tmp_path, {**SHORT, "active": 1}).module == "crm"
    assert refused(tmp_path, "{").module == tmp_path.name


def test_module_gets_what_it_asks_for_and_the_operator_allows():
    asking = Manifest(
        name="crm",
        version="1.0.0",
        display_name="CRM",
        folder=Path(),
        wasm=Path("module.wasm"),
        route_prefix="crm",
        capabilities=frozenset({"orm", "http"}),
        limits=ModuleLimits(guest_cpu_ms_max=50, body_bytes_max=10**9),
    )
    operator = ModuleConfig(
        capabilities=("orm", "render"), limits=ModuleLimits(guest_cpu_ms_max=70)
    )
    config = Config(
        source=Path("c.json"),
        database=DatabaseConfig(embedded=True),
        state_dir=Path("var"),
        module_root=(),
        modules={"crm": operator},
    )
    allowance = allow(asking, config)
    assert allowance.capabilities == {"orm"}
    assert allowance.denied == {"http"}
    assert allowance.limits == LimitsConfig(guest_cpu_ms_max=50)


def test_every_key_is_documented():
    text = (ROOT / "docs/reference/module-json.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    properties = SCHEMA.content["properties"]
    inner = {f"limits.{key}" for key in properties["limits"]["properties"]}
    assert rows == (set(properties) - {"limits"}) | inner


def test_every_reserved_name_is_documented():
    text = (ROOT / "docs/reference/module-json.md").read_text("utf-8")
    assert all(f"`{name}`" in text for name in RESERVED)
