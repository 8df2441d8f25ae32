"""The spread of every domain: walks from all its seeds, and, to judge them, from those of the other folds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from marketgraph.communities.votes import Ints, Longs
from marketgraph.errors import BudgetError
from marketgraph.risk.baseline import risky_share
from marketgraph.risk.exchange import Hearing
from marketgraph.risk.folds import Column, columns_of, fold_of, seeds_of
from marketgraph.risk.origins import Origins
from marketgraph.risk.settings import RiskConfig
from marketgraph.risk.ties import Floats
from marketgraph.risk.walk import Step, walk

BYTES_A_COLUMN = (
    64  # for each vertex: seeds, visits before and after a round, words, sums, and what they are made of
)


@dataclass
class Spread:
    """One domain, by its number.

    visits: of each vertex, from all seeds; held_out: from those of other folds than its own.
    baseline: the share of a vertex's neighbours that are seeds of other folds, by weight. iterations, error: the most
    of any walk.
    """

    domain: int
    visits: Floats
    held_out: Floats
    baseline: Floats
    iterations: int = 0
    error: float = 0.0


def spread(
    hearing: Hearing, walked: Longs, origins: Origins, config: RiskConfig, watch: Callable[[Step], object]
) -> list[Spread]:
    """The spread of each domain that has a known seed, in the order of domains.

    walked: ids of the vertices of `hearing`, all of them among the origins'; others have no tie, and keep what they
    begin with. As many walks at a time as the budget holds; that changes no bit of them.
    Raises BudgetError where it does not hold one.
    """
    places, folds = np.searchsorted(origins.ids, walked), fold_of(origins.ids, config.calibration.folds)
    found = {domain: _begun(origins, domain) for domain in np.flatnonzero(origins.known.any(axis=1)).tolist()}
    columns, degrees = columns_of(list(found), config.calibration.folds), hearing.degrees()
    for some in _lots(columns, walked.size, config.budget_mb):
        domains = np.array([column.domain for column in some], np.int32)
        known = np.stack(
            [seeds_of(column, origins.known[column.domain], folds)[places] for column in some], axis=1
        )
        seeds = np.maximum(known, origins.hints[domains][:, places].T)
        told = walk(
            hearing, degrees, seeds, domains,
            restart=config.restart, tolerance=config.tolerance, max_iterations=config.max_iterations, watch=watch,
        )  # fmt: skip
        shares = risky_share(hearing, degrees, known, domains)
        for at, column in enumerate(some):
            one = found[column.domain]
            one.iterations = max(one.iterations, int(told.iterations[at]))
            one.error = max(one.error, float(told.errors[at]))
            _keep(one, column, told.visits[:, at], shares[:, at], places, folds[places])
    return list(found.values())


def _begun(origins: Origins, domain: int) -> Spread:
    """What holds for vertices without ties: they are visited by none but themselves."""
    hints = origins.hints[domain]
    return Spread(domain, np.maximum(origins.known[domain], hints), hints.copy(), np.zeros(hints.size))


def _keep(one: Spread, column: Column, visits: Floats, shares: Floats, places: Longs, folds: Ints) -> None:
    if column.without is None:
        one.visits[places] = visits
        return
    own = folds == column.without
    one.held_out[places[own]], one.baseline[places[own]] = visits[own], shares[own]


def _lots(columns: Sequence[Column], vertices: int, budget_mb: int) -> Iterator[Sequence[Column]]:
    """The columns, as many at a time as the budget holds."""
    at_once = (budget_mb << 20) // max(1, vertices * BYTES_A_COLUMN)
    if not at_once:
        raise BudgetError(
            f"risk spread: one walk over {vertices:,} vertices needs {vertices * BYTES_A_COLUMN >> 20:,} MB"
            f" on the driver, the budget is {budget_mb:,} MB",
            fix="raise risk.budget_mb and the driver's memory, or give the domains fewer relations",
        )
    for first in range(0, len(columns), at_once):
        yield columns[first : first + at_once]
