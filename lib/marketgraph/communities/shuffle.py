"""The exchange `shuffle`: each block holds the labels of its own vertices and ghosts, and sends what has changed.

Labels are vertex ids (int64). The driver holds nothing per vertex; a step is one shuffle of letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.communities import letters
from marketgraph.communities.census import measure_of_census, partition_of_census
from marketgraph.communities.csr import volumes
from marketgraph.communities.flood import flood
from marketgraph.communities.gathering import Gathered
from marketgraph.communities.graph import named_by_smallest
from marketgraph.communities.holding import cut, held
from marketgraph.communities.letters import LABELS, LETTER, STATE, Mail, Step, opened
from marketgraph.communities.measures import Measure, inner_votes
from marketgraph.communities.packing import Answers, Batches, longs, packed_row, places
from marketgraph.communities.report import Partition
from marketgraph.communities.settings import Propagation
from marketgraph.communities.sharding import shard_in, shards_of
from marketgraph.communities.shards import Shard, block_of
from marketgraph.communities.turns import turns_in
from marketgraph.communities.votes import UNITS, Rule

Act = Callable[[Step, Shard, int, Mail], Iterator[dict[str, Any]]]
_CENSUS = "label long, size long, volume long, inner long"


@dataclass(frozen=True)
class State:
    """mail: the letters that blocks are to open next, their states among them."""

    mail: DataFrame
    changed: int
    digest: int


class ShuffleExchange:
    """Iterations over shards. seeds: (vertex_id, label, weight), one row per vertex, or None."""

    mode: Literal["broadcast", "shuffle"] = "shuffle"

    def __init__(
        self,
        edges: Gathered,
        settings: Propagation,
        *,
        blocks: int | None = None,
        seeds: DataFrame | None = None,
    ) -> None:
        once = settings.orientation == "undirected"
        self._shards, self._blocks = shards_of(
            edges, once=once, blocks=blocks, seeds=seeds, pin_seeds=settings.pin_seeds
        )
        self._spark, self._settings = edges.chunks.sparkSession, settings
        self._hubs = edges.hubs if self._blocks > 1 else edges.hubs[:0]
        self.vertices = edges.vertices
        self._watched = settings.largest_share < 1

    @cached_property
    def total(self) -> int:
        """All votes, each edge twice."""
        told = self._census(self.begin()).agg(F.sum("volume").alias("total")).collect()[0]
        return int(told["total"] or 0)

    def begin(self) -> State:
        """Each vertex with its own label, each seed with its seed's."""
        return self._taken(letters.begin, self._nothing(), self._step())

    def resume(self, labels: DataFrame) -> State:
        """The state in which each vertex has the label of its row (vertex_id, label)."""
        told = labels.select("vertex_id", "label").mapInArrow(partial(_give, self._blocks), LETTER)
        return self._taken(letters.begin, told, self._step())

    def iterate(self, state: State, number: int) -> tuple[State, Measure]:
        """The state after iteration `number` (from 0), and the measure of the one before, if a collapse is watched."""
        measure = self.measure(state) if self._watched else Measure(0, 0, 0)
        changed = 0
        for turn in range(turns_in(self._settings.schedule)):
            step = self._step(number, turn)
            state = self._taken(letters.cast, state.mail, step)
            changed += state.changed
            if self._hubs.size:
                state = self._taken(letters.elect, state.mail, step)
                changed += state.changed
        return State(state.mail, changed, state.digest), measure

    def measure(self, state: State) -> Measure:
        """The measure of a state."""
        return measure_of_census(self._census(state))

    def partition(self, state: State) -> Partition:
        """What the communities of a state are like."""
        return partition_of_census(self._census(state))

    def labelled(self, state: State) -> DataFrame:
        """One row per vertex: (vertex_id, label)."""
        return self._with_mail(state.mail, _tell, "vertex_id long, label long")

    def components(self, within: State | None = None) -> DataFrame:
        """One row per vertex: (vertex_id, label), the smallest vertex id of its component.

        within: an edge between two labels of this state does not join. Union-find in each block; then blocks tell each
        other of smaller labels until none changes. Rounds: at most the components' diameter in blocks.
        """
        step, shards = self._step(), self._shards
        if within is not None:
            settled = self._taken(letters.settle, within.mail, step).mail
            labels = settled.where(f"kind = {STATE}").select("place", F.col("first").alias("within"))
            # one state to one block
            shards = held(shards.join(labels, "place", "inner").repartition(self._blocks, "place"))
        state = self._taken(letters.alone, self._nothing(), step)
        while True:
            state = self._taken(flood, state.mail, step, shards)
            if not state.changed:
                return self.labelled(state)

    def refined(self, state: State, settings: Propagation) -> State:
        """Communities in one piece, if `split`, and of `min_size` vertices; each named by its smallest vertex."""
        labels = self.components(state) if settings.split else self.labelled(state)
        return self.resume(named_by_smallest(labels, min_size=settings.min_size))

    def drop(self, state: State) -> None:
        """Spark gives a state's memory back when nobody holds its frame."""

    def _step(self, iteration: int = 0, turn: int = 0) -> Step:
        rule = Rule(self._settings.ties == "current", round(self._settings.own_vote * UNITS))
        return Step(rule, self._settings.schedule, iteration, turn, self._hubs, places(self._blocks))

    def _nothing(self) -> DataFrame:
        return self._spark.createDataFrame([], LETTER)

    def _taken(self, act: Act, mail: DataFrame, step: Step, shards: DataFrame | None = None) -> State:
        """One step of all blocks: their mail opened and answered."""
        answers = cut(self._with_mail(mail, partial(_act, act, step), LETTER, shards))
        told = answers.agg(F.sum("changed").alias("changed"), F.sum("digest").alias("digest")).collect()[0]
        return State(answers, int(told["changed"] or 0), int(told["digest"] or 0) % (1 << 64))

    def _with_mail(
        self, mail: DataFrame, act: Any, schema: str, shards: DataFrame | None = None
    ) -> DataFrame:
        # a block's mail to the block: shards lie by place already, so that only letters travel
        letters_here = mail.repartition(self._blocks, "place").groupBy("place")
        here = (self._shards if shards is None else shards).groupBy("place")
        return here.cogroup(letters_here).applyInPandas(act, schema)

    def _census(self, state: State) -> DataFrame:
        counted = self._with_mail(state.mail, _count, _CENSUS)
        sums = [F.sum(name).alias(name) for name in ("size", "volume", "inner")]
        return counted.groupBy("label").agg(*sums)


