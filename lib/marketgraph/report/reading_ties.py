"""The ties among the members that are shown, read from a release: edges with their factors, shared identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.report.community_facts import Shared
from marketgraph.report.shelf import Shelf
from marketgraph.report.words import masked
from marketgraph.tables.edges import EDGE_TABLES

FACTORS = ("evidence_count", "evidence", "recency", "rarity", "first_seen", "last_seen")


def ties_within(shelf: Shelf, shown: DataFrame, factors: Mapping[str, float]) -> DataFrame:
    """One row per edge of any relation between two shown members of one community.

    community_id, src, dst, relation, weight, holds, and the factors of the weight. factors: of the relations that
    communities are found by, `relation` or `relation:kind-kind`; such an edge holds, and its weight is multiplied.
    One scan of each table of edges, joined with the few members that are shown: nothing is shuffled.
    """
    edges = [
        _edges(shelf.read(table.full_name), name, factors)
        for name, table in EDGE_TABLES.items()
        if shelf.rows.get(table.full_name)
    ]
    if not edges:
        return (
            _edges(shelf.read("edges.sells"), "sells", factors).withColumn("community_id", F.lit(0)).limit(0)
        )
    src = F.broadcast(shown.select(F.col("vertex_id").alias("src"), "community_id"))
    dst = F.broadcast(shown.select(F.col("vertex_id").alias("dst"), F.col("community_id").alias("other")))
    # one community to either end
    inside = reduce(DataFrame.unionByName, edges).join(src, "src", "inner").join(dst, "dst", "inner")
    return inside.where(F.col("community_id") == F.col("other")).drop("other")


def _edges(edges: DataFrame, relation: str, factors: Mapping[str, float]) -> DataFrame:
    factor = _factor(relation, factors)
    return edges.select(
        "src",
        "dst",
        F.lit(relation).alias("relation"),
        (F.col("weight") * F.coalesce(factor, F.lit(1.0))).alias("weight"),
        factor.isNotNull().alias("holds"),
        *FACTORS,
    )


def _factor(relation: str, factors: Mapping[str, float]) -> Column:
    """The factor of an edge's weight in the graph of communities; null: it is not in that graph."""
    told = F.lit(None).cast("double")
    for name, factor in factors.items():
        of, _, pair = name.partition(":")
        if of == relation:
            src_kind, _, dst_kind = pair.partition("-")
            is_pair = (F.col("src_kind") == src_kind) & (F.col("dst_kind") == dst_kind)
            told = F.when(is_pair if pair else F.lit(True), F.lit(float(factor))).otherwise(told)
    return told


def strongest(ties: DataFrame, most: int) -> DataFrame:
    """Up to `most` ties of each community: those that hold it first, then by weight, relation and ends."""
    order = (F.desc("holds"), F.desc("weight"), "relation", "src", "dst")
    place = F.row_number().over(Window.partitionBy("community_id").orderBy(*order))
    return ties.withColumn("place", place).where(F.col("place") <= most).orderBy("community_id", "place")


def held_by(ties: DataFrame) -> DataFrame:
    """One row per community, relation and whether it holds: ties, weight (rounded to 1e-6, so that no order shows)."""
    units = F.sum(F.rint(F.col("weight") * 1e6).cast("long")) / 1e6
    counted = ties.groupBy("community_id", "relation", "holds")
    return counted.agg(F.count(F.lit(1)).alias("ties"), units.alias("weight")).orderBy(
        "community_id", F.desc("holds"), F.desc("weight"), "relation"
    )


def joins_of(ties: DataFrame) -> DataFrame:
    """One row per member with a tie that holds: vertex_id, joined (first such tie), ties, strength (sum of weights)."""
    both = ties.where("holds").select(
        F.explode(F.array("src", "dst")).alias("vertex_id"), "weight", "first_seen"
    )
    # a tie from before the data has no date: the member was there from the start
    since = F.when(F.count("first_seen") == F.count(F.lit(1)), F.min("first_seen")).alias("joined")
    strength = F.sum(F.rint(F.col("weight") * 1e6).cast("long")) / 1e6
    return both.groupBy("vertex_id").agg(since, F.count(F.lit(1)).alias("ties"), strength.alias("strength"))


def shared_values(shelf: Shelf, named: DataFrame, most: int) -> dict[int, tuple[Shared, ...]]:
    """Identifiers that two or more shown members hold, by community: the fewest holders in the marketplace first.

    named: members with community_id, kind and entity_id.
    """
    sightings = shelf.read("sources.identifiers").select("entity_kind", "entity_id", "kind", "value")
    ours = named.select("community_id", F.col("kind").alias("entity_kind"), "entity_id")
    # many values to one member; a value may be seen at one many times
    held = sightings.join(F.broadcast(ours), ["entity_kind", "entity_id"], "inner").distinct()
    shared = held.groupBy("community_id", "kind", "value").agg(F.count(F.lit(1)).alias("members"))
    several = shared.where("members > 1")
    values = several.select("kind", "value").distinct()
    of_values = sightings.join(F.broadcast(values), ["kind", "value"], "left_semi").groupBy("kind", "value")
    counted = of_values.agg(F.count_distinct("entity_kind", "entity_id").alias("holders"))
    # one count to one value
    told = several.join(counted, ["kind", "value"], "inner")
    order = ("holders", F.desc("members"), "kind", "value")
    place = F.row_number().over(Window.partitionBy("community_id").orderBy(*order))
    found: dict[int, list[Shared]] = {}
    rows = told.withColumn("place", place).where(F.col("place") <= most).orderBy("community_id", "place")
    for r in rows.collect():
        row = Shared(r["kind"], masked(r["value"]), r["members"], r["holders"])
        found.setdefault(r["community_id"], []).append(row)
    return {community: tuple(rows) for community, rows in found.items()}
