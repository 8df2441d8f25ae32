"""One round of hearing over a packed graph: the driver sends what vertices tell, blocks answer with what they hear."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from pyspark import Broadcast

from marketgraph.communities.blocks import Packed, rows_in
from marketgraph.communities.packing import Answers, Batches, longs, packed_row, rows_of
from marketgraph.communities.votes import Ints, Longs, Rows
from marketgraph.risk.hearing import heard
from marketgraph.risk.ties import Floats

# A graph of so many entries, two for an edge, is heard where the driver is: a job for each round would take longer.
SMALL = 2_000_000


class Told(NamedTuple):
    """What is sent in a round: factors (ties, domains), words (vertices, columns), domains of the columns."""

    factors: Floats
    words: Floats
    domains: Ints


class Hearing:
    """Rounds over a packed graph of coded ties (pack with once=False)."""

    def __init__(self, packed: Packed, factors: Floats, *, small: int = SMALL) -> None:
        self._packed, self._factors = packed, factors
        self._context = packed.frame.sparkSession.sparkContext
        self._here = self._fetched() if self._entries() <= small else None

    @property
    def vertices(self) -> int:
        return self._packed.layout.vertices

    def round(self, words: Floats, domains: Ints) -> Longs:
        """For each vertex and column the sum of its neighbours' words by weight; see `heard`."""
        told, layout = Told(self._factors, words, domains), self._packed.layout
        found = np.zeros(words.shape, np.int64)
        for block, sums in self._answers(told):
            height = layout.height(block)
            found[block :: layout.blocks] += sums[:height]
            found[layout.hubs] += sums[height:]
        return found

    def degrees(self) -> Longs:
        """For each vertex and domain the weight of its ties, in whole units: (vertices, domains)."""
        domains = np.arange(self._factors.shape[1], dtype=np.int32)
        return self.round(np.ones((self.vertices, domains.size)), domains)

    def _answers(self, told: Told) -> list[tuple[int, Longs]]:
        if self._here is not None:
            return [(block, heard(rows, *told)) for block, rows in self._here]
        sent = self._context.broadcast(told)
        answers = self._packed.frame.mapInArrow(partial(_hear, sent), "block int, sums binary").collect()
        sent.destroy()
        columns = told.words.shape[1]
        return [(row["block"], longs(row["sums"]).reshape(-1, columns)) for row in answers]

    def _entries(self) -> int:
        sizes = self._packed.frame.selectExpr("sum(length(neighbours)) div 4 as entries").collect()
        return sizes[0]["entries"] or 0

    def _fetched(self) -> list[tuple[int, Rows]]:
        rows = self._packed.frame.select("block", "indptr", "neighbours", "votes").collect()
        return [(row["block"], rows_in(row.asDict())) for row in rows]


def _hear(sent: Broadcast[Told], batches: Batches) -> Answers:
    for row in rows_of(batches):
        yield packed_row(block=row["block"], sums=heard(rows_in(row), *sent.value))
