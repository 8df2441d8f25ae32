"""The numbers of the relations, read from a release: degrees, weights, what policies left out."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame, Row, Window
from pyspark.sql import functions as F

from marketgraph.report.overview_facts import Change
from marketgraph.report.relation_facts import Group, RelationFacts, Suppressed
from marketgraph.report.shelf import Shelf
from marketgraph.report.words import of_group
from marketgraph.tables.edges import EDGE_TABLES

# Weights are counted in bins of powers of two from 2^-FINEST.
FINEST = 10
Bins = dict[str, tuple[tuple[int, int], ...]]


def relations(shelf: Shelf, before: Shelf | None, most: int) -> tuple[RelationFacts, ...]:
    """Every relation of the release, in the order of the catalogue. most: groups told of one by one."""
    names = [name for name, table in EDGE_TABLES.items() if shelf.has(table.full_name)]
    filled = [name for name in names if shelf.rows[f"edges.{name}"]]
    totals, weights = _totals(shelf, filled)
    ends, degrees = _degrees(shelf, filled)
    suppressed, largest = _suppressed(shelf), _largest(shelf, most)
    return tuple(
        RelationFacts(
            name,
            Change(name, shelf.rows[f"edges.{name}"], before.rows.get(f"edges.{name}") if before else None),
            vertices=ends[name]["vertices"] if name in ends else 0,
            evidence=totals[name]["evidence"] if name in totals else 0,
            first_seen=totals[name]["first_seen"] if name in totals else None,
            last_seen=totals[name]["last_seen"] if name in totals else None,
            degree_max=ends[name]["degree_max"] if name in ends else 0,
            degrees=degrees.get(name, ()),
            weights=weights.get(name, ()),
            suppressed=suppressed.get(name, ()),
            largest=largest.get(name, ()),
        )
        for name in names
    )


def _all_edges(shelf: Shelf, names: list[str]) -> DataFrame:
    columns = ("src", "dst", "weight", "evidence_count", "first_seen", "last_seen")
    edges = [shelf.read(f"edges.{name}").select(F.lit(name).alias("relation"), *columns) for name in names]
    return reduce(DataFrame.unionByName, edges)


def _totals(shelf: Shelf, names: list[str]) -> tuple[dict[str, Row], Bins]:
    """By relation: the sum of evidence and the span of time; and edges by bin of weight."""
    if not names:
        return {}, {}
    bin_of = F.greatest(F.floor(F.log2("weight")), F.lit(-FINEST)).cast("int").alias("bin")
    # a weight that has faded to 0 has no logarithm: it is in the first bin, with all that is lighter
    told = (
        _all_edges(shelf, names)
        .groupBy("relation", bin_of)
        .agg(
            F.count(F.lit(1)).alias("rows"),
            F.sum("evidence_count").alias("evidence"),
            F.min("first_seen").alias("first_seen"),
            F.max("last_seen").alias("last_seen"),
        )
    )
    rows = told.orderBy("relation", "bin").collect()
    frame = {
        name: Row(
            evidence=sum(r["evidence"] for r in rows if r["relation"] == name),
            first_seen=min((r["first_seen"] for r in rows if r["relation"] == name and r["first_seen"]), default=None),
            last_seen=max((r["last_seen"] for r in rows if r["relation"] == name and r["last_seen"]), default=None),
        )
        for name in {r["relation"] for r in rows}
    }  # fmt: skip
    return frame, _binned(rows)


def _degrees(shelf: Shelf, names: list[str]) -> tuple[dict[str, Row], Bins]:
    """By relation: vertices and the largest degree; and vertices by bin of degree. One exchange, by vertex."""
    if not names:
        return {}, {}
    ends = _all_edges(shelf, names).select("relation", F.explode(F.array("src", "dst")).alias("vertex_id"))
    degree = ends.groupBy("relation", "vertex_id").agg(F.count(F.lit(1)).alias("degree"))
    told = degree.groupBy("relation", F.floor(F.log2("degree")).cast("int").alias("bin")).agg(
        F.count(F.lit(1)).alias("rows"), F.max("degree").alias("degree_max")
    )
    rows = told.orderBy("relation", "bin").collect()
    totals: dict[str, Row] = {}
    for r in rows:
        so_far = totals[r["relation"]]["vertices"] if r["relation"] in totals else 0
        totals[r["relation"]] = Row(vertices=so_far + r["rows"], degree_max=r["degree_max"])
    return totals, _binned(rows)


def _binned(rows: list[Row]) -> Bins:
    found: dict[str, list[tuple[int, int]]] = {}
    for r in rows:
        found.setdefault(r["relation"], []).append((r["bin"], r["rows"]))
    return {name: tuple(bins) for name, bins in found.items()}


def _suppressed(shelf: Shelf) -> dict[str, tuple[Suppressed, ...]]:
    told = shelf.table("edges.suppressed")
    if told is None:
        return {}
    sums = [F.sum("holders").alias("holders"), F.sum("pairs_not_made").alias("pairs")]
    counted = told.groupBy("relation", "policy").agg(F.count(F.lit(1)).alias("groups"), *sums)
    found: dict[str, list[Suppressed]] = {}
    for r in counted.orderBy("relation", "policy").collect():
        row = Suppressed(r["policy"], r["groups"], r["holders"], r["pairs"])
        found.setdefault(r["relation"], []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def _largest(shelf: Shelf, most: int) -> dict[str, tuple[Group, ...]]:
    """The largest groups that a policy left out, `most` of each relation."""
    told = shelf.table("edges.suppressed")
    if told is None:
        return {}
    place = F.row_number().over(Window.partitionBy("relation").orderBy(F.desc("holders"), "value"))
    top = told.withColumn("place", place).where(F.col("place") <= most).orderBy("relation", "place")
    found: dict[str, list[Group]] = {}
    for r in top.collect():
        row = Group(of_group(r["relation"], r["value"]), r["holders"], r["pairs_not_made"], r["policy"])
        found.setdefault(r["relation"], []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}
