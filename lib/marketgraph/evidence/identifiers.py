"""Identifiers that subjects share, masked: an entity's with anyone, a community's among its members."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.evidence.settings import EvidenceConfig

_VALUE = ("kind", "value")


def shared_identifiers(members: DataFrame, identifiers: DataFrame, choices: EvidenceConfig) -> DataFrame:
    """The identifiers of each subject, choices.identifiers at most.

    Rows: subject, subject_id, rank, kind, value, holders, within, others.
    members: (subject, subject_id, entity_kind, entity_id); an entity is its own one member. identifiers: the source
    table, its values keyed hashes. An entity's identifier is shared when another holds it, a community's when two
    members do. value: its first digits. others: names of holders that are no members, the first by name. rank: most
    members first, then fewest holders, then kind and value. Few subjects: the values they hold are sent to all tasks.
    """
    sightings = identifiers.select("entity_kind", "entity_id", *_VALUE)
    # many values to a member, a member may be of several subjects
    held = sightings.join(F.broadcast(members), ["entity_kind", "entity_id"], "inner").distinct()
    within = held.groupBy("subject", "subject_id", *_VALUE).agg(
        F.count(F.lit(1)).alias("within"), F.collect_set(_name()).alias("own")
    )
    named = sightings.join(F.broadcast(within.select(*_VALUE).distinct()), list(_VALUE), "left_semi")
    holders = named.groupBy(*_VALUE).agg(F.array_sort(F.collect_set(_name())).alias("names"))
    # one set of holders to a value
    told = within.join(holders, list(_VALUE), "inner").withColumn("holders", F.size("names").cast("long"))
    shared = told.where("holders > 1 and (subject = 'entity' or within > 1)")
    order = Window.partitionBy("subject", "subject_id").orderBy(F.desc("within"), "holders", *_VALUE)
    return (
        shared.withColumn("rank", F.row_number().over(order).cast("long"))
        .where(F.col("rank") <= choices.identifiers)
        .select(
            *("subject", "subject_id", "rank", "kind"),
            F.substring("value", 1, choices.digits).alias("value"),
            *("holders", "within"),
            F.slice(F.array_except("names", "own"), 1, choices.others).alias("others"),
        )
    )


def _name() -> Column:
    return F.concat_ws(":", "entity_kind", "entity_id")
