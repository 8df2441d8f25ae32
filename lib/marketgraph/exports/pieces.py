"""Which rows go to which file: each group in as many files as its rows need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.exports.numbering import GROUP, ROW, before

ROWS_OF_A_FILE = 1_000_000
FILE = "_file"  # a name that no column of a table has


@dataclass(frozen=True)
class Piece:
    """The rows of one file. number: among all files of a write. part: among those of its group."""

    number: int
    group: int
    part: int
    rows: int


def pieces_of(counts: Sequence[int], rows_of_a_file: int) -> tuple[Piece, ...]:
    """The pieces of groups of so many rows: all full, but for the last of a group. A group without rows has none."""
    cut = [
        (group, part, min(rows_of_a_file, count - part * rows_of_a_file))
        for group, count in enumerate(counts)
        for part in range(-(-count // rows_of_a_file))
    ]
    return tuple(Piece(number, *one) for number, one in enumerate(cut))


def placed(frame: DataFrame, counts: Sequence[int], rows_of_a_file: int) -> DataFrame:
    """`frame` (GROUP, ROW, …) with FILE, the number of the piece that each row belongs to, in place of GROUP."""
    files = [-(-count // rows_of_a_file) for count in counts]
    part = F.floor(F.col(ROW) / rows_of_a_file)
    number = (before(files)[F.col(GROUP)] + part).cast("int").alias(FILE)
    return frame.select(number, *[name for name in frame.columns if name != GROUP])
