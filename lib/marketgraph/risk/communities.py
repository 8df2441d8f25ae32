"""The score of a community, of its members' spreads: high where much of it is risky, whatever its size.

Spreads and not calibrated scores: a calibration by steps makes all rings of a step alike. The mean of the top share
lets a community be led by its worst part and not diluted by hangers-on; the shrinkage keeps a pair of which one happens
to be known from standing above a ring of ten.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.risk.settings import CommunityScore
from marketgraph.tables.risk import COMMUNITIES

UNITS = 1 << 30  # spreads are added up in whole units: no order of adding changes a bit


def community_scores(scores: DataFrame, members: DataFrame, choices: CommunityScore) -> DataFrame:
    """One row per community of least_members and domain, at COMMUNITIES.

    scores: at the contract SCORES; members: (vertex_id, community_id), a vertex in one community at most. The score is
    the sum of the ceil(top_share * members) highest spreads, of their number and `shrink` more.
    """
    community = Window.partitionBy("community_id")
    sized = members.select("vertex_id", "community_id", F.count("*").over(community).alias("members"))
    large = sized.where(F.col("members") >= choices.least_members)
    # one member to a row for each domain
    found = large.join(scores, "vertex_id", "inner")
    highest = Window.partitionBy("community_id", "domain").orderBy(F.desc("spread"), "vertex_id")
    top = F.ceil(F.col("members") * F.lit(choices.top_share) - F.lit(1e-9))
    placed = found.withColumn("counted", F.row_number().over(highest) <= top)
    units = F.rint(F.col("spread") * UNITS).cast("long")
    told = placed.groupBy("community_id", "domain", "members").agg(
        F.sum(F.when(F.col("counted"), units).otherwise(0)).alias("units"),
        F.count_if("counted").alias("places"),
        F.count_if("is_seed").alias("seeds"),
    )
    score = F.col("units") / (F.lit(float(UNITS)) * (F.col("places") + F.lit(float(choices.shrink))))
    return _ranked(told.withColumn("score", score), scores)


def _ranked(told: DataFrame, scores: DataFrame) -> DataFrame:
    """With the lift of known seeds over all vertices, and the rank in the domain."""
    known = scores.groupBy("domain").agg(
        F.count_if("is_seed").alias("all_seeds"), F.count("*").alias("vertices")
    )
    share = F.col("seeds") / F.col("members")
    order = Window.partitionBy("domain").orderBy(F.desc("score"), "community_id")
    # many communities to one domain, which has a seed at least
    lifted = told.join(F.broadcast(known), "domain", "inner").withColumn(
        "lift", share * F.col("vertices") / F.col("all_seeds")
    )
    return COMMUNITIES.conform(lifted.withColumn("rank", F.row_number().over(order).cast("long")))
