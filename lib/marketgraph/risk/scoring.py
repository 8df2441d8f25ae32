"""From seeds and ties to the scores of every vertex: packed once, walked for all domains at once, calibrated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from pyspark.sql import DataFrame

from marketgraph.communities.blocks import pack
from marketgraph.communities.gathering import gathered
from marketgraph.communities.settings import Exchange
from marketgraph.communities.votes import Longs
from marketgraph.risk.exchange import hearing_of
from marketgraph.risk.folds import fold_of
from marketgraph.risk.judging import Judged, judged
from marketgraph.risk.origins import origins_of
from marketgraph.risk.scores import Scored, scored
from marketgraph.risk.settings import RiskConfig
from marketgraph.risk.spread import Spread, spread
from marketgraph.risk.ties import coded_ties, hinted, tie_book
from marketgraph.risk.walk import Step


@dataclass(frozen=True)
class DomainRisk:
    """One domain: its name, its spread, how good it is, and the scores of all vertices."""

    domain: str
    spread: Spread
    quality: Judged
    scores: Scored


def risk_of(
    ids: Longs,
    edges: Mapping[str, DataFrame],
    seeds: DataFrame,
    config: RiskConfig,
    *,
    how: Exchange,
    watch: Callable[[Step], object],
) -> list[DomainRisk]:
    """The risk of the vertices `ids`, ascending, in each domain that has a seed among them.

    edges: by relation, at the contracts of the edge tables; a vertex of theirs that is not among the ids (one that
    stands for a shared value) passes risk on and has no score. seeds: (vertex_id, domain, weight).
    The driver holds, beside what config.budget_mb allows for walks, 60 bytes a vertex and domain. Held frames live
    until `left_tidy` ends.
    """
    names, book = list(config.domains), tie_book(config.domains)
    ties = gathered(coded_ties(edges, book), weighted=True, hub_degree=how.hub_degree)
    packed = pack(ties, once=False, blocks=how.blocks)
    ties.release()
    every = np.union1d(ids, packed.ids)
    origins = origins_of(every, seeds, hinted(edges, config.domains), names)
    hearing = hearing_of(packed, book.factors)
    found = spread(hearing, packed.ids, origins, config, watch)
    own = np.searchsorted(every, ids)
    return [
        _of_domain(names[one.domain], ids, _only(one, own), origins.known[one.domain][own], config)
        for one in found
    ]


def _of_domain(name: str, ids: Longs, found: Spread, known: np.ndarray, config: RiskConfig) -> DomainRisk:
    folds = fold_of(ids, config.calibration.folds)
    quality = judged(ids, folds, found, known, config.calibration, floor=config.tolerance)
    return DomainRisk(name, found, quality, scored(name, ids, found, known, quality))


def _only(found: Spread, own: Longs) -> Spread:
    """The spread of the vertices at these places."""
    return replace(
        found, visits=found.visits[own], held_out=found.held_out[own], baseline=found.baseline[own]
    )
