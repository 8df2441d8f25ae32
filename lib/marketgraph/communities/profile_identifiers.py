"""Which identifiers the members of a community share, and the rarest of them, masked."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.tables.edges import VALUE_DIGITS


def shared_identifiers(members: DataFrame, identifiers: DataFrame) -> DataFrame:
    """One row per community that shares any: community_id, shared_identifiers, rarest_kind, _value, _holders.

    members: from `entities_of_members`. identifiers: the visible source table, its values keyed hashes. A value is
    shared where two members hold it. The rarest has the fewest holders in the whole marketplace; of equal ones the
    first by kind, then by value. rarest_value is the first digits of its hash: the whole one would still join.
    Shuffles: identifiers by value, then those of several holders by holder, with the members, then by value again.
    """
    each = identifiers.select("entity_kind", "entity_id", "kind", "value").distinct()
    of_value = F.count(F.lit(1)).over(Window.partitionBy("kind", "value"))
    several = each.withColumn("holders", of_value).where("holders > 1")
    ours = members.select("community_id", F.col("kind").alias("entity_kind"), "entity_id")
    # many values to one member
    held = several.join(ours, ["entity_kind", "entity_id"], "inner")
    shared = (
        held.groupBy("community_id", "kind", "value")
        .agg(F.count(F.lit(1)).alias("sharing"), F.max("holders").alias("holders"))
        .where("sharing > 1")
    )
    rarest = F.min(F.struct("holders", "kind", "value")).alias("rarest")
    found = shared.groupBy("community_id").agg(F.count(F.lit(1)).alias("shared_identifiers"), rarest)
    return found.select(
        "community_id",
        "shared_identifiers",
        F.col("rarest.kind").alias("rarest_kind"),
        F.substring("rarest.value", 1, VALUE_DIGITS).alias("rarest_value"),
        F.col("rarest.holders").alias("rarest_holders"),
    )
