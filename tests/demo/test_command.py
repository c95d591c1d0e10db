"""The command line, its summary and its errors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from demo.northwind.__main__ import parse, read_password, summarise
from demo.northwind.errors import DemoError
from demo.northwind.shelf import Tally

ROOT = Path(__file__).parents[2]


def test_defaults_are_those_of_make_run():
    options = parse([])
    assert options.url == "http://127.0.0.1:8080"
    assert options.username == "admin"
    assert str(options.password_file) == "var/initial-admin-password"


def test_a_final_slash_of_the_address_does_not_matter():
    assert parse(["--url", "https://erp.example/"]).url == "https://erp.example"


@pytest.mark.parametrize(
    "url", ["", "erp.example:8080", "ftp://erp.example", "http://"]
)
def test_what_is_no_web_address_is_refused(url, capsys):
    with pytest.raises(SystemExit):
        parse(["--url", url])
    assert "is not an http or https address" in capsys.readouterr().err


def test_the_password_is_read_without_its_line_end(tmp_path):
    file = tmp_path / "password"
    file.write_text("correct horse\n", encoding="utf-8")
    assert read_password(file) == "correct horse"


def test_a_password_file_that_is_none_is_one_clear_line(tmp_path):
    with pytest.raises(DemoError, match="cannot be read"):
        read_password(tmp_path)


def test_summary_counts_what_there_is_and_what_is_new():
    tally = Tally()
    for kind, created in [("companies", False), ("reorder-rules", True)] * 120:
        tally.add(kind, created=created)
    assert summarise(tally) == (
        "120 companies, 120 reorder rules: created 120, unchanged 120"
    )


def test_a_missing_password_file_ends_the_command_with_one_line():
    command = [sys.executable, "-m", "demo.northwind", "--password-file", "missing"]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        "demo: missing is missing. EERP writes it at its first start (`make run`); "
        "--password-file names another."
    ]
