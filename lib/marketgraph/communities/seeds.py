"""Seeds: vertices that begin with a label of another's choosing, and are pulled to it by a weight of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame

from marketgraph.communities.votes import PINNED, UNITS, Labels, Longs, Seeds


@dataclass(frozen=True)
class GivenSeeds:
    """One entry per seed. vertices, ascending, and labels: ids. weights: of the vote for the seed's label."""

    vertices: Longs
    labels: Longs
    weights: npt.NDArray[np.float64]

    def among(self, ids: Longs) -> GivenSeeds:
        """The seeds at the vertices `ids`; others have no edge, hence no neighbour to vote for them."""
        here = np.isin(self.vertices, ids)
        return GivenSeeds(self.vertices[here], self.labels[here], self.weights[here])

    def votes(self, pin: bool) -> Longs:
        """The votes of each, or PINNED."""
        votes: Longs = np.rint(self.weights * UNITS).astype(np.int64)
        return np.full_like(votes, PINNED) if pin else votes


NO_SEEDS = GivenSeeds(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))


def collected(seeds: DataFrame) -> GivenSeeds:
    """The seeds (vertex_id, label, weight), one row per vertex, on the driver: 24 bytes each."""
    told = seeds.select("vertex_id", "label", "weight").orderBy("vertex_id").toPandas()
    return GivenSeeds(*(told[name].to_numpy() for name in ("vertex_id", "label", "weight")))


def of_rows(rows: Labels, labels: Labels, votes: Longs, own: Labels) -> Seeds:
    """The seeds of a block for the kernel. rows: which of its rows are seeds. own: the labels of all its rows."""
    if not rows.size:
        return Seeds(own[:0].copy(), votes[:0])
    pulls, pulled = own.copy(), np.zeros(own.size, np.int64)
    pulls[rows], pulled[rows] = labels, votes
    return Seeds(pulls, pulled)
