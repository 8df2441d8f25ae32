"""Graph features of every kind in few passes: degrees, neighbours, the whole graph's measures, communities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.holding import held
from marketgraph.edges.vertices import CODE, code_of
from marketgraph.features import (
    graph_community,
    graph_degrees,
    graph_measures,
    graph_neighbours,
    graph_risk,
)
from marketgraph.features.block import Block
from marketgraph.features.graph_ends import edge_ends, heard_from, neighbour_pairs
from marketgraph.features.graph_measures import MOST_EDGES, whole_graph
from marketgraph.features.neighbour_rules import NeighbourRule
from marketgraph.tables.contract import Column
from marketgraph.tables.relations import RELATIONS
from marketgraph.tables.sources import ENTITY_KINDS

Rules = Sequence[NeighbourRule]


@dataclass(frozen=True)
class Surroundings:
    """What graph features are made of.

    edges: (src, dst, relation, weight), of all edge tables. chosen: those of the graph that communities are found in,
    from `relation_edges`; weighted: as the config of communities says. entities: the entity tables by kind. labels:
    communities.labels. violations: sources.violations. own: for each kind that a rule of neighbours is of, a frame
    (vertex_id, its own features …), one row per vertex; held by the caller where it is dear, since it is read once here
    and once there.
    """

    edges: DataFrame
    chosen: DataFrame
    entities: Mapping[str, DataFrame]
    labels: DataFrame
    violations: DataFrame
    own: Mapping[str, DataFrame] = field(default_factory=dict)
    weighted: bool = True


def graph_columns(kind: str, rules: Rules = ()) -> tuple[Column, ...]:
    """The columns of all graph features of a kind, without any data."""
    return (
        *graph_degrees.columns(kind),
        *graph_risk.columns(kind),
        *graph_measures.columns(kind),
        *graph_community.columns(kind),
        *graph_neighbours.columns(kind, rules),
    )


def graph_blocks(
    around: Surroundings, *, as_of: date, rules: Rules = (), most_edges: int = MOST_EDGES
) -> dict[str, list[Block]]:
    """For each kind its block: degrees, neighbours and their risk, measures, community, neighbours' features.

    One block per kind, with a row for every entity: counts and sums of nothing are 0 in it, shares and means null. All
    kinds are read off one frame, held until `left_tidy` ends.
    Shuffles of edges: one of all edges by vertex; one, of partial sums, for what neighbours tell, and one more where
    rules ask for neighbours' features of two hops; one of packed rows to the task of the whole graph. Further those of
    one row per entity: entities with their labels, own features and risk, and the task's answer.
    Raises BudgetError where the chosen graph has more than `most_edges` edges.
    """
    facts = held(_facts(around, rules, as_of))
    whole = whole_graph(around.chosen, facts, weighted=around.weighted, most_edges=most_edges)
    parts = [*_by_neighbours(around.edges, facts, rules), whole]
    wide = held(_side_by_side(facts.select("vertex_id", "kind"), parts, rules))
    return {kind: [_block(kind, wide, rules)] for kind in around.entities}


def _by_neighbours(edges: DataFrame, facts: DataFrame, rules: Rules) -> list[DataFrame]:
    """Degrees, what neighbours tell, and what these have heard of theirs; each a row per vertex, by vertex_id."""
    ends = held(edge_ends(edges))
    pairs = held(neighbour_pairs(ends))
    tell = (*graph_risk.sums(), *graph_neighbours.one_hop(rules))
    near = heard_from(pairs, facts).groupBy("vertex_id").agg(*tell)
    of_ends = graph_degrees.degrees(ends, RELATIONS)
    if not any(2 in rule.hops for rule in rules):
        return [of_ends, near]
    near = held(near)
    far = heard_from(pairs, near).groupBy("vertex_id").agg(*graph_neighbours.two_hops(rules))
    return [of_ends, near, far]


def _facts(around: Surroundings, rules: Rules, as_of: date) -> DataFrame:
    """One row per entity: (vertex_id, kind: code, age, risky, label, value_<n> for each rule), by vertex_id."""
    told = [
        frame.select(
            "vertex_id",
            F.lit(kind).alias("kind"),
            F.col(f"{kind}_id").alias("entity_id"),
            graph_community.age(kind, as_of=as_of).alias("age"),
        )
        for kind, frame in around.entities.items()
    ]
    risky = graph_risk.risky_entities(around.violations, as_of=as_of).withColumn("risky", F.lit(True))
    # at most one row of risk to one entity, then one label
    known = reduce(DataFrame.unionByName, told).join(risky, ["kind", "entity_id"], "left")
    labelled = known.join(around.labels.select("vertex_id", "label"), "vertex_id", "inner")
    facts = labelled.select(
        "vertex_id",
        code_of(F.col("kind")).alias("kind"),
        "age",
        F.coalesce("risky", F.lit(False)).alias("risky"),
        "label",
    )
    values = _values(around, rules)
    # at most one row of values to one entity
    return facts if values is None else facts.join(values, "vertex_id", "left")


def _values(around: Surroundings, rules: Rules) -> DataFrame | None:
    """One row per entity of a kind that a rule is of: (vertex_id, value_<n> for each rule, null for other kinds)."""
    kinds = [kind for kind in ENTITY_KINDS if any(rule.of == kind for rule in rules)]
    told = [
        around.own[kind].select("vertex_id", *[
            (F.col(rule.feature) if rule.of == kind else F.lit(None)).cast("double").alias(graph_neighbours.value(at))
            for at, rule in enumerate(rules)
        ])
        for kind in kinds
    ]  # fmt: skip
    return reduce(DataFrame.unionByName, told) if told else None


def _side_by_side(entities: DataFrame, parts: Sequence[DataFrame], rules: Rules) -> DataFrame:
    """One row per entity with all columns of all kinds; counts and sums of nothing are 0."""
    # one or no row to one entity, each time
    wide = reduce(lambda one, other: one.join(other, "vertex_id", "left"), parts, entities)
    wide = wide.withColumns(graph_risk.shares())
    columns = {column.name: column for kind in ENTITY_KINDS for column in graph_columns(kind, rules)}
    return wide.select("vertex_id", "kind", *[_filled(column) for column in columns.values()])


def _filled(column: Column) -> SparkColumn:
    value = F.col(column.name)
    return value if column.nullable else F.coalesce(value, F.lit(0).cast(column.type)).alias(column.name)


def _block(kind: str, wide: DataFrame, rules: Rules) -> Block:
    columns = graph_columns(kind, rules)
    own = wide.where(F.col("kind") == CODE[kind])
    return Block(own.select("vertex_id", *[column.name for column in columns]), columns)
