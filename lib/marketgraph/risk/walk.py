"""Risk spread: a walk from the seeds along ties, which begins anew at a seed with the chance `restart` at each step.

The value of a vertex is how often the walks of all seeds are expected to visit it, a seed of weight 1 being one walk:
f = y + (1 - restart) * W D^-1 f, with y the seeds' weights, W the ties' weights and D their sums at a vertex. It is
0..n, and 0 where no path leads from a seed.
Source: random walk with restart, Tong, Faloutsos and Pan (2006); all seeds at once, as in personalised PageRank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from marketgraph.communities.votes import Ints, Longs
from marketgraph.risk.exchange import Hearing
from marketgraph.risk.ties import Floats

_PLACES = 40  # a visit is counted in 2^-40 at the finest
_ROOM = 61  # bits of a sum


class Step(NamedTuple):
    """One round: which, how many columns still change, the largest bound of their error."""

    iteration: int
    columns: int
    error: float


@dataclass(frozen=True)
class Walked:
    """visits: (vertices, columns). iterations: of each column. errors: most that any visit of the column is off."""

    visits: Floats
    iterations: Ints
    errors: Floats


def walk(
    hearing: Hearing,
    degrees: Longs,
    seeds: Floats,
    domains: Ints,
    *,
    restart: float,
    tolerance: float,
    max_iterations: int,
    watch: Callable[[Step], object] = lambda _: None,
) -> Walked:
    """Walk from each column's seeds until its error is at most `tolerance`, or for max_iterations.

    seeds: (vertices, columns), weights of 0..1. domains: of each column; degrees: (vertices, domains), in units.
    A column ends by itself, so that its visits do not depend on what else is walked with it. The error is bounded by
    what the last round changed in all, times (1 - restart) / restart: each round changes less by that factor.
    """
    stay = 1 - restart
    visits, errors = seeds.copy(), np.zeros(seeds.shape[1])
    iterations = np.zeros(seeds.shape[1], np.int32)
    active = np.flatnonzero(seeds.any(axis=0))
    for iteration in range(1, max_iterations + 1):
        if not active.size:
            break
        after = seeds[:, active] + stay * _passed_on(hearing, degrees, visits[:, active], domains[active])
        errors[active] = _sums(np.abs(after - visits[:, active])) * stay / restart
        visits[:, active], iterations[active] = after, iteration
        watch(Step(iteration, active.size, float(errors[active].max())))
        active = active[errors[active] > tolerance]
    return Walked(visits, iterations, errors)


def _passed_on(hearing: Hearing, degrees: Longs, visits: Floats, domains: Ints) -> Floats:
    """What each vertex is given by its neighbours, each of which shares out its visits by weight."""
    scale = _scale(visits)
    own = degrees[:, domains]
    share = np.divide(visits, own, out=np.zeros_like(visits), where=own > 0)
    return hearing.round(share * scale, domains) / scale


def _scale(visits: Floats) -> Floats:
    """By column: a power of two that keeps all sums of the round exact, as none exceeds the visits of all."""
    exponents = np.frexp(np.maximum(_sums(visits), 1.0))[1]
    scale: Floats = np.ldexp(1.0, np.minimum(_PLACES, _ROOM - exponents))
    return scale


def _sums(values: Floats) -> Floats:
    """The sum of each column, added up alike however many columns there are."""
    return np.array([np.ascontiguousarray(column).sum() for column in values.T])
