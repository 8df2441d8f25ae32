"""A slice: what one run wrote of one table for one date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from marketgraph.tables import Table


@dataclass(frozen=True)
class Slice:
    """A slice that stands in the warehouse: which write it was, what it came of, where it is.

    table: its stored name, which tells the major version of the contract that it was written at.
    files: its data files, from the table's folder; known (not None) only to the process that wrote it.
    """

    table: str
    as_of: date
    sequence: int
    fingerprint: str
    delta_version: int
    rows: int
    files: tuple[str, ...] | None = field(default=None, compare=False)


def app_of(table: Table, as_of: date) -> str:
    """What the application ids of all writes of a slice begin with."""
    return f"{table.full_name}/{as_of}/"
