"""Who is in a community: members by kind, their countries, those who are known for a violation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.tables.sources import ENTITY_KINDS

COUNTRIES = 3


def entities_of_members(members: DataFrame, entities: Mapping[str, DataFrame]) -> DataFrame:
    """One row per member: vertex_id, community_id, kind, entity_id, country (null where its kind has none).

    members: (vertex_id, community_id). entities: entity tables by kind. One shuffle of either by vertex.
    """
    named = [
        frame.select(
            "vertex_id",
            F.lit(kind).alias("kind"),
            F.col(f"{kind}_id").alias("entity_id"),
            (F.col("country") if "country" in frame.columns else F.lit(None).cast("string")).alias("country"),
        )
        for kind, frame in entities.items()
    ]
    # one entity to one member
    return members.join(reduce(DataFrame.unionByName, named), "vertex_id", "inner")


def facts_of_members(members: DataFrame, violations: DataFrame) -> DataFrame:
    """One row per community: community_id, size, <kind>s …, countries, known_violations.

    members: from `entities_of_members`. violations: the visible source table, which holds only what was known.
    countries: of most members first, at a tie the first by name. Shuffles: violations and members by entity, members by
    community.
    """
    known = violations.select(F.col("entity_kind").alias("kind"), "entity_id").distinct()
    # at most one row to one member
    told = members.join(known.withColumn("known", F.lit(1)), ["kind", "entity_id"], "left")
    kinds = [_count_if(F.col("kind") == kind).alias(f"{kind}s") for kind in ENTITY_KINDS]
    violators = _count_if(F.col("known").isNotNull()).alias("known_violations")
    # laid by community first, so that neither count shuffles
    by_country = told.repartition("community_id").groupBy("community_id", "country")
    counted = by_country.agg(F.count(F.lit(1)).alias("size"), *kinds, violators)
    ranked = F.sort_array(
        F.collect_list(
            F.when(F.col("country").isNotNull(), F.struct((-F.col("size")).alias("less"), "country"))
        )
    )
    sums = [F.sum(name).alias(name) for name in ("size", *(f"{kind}s" for kind in ENTITY_KINDS))]
    return counted.groupBy("community_id").agg(
        *sums,
        F.sum("known_violations").alias("known_violations"),
        F.slice(F.transform(ranked, lambda one: one["country"]), 1, COUNTRIES).alias("countries"),
    )


def _count_if(condition: Column) -> Column:
    return F.sum(F.when(condition, 1).otherwise(0)).cast("long")
