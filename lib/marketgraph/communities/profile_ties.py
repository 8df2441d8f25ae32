"""What holds a community together: how dense it is, what leaves it, which relations its weight comes of."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.communities.holding import settled
from marketgraph.communities.votes import UNITS


def ties_of(members: DataFrame, edges: DataFrame, relations: Sequence[str]) -> DataFrame:
    """One row per community that an edge touches: community_id, pairs, conductance, main_relation, relation_shares.

    members: (vertex_id, community_id). edges: (src, dst, relation, weight) of the graph of communities, factors in the
    weights; relations: all of their names. An edge to a hub, which is no member of anything, is left out, and so is a
    self-loop. pairs: of members that an edge joins. conductance, 0..1: weight of edges that leave, of all weight at its
    members or of that at all others, the smaller (0 where there is none). relation_shares: of the weight within; the
    main one is the largest, of equal ones the first by name. Weights are summed as whole units of 2^-20, exactly.
    Shuffles: edges by either end, then ends by community.
    """
    between = _between_communities(members, edges)
    votes = [F.sum(F.when(F.col("relation") == name, F.col("votes"))).alias(name) for name in relations]
    # the rows of a pair lie together already
    pairs = between.groupBy("one", "other", "ours", "theirs").agg(F.sum("votes").alias("votes"), *votes)
    ends = pairs.withColumn("community_id", F.explode(F.array("ours", "theirs")))
    inside = F.col("ours") == F.col("theirs")
    # a pair within comes twice, once for each end
    within = [_sum(F.when(inside, F.col(name))).alias(name) for name in relations]
    found = settled(
        ends.groupBy("community_id").agg(
            (_sum(inside.cast("long")) / 2).cast("long").alias("pairs"),
            _sum(F.col("votes")).alias("volume"),
            _sum(F.when(inside, F.col("votes"))).alias("inner"),
            *within,
        )
    )
    total = found.agg(_sum(F.col("volume")).alias("total"))
    # the total is one row
    return found.crossJoin(F.broadcast(total)).select(
        "community_id",
        "pairs",
        _conductance().alias("conductance"),
        _main(relations).alias("main_relation"),
        _shares(relations).alias("relation_shares"),
    )


def _between_communities(members: DataFrame, edges: DataFrame) -> DataFrame:
    """(one, other, ours, theirs, relation, votes): edges in one direction, with the communities of their ends."""
    votes = F.rint(F.col("weight") * UNITS).cast("long").alias("votes")
    ends = (F.least("src", "dst").alias("one"), F.greatest("src", "dst").alias("other"))
    told = edges.where("src <> dst").select(*ends, "relation", votes)
    for end, community in (("one", "ours"), ("other", "theirs")):
        own = members.select(F.col("vertex_id").alias(end), F.col("community_id").alias(community))
        # many edges to one vertex; none to a hub
        told = told.join(own, end, "inner")
    return told


def _sum(value: Column) -> Column:
    return F.coalesce(F.sum(value), F.lit(0)).cast("long")


def _conductance() -> Column:
    side = F.least("volume", F.col("total") - F.col("volume"))
    return F.when(side > 0, (F.col("volume") - F.col("inner")) / side).otherwise(F.lit(0.0))


def _main(relations: Sequence[str]) -> Column:
    ranked = [
        F.struct(F.col(name).alias("votes"), F.lit(-place).alias("place"), F.lit(name).alias("name"))
        for place, name in enumerate(sorted(relations))
    ]
    return F.when(F.col("inner") > 0, F.array_max(F.array(*ranked))["name"])


def _shares(relations: Sequence[str]) -> Column:
    each = [
        F.struct(F.lit(name).alias("key"), (F.col(name) / F.col("inner")).alias("value"))
        for name in relations
    ]
    return F.map_from_entries(F.filter(F.array(*each), lambda share: share["value"] > 0))
