"""Our own engine: blocks of compressed rows and compiled votes.

The frames that it gives are made of its cached blocks; they live until `left_tidy` ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Thread
from typing import Literal

import numpy as np
from pyspark.sql import DataFrame

from marketgraph.communities.blocks import Packed, pack
from marketgraph.communities.broadcast import BroadcastExchange
from marketgraph.communities.checkpoints import Checkpoints, propagate_kept
from marketgraph.communities.gathering import Gathered, gathered
from marketgraph.communities.measures import digest, summed
from marketgraph.communities.propagation import Watch
from marketgraph.communities.report import Report
from marketgraph.communities.seeds import NO_SEEDS, collected
from marketgraph.communities.settings import BYTES_A_VERTEX, Exchange, Propagation
from marketgraph.communities.shuffle import ShuffleExchange
from marketgraph.communities.union_find import components

DEFAULT = Exchange()


@dataclass(frozen=True)
class Prepared:
    """A graph read once, to be shared by several runs. packed: for the exchange `broadcast` only."""

    edges: Gathered
    packed: Packed | None
    blocks: int | None


def prepared(edges: DataFrame, settings: Propagation, how: Exchange = DEFAULT) -> Prepared:
    """The edges (src, dst and, where weighted, weight) as the settings and the exchange ask for them."""
    Thread(target=_warm, name="kernels", daemon=True).start()
    found = gathered(edges, weighted=settings.weighted, hub_degree=how.hub_degree)
    if chosen(how, found.vertices) == "shuffle":
        return Prepared(found, None, how.blocks)
    packed = pack(found, once=settings.orientation == "undirected", blocks=how.blocks)
    found.release()
    return Prepared(found, packed, how.blocks)


def _warm() -> None:
    """Load the driver's own compiled functions while Spark reads the edges: most of a second, once per process."""
    none = np.empty(0, np.int64)
    digest(none, none)
    summed(none.astype(np.int32), none, 0)


def chosen(how: Exchange, vertices: int) -> Literal["broadcast", "shuffle"]:
    """The exchange: as told, or by whether the driver's arrays for so many vertices stay within the budget."""
    if how.mode != "auto":
        return how.mode
    return "broadcast" if vertices * BYTES_A_VERTEX <= how.budget_mb << 20 else "shuffle"


def label_propagation(
    graph: DataFrame | Prepared,
    settings: Propagation,
    *,
    seeds: DataFrame | None = None,
    exchange: Exchange = DEFAULT,
    watch: Watch | None = None,
    checkpoints: Checkpoints | None = None,
    initial: DataFrame | None = None,
) -> tuple[DataFrame, Report]:
    """One row per vertex that has an edge: (vertex_id, label), the label the id of the vertex or seed that gave it.

    graph: edges (src, dst and, where weighted, weight), or what `prepared` made of them. seeds: (vertex_id, label,
    weight), one row per vertex. watch: is told of each iteration as it ends. checkpoints: where it begins anew
    after a crash. initial: labels to begin from, one row per vertex that has an edge: (vertex_id, label), the label
    one of these vertices.
    """
    ready = graph if isinstance(graph, Prepared) else prepared(graph, settings, exchange)
    exchanging = exchange_of(ready, settings, seeds)
    state, report = propagate_kept(
        exchanging, settings, watch=watch, checkpoints=checkpoints, initial=initial
    )
    return exchanging.labelled(state), report


def exchange_of(
    ready: Prepared, settings: Propagation, seeds: DataFrame | None = None
) -> BroadcastExchange | ShuffleExchange:
    """What carries the labels of a prepared graph. seeds: as in `label_propagation`."""
    if ready.packed is None:
        return ShuffleExchange(ready.edges, settings, blocks=ready.blocks, seeds=seeds)
    return BroadcastExchange(ready.packed, settings, NO_SEEDS if seeds is None else collected(seeds))


def connected_components(graph: DataFrame | Prepared, exchange: Exchange = DEFAULT) -> DataFrame:
    """One row per vertex that has an edge: (vertex_id, component), the component the smallest vertex id in it."""
    ready = graph if isinstance(graph, Prepared) else prepared(graph, Propagation(), exchange)
    if ready.packed is None:
        found = ShuffleExchange(ready.edges, Propagation(), blocks=ready.blocks).components()
    else:
        exchanging = BroadcastExchange(ready.packed, Propagation())
        found = exchanging.labelled(exchanging.state_of(components(ready.packed)))
    return found.withColumnRenamed("label", "component")
