"""The plain baseline: the share of a vertex's neighbours that are known to have done wrong, by weight."""

from __future__ import annotations

import numpy as np

from marketgraph.communities.votes import Ints, Longs
from marketgraph.risk.exchange import Hearing
from marketgraph.risk.ties import Floats


def risky_share(hearing: Hearing, degrees: Longs, known: Floats, domains: Ints) -> Floats:
    """By vertex and column, 0..1; 0 without neighbours. known: (vertices, columns), above 0 for seeds."""
    risky = hearing.round((known > 0).astype(np.float64), domains)
    every = degrees[:, domains]
    return np.divide(risky, every, out=np.zeros(risky.shape), where=every > 0)
