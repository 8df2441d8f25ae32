"""Held-out seeds: each vertex is judged by a walk from the seeds of the other folds only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketgraph.communities.ids import mixed
from marketgraph.communities.votes import Ints, Longs
from marketgraph.risk.ties import Floats


def fold_of(ids: Longs, folds: int) -> Ints:
    """The fold of each vertex, by a hash of its id."""
    found: Ints = (mixed(ids) % np.uint64(folds)).astype(np.int32)
    return found


@dataclass(frozen=True)
class Column:
    """One walk: of a domain (its number), from the seeds that are not of the fold `without`; None: from all."""

    domain: int
    without: int | None


def columns_of(domains: list[int], folds: int) -> list[Column]:
    """For each domain a walk from all its seeds, and one for each fold."""
    return [Column(domain, without) for domain in domains for without in (None, *range(folds))]


def seeds_of(column: Column, known: Floats, folds: Ints) -> Floats:
    """The seeds of a column: the weights of those known, 0 for those of the fold that is left out."""
    return known if column.without is None else np.where(folds == column.without, 0.0, known)
