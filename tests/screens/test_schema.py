"""What is told is as its schema says."""

from __future__ import annotations

import pytest

from eerp.openapi.components import references
from eerp.schema import compile_schema
from eerp.screens import CONTRACT, contract_schemas
from tests.screens.given import Library
from tests.screens.test_declared import UI
from tests.screens.test_texts import TEXTS

CHECK = compile_schema(CONTRACT)


@pytest.mark.parametrize("ui", [{}, UI])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("permissions", [("*",), (), ("library.books.read",)])
def test_a_contract_fits(ui, language, permissions) -> None:
    told = Library(ui, {"fr": TEXTS}).load().told(*permissions, language=language)
    assert CHECK.faults(told) == ()


def test_each_part_has_a_name_in_the_document() -> None:
    named = contract_schemas()
    targets = {each.rpartition("/")[2] for each in references(dict(named))}
    assert targets == named.keys() - {"Contract"}
    assert "$defs" not in named["Contract"]
