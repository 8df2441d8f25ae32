"""What is asked of the graph as a whole: who has most of the edges, how large the largest community is, who has none.

That edges have two ends that differ, and that both are there, is asked of each edge table by its contract.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.quality.checks import GRAPH, Check, Measured
from marketgraph.quality.watch_rules import GraphRules, Least, Most
from marketgraph.tables import Table
from marketgraph.tables.communities import PARTITION
from marketgraph.tables.features import NAMES
from marketgraph.tables.relations import relations_of
from marketgraph.tables.risk import SCORES

TAIL = 0.001  # of the entities


@dataclass(frozen=True)
class GraphNumbers:
    """What was measured of the graph; None where there was nothing to measure."""

    entities: int
    degree_tail: float | None
    largest_degree: int | None
    giant_community: float | None
    seeds: int
    seed_coverage: float | None


def graph_numbers(frames: Mapping[Table, DataFrame]) -> GraphNumbers:
    """The numbers, of the tables of a run: two small jobs. What comes to the driver is a row per number of edges.

    Degrees are those that the feature tables have: edges of all relations at an entity. There are fewer different ones
    than the root of four times all edges.
    """
    degrees = _degrees(frames)
    counted: Sequence[tuple[int, int, int]] = [] if degrees is None else _counted(degrees, frames[SCORES])
    return GraphNumbers(
        entities=sum(entities for _, entities, _ in counted),
        degree_tail=tail_share([(degree, entities) for degree, entities, _ in counted]),
        largest_degree=max((degree for degree, _, _ in counted), default=None),
        giant_community=_giant(frames[PARTITION]),
        seeds=sum(seeds for _, _, seeds in counted),
        seed_coverage=_covered(counted),
    )


def tail_share(counts: Sequence[tuple[int, int]]) -> float | None:
    """Share of the edge ends at the TAIL of entities with the most edges; None without edges.

    counts: (degree, entities of it). The tail is one entity at least.
    """
    ends = sum(degree * entities for degree, entities in counts)
    left = math.ceil(TAIL * sum(entities for _, entities in counts))
    if not ends:
        return None
    held = 0
    for degree, entities in sorted(counts, reverse=True):
        taken = min(left, entities)
        held, left = held + degree * taken, left - taken
    return held / ends


def graph_checks(found: GraphNumbers, rules: GraphRules) -> list[Measured]:
    """The checks of the graph, in the order of the rules."""
    edges = "no entity has an edge"
    most = found.largest_degree or 0
    return [
        _at_most(
            "degree_tail", rules.degree_tail, found.degree_tail, "of all edge ends", edges, found.entities
        ),
        _at_most(
            "largest_degree", rules.largest_degree, most or None, "edges at one entity", edges, found.entities
        ),
        _at_most(
            "giant_community",
            rules.giant_community,
            found.giant_community,
            "of the vertices with an edge",
            "no vertex is in a community",
            found.entities,
        ),
        _coverage(found, rules.seed_coverage),
    ]


def _at_most(kind: str, rule: Most, value: float | None, what: str, nothing: str, rows: int) -> Measured:
    expected = "no limit is declared" if rule.most is None else f"at most {_told(rule.most, kind)} {what}"
    check = Check(kind, (), rule.severity, expected, most=rule.most)
    observed = nothing if value is None else f"{_told(value, kind)} {what}"
    return Measured(GRAPH, check, value, observed, rows)


def _coverage(found: GraphNumbers, rule: Least) -> Measured:
    expected = (
        "no limit is declared" if rule.least is None else f"at least {rule.least:.1%} of the known violators"
    )
    check = Check("seed_coverage", (), rule.severity, expected, least=rule.least)
    share = found.seed_coverage
    observed = (
        "no violator is known"
        if share is None
        else f"{share:.1%} of {found.seeds:,} known violators have an edge"
    )
    return Measured(GRAPH, check, share, observed, found.entities)


def _told(value: float, kind: str) -> str:
    return f"{value:,.0f}" if kind == "largest_degree" else f"{value:.1%}"


def _degrees(frames: Mapping[Table, DataFrame]) -> DataFrame | None:
    """One row per entity: (vertex_id, degree). None where the run has no feature tables."""
    kinds = {f"features.{name}": kind for kind, name in NAMES.items()}
    told = []
    for table, frame in frames.items():
        if table.full_name in kinds:
            columns = [f"degree_{relation}" for relation in relations_of(kinds[table.full_name])]
            told.append(frame.selectExpr("vertex_id", " + ".join(["0L", *columns]) + " as degree"))
    return reduce(DataFrame.unionAll, told) if told else None


def _counted(degrees: DataFrame, scores: DataFrame) -> list[tuple[int, int, int]]:
    """(degree, entities of it, known violators among them)."""
    seeds = scores.where("is_seed").select("vertex_id").distinct().withColumn("seed", F.lit(1))
    # one-to-one: a vertex has one row of features
    told = degrees.join(seeds, on="vertex_id", how="left")
    rows = (
        told.groupBy("degree")
        .agg(F.count(F.lit(1)).alias("entities"), F.count("seed").alias("seeds"))
        .collect()
    )
    return [(row["degree"], row["entities"], row["seeds"]) for row in rows]


def _giant(partition: DataFrame) -> float | None:
    rows = partition.select("size_max", "vertices").collect()
    return rows[0]["size_max"] / rows[0]["vertices"] if rows and rows[0]["vertices"] else None


def _covered(counted: Sequence[tuple[int, int, int]]) -> float | None:
    seeds = sum(found for _, _, found in counted)
    return sum(found for degree, _, found in counted if degree) / seeds if seeds else None
