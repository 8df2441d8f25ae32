"""How well held-out seeds are ranked and their scores calibrated, beside the plain baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marketgraph.communities.ids import mixed
from marketgraph.communities.votes import Ints, Longs
from marketgraph.risk.calibration import Calibrator, candidates, fitted
from marketgraph.risk.settings import Calibration, Curve
from marketgraph.risk.spread import Spread
from marketgraph.risk.ties import Floats

TOP_SHARE = 0.01
_DIGITS = 9
_ANOTHER = np.int64(0x5EED)  # so that the sample is not drawn by the hash that makes the folds


@dataclass(frozen=True)
class Judged:
    """One domain's calibration and quality. A figure that a few seeds can't give is None.

    precision, baseline: share of held-out seeds among the 1 % of vertices with the highest held-out spread, or share of
    risky neighbours; equal ones by id. brier: of the spread and of the score, each fitted without its own fold.
    """

    calibrator: Calibrator
    seeds: int
    auc: float | None
    precision: float
    baseline: float
    brier_before: float
    brier_after: float


def judged(
    ids: Longs, folds: Ints, found: Spread, known: Floats, choices: Calibration, *, floor: float
) -> Judged:
    """Fit and judge one domain. ids, folds, known: of the same vertices as the spread's; known: above 0 for seeds."""
    is_seed = known > 0
    taken, weights = sampled(ids, is_seed, choices.sample)
    spread, truth, fold = as_share(found.held_out[taken]), is_seed[taken].astype(np.float64), folds[taken]
    tried = {
        method: brier(_cross_fitted(method, spread, truth, weights, fold, floor), truth, weights)
        for method in candidates(int(is_seed.sum()), choices)
    }
    best = min(tried, key=lambda method: tried[method])  # of equal ones the plainest
    return Judged(
        fitted(best, spread, truth, weights, floor=floor),
        int(is_seed.sum()),
        _auc(truth, spread, weights),
        precision_at(ids, found.held_out, is_seed),
        precision_at(ids, found.baseline, is_seed),
        brier(spread, truth, weights),
        tried[best],
    )


def as_share(visits: Floats) -> Floats:
    """Expected visits, 0..n, as a spread of 0..1: v / (1 + v)."""
    return visits / (1 + visits)


def sampled(ids: Longs, is_seed: npt.NDArray[np.bool_], most: int) -> tuple[Longs, Floats]:
    """Places of all seeds and of `most` others at most, ascending, and how many vertices each stands for."""
    others = np.flatnonzero(~is_seed)
    if others.size > most:
        others = others[np.argsort(mixed(ids[others] ^ _ANOTHER), kind="stable")[:most]]
    taken = np.sort(np.concatenate([np.flatnonzero(is_seed), others]))
    stands_for = (~is_seed).sum() / max(1, others.size)
    return taken, np.where(is_seed[taken], 1.0, stands_for)


def precision_at(
    ids: Longs, values: Floats, is_seed: npt.NDArray[np.bool_], share: float = TOP_SHARE
) -> float:
    """Share of seeds among the vertices of the highest values, so many of all, rounded up; equal ones by id."""
    count = max(1, int(np.ceil(share * ids.size)))
    top = np.lexsort((ids, -values))[:count]
    return float(is_seed[top].sum() / count)


def brier(scores: Floats, truth: Floats, weights: Floats) -> float:
    """Mean squared distance of the scores from what is so, 0..1."""
    return round(float((weights * (scores - truth) ** 2).sum() / weights.sum()), _DIGITS)


def _cross_fitted(
    method: Curve, spread: Floats, truth: Floats, weights: Floats, fold: Ints, floor: float
) -> Floats:
    """The score of each of the sample by a curve that was fitted on the other folds."""
    scores = np.empty(spread.size)
    for one in np.unique(fold):
        own = fold == one
        curve = fitted(method, spread[~own], truth[~own], weights[~own], floor=floor)
        scores[own] = curve.scores(spread[own])
    return scores


def _auc(truth: Floats, spread: Floats, weights: Floats) -> float | None:
    from sklearn.metrics import roc_auc_score

    if truth.all() or not truth.any():
        return None
    return round(float(roc_auc_score(truth, spread, sample_weight=weights)), _DIGITS)
