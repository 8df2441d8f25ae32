"""The members of the top communities, read from a release: who they are, what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.report.reading_list import DOMAIN
from marketgraph.report.shelf import Shelf
from marketgraph.tables.entities import ENTITY_TABLES

TITLES = {"merchant": "name", "creator": "name", "product": "title", "content": "title"}


def shown_members(shelf: Shelf, communities: list[int], most: int) -> DataFrame:
    """Up to `most` members of each of these communities: vertex_id, community_id, score (null: none).

    The highest score first; of equal ones the smallest vertex.
    """
    members = shelf.read("communities.members").select("vertex_id", "community_id")
    ours = members.where(F.col("community_id").isin(communities))
    scores = shelf.table("risk.scores")
    if scores is None:
        scored = ours.withColumn("score", F.lit(None).cast("double"))
    else:
        of_any = scores.where(F.col("domain") == DOMAIN).select("vertex_id", "score")
        # at most one score to one member; nobody knows how large the communities are, so nothing is broadcast
        scored = ours.join(of_any, "vertex_id", "left")
    place = Window.partitionBy("community_id").orderBy(F.desc_nulls_last("score"), "vertex_id")
    ranked = scored.withColumn("place", F.row_number().over(place)).where(F.col("place") <= most)
    return ranked.select("vertex_id", "community_id", "score")


def described(shelf: Shelf, before: Shelf | None, shown: DataFrame) -> DataFrame:
    """`shown` with kind, entity_id, title, first_activity, known violations, and whether the member is new.

    shown: small, and not to be computed anew: it is joined four times. known: array of (day, violation), the earliest
    day of each kind of violation. One row per member.
    """
    entities = {kind: shelf.read(table.full_name) for kind, table in ENTITY_TABLES.items()}
    # one entity to one member
    named = _entities(entities).join(F.broadcast(shown), "vertex_id", "inner")
    # at most one row of known violations to one member
    told = named.join(_known(shelf, named), ["kind", "entity_id"], "left")
    return told.join(_newness(before, shown), "vertex_id", "left")


def _entities(entities: Mapping[str, DataFrame]) -> DataFrame:
    named = [
        frame.select(
            "vertex_id",
            F.lit(kind).alias("kind"),
            F.col(f"{kind}_id").alias("entity_id"),
            _title(kind).alias("title"),
            "first_activity",
        )
        for kind, frame in entities.items()
    ]
    return reduce(DataFrame.unionByName, named)


def _title(kind: str) -> Column:
    return F.col(TITLES[kind]) if kind in TITLES else F.lit(None).cast("string")


def _known(shelf: Shelf, named: DataFrame) -> DataFrame:
    """(kind, entity_id, known) of these entities that have a violation which was known before the date."""
    violations = shelf.read("sources.violations")
    ours = named.select(F.col("kind").alias("entity_kind"), "entity_id")
    of_ours = violations.join(F.broadcast(ours), ["entity_kind", "entity_id"], "left_semi")
    day = F.min(F.to_date("known_at")).alias("day")
    each = of_ours.groupBy("entity_kind", "entity_id", F.col("kind").alias("violation")).agg(day)
    known = F.sort_array(F.collect_list(F.struct("day", "violation"))).alias("known")
    told = each.groupBy("entity_kind", "entity_id").agg(known)
    return told.withColumnRenamed("entity_kind", "kind")


def _newness(before: Shelf | None, shown: DataFrame) -> DataFrame:
    """(vertex_id, is_new): whether the member was in another community before, or in none."""
    members = before.table("communities.members") if before else None
    ours = shown.select("vertex_id", "community_id")
    if members is None:
        return ours.select("vertex_id", F.lit(None).cast("boolean").alias("is_new"))
    then = members.select("vertex_id", F.col("community_id").alias("then"))
    of_ours = then.join(F.broadcast(ours.select("vertex_id")), "vertex_id", "left_semi")
    # at most one community before to one member
    both = ours.join(of_ours, "vertex_id", "left")
    is_new = F.coalesce(F.col("then") != F.col("community_id"), F.lit(True))
    return both.select("vertex_id", is_new.alias("is_new"))
