"""Scanning module roots: what is found, what is kept apart, what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from eerp.config import Config, DatabaseConfig, ModuleConfig
from eerp.errors import ConfigError, DependencyError, ManifestInvalid, WasmInvalid
from eerp.limits import GUEST_WASM_BYTES_MAX
from eerp.modules import Detection, detect


def config_of(*roots: Path, **keys: Any) -> Config:
    return Config(
        source=Path("c.json"),
        database=DatabaseConfig(embedded=True),
        state_dir=Path("var"),
        module_root=roots,
        **keys,
    )


def put(root: Path, folder: str, name: str | None = None, **keys: Any) -> Path:
    """A module in `root`; its wasm is any file, for the scan does not look inside."""
    path = root / folder
    path.mkdir(parents=True)
    document = {"name": name or folder, "version": "1.0.0", **keys}
    (path / "module.json").write_text(json.dumps(document))
    (path / "module.wasm").write_bytes(b"\0asm")
    return path


def names(detection: Detection) -> list[str]:
    return [manifest.name for manifest in detection.active]


def test_folders_without_module_json_are_passed_over(tmp_path):
    put(tmp_path, "crm")
    (tmp_path / "target").mkdir()
    (tmp_path / "sdk" / "src").mkdir(parents=True)
    (tmp_path / "Cargo.toml").write_text("")
    put(tmp_path / "sdk", "nested")
    detection = detect(config_of(tmp_path))
    assert names(detection) == ["crm"]
    assert detection.failures == {}


def test_modules_come_in_the_order_of_their_names_whatever_the_root(tmp_path):
    one, two = tmp_path / "1", tmp_path / "2"
    for root, folder in ((two, "a"), (one, "b"), (one, "z"), (two, "c")):
        put(root, folder)
    assert names(detect(config_of(one, two))) == ["a", "b", "c", "z"]
    assert names(detect(config_of(two, one))) == ["a", "b", "c", "z"]


def test_inactive_modules_are_kept_apart_and_need_no_wasm(tmp_path):
    put(tmp_path, "crm")
    (put(tmp_path, "hr", active=False) / "module.wasm").unlink()
    detection = detect(config_of(tmp_path))
    assert names(detection) == ["crm"]
    assert [manifest.name for manifest in detection.inactive] == ["hr"]


def test_operator_decides_what_is_active(tmp_path):
    put(tmp_path, "crm")
    put(tmp_path, "hr", active=False)
    decided = {"crm": ModuleConfig(active=False), "hr": ModuleConfig(active=True)}
    detection = detect(config_of(tmp_path, modules=decided))
    assert names(detection) == ["hr"]


def test_broken_manifest_does_not_hide_the_others(tmp_path):
    put(tmp_path, "crm")
    (put(tmp_path, "hr") / "module.json").write_text("{")
    detection = detect(config_of(tmp_path))
    assert names(detection) == ["crm"]
    assert isinstance(detection.failures["hr"], ManifestInvalid)


def test_dangling_module_json_is_a_failure(tmp_path):
    (tmp_path / "crm").mkdir()
    (tmp_path / "crm" / "module.json").symlink_to("gone.json")
    error = detect(config_of(tmp_path)).failures["crm"]
    assert "does not exist" in error.message


@pytest.mark.parametrize("second_is_active", [True, False])
def test_two_modules_of_one_name_are_both_refused(tmp_path, second_is_active):
    one = put(tmp_path, "one", "crm")
    two = put(tmp_path, "two", "crm", active=second_is_active)
    detection = detect(config_of(tmp_path))
    assert names(detection) == []
    assert detection.inactive == ()
    error = detection.failures["crm"]
    assert isinstance(error, DependencyError)
    assert str(one) in error.message
    assert str(two) in error.message


@pytest.mark.parametrize(
    ("first", "second", "overlap"),
    [
        ("sales", "sales", True),
        ("sales", "sales/x", True),
        ("sales/x", "sales", True),
        ("sales", "sales2", False),
        ("sales/a", "sales/b", False),
        ("sales-x", "sales/a", False),
    ],
)
def test_prefix_may_not_lie_within_another(tmp_path, first, second, overlap):
    one = put(tmp_path, "one", route_prefix=first)
    two = put(tmp_path, "two", route_prefix=second)
    put(tmp_path, "between", route_prefix="sales-between")
    failures = detect(config_of(tmp_path)).failures
    assert set(failures) == ({"one", "two"} if overlap else set())
    for error in failures.values():
        assert str(one) in error.message
        assert str(two) in error.message


def test_prefix_of_an_inactive_module_is_free(tmp_path):
    put(tmp_path, "one", route_prefix="sales")
    put(tmp_path, "two", route_prefix="sales", active=False)
    assert detect(config_of(tmp_path)).failures == {}


def test_missing_wasm_says_how_to_build_it(tmp_path):
    (put(tmp_path, "crm") / "module.wasm").unlink()
    error = detect(config_of(tmp_path)).failures["crm"]
    assert isinstance(error, WasmInvalid)
    assert "module.wasm, the compiled module, is missing" in error.message
    assert "make modules" in (error.hint or "")


def test_oversized_wasm_is_refused_without_reading_it(tmp_path):
    with (put(tmp_path, "crm") / "module.wasm").open("wb") as file:
        file.truncate(GUEST_WASM_BYTES_MAX + 1)
    error = detect(config_of(tmp_path)).failures["crm"]
    assert f"is larger than {GUEST_WASM_BYTES_MAX} bytes" in error.message


def test_wasm_that_is_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "secret").write_text("x")
    wasm = put(tmp_path, "crm") / "module.wasm"
    wasm.unlink()
    wasm.symlink_to("../secret")
    error = detect(config_of(tmp_path)).failures["crm"]
    assert "is a link out of the module's folder" in error.message


def test_wasm_that_is_a_link_within_the_folder_is_taken(tmp_path):
    folder = put(tmp_path, "crm")
    (folder / "module.wasm").rename(folder / "crm-1.wasm")
    (folder / "module.wasm").symlink_to("crm-1.wasm")
    assert names(detect(config_of(tmp_path))) == ["crm"]


def test_module_folder_may_itself_be_a_link(tmp_path):
    put(tmp_path / "elsewhere", "crm")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "crm").symlink_to(tmp_path / "elsewhere" / "crm")
    assert names(detect(config_of(tmp_path / "root"))) == ["crm"]


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_wasm_that_is_no_regular_file_is_refused(tmp_path, kind):
    wasm = put(tmp_path, "crm") / "module.wasm"
    wasm.unlink()
    if kind == "folder":
        wasm.mkdir()
    elif kind == "pipe":
        os.mkfifo(wasm)
    else:
        wasm.symlink_to("module.wasm")
    assert isinstance(detect(config_of(tmp_path)).failures["crm"], WasmInvalid)


def test_configuration_may_not_speak_of_modules_that_are_not_there(tmp_path):
    put(tmp_path, "crm")
    config = config_of(
        tmp_path, modules={"crn": ModuleConfig()}, optional_modules=frozenset({"hr"})
    )
    with pytest.raises(ConfigError) as caught:
        detect(config)
    _, *lines = caught.value.message.splitlines()
    assert lines == [
        "  modules.crn: no module is called `crn`; did you mean `crm`?",
        "  optional_modules: no module is called `hr`",
    ]


def test_root_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"module_root\.0"):
        detect(config_of(tmp_path / "gone"))
