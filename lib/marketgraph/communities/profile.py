"""The profile of each community: its parts, made each by its own file, side by side in one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.tables.communities import PROFILES

_NOTHING = ("pairs", "conductance", "shared_identifiers", "money_30d", "money_within_30d")
_WENT_ON = ("continued", "grown", "shrunk")


@dataclass(frozen=True)
class Parts:
    """What is known of communities, one row each at most, keyed by community_id.

    facts: every community (profile_members.py). ties, identifiers, money: those that have any. lineage, ids: the
    tables. is_first: whether there was no slice before.
    """

    facts: DataFrame
    ties: DataFrame
    identifiers: DataFrame
    money: DataFrame
    lineage: DataFrame
    ids: DataFrame
    is_first: bool


def profiles_of(parts: Parts, *, as_of: date) -> DataFrame:
    """One row per community of two or more, at the contract of PROFILES.

    The parts lie by community already; lineage and ids shuffle, one small row per community.
    """
    wide = parts.facts.where("size > 1")
    # at most one row to one community, five times
    for part in (parts.ties, parts.identifiers, parts.money, _growth(parts.lineage), _ages(parts.ids, as_of)):
        wide = wide.join(part, "community_id", "left")
    told = wide.fillna(0, subset=list(_NOTHING))
    possible = F.col("size") * (F.col("size") - 1) / 2
    fresh = F.lit(None) if parts.is_first else F.coalesce("fresh", "size")
    nothing = F.create_map().cast("map<string, double>")
    return PROFILES.conform(
        told.withColumns(
            {
                "density": F.col("pairs") / possible,
                "new_members": fresh.cast("long"),
                "relation_shares": F.coalesce("relation_shares", nothing),
            }
        )
    )


def _growth(lineage: DataFrame) -> DataFrame:
    """(community_id, growth, fresh) of those that kept their id. fresh: members that were not in it before."""
    return lineage.where(F.col("event").isin(*_WENT_ON)).select(
        "community_id",
        (F.col("size") - F.col("size_before")).alias("growth"),
        (F.col("size") - F.col("overlap")).alias("fresh"),
    )


def _ages(ids: DataFrame, as_of: date) -> DataFrame:
    age = F.datediff(F.lit(as_of), F.col("first_as_of")).cast("long")
    return ids.select("community_id", age.alias("age_days"))
