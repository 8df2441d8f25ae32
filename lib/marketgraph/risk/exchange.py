"""One round of hearing over a packed graph: the driver sends what vertices tell, blocks answer with what they hear."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
from pyspark import Broadcast
from pyspark.sql import DataFrame

from marketgraph.communities.blocks import Packed, rows_in
from marketgraph.communities.csr import Layout
from marketgraph.communities.packing import Answers, Batches, longs, packed_row, rows_of
from marketgraph.communities.votes import Ints, Longs, Rows
from marketgraph.risk.hearing import heard
from marketgraph.risk.ties import Floats

# A graph of so many entries, two for an edge, is heard where the driver is, in 12 bytes each: else every round is a job
# that hands all blocks to Python anew, five times the time of the hearing itself.
SMALL = 24_000_000


class Told(NamedTuple):
    """What is sent in a round: factors (ties, domains), words (vertices, columns), domains of the columns."""

    factors: Floats
    words: Floats
    domains: Ints


class Answering(Protocol):
    """Blocks wherever they are: for each, by its number, what its rows hear."""

    def answers(self, told: Told) -> list[tuple[int, Longs]]: ...


class Here:
    """Blocks that the driver holds, and hears side by side: the kernel needs no lock of Python's."""

    def __init__(self, blocks: Sequence[tuple[int, Rows]]) -> None:
        self._blocks = blocks

    def answers(self, told: Told) -> list[tuple[int, Longs]]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            sums = pool.map(lambda one: heard(one[1], *told), self._blocks)
            return [(block, own) for (block, _), own in zip(self._blocks, sums, strict=True)]


class There:
    """Blocks of a frame, one row each."""

    def __init__(self, frame: DataFrame) -> None:
        self._frame, self._context = frame, frame.sparkSession.sparkContext

    def answers(self, told: Told) -> list[tuple[int, Longs]]:
        sent, columns = self._context.broadcast(told), told.words.shape[1]
        answers = self._frame.mapInArrow(partial(_hear, sent), "block int, sums binary").collect()
        sent.destroy()
        return [(row["block"], longs(row["sums"]).reshape(-1, columns)) for row in answers]


class Hearing:
    """Rounds over blocks of coded ties. factors: (ties, domains)."""

    def __init__(self, layout: Layout, factors: Floats, blocks: Answering) -> None:
        self._layout, self._factors, self._blocks = layout, factors, blocks

    @property
    def vertices(self) -> int:
        return self._layout.vertices

    def round(self, words: Floats, domains: Ints) -> Longs:
        """For each vertex and column the sum of its neighbours' words by weight; see `heard`."""
        layout, found = self._layout, np.zeros(words.shape, np.int64)
        for block, sums in self._blocks.answers(Told(self._factors, words, domains)):
            height = layout.height(block)
            found[block :: layout.blocks] += sums[:height]
            found[layout.hubs] += sums[height:]
        return found

    def degrees(self) -> Longs:
        """For each vertex and domain the weight of its ties, in whole units: (vertices, domains)."""
        domains = np.arange(self._factors.shape[1], dtype=np.int32)
        return self.round(np.ones((self.vertices, domains.size)), domains)


def hearing_of(packed: Packed, factors: Floats, *, small: int = SMALL) -> Hearing:
    """Rounds over a packed graph of coded ties (pack it with once=False), here if it is small."""
    return Hearing(
        packed.layout, factors, _fetched(packed) if _entries(packed) <= small else There(packed.frame)
    )


def _entries(packed: Packed) -> int:
    return packed.frame.selectExpr("sum(length(neighbours)) div 4 as entries").collect()[0]["entries"] or 0


def _fetched(packed: Packed) -> Here:
    rows = packed.frame.select("block", "indptr", "neighbours", "votes").collect()
    return Here([(row["block"], rows_in(row.asDict())) for row in rows])


def _hear(sent: Broadcast[Told], batches: Batches) -> Answers:
    for row in rows_of(batches):
        yield packed_row(block=row["block"], sums=heard(rows_in(row), *sent.value))
