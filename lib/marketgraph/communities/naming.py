"""Names of communities: an append-only map from what first made a community to an integer that is never given again.

A community that is matched with one of the slice before has that one's id (matching.py). Any other gets an id of the
map, by the date and its smallest vertex: a rerun of that date finds it there. A rerun of an older date (a backfill)
knows other dates only from slices before its own, so that it takes no id that was given on a later one.
"""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.keys import numbered
from marketgraph.tables.communities import COMMUNITY_IDS, MEMBERS


def number_new_communities(known: DataFrame, new: DataFrame, *, as_of: date) -> DataFrame:
    """One row per community of `new` (first_vertex) that the date has no id for, at the contract of COMMUNITY_IDS.

    known: the map. new: communities of the date that are none of the slice before. Ids go on from the map's size,
    without gaps, in the order of a hash of first_vertex, then first_vertex.
    """
    unknown = new.select("first_vertex").join(_minted(known, as_of), "first_vertex", "left_anti")
    told = numbered(unknown, ("first_vertex",), name="community_id", start=known.count())
    return COMMUNITY_IDS.conform(told.withColumn("first_as_of", F.lit(as_of)))


def names_of(matched: DataFrame, new: DataFrame, ids: DataFrame, *, as_of: date) -> DataFrame:
    """One row per community of the date: (first_vertex, community_id).

    matched: (first_vertex, previous_id). new: (first_vertex) of all others. ids: the map, with all of these in it.
    """
    kept = matched.select("first_vertex", F.col("previous_id").alias("community_id"))
    # one id to one community that is new on the date
    minted = new.select("first_vertex").join(_minted(ids, as_of), "first_vertex", "inner")
    return kept.unionByName(minted)


def members_of(communities: DataFrame, names: DataFrame) -> DataFrame:
    """One row per vertex, at the contract of MEMBERS. communities: (vertex_id, first_vertex). names: of all of them."""
    # many vertices to one name
    return MEMBERS.conform(communities.join(names, "first_vertex", "inner"))


def _minted(ids: DataFrame, as_of: date) -> DataFrame:
    """(first_vertex, community_id) of those that were first seen on the date."""
    return ids.where(F.col("first_as_of") == F.lit(as_of)).select("first_vertex", "community_id")
