"""What the source room hands on: the canonical tables of a run, the quarantine, and what to tell the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType

from pyspark.sql import DataFrame

from marketgraph.errors import QualityError
from marketgraph.sources.counts import Counts
from marketgraph.tables.contract import Table

EXAMPLES = 3  # reasons of a table that a message gives


@dataclass(frozen=True)
class ConformedTable:
    """One canonical table. accepted: its contract's columns, hashed, seen at the run's date.

    absent: the mapping does not mention it, or its optional files are not there; it has no rows.
    """

    table: Table
    accepted: DataFrame
    counts: Counts
    absent: bool


@dataclass
class ConformedSources:
    """All canonical tables of a run, in the order of SOURCE_TABLES. A context manager.

    Holds the tables in Spark's cache until it is closed (or its block ends). quarantined: one row per refused
    row, in the contract of QUARANTINE. rehashed: while the key is changed, in the contract of REHASHED. notes: absent
    files, unreadable lookups; `warnings` has them too.
    """

    tables: tuple[ConformedTable, ...]
    quarantined: DataFrame
    notes: tuple[str, ...]
    _held: ExitStack = field(repr=False)
    rehashed: DataFrame | None = None

    def __enter__(self) -> ConformedSources:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the cache back."""
        self._held.close()

    @property
    def warnings(self) -> list[str]:
        """One line for each thing that a user should know: what is absent, left out, set aside, refused and why."""
        return [*self.notes, *self._absent(), *(line for held in self.tables for line in _warnings(held))]

    def require_few_refused(self, limit: float) -> None:
        """Raises QualityError when of some table's rows a larger share than `limit` (0..1) was refused."""
        over = [held for held in self.tables if held.counts.refused_share > limit]
        if over:
            raise QualityError(
                "\n".join(_too_many_refused(held, limit) for held in over),
                fix="mend the files or the mapping; the refused rows are in the table quality.quarantine, "
                "the limit is sources.max_quarantine_share",
            )

    def _absent(self) -> list[str]:
        names = [held.table.name for held in self.tables if held.absent]
        return [f"the data has no {', '.join(names)}: these tables are empty"] if names else []


def _warnings(held: ConformedTable) -> Iterator[str]:
    name, counts = held.table.name, held.counts
    if counts.refused:
        yield (
            f"{name}: {counts.refused:,} of {counts.read:,} rows refused, kept in quality.quarantine: "
            f"{_reasons(counts)}"
        )
    if counts.erased:
        yield f"{name}: {counts.erased:,} of {counts.read:,} rows left out: they name what was erased"
    if counts.set_aside:
        yield (
            f"{name}: {counts.set_aside:,} of {counts.read:,} rows set aside: their value is one of the "
            "config's sentinels and stands for nothing"
        )
    if counts.filtered:
        yield f"{name}: {counts.filtered:,} rows left out by the mapping's condition"


def _too_many_refused(held: ConformedTable, limit: float) -> str:
    counts = held.counts
    return (
        f"{held.table.name}: {counts.refused:,} of {counts.read:,} rows are bad, {counts.refused_share:.2%} "
        f"with a limit of {limit:.2%}: {_reasons(counts)}"
    )


def _reasons(counts: Counts) -> str:
    told = [str(refusal) for refusal in counts.refusals[:EXAMPLES]]
    more = len(counts.refusals) - EXAMPLES
    return "; ".join(told) + (f"; and {more} more reasons" if more > 0 else "")
