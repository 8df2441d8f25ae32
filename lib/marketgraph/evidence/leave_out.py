"""What a score would be without one edge, to first order.

The edge's term is taken out of the vertex's own sum (pulls.py), and what the edge hinted at out of what begins there;
what neighbours have stays as it is. So it leaves out that the neighbour would share out its visits among fewer ties,
and that what the vertex passes on would come back as less: of a pair that lives of each other it says too little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame

from marketgraph.communities.votes import Longs
from marketgraph.evidence.ends import among
from marketgraph.risk.communities import UNITS
from marketgraph.risk.ties import Floats

_DIGITS = 9
# Ranks whose scores draw the curve: all of the top, then each a twentieth below the one before.
_TOP, _STEP, _LAST = 64, 1.05, 1e10
_BELOW = _TOP * _STEP ** np.arange(np.log(_LAST / _TOP) / np.log(_STEP))
KNOTS: Longs = np.unique(np.concatenate([np.arange(1, _TOP + 1), np.rint(_BELOW).astype(np.int64)]))


@dataclass(frozen=True)
class Curve:
    """A domain's scores by spread, both ascending: its calibration, read off the vertices at the ranks in KNOTS."""

    spreads: Floats
    scores: Floats

    def score(self, visits: float) -> float:
        """The score of so many visits, between the two nearest knots."""
        spread = max(0.0, visits) / (1 + max(0.0, visits))
        return round(float(np.interp(spread, self.spreads, self.scores)), _DIGITS)


def curve_of(scores: DataFrame) -> Curve:
    """The curve of one domain's scores; some 400 rows come to the driver."""
    rows = scores.where(among("rank", KNOTS)).select("spread", "score").toPandas()
    order = np.lexsort((rows["score"], rows["spread"]))
    return Curve(rows["spread"].to_numpy(np.float64)[order], rows["score"].to_numpy(np.float64)[order])


@dataclass(frozen=True)
class Origin:
    """What begins at a vertex. known: weight of its known violation, 0: none. hints: (worth, edges), largest first."""

    known: float = 0.0
    hints: tuple[tuple[float, int], ...] = ()

    @property
    def own(self) -> float:
        """Visits that begin at it."""
        return max(self.known, self.hints[0][0] if self.hints else 0.0)

    def without(self, hint: float) -> float:
        """The same without one edge of that hint."""
        left = [worth for worth, edges in self.hints if worth != hint or edges > 1]
        return max(self.known, left[0] if left else 0.0)


def visits_without(visits: float, origin: Origin, *, brings: float, hint: float) -> float:
    """Visits of a vertex without an edge that brings so many, and hints at so much."""
    return max(0.0, visits - brings - (origin.own - origin.without(hint)))


def community_score(spreads: Floats, *, top_share: float, shrink: float) -> float:
    """The score of a community of members with these spreads, as risk/communities.py has it."""
    places = int(np.ceil(len(spreads) * top_share - 1e-9))
    highest = np.sort(spreads)[len(spreads) - places :]
    units = int(np.rint(highest * UNITS).astype(np.int64).sum())
    return units / (UNITS * (places + shrink))
