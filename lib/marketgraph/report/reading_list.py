"""The ranked list of communities, read from a release."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Row, Window
from pyspark.sql import functions as F

from marketgraph.report.community_facts import Lineage, Listed
from marketgraph.report.shelf import Shelf
from marketgraph.tables.sources import ENTITY_KINDS

DOMAIN = "any"


def listed(shelf: Shelf, most: int) -> tuple[Listed, ...]:
    """The first `most` communities: of the highest risk first where there is a score, then of most known violations,
    most merchants and creators, most members, smallest id."""
    profiles = shelf.table("communities.profiles")
    if profiles is None:
        return ()
    rows = _with_risk(profiles, shelf.table("risk.communities")).orderBy(*_order()).limit(most).collect()
    return tuple(_listed(place, row) for place, row in enumerate(rows, start=1))


def _with_risk(profiles: DataFrame, risk: DataFrame | None) -> DataFrame:
    if risk is None:
        none = {"score": F.lit(None).cast("double"), "seeds": F.lit(None).cast("long")}
        return profiles.withColumns({**none, "place": F.lit(None).cast("long")})
    of_any = risk.where(F.col("domain") == DOMAIN)
    told = of_any.select("community_id", "score", "seeds", F.col("rank").alias("place"))
    # at most one row to one profile
    return profiles.join(told, "community_id", "left")


def _order() -> list[Column]:
    people = F.col("merchants") + F.col("creators")
    return [
        F.asc_nulls_last("place"),
        F.desc("known_violations"),
        people.desc(),
        F.desc("size"),
        F.asc("community_id"),
    ]


def _listed(place: int, row: Row) -> Listed:
    rarest = (
        None
        if row["rarest_kind"] is None
        else (row["rarest_kind"], row["rarest_value"], row["rarest_holders"])
    )
    return Listed(
        rank=place,
        community_id=row["community_id"],
        score=row["score"],
        seeds=row["seeds"],
        size=row["size"],
        kinds=tuple((kind, row[f"{kind}s"]) for kind in ENTITY_KINDS),
        density=row["density"],
        conductance=row["conductance"],
        age_days=row["age_days"],
        growth=row["growth"],
        new_members=row["new_members"],
        main_relation=row["main_relation"],
        shares=_shares(row["relation_shares"]),
        countries=tuple(row["countries"]),
        shared_identifiers=row["shared_identifiers"],
        rarest=rarest,
        money=row["money_30d"],
        money_within=row["money_within_30d"],
        known_violations=row["known_violations"],
    )


def _shares(told: dict[str, float]) -> tuple[tuple[str, float], ...]:
    """Largest first; of equal ones the first by name."""
    return tuple(sorted(((name, share) for name, share in told.items() if share > 0), key=_largest_first))


def _largest_first(one: tuple[str, float]) -> tuple[float, str]:
    return (-one[1], one[0])


def lineage(shelf: Shelf, communities: list[int], most: int) -> dict[int, tuple[Lineage, ...]]:
    """What these communities came of: rows of lineage by community, the largest overlap first, `most` of each."""
    told = shelf.table("communities.lineage")
    if told is None or not communities:
        return {}
    ours = told.where(F.col("community_id").isin(communities) & (F.col("event") != "died"))
    largest_first = Window.partitionBy("community_id").orderBy(F.desc("overlap"), "event", "previous_id")
    ranked = ours.withColumn("place", F.row_number().over(largest_first)).where(F.col("place") <= most)
    found: dict[int, list[Lineage]] = {}
    for r in ranked.orderBy("community_id", "place").collect():
        row = Lineage(
            r["event"],
            r["community_id"],
            r["previous_id"],
            r["overlap"],
            r["jaccard"],
            r["size"],
            r["size_before"],
        )
        found.setdefault(row.community_id, []).append(row)
    return {community: tuple(rows) for community, rows in found.items()}
