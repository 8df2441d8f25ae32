"""Communities of two dates in plain sets: small stories, and who is whom by the words of matching.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities.lineage import churn_of, lineage_of
from marketgraph.communities.matching import MOST_IN_ONE_TASK, matched
from marketgraph.communities.naming import members_of, names_of, number_new_communities
from marketgraph.communities.overlaps import Overlaps, overlaps_of
from marketgraph.communities.settings import Identity
from marketgraph.tables.communities import COMMUNITY_IDS, MEMBERS

Groups = list[set[int]]
Ids = dict[int, set[int]]
Pair = tuple[int, int, int, int, int]  # first_vertex, previous_id, overlap, size, size_before
MONDAY, TUESDAY = date(2024, 1, 1), date(2024, 1, 2)
DEFAULT = Identity()


def pairs_of(before: Ids, now: Groups) -> list[Pair]:
    """Every two that share a vertex."""
    return [
        (min(new), old, len(new & was), len(new), len(was))
        for new in now
        for old, was in before.items()
        if new & was
    ]


def order(pair: Pair) -> tuple[int, ...]:
    first, previous, overlap, size, size_before = pair
    return -overlap, size + size_before, previous, first


def by_scanning(pairs: Iterable[Pair]) -> set[Pair]:
    """Greedy as it is told: of all that is left the first one, again and again."""
    left, taken = set(pairs), set()
    while left:
        best = min(left, key=order)
        taken.add(best)
        left = {p for p in left if p[0] != best[0] and p[1] != best[1]}
    return taken


def by_rounds(pairs: Iterable[Pair]) -> set[Pair]:
    """Rounds of mutual best."""
    left, taken = set(pairs), set()
    while left:
        best = {p for p in left if all(order(p) <= order(q) for q in left if p[0] == q[0] or p[1] == q[1])}
        taken |= best
        left = {p for p in left if all(p[0] != b[0] and p[1] != b[1] for b in best)}
    return taken


def worthy(pairs: Iterable[Pair], least_share: float = DEFAULT.least_share) -> list[Pair]:
    return [p for p in pairs if p[2] >= least_share * min(p[3], p[4])]


def now_frame(spark: SparkSession, now: Groups, partitions: int = 2) -> DataFrame:
    rows = [(vertex, min(group)) for group in now for vertex in sorted(group)]
    return spark.createDataFrame(rows, "vertex_id long, first_vertex long").repartition(partitions)


def before_frame(spark: SparkSession, before: Ids, partitions: int = 2) -> DataFrame:
    rows = [(vertex, old) for old, group in before.items() for vertex in sorted(group)]
    return spark.createDataFrame(rows, MEMBERS.schema).repartition(partitions)


class Followed:
    """The communities of TUESDAY after those of MONDAY, by the builders alone."""

    def __init__(
        self,
        spark: SparkSession,
        before: Ids,
        now: Groups,
        *,
        partitions: int = 2,
        most: int = MOST_IN_ONE_TASK,
    ) -> None:
        frame = now_frame(spark, now, partitions)
        self.overlaps: Overlaps = overlaps_of(frame, before_frame(spark, before, partitions))
        self.kept = matched(self.overlaps.pairs, least_share=DEFAULT.least_share, most=most).cache()
        new = self.overlaps.now.join(self.kept, "first_vertex", "left_anti").select("first_vertex")
        known = spark.createDataFrame(
            [(old, MONDAY, min(was)) for old, was in before.items()], COMMUNITY_IDS.schema
        )
        ids = known.unionByName(number_new_communities(known, new, as_of=TUESDAY))
        self.names = names_of(self.kept, new, ids, as_of=TUESDAY).cache()
        self.members = members_of(frame, self.names)
        self.lineage = lineage_of(self.overlaps, self.names, DEFAULT).cache()

    @cached_property
    def ids(self) -> Ids:
        found: Ids = {}
        for row in self.members.collect():
            found.setdefault(row["community_id"], set()).add(row["vertex_id"])
        return found

    @property
    def matches(self) -> set[Pair]:
        return {tuple(row) for row in self.kept.collect()}

    @cached_property
    def events(self) -> set[tuple[Any, ...]]:
        return {(r["event"], r["community_id"], r["previous_id"]) for r in self.lineage.collect()}

    @cached_property
    def churn(self) -> dict[str, Any]:
        (row,) = churn_of(self.overlaps, self.names, self.lineage, previous_as_of=MONDAY).collect()
        return row.asDict()
