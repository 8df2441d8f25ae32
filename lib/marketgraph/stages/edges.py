"""build_edges: one table per relation, and what the hub policies suppressed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pyspark.sql import DataFrame

from marketgraph.edges.bought import bought_merchant_edges, bought_product_edges
from marketgraph.edges.features import features_edges
from marketgraph.edges.hosts import hosts_edges
from marketgraph.edges.pairs import order_lines
from marketgraph.edges.reviewed import reviewed_edges
from marketgraph.edges.sells import sells_edges
from marketgraph.edges.shares_identifier import (
    edges_of,
    holders_of,
    shares_identifier_edges,
    suppressed_values,
)
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables.edges import EDGE_TABLES, SHARING_RELATIONS, SUPPRESSED
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sources import IDENTIFIER_KINDS, SOURCE_TABLES


def build_edges(work: Work) -> None:
    """Write one slice per relation, then the audit of what was left out."""
    sources = work.read_all(SOURCE_TABLES)
    vertex_ids = work.read(VERTEX_IDS).cache()
    limits = {kind: work.config.edges.sharing[f"shares_{kind}"].max_holders for kind in IDENTIFIER_KINDS}
    holders = holders_of(sources["identifiers"], vertex_ids=vertex_ids).cache()
    sharing = shares_identifier_edges(holders, max_holders=limits).cache()
    lines = order_lines(sources["orders"], sources["order_items"]).cache()
    relations: dict[str, Callable[[], DataFrame]] = {
        **_activity(sources, lines, vertex_ids),
        **{relation: partial(edges_of, relation, sharing) for relation in SHARING_RELATIONS},
    }
    work.write_all(
        {
            **{EDGE_TABLES[relation]: build for relation, build in relations.items()},
            SUPPRESSED: partial(suppressed_values, holders, max_holders=limits),
        }
    )
    for frame in (vertex_ids, holders, sharing, lines):
        frame.unpersist()


def _activity(
    sources: dict[str, DataFrame], lines: DataFrame, vertex_ids: DataFrame
) -> dict[str, Callable[[], DataFrame]]:
    orders, items = sources["orders"], sources["order_items"]
    return {
        "sells": partial(sells_edges, sources["products"], lines, vertex_ids=vertex_ids),
        "bought_product": partial(bought_product_edges, lines, vertex_ids=vertex_ids),
        "bought_merchant": partial(bought_merchant_edges, lines, vertex_ids=vertex_ids),
        "reviewed": partial(reviewed_edges, sources["reviews"], orders, items, vertex_ids=vertex_ids),
        "hosts": partial(hosts_edges, sources["contents"], vertex_ids=vertex_ids),
        "features": partial(features_edges, sources["content_products"], vertex_ids=vertex_ids),
    }


STAGE = Stage(
    name="build_edges",
    inputs=(*SOURCE_TABLES, VERTEX_IDS),
    outputs=(*EDGE_TABLES.values(), SUPPRESSED),
    depends_on=lambda context: context.config.edges.model_dump(mode="json"),
    build=build_edges,
)
