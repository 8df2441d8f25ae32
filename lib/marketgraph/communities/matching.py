"""Which community of a date is which of the date before: one to one, the greatest overlap first.

Greedy: of all pairs left the first one in the order is taken, and all that share a community with it are left out. The
order is total: overlap, the most first; then Jaccard, the highest first, which at an equal overlap is the smallest sum
of sizes, so that integers decide; then the smallest previous_id, then the smallest first_vertex. No row order, number
of partitions or label has a say, and vertex ids only where two communities of a date tie in overlap and in size.

What greedy gives: at least half of the overlap that the best assignment would have in all (Avis 1983; Preis 1999), and
what people expect: a community and its greatest part stay together, whatever else would add up to more. Two that are
each other's best are always matched; so a community that keeps more than half of its members, in one that is more than
half made of them, keeps its id. The best assignment (Kuhn 1955) is cubic, and may give such a pair up for two lesser
ones. Following communities by their overlap: Palla, Barabási and Vicsek (2007), Greene, Doyle and Cunningham (2010);
both allow several successors, as lineage.py does, but an id can go to one only. Bródka, Saganowski and Kazienko (2013)
weigh the members too.

Rounds of mutual best give what greedy gives. Say that p is before q by the order, strictly, as no two pairs tie. Let L
be the pairs that are left, and q one of L that is before all others of L that share either of its communities. Greedy
takes q: to leave q out, it would have to take one of L that shares a community with q and is before it, and there is
none. Taking q at once leaves out only pairs that greedy leaves out too, once it has taken q. The first pair of L is a
q, so that each round takes one at least; by induction both take the same pairs. (These are the locally dominant edges
of Preis 1999 and Hoepman 2004.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.communities.holding import settled
from marketgraph.communities.votes import Flags, Longs, compiled

COLUMNS = ("first_vertex", "previous_id", "overlap", "size", "size_before")
_SCHEMA = ", ".join(f"{name} long" for name in COLUMNS)
# So many pairs one task matches at once: 40 bytes for each as it comes, 40 as arrays, 60 for sorting and numbering, so
# 700 MB, and 9 s. Of more, rounds over frames take the greater part first; a chain of overlaps asks for many.
MOST_IN_ONE_TASK = 5_000_000


def matched(pairs: DataFrame, *, least_share: float, most: int = MOST_IN_ONE_TASK) -> DataFrame:
    """The pairs that greedy takes, in columns as they come. The communities of such a pair are one.

    pairs: COLUMNS, one row per pair. least_share: of the smaller of two communities, what they must share to be one at
    all. most: pairs that one task is given; it changes no pair.
    """
    least = F.least("size", "size_before") * F.lit(least_share)
    left, taken = pairs.where(F.col("overlap") >= least).select(*COLUMNS), []
    while left.count() > most:
        best = settled(mutual_best(left))
        taken.append(best)
        for side in COLUMNS[:2]:
            left = left.join(best.select(side), side, "left_anti").select(*COLUMNS)
        left = settled(left)
    taken.append(left.repartition(1).mapInArrow(_greedy, _SCHEMA))
    return reduce(DataFrame.unionByName, taken)


def mutual_best(pairs: DataFrame) -> DataFrame:
    """The pairs that come first among all that share either of their communities. Two shuffles."""
    place = F.struct(-F.col("overlap"), F.col("size") + F.col("size_before"), "previous_id", "first_vertex")
    first_of = [F.min(place).over(Window.partitionBy(side)).alias(f"best_of_{side}") for side in COLUMNS[:2]]
    told = pairs.select(*COLUMNS, place.alias("place"), *first_of)
    return told.where(" and ".join(f"place = best_of_{side}" for side in COLUMNS[:2])).select(*COLUMNS)


def greedy(columns: tuple[Longs, Longs, Longs, Longs, Longs]) -> Flags:
    """Of the pairs in COLUMNS, those that greedy takes, as 1."""
    first, previous, overlap, size, size_before = columns
    order = np.lexsort((first, previous, size + size_before, -overlap))
    numbers = [np.unique(side, return_inverse=True)[1].astype(np.int64) for side in (first, previous)]
    return _taken(order, numbers[0], numbers[1])


@compiled
def _taken(order: Longs, one: Longs, other: Longs) -> Flags:
    """order: places of pairs. one, other: dense numbers of the two sides of each."""
    taken = np.zeros(order.size, np.uint8)
    ones, others = np.zeros(order.size, np.uint8), np.zeros(order.size, np.uint8)
    for at in order:
        if not ones[one[at]] and not others[other[at]]:
            taken[at] = ones[one[at]] = others[other[at]] = 1
    return taken


def _greedy(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    held = list(batches)
    if held:
        table = pa.Table.from_batches(held)
        arrays = [table.column(name).to_numpy() for name in COLUMNS]
        taken = greedy((arrays[0], arrays[1], arrays[2], arrays[3], arrays[4])).astype(bool)
        yield from table.filter(pa.array(taken)).to_batches()