def _act(act: Act, step: Step, shards: pd.DataFrame, mail: pd.DataFrame) -> pd.DataFrame:
    row = shards.iloc[0]
    shard = shard_in(row)
    told = opened(shard, mail)
    if "within" in row:
        told.within = longs(row["within"])
    return pd.DataFrame(list(act(step, shard, int(row["block"]), told)))


def _tell(shards: pd.DataFrame, mail: pd.DataFrame) -> pd.DataFrame:
    shard = shard_in(shards.iloc[0])
    return pd.DataFrame({"vertex_id": shard.own, "label": opened(shard, mail).labels[: shard.own.size]})


def _count(shards: pd.DataFrame, mail: pd.DataFrame) -> pd.DataFrame:
    """A block's part of the census. A hub's votes are counted where its neighbours are, its size by its owner."""
    shard = shard_in(shards.iloc[0])
    labels = opened(shard, mail).labels
    own, hubs = labels[: shard.own.size], labels[shard.hubs]
    both = np.concatenate([own, hubs])
    rows = shard.rows._replace(indptr=shard.indptr)
    found = pd.DataFrame(
        {
            "label": both,
            "size": np.concatenate([np.ones(own.size, np.int64), np.zeros(hubs.size, np.int64)]),
            "volume": volumes(rows),
            "inner": inner_votes(rows, both, labels),
        }
    )
    return found.groupby("label", as_index=False).sum()


def _give(blocks: int, batches: Batches) -> Answers:
    """To each block: the labels of its vertices."""
    where = places(blocks)
    for batch in batches:
        ids, labels = (batch.column(name).to_numpy() for name in ("vertex_id", "label"))
        blocks_of = block_of(ids, blocks)
        for block in np.unique(blocks_of).tolist():
            here = blocks_of == block
            yield packed_row(
                place=where[block], block=block, kind=LABELS, sender=0,
                first=ids[here], second=labels[here], changed=np.int64(0), digest=np.int64(0),
            )  # fmt: skip
