"""What became of each community since the slice before: it went on, came apart, was taken in, ended, or is new.

A community is a successor of one before if it has that one's id, or at least `successor_share` of its members. Every
community of either date is in one row at least. The events are those of Palla, Barabási and Vicsek (2007).
"""

from __future__ import annotations

from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.communities.overlaps import Overlaps
from marketgraph.communities.settings import Identity
from marketgraph.tables.communities import CHURN, EVENTS, LINEAGE


def lineage_of(overlaps: Overlaps, names: DataFrame, settings: Identity) -> DataFrame:
    """One row per event, at the contract of LINEAGE.

    continued, grown, shrunk: the id was kept; which one, by `steady`. Of every other successor of a community:
    `merged` where that one has no other and its id has ended, else `split`. born, died: all that is in no other row.
    names: (first_vertex, community_id) of every community of the date.
    """
    succeeding = _named(overlaps, names).where(_is_successor(settings))
    successors = F.count(F.lit(1)).over(Window.partitionBy("previous_id"))
    told = succeeding.withColumn("event", _event(successors, settings))
    # one name to one size, many events to one name
    now = overlaps.now.join(names, "first_vertex", "inner")
    born = now.join(told, "community_id", "left_anti").select(
        _said("born"), "community_id", _none("previous_id"), _zero("overlap"), "size", _zero("size_before")
    )
    died = overlaps.before.join(told, "previous_id", "left_anti").select(
        _said("died"),
        F.col("previous_id").alias("community_id"),
        "previous_id",
        _zero("overlap"),
        _zero("size"),
        "size_before",
    )
    every = told.select(*born.columns).unionByName(born).unionByName(died)
    either = F.col("size") + F.col("size_before") - F.col("overlap")
    return LINEAGE.conform(every.withColumn("jaccard", F.col("overlap") / either))


def churn_of(
    overlaps: Overlaps, names: DataFrame, lineage: DataFrame, *, previous_as_of: date | None
) -> DataFrame:
    """One row at the contract of CHURN: of the vertices in both slices, how many have another community_id."""
    pairs = _named(overlaps, names)
    parts = [
        pairs.select(_said("kept"), "overlap"),
        pairs.where(~_is_kept()).select(_said("changed"), "overlap"),
        lineage.select("event", F.lit(1)),
        names.select(_said("communities"), F.lit(1)),
        overlaps.before.select(_said("communities_before"), F.lit(1)),
    ]
    # one pass over all that is counted
    told = reduce(DataFrame.unionAll, parts).toDF("what", "amount")
    counts = ("kept", "changed", "communities", "communities_before", *EVENTS)
    row = told.agg(*[_sum_of(name).alias(name) for name in counts])
    return CHURN.conform(
        row.withColumn("previous_as_of", F.lit(previous_as_of).cast("date")).withColumn(
            "churn", F.when(F.col("kept") > 0, F.col("changed") / F.col("kept"))
        )
    )


def _named(overlaps: Overlaps, names: DataFrame) -> DataFrame:
    """The pairs with the community_id of the date's side. Many pairs to one name."""
    return overlaps.pairs.join(names, "first_vertex", "inner")


def _is_kept() -> Column:
    """An id that is new on the date is none of a slice before, so that equal ids were matched."""
    return F.col("community_id") == F.col("previous_id")


def _is_successor(settings: Identity) -> Column:
    return _is_kept() | (F.col("overlap") >= F.col("size_before") * F.lit(settings.successor_share))


def _event(successors: Column, settings: Identity) -> Column:
    more, steady = F.col("size") - F.col("size_before"), F.col("size_before") * F.lit(settings.steady)
    went_on = F.when(F.abs(more) <= steady, "continued").when(more > 0, "grown").otherwise("shrunk")
    return F.when(_is_kept(), went_on).when(successors > 1, "split").otherwise("merged")


def _said(event: str) -> Column:
    return F.lit(event).alias("event")


def _none(name: str) -> Column:
    return F.lit(None).cast("long").alias(name)


def _zero(name: str) -> Column:
    return F.lit(0).cast("long").alias(name)


def _sum_of(what: str) -> Column:
    amount = F.when(F.col("what") == what, F.col("amount"))
    return F.coalesce(F.sum(amount), F.lit(0)).cast("long")
