"""Our own engine: blocks of compressed rows and compiled votes.

The frames that it gives are made of its cached blocks; they live until `left_tidy` ends.
"""

from __future__ import annotations

from pyspark.sql import DataFrame

from marketgraph.communities.blocks import Packed, pack
from marketgraph.communities.broadcast import BroadcastExchange
from marketgraph.communities.checkpoints import Checkpoints, propagate_kept
from marketgraph.communities.propagation import Watch
from marketgraph.communities.report import Report
from marketgraph.communities.seeds import NO_SEEDS, collected
from marketgraph.communities.settings import Exchange, Propagation
from marketgraph.communities.union_find import components


def label_propagation(
    graph: DataFrame | Packed,
    settings: Propagation,
    *,
    seeds: DataFrame | None = None,
    exchange: Exchange | None = None,
    watch: Watch | None = None,
    checkpoints: Checkpoints | None = None,
) -> tuple[DataFrame, Report]:
    """One row per vertex that has an edge: (vertex_id, label), the label the id of the vertex or seed that gave it.

    graph: edges (src, dst and, where weighted, weight), or packed by `prepared`. seeds: (vertex_id, label, weight), one
    row per vertex. watch: is told of each iteration as it ends. checkpoints: where it begins anew after a crash.
    """
    packed = graph if isinstance(graph, Packed) else prepared(graph, settings, exchange)
    given = NO_SEEDS if seeds is None else collected(seeds)
    exchanging = BroadcastExchange(packed, settings, given)
    state, report = propagate_kept(exchanging, settings, watch=watch, checkpoints=checkpoints)
    return exchanging.labelled(state), report


def connected_components(graph: DataFrame | Packed, exchange: Exchange | None = None) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id, component), the component the smallest vertex id in it."""
    packed = graph if isinstance(graph, Packed) else prepared(graph, Propagation(), exchange)
    exchanging = BroadcastExchange(packed, Propagation())
    return exchanging.labelled(exchanging.state_of(components(packed))).withColumnRenamed(
        "label", "component"
    )


def prepared(edges: DataFrame, settings: Propagation, exchange: Exchange | None = None) -> Packed:
    """The edges packed as the settings ask, to be shared by several runs."""
    how = exchange or Exchange()
    return pack(
        edges,
        weighted=settings.weighted,
        once=settings.orientation == "undirected",
        blocks=how.blocks,
        hub_degree=how.hub_degree,
    )
