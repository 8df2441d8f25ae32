"""What of one table no release needs: found first, removed later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyspark.sql import SparkSession

from marketgraph.hadoop_files import files_under, remove
from marketgraph.releases.needs import Need
from marketgraph.releases.table_files import TableLog

_DATA = ".parquet"


@dataclass(frozen=True)
class Sweep:
    """One table's files. doomed: name -> bytes of what can go. young: how many more can once they are older.

    losers: the releases that read a doomed file, and can't be read once it is gone.
    """

    table: str
    path: str
    kept_files: int
    kept_bytes: int
    doomed: Mapping[str, int]
    young: int
    losers: frozenset[str]

    @property
    def freed(self) -> int:
        """Bytes of the doomed files."""
        return sum(self.doomed.values())


def plan_sweep(
    spark: SparkSession,
    table: str,
    path: str,
    *,
    needs: Iterable[Need],
    others: Mapping[str, frozenset[Need]],
    before: int,
    strays_before: int | None = None,
) -> Sweep:
    """Find the data files that neither `needs` nor the newest version reads, and that nobody has read since `before`.

    before: ms since 1970. A file counts as read until the commit that took it out of the table, or, where no commit
    knows it, until it was written; strays_before: the moment for these, which a run may yet commit. others: by release
    id, what the releases that are not kept read of the table.
    Raises StoreError when Delta's log does not tell what is needed.
    """
    files = [(told.partition("/")[2], size, at) for told, size, at in files_under(spark, path)]
    log = TableLog.read(spark, path)  # after the files: what a running job adds meanwhile is not looked at
    own = {Need(log.newest, None), *needs}
    found = log.files_of(own.union(*others.values()) if log.is_whole else own)
    kept, left = frozenset[str]().union(*(found[need] for need in own)), log.left_at()
    free = {
        name: (size, max(modified, left[name]))
        for name, size, modified in files
        if name.endswith(_DATA) and name not in kept
    }
    known = {name for commit in log.commits.values() for name in commit.files}
    until = {name: before if name in known or strays_before is None else strays_before for name in free}
    doomed = {name: size for name, (size, used) in free.items() if used < until[name]}
    losers = {
        release
        for release, wanted in others.items()
        if doomed and any(need not in found or found[need] & doomed.keys() for need in wanted)
    }
    sizes = [size for name, size, _ in files if name in kept]
    return Sweep(table, path, len(sizes), sum(sizes), doomed, len(free) - len(doomed), frozenset(losers))


def carry_out(spark: SparkSession, sweep: Sweep) -> None:
    """Remove the doomed files. What a sweep that was killed has left is found by the next."""
    for name in sweep.doomed:
        remove(spark, f"{sweep.path}/{name}")
