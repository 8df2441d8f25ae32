"""build_edges: one table per relation, and what the hub policies suppressed."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame

from marketgraph.edges.bought import bought_merchant_edges, bought_product_edges
from marketgraph.edges.features import features_edges
from marketgraph.edges.hosts import hosts_edges
from marketgraph.edges.reviewed import reviewed_edges
from marketgraph.edges.sells import sells_edges
from marketgraph.edges.shares_identifier import holders_of, shares_identifier_edges, suppressed_values
from marketgraph.stages.stage import Stage, Work
from marketgraph.tables.edges import EDGE_TABLES, SUPPRESSED
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.sources import IDENTIFIER_KINDS, SOURCE_TABLES


def build_edges(work: Work) -> None:
    """Write one slice per relation, then the audit of what was left out."""
    sources = work.read_all(SOURCE_TABLES)
    vertex_ids = work.read(VERTEX_IDS).cache()
    holders = {
        kind: holders_of(sources["identifiers"], kind, vertex_ids=vertex_ids).cache()
        for kind in IDENTIFIER_KINDS
    }
    relations = {**_activity(sources, vertex_ids), **_sharing(work, holders)}
    work.write_all({EDGE_TABLES[relation]: frame for relation, frame in relations.items()})
    work.write(SUPPRESSED, _suppressed(work, holders))
    for frame in (vertex_ids, *holders.values()):
        frame.unpersist()


def _activity(sources: dict[str, DataFrame], vertex_ids: DataFrame) -> dict[str, DataFrame]:
    orders, items = sources["orders"], sources["order_items"]
    return {
        "sells": sells_edges(sources["products"], orders, items, vertex_ids=vertex_ids),
        "bought_product": bought_product_edges(orders, items, vertex_ids=vertex_ids),
        "bought_merchant": bought_merchant_edges(orders, items, vertex_ids=vertex_ids),
        "reviewed": reviewed_edges(sources["reviews"], orders, items, vertex_ids=vertex_ids),
        "hosts": hosts_edges(sources["contents"], vertex_ids=vertex_ids),
        "features": features_edges(sources["content_products"], vertex_ids=vertex_ids),
    }


def _sharing(work: Work, holders: dict[str, DataFrame]) -> dict[str, DataFrame]:
    return {
        f"shares_{kind}": shares_identifier_edges(frame, kind, max_holders=_limit(work, kind))
        for kind, frame in holders.items()
    }


def _suppressed(work: Work, holders: dict[str, DataFrame]) -> DataFrame:
    audits = [
        suppressed_values(frame, kind, max_holders=_limit(work, kind)) for kind, frame in holders.items()
    ]
    return reduce(DataFrame.unionByName, audits)


def _limit(work: Work, kind: str) -> int:
    return work.config.edges.sharing[f"shares_{kind}"].max_holders


STAGE = Stage(
    name="build_edges",
    inputs=(*SOURCE_TABLES, VERTEX_IDS),
    outputs=(*EDGE_TABLES.values(), SUPPRESSED),
    depends_on=lambda context: context.config.edges.model_dump(mode="json"),
    build=build_edges,
)
