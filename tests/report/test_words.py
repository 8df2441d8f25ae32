"""How numbers, dates and identifiers are written."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from marketgraph.report import words
from marketgraph.report.titles import score
from marketgraph.tables.relations import RELATIONS


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0 %"),
        (0.0001, "<0.1 %"),
        (0.5, "50 %"),
        (0.123, "12.3 %"),
        (0.9999, ">99.9 %"),
        (1, "100 %"),
        (None, "–"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(value: float | None, told: str) -> None:
    assert words.share(value) == told


def test_numbers_have_separators_and_changes_have_signs() -> None:
    assert words.number(1234567) == "1,234,567"
    assert words.number(None) == "–"
    assert [words.signed(n) for n in (1200, -3, 0, None)] == ["+1,200", "−3", "0", "–"]
    assert [words.plural(n, "edge") for n in (0, 1, 2000)] == ["0 edges", "1 edge", "2,000 edges"]
    assert [score(value) for value in (None, 0.0, 0.001, 0.126)] == ["–", "0.00", "<0.01", "0.13"]


def test_days_and_moments() -> None:
    assert words.day(date(2024, 6, 29)) == words.day(datetime(2024, 6, 29, 23, 59)) == "2024-06-29"
    assert words.minute(datetime(2024, 6, 29, 13, 5)) == "2024-06-29 13:05 UTC"


def test_identifiers_are_masked_and_other_groups_are_named() -> None:
    value = "0123456789abcdef"
    assert words.of_group("shares_device", value) == "01234567…"
    assert words.of_group("bought_together", "order 17") == "order 17"


def test_lists_in_words() -> None:
    assert [words.listing(list(told)) for told in ("", "a", "ab", "abc")] == [
        "nothing",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_every_relation_has_a_word_for_what_joins() -> None:
    assert set(words.TIES) == set(RELATIONS)
