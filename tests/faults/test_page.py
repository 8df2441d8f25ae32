"""docs/reliability.md names tests that are there."""

from __future__ import annotations

import re

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 20
    for file, test in named:
        place = ROOT / (file if "/" in file else f"tests/faults/{file}")
        assert f"def {test}(" in place.read_text(encoding="utf-8"), f"{file} has no {test}"


def test_every_fault_of_the_list_has_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    assert [row for row in rows[1:] if "::test_" not in row and "the same test" not in row] == []
