"""The population stability index: how far a column's values have moved between two dates. No Spark here.

PSI = sum over bins of (p - q) ln(p / q), where p and q are the shares of the rows of both dates: 0 for the same shares,
never below, and the same whichever date is taken first. As a rule of thumb 0.1 is a small shift and 0.25 a large one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from marketgraph.quality.bins import NAN, NULL

# Neighbouring bins are put together until they hold a tenth of both dates' rows, so that a thin bin makes no noise.
THINNEST = 0.1
# Rows added to each bin of each date, so that an empty one has a share to compare.
SMOOTHING = 0.5


@dataclass(frozen=True)
class Bin:
    """Rows of both dates in neighbouring bins. first, last: the bins that it was put together of."""

    first: int
    last: int
    before: int
    now: int


@dataclass(frozen=True)
class Drift:
    """A column's PSI, and the bin that adds most to it, with its share of the rows before and now."""

    psi: float
    most: Bin
    share_before: float
    share_now: float


def drift(before: Mapping[int, int], now: Mapping[int, int], *, ordered: bool) -> Drift:
    """The drift between two dates' rows by bin, each with a row at least.

    ordered: bins are of numbers, which are not put together across 0.
    """
    bins = merged(before, now, ordered=ordered)
    all_before, all_now = (sum(side.values()) for side in (before, now))
    terms = _terms([one.before for one in bins], [one.now for one in bins])
    most = max(range(len(bins)), key=lambda place: (terms[place], -place))
    told = bins[most]
    return Drift(math.fsum(terms), told, told.before / all_before, told.now / all_now)


def psi(before: Sequence[int], now: Sequence[int]) -> float:
    """PSI of rows by bin, the same bins on both sides."""
    return math.fsum(_terms(before, now))


def merged(before: Mapping[int, int], now: Mapping[int, int], *, ordered: bool) -> list[Bin]:
    """Neighbouring bins put together until each holds THINNEST of both dates' rows: some ten. 0 and null stay alone.

    By both dates, not by the earlier one: where all values have moved to where none were, they are not put together
    with those before. Whole numbers throughout, so that it is the same whichever date is taken first.
    """
    all_before, all_now = sum(before.values()), sum(now.values())
    kind = _side if ordered else _nullness
    told: list[Bin] = []
    for _, numbers in groupby(sorted({*before, *now}), key=kind):
        told += _together([Bin(n, n, before.get(n, 0), now.get(n, 0)) for n in numbers], all_before, all_now)
    return told


def _together(bins: Sequence[Bin], all_before: int, all_now: int) -> list[Bin]:
    told: list[Bin] = []
    for one in bins:
        if told and _is_thin(told[-1], all_before, all_now):
            told[-1] = _joined(told[-1], one)
        else:
            told.append(one)
    if len(told) > 1 and _is_thin(told[-1], all_before, all_now):
        last = told.pop()
        told[-1] = _joined(told[-1], last)
    return told


def _is_thin(one: Bin, all_before: int, all_now: int) -> bool:
    return one.before * all_now + one.now * all_before < THINNEST * 2 * all_before * all_now


def _joined(one: Bin, other: Bin) -> Bin:
    return Bin(one.first, other.last, one.before + other.before, one.now + other.now)


def _side(number: int) -> int:
    """Null, NaN, negative, 0 or positive."""
    return number if number in (NULL, NAN) else (number > 0) - (number < 0)


def _nullness(number: int) -> bool:
    return number == NULL


def _terms(before: Sequence[int], now: Sequence[int]) -> list[float]:
    """What each bin adds. Shares are smoothed by SMOOTHING rows a bin."""
    shares = zip(_shares(before), _shares(now), strict=True)
    return [(q - p) * math.log(q / p) for p, q in shares]


def _shares(rows: Sequence[int]) -> list[float]:
    total = sum(rows) + SMOOTHING * len(rows)
    return [(n + SMOOTHING) / total for n in rows]
