"""Label propagation in Spark SQL alone: an oracle for the compiled kernel, and for clusters without our Python.

Every turn is a join, an aggregate and a rank, all by shuffle: slow, and plain to check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.communities.census import measure_of_census, partition_of_census
from marketgraph.communities.graph import heard_votes, named_by_smallest
from marketgraph.communities.holding import cut, held
from marketgraph.communities.measures import Measure
from marketgraph.communities.report import Partition
from marketgraph.communities.settings import Propagation
from marketgraph.communities.turns import HASH_BITS
from marketgraph.communities.votes import PINNED, UNITS
from marketgraph.graphs.graph import ends_of

_MIX_1, _MIX_2 = 0xBF58476D1CE4E5B9 - (1 << 64), 0x94D049BB133111EB - (1 << 64)


@dataclass(frozen=True)
class State:
    """labels: one row per vertex, (vertex_id, label)."""

    labels: DataFrame
    changed: int
    digest: int


class SqlExchange:
    """Iterations over a frame of votes. seeds: (vertex_id, label, weight), one row per vertex, or None."""

    mode: Literal["broadcast", "shuffle"] = "shuffle"

    def __init__(self, edges: DataFrame, settings: Propagation, seeds: DataFrame | None = None) -> None:
        self._settings = settings
        self._heard = held(heard_votes(edges, settings))
        self._vertices = held(self._with_seeds(ends_of(edges), seeds))
        self.vertices = self._vertices.count()
        self.total = int(self._heard.agg(F.sum("votes").alias("n")).collect()[0]["n"] or 0)

    def begin(self) -> State:
        """Each vertex with its own label, each seed with its seed's."""
        return self._state(
            self._vertices.select("vertex_id", F.coalesce("seed", "vertex_id").alias("label")), 0
        )

    def resume(self, labels: DataFrame) -> State:
        """The state in which each vertex has the label of its row (vertex_id, label)."""
        return self._state(labels.select("vertex_id", "label"), 0)

    def iterate(self, state: State, number: int) -> tuple[State, Measure]:
        """The state after iteration `number` (from 0), and the measure of the one before."""
        watched = self._settings.largest_share < 1
        measure = self.measure(state) if watched else Measure(0, 0, 0)
        labels = state.labels
        for turn in self._turns(number):
            labels = cut(self._voted(labels, turn))
        # one old label to one new
        both = labels.join(state.labels.withColumnRenamed("label", "before"), "vertex_id", "inner")
        changed = both.where("label <> before").count()
        return self._state(labels, changed), measure

    def measure(self, state: State) -> Measure:
        """The measure of a state."""
        return measure_of_census(self._census(state))

    def partition(self, state: State) -> Partition:
        """What the communities of a state are like."""
        return partition_of_census(self._census(state))

    def labelled(self, state: State) -> DataFrame:
        """One row per vertex: (vertex_id, label)."""
        return state.labels

    def drop(self, state: State) -> None:
        """Checkpoints go with their frame."""

    def refined(self, state: State, settings: Propagation) -> State:
        """Communities in one piece, if `split`, and of `min_size` vertices; each named by its smallest vertex."""
        labels = self._pieces(state.labels) if settings.split else state.labels
        return self._state(named_by_smallest(labels, min_size=settings.min_size), 0)

    def _with_seeds(self, ends: DataFrame, seeds: DataFrame | None) -> DataFrame:
        """(vertex_id, seed, pull): the seed's label and votes, null where the vertex is none."""
        if seeds is None:
            return ends.select("vertex_id", _null("seed"), _null("pull"))
        votes = F.lit(PINNED) if self._settings.pin_seeds else F.rint(F.col("weight") * UNITS)
        pulls = seeds.select("vertex_id", F.col("label").alias("seed"), votes.cast("long").alias("pull"))
        # at most one seed to one vertex
        return ends.join(pulls, "vertex_id", "left")

    def _turns(self, iteration: int) -> list[Column]:
        if self._settings.schedule == "synchronous":
            return [F.lit(True)]
        # the sign is the highest bit
        second = F.shiftleft(_mixed(F.col("vertex_id")), iteration % HASH_BITS) >= 0
        return [~second, second]

    def _voted(self, labels: DataFrame, turn: Column) -> DataFrame:
        told = labels.withColumnRenamed("vertex_id", "neighbour")
        # many votes of one neighbour; many labels to one vertex
        votes = self._heard.join(told, "neighbour", "inner").select("vertex_id", "label", "votes")
        mine = labels.join(self._vertices, "vertex_id", "inner")
        pulled = mine.where("pull > 0").select(
            "vertex_id", F.col("seed").alias("label"), F.col("pull").alias("votes")
        )
        own = labels.withColumn("votes", F.lit(round(self._settings.own_vote * UNITS)).cast("long"))
        counted = votes.unionByName(pulled).unionByName(own).groupBy("vertex_id", "label")
        sums = counted.agg(F.sum("votes").alias("votes")).where("votes > 0")
        best = self._best(sums, mine)
        free = turn & (F.coalesce(F.col("pull"), F.lit(0)) != PINNED)
        # one best label to one vertex, none to one without votes
        return mine.join(best, "vertex_id", "left").select(
            "vertex_id", F.when(free, F.coalesce("best", "label")).otherwise(F.col("label")).alias("label")
        )

    def _best(self, sums: DataFrame, mine: DataFrame) -> DataFrame:
        keep = F.lit(self._settings.ties == "current") & (F.col("label") == F.col("own"))
        order = Window.partitionBy("vertex_id").orderBy(F.desc("votes"), keep.desc(), F.asc("label"))
        own = mine.select("vertex_id", F.col("label").alias("own"))
        # many labels to one vertex
        ranked = sums.join(own, "vertex_id", "inner").withColumn("rank", F.row_number().over(order))
        return ranked.where("rank = 1").select("vertex_id", F.col("label").alias("best"))

    def _same_label(self, labels: DataFrame) -> DataFrame:
        """The votes of `_heard` between vertices of one label: (vertex_id, neighbour, votes, label)."""
        there = labels.select(F.col("vertex_id").alias("neighbour"), F.col("label").alias("theirs"))
        # many votes to one vertex, from one neighbour
        both = self._heard.join(labels, "vertex_id", "inner").join(there, "neighbour", "inner")
        return both.where("label = theirs").drop("theirs")

    def _census(self, state: State) -> DataFrame:
        inner = self._same_label(state.labels).groupBy("label").agg(F.sum("votes").alias("inner"))
        heard = self._heard.groupBy("vertex_id").agg(F.sum("votes").alias("volume"))
        # one volume to one vertex, none to one that hears nobody; one inner to one label
        sized = (
            state.labels.join(heard, "vertex_id", "left")
            .groupBy("label")
            .agg(F.count(F.lit(1)).alias("size"), F.coalesce(F.sum("volume"), F.lit(0)).alias("volume"))
        )
        return sized.join(inner, "label", "left").select(
            "label", "size", "volume", F.coalesce("inner", F.lit(0).cast("long")).alias("inner")
        )

    def _pieces(self, labels: DataFrame) -> DataFrame:
        """For each vertex the smallest vertex of its piece, by passing the smallest on until nothing changes."""
        joins = cut(self._same_label(labels).select("vertex_id", "neighbour"))
        pieces, left = cut(labels.select("vertex_id", F.col("vertex_id").alias("label"))), 1
        while left:
            told = pieces.select(F.col("vertex_id").alias("neighbour"), F.col("label").alias("theirs"))
            least = (
                joins.join(told, "neighbour", "inner")
                .groupBy("vertex_id")
                .agg(F.min("theirs").alias("least"))
            )
            # one least to one vertex, none to one that is alone
            smaller = F.least("label", F.coalesce("least", "label"))
            after = cut(
                pieces.join(least, "vertex_id", "left").select(
                    "vertex_id", smaller.alias("label"), (smaller < F.col("label")).alias("less")
                )
            )
            left = after.where("less").count()
            pieces = after.drop("less")
        return pieces

    def _state(self, labels: DataFrame, changed: int) -> State:
        labels = cut(labels)
        pairs = _mixed(_mixed(F.col("vertex_id")).bitwiseXOR(F.col("label")))
        digest = labels.agg(F.sum(pairs).alias("digest")).collect()[0]["digest"] or 0
        return State(labels, changed, digest % (1 << 64))


def _mixed(value: Column) -> Column:
    """`ids.mix` in SQL, whose long products and sums wrap around."""
    once = value.bitwiseXOR(F.shiftrightunsigned(value, 30)) * F.lit(_MIX_1)
    twice = once.bitwiseXOR(F.shiftrightunsigned(once, 27)) * F.lit(_MIX_2)
    return twice.bitwiseXOR(F.shiftrightunsigned(twice, 31))


def _null(name: str) -> Column:
    return F.lit(None).cast("long").alias(name)
