"""What an edge is to a domain: how strongly risk is drawn along it, and what it hints at by itself."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from marketgraph.communities.votes import UNITS
from marketgraph.risk.settings import Domain
from marketgraph.risk.ties import MOST_UNITS


def pull_of(domain: Domain) -> Column:
    """The edge's weight for the domain in 1/UNITS, as the walk has it: whole, 0 where it is no tie.

    An edge that two ties ask for counts for both. Columns: see `edges_at`.
    """
    units = F.least(F.rint(F.col("weight") * UNITS), F.lit(float(MOST_UNITS)))
    told = [
        F.when(
            _is(relation) & (F.col("evidence_count") >= tie.min_evidence),
            F.rint(units * F.lit(float(tie.factor))),
        ).otherwise(F.lit(0.0))
        for relation, tie in domain.relations.items()
    ]
    return reduce(Column.__add__, told, F.lit(0.0)).cast("long")


def hint_of(domain: Domain) -> Column:
    """What the edge makes either end worth as a seed, 0..1."""
    told = [
        F.when(_is(relation), F.lit(float(worth))).otherwise(F.lit(0.0))
        for relation, worth in domain.hints.items()
    ]
    return F.greatest(F.lit(0.0), F.lit(0.0), *told)


def _is(relation: str) -> Column:
    """Whether an edge, seen from one end, is of `relation` or `relation:kind-kind`, in the order of its ends or not."""
    name, _, pair = relation.partition(":")
    found = F.col("relation") == name
    if not pair:
        return found
    src, dst = pair.split("-")
    there = (F.col("kind") == src) & (F.col("neighbour_kind") == dst)
    back = (F.col("kind") == dst) & (F.col("neighbour_kind") == src)
    return found & (there | back)
