"""Seeds and hints on the driver, by domain and vertex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame

from marketgraph.communities.votes import Longs
from marketgraph.risk.ties import Floats


@dataclass(frozen=True)
class Origins:
    """Who risk starts from. ids: all vertices, ascending; known, hints: (domains, vertices), weights of 0..1."""

    ids: Longs
    known: Floats
    hints: Floats


def origins_of(ids: Longs, seeds: DataFrame, hints: DataFrame | None, domains: Sequence[str]) -> Origins:
    """The origins of risk among the vertices `ids`, ascending.

    seeds, hints: (vertex_id, domain, weight), a row for each vertex and domain at most; what is not among `ids` is
    left out. The driver holds 16 bytes a vertex and domain.
    """
    return Origins(ids, _placed(ids, seeds, domains), _placed(ids, hints, domains))


def _placed(ids: Longs, told: DataFrame | None, domains: Sequence[str]) -> Floats:
    found = np.zeros((len(domains), ids.size))
    if told is None or not ids.size:
        return found
    rows = told.select("vertex_id", "domain", "weight").toPandas()
    vertices = rows["vertex_id"].to_numpy(np.int64)
    places = np.minimum(np.searchsorted(ids, vertices), ids.size - 1)
    here = ids[places] == vertices
    numbers = rows["domain"].map({name: number for number, name in enumerate(domains)}).to_numpy(np.int64)
    found[numbers[here], places[here]] = rows["weight"].to_numpy(np.float64)[here]
    return found
