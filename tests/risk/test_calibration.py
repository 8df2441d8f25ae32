"""Calibration and judgement: a rising curve, a stated way out where seeds are few, and what held-out seeds say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketgraph.risk.calibration import candidates, fitted
from marketgraph.risk.folds import Column, columns_of, fold_of, seeds_of
from marketgraph.risk.judging import as_share, judged, precision_at, sampled
from marketgraph.risk.settings import Calibration
from marketgraph.risk.spread import Spread

FLOOR = 0.001
CHOICES = Calibration()


def story(seeds: int, others: int, *, better: float = 2.0, seed: int = 1):
    """Vertices whose seeds are visited more, by `better`: ids, visits, known."""
    dice = np.random.default_rng(seed)
    is_seed = np.arange(seeds + others) < seeds
    visits = np.exp(dice.normal(np.where(is_seed, better, 0.0) - 4))
    return np.arange(is_seed.size, dtype=np.int64), visits, is_seed.astype(float)


def judge(seeds: int, others: int, choices: Calibration = CHOICES, **told: float):
    ids, visits, known = story(seeds, others, **told)
    found = Spread(0, visits, visits, np.zeros(ids.size))
    return judged(ids, fold_of(ids, choices.folds), found, known, choices, floor=FLOOR)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["platt", "isotonic", "auto"]))
def test_a_higher_spread_never_has_a_lower_score(seed: int, method: str) -> None:
    quality = judge(60, 2_000, Calibration(method=method), seed=seed)
    spread = np.linspace(0, 0.999, 500)
    scores = quality.calibrator.scores(spread)
    assert (np.diff(scores) >= 0).all()
    assert (scores.min() >= 0, scores.max() <= 1) == (True, True)


def test_the_curve_that_errs_least_is_taken_and_it_never_errs_more_than_the_spread() -> None:
    for better in (0.0, 1.0, 3.0):
        quality = judge(200, 20_000, better=better)
        assert quality.brier_after <= quality.brier_before


def test_calibration_mends_a_spread_that_is_no_probability() -> None:
    ids, visits, known = story(300, 3_000)
    found = Spread(0, visits * 100, visits * 100, np.zeros(ids.size))
    quality = judged(ids, fold_of(ids, 4), found, known, CHOICES, floor=FLOOR)
    assert quality.calibrator.method != "none"
    assert quality.brier_after < quality.brier_before / 2
    assert quality.calibrator.scores(as_share(visits * 100)).mean() == pytest.approx(300 / 3_300, abs=0.02)


@pytest.mark.parametrize(
    ("positives", "curves"),
    [(0, ("none",)), (19, ("none",)), (20, ("none", "platt")), (50, ("none", "platt", "isotonic"))],
)
def test_few_seeds_bear_few_curves(positives: int, curves: tuple[str, ...]) -> None:
    assert candidates(positives, CHOICES) == curves


@pytest.mark.parametrize("seeds", [1, 2, 5, 19])
def test_with_few_seeds_the_score_is_the_spread(seeds: int) -> None:
    quality = judge(seeds, 100)
    assert quality.calibrator.method == "none"
    assert quality.calibrator.scores(np.array([0.0, 0.25, 1.0])).tolist() == [0.0, 0.25, 1.0]
    assert quality.brier_after == quality.brier_before


def test_seeds_that_rank_below_others_turn_no_curve_round() -> None:
    quality = judge(40, 2_000, Calibration(method="platt"), better=-3.0)
    assert quality.calibrator.method == "none"


def test_seeds_alone_are_no_reason_to_fail() -> None:
    quality = judge(40, 0)
    assert (quality.auc, quality.calibrator.method) == (None, "none")


def test_one_seed_at_the_top_is_no_certainty() -> None:
    spread = np.concatenate([np.full(50, 0.2), np.full(50, 0.5), [0.9]])
    truth = np.concatenate([np.zeros(50), np.tile([0.0, 1.0], 25), [1.0]])
    curve = fitted("isotonic", spread, truth, np.ones(101), floor=FLOOR)
    assert curve.scores(np.array([0.99]))[0] < 0.6


def test_precision_counts_seeds_at_the_top_and_equal_ones_by_id() -> None:
    ids = np.arange(200, dtype=np.int64)
    is_seed = np.isin(ids, [1, 7])
    assert precision_at(ids, is_seed.astype(float), is_seed) == 1.0
    assert precision_at(ids, np.zeros(200), is_seed) == 0.5  # 0 and 1 are the first two


def test_a_sample_keeps_every_seed_and_stands_for_all_others() -> None:
    ids = np.arange(10_000, dtype=np.int64)
    is_seed = ids % 100 == 0
    taken, weights = sampled(ids, is_seed, 1_000)
    assert is_seed[taken].sum() == is_seed.sum() == 100
    assert weights.sum() == pytest.approx(10_000)
    assert taken.size == 1_100


def test_each_seed_is_left_out_of_one_walk_and_each_vertex_has_one_fold() -> None:
    ids = np.arange(1_000, dtype=np.int64) * 7
    folds, known = fold_of(ids, 4), np.ones(1_000)
    columns = columns_of([2, 5], 4)
    assert columns[:2] == [Column(2, None), Column(2, 0)]
    left_out = [seeds_of(column, known, folds) == 0 for column in columns[1:5]]
    assert np.sum(left_out, axis=0).tolist() == [1] * 1_000
    assert min(np.bincount(folds)) > 200
    assert seeds_of(columns[0], known, folds).all()
