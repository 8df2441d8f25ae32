"""Calibration: from how often walks visit a vertex to how likely a decision against it is, fitted on held-out seeds.

Sources: Platt (1999), "Probabilistic outputs for support vector machines"; Zadrozny and Elkan (2002) for isotonic
regression; which of them when: Niculescu-Mizil and Caruana (2005), "Predicting good probabilities".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketgraph.risk.settings import Calibration, Curve
from marketgraph.risk.ties import Floats

_DIGITS = 9  # of a score: below them a library's rounding may differ from machine to machine
_SURE = 1e6  # as good as no regularisation of two coefficients


@dataclass(frozen=True)
class Calibrator:
    """A rising curve from spread to score. knots: spreads and scores of a step curve, or slope and intercept."""

    method: Curve
    knots: Floats
    floor: float

    def scores(self, spread: Floats) -> Floats:
        """The score of each spread, 0..1."""
        if self.method == "none":
            found = spread
        elif self.method == "platt":
            slope, intercept = self.knots[0]
            found = 1 / (1 + np.exp(-(slope * log_odds(spread, self.floor) + intercept)))
        else:
            found = np.interp(spread, self.knots[0], self.knots[1])
        return np.round(found, _DIGITS)


def log_odds(spread: Floats, floor: float) -> Floats:
    """Of a spread v / (1 + v) the logarithm of v, of at least `floor`: less is not told from nothing."""
    return np.log(np.maximum(spread / (1 - spread), floor))


def candidates(positives: int, choices: Calibration) -> tuple[Curve, ...]:
    """The curves that so many held-out seeds bear, the plainest first."""
    if positives < choices.least_seeds:
        return ("none",)
    if choices.method != "auto":
        return (choices.method,)
    return ("none", "platt", "isotonic") if positives >= choices.isotonic_from else ("none", "platt")


def fitted(method: Curve, spread: Floats, is_seed: Floats, weights: Floats, *, floor: float) -> Calibrator:
    """The curve of a sample: its held-out spread, whether each is a seed (1) or not (0), whom each stands for.

    None is fitted, so that the score is the spread, where seeds stand alone or there is none, and where a seed's
    spread is no higher than others': a curve that falls would turn the ranking round.
    """
    if method == "none" or is_seed.all() or not is_seed.any():
        return Calibrator("none", np.empty(0), floor)
    if method == "isotonic":
        return Calibrator("isotonic", _isotonic(spread, is_seed, weights), floor)
    line = _platt(log_odds(spread, floor), is_seed, weights)
    return Calibrator("platt", line, floor) if line[0, 0] > 0 else Calibrator("none", np.empty(0), floor)


def _isotonic(spread: Floats, is_seed: Floats, weights: Floats) -> Floats:
    from sklearn.isotonic import IsotonicRegression

    # two without a decision stand beside the highest, so that one seed alone at the top is no certainty
    spread, is_seed, weights = (
        np.append(a, last) for a, last in ((spread, spread.max()), (is_seed, 0), (weights, 2))
    )
    curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(
        spread, is_seed, sample_weight=weights
    )
    return np.stack([curve.X_thresholds_, curve.y_thresholds_])


def _platt(log_odds: Floats, is_seed: Floats, weights: Floats) -> Floats:
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=_SURE, max_iter=1_000).fit(log_odds[:, None], is_seed, sample_weight=weights)
    return np.round(np.array([[line.coef_[0, 0], line.intercept_[0]]]), 6)
