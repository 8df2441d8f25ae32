"""The population stability index against a plain oracle, and what must hold of it whatever the data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketgraph.quality.bins import NULL, ZERO_POWER
from marketgraph.quality.psi import SMOOTHING, drift, merged, psi

COUNTS = st.integers(0, 10_000)
PAIRS = st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=30)
NUMBERS = st.sampled_from([NULL, 0, *range(-3_010, -2_990), *range(2_990, 3_010)])
BINS = st.dictionaries(NUMBERS, st.integers(1, 10_000), min_size=1)


@given(PAIRS)
def test_it_is_the_textbooks_sum(pairs: list[tuple[int, int]]) -> None:
    before, now = (np.array(side, dtype=float) + SMOOTHING for side in zip(*pairs, strict=True))
    p, q = before / before.sum(), now / now.sum()
    assert psi(*zip(*pairs, strict=True)) == pytest.approx(float(((q - p) * np.log(q / p)).sum()), abs=1e-12)


@given(BINS, BINS, st.booleans())
def test_it_is_never_below_zero_and_the_same_both_ways(
    before: dict[int, int], now: dict[int, int], ordered: bool
) -> None:
    found = drift(before, now, ordered=ordered).psi
    assert found >= -1e-12
    assert found == pytest.approx(drift(now, before, ordered=ordered).psi, abs=1e-12)


@given(BINS, st.booleans())
def test_the_same_rows_have_not_drifted(rows: dict[int, int], ordered: bool) -> None:
    assert drift(rows, dict(rows), ordered=ordered).psi == 0


@given(BINS, BINS)
def test_putting_bins_together_loses_no_row_and_leaves_some_ten(
    before: dict[int, int], now: dict[int, int]
) -> None:
    told = merged(before, now, ordered=True)
    assert (sum(b.before for b in told), sum(b.now for b in told)) == (
        sum(before.values()),
        sum(now.values()),
    )
    assert len(told) <= 13
    assert all(b.first <= b.last for b in told)


def test_values_that_all_moved_to_where_none_were_are_told() -> None:
    found = drift({ZERO_POWER: 1_000}, {ZERO_POWER + 9: 1_000}, ordered=True)
    assert found.psi > 5
    assert (found.most.first, found.share_before, found.share_now) in (
        (ZERO_POWER, 1.0, 0.0),
        (ZERO_POWER + 9, 0.0, 1.0),
    )


def test_a_few_more_zeros_are_no_drift_and_a_column_that_became_null_is() -> None:
    usual = {0: 900, ZERO_POWER: 60, ZERO_POWER + 1: 40}
    assert drift(usual, {0: 910, ZERO_POWER: 55, ZERO_POWER + 1: 35}, ordered=True).psi < 0.01
    assert drift(usual, {NULL: 1_000}, ordered=True).psi > 5
