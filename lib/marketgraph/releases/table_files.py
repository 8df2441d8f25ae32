"""Which data files of a table a version needs, by replaying Delta's log; and since when others are in use no more.

Delta's VACUUM goes by age alone: it keeps what the newest version reads, and would break every older one that a release
pins. A version of a sliced table reads the slices of all dates, but a release reads only its own: so of a pinned
version only the files of that slice are needed. Else it would keep whatever stood beside its slice, replaced or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from marketgraph.delta_log import Commit, read_commit, versions_in
from marketgraph.delta_tables import files_at
from marketgraph.errors import StoreError
from marketgraph.hadoop_files import meant
from marketgraph.releases.needs import Need


@dataclass(frozen=True)
class TableLog:
    """A table's log. commits: by version; all from the first, unless Delta has dropped early ones."""

    spark: SparkSession
    path: str
    commits: dict[int, Commit]

    @classmethod
    def read(cls, spark: SparkSession, path: str) -> TableLog:
        """Raises StoreError when a commit is torn."""
        return cls(spark, path, {v: read_commit(spark, path, v) for v in versions_in(spark, path)})

    @property
    def newest(self) -> int:
        return max(self.commits)

    @property
    def is_whole(self) -> bool:
        """Whether no commit is missing."""
        return len(self.commits) == self.newest + 1

    def has_properties(self, wanted: Iterable[tuple[str, str]]) -> bool:
        """Whether the table has these properties now, as far as the commits say."""
        told = [c.properties for _, c in sorted(self.commits.items()) if c.properties is not None]
        return bool(told) and set(wanted) <= set(told[-1].items())

    def left_at(self) -> Mapping[str, int]:
        """For each file that a commit took out of the table: when, in ms since 1970 (the last time).

        Where early commits are missing, they may have taken out any other file, up to the first that is there.
        """
        early = 0 if self.is_whole else self.commits[min(self.commits)].at
        found: defaultdict[str, int] = defaultdict(lambda: early)
        for commit in self.commits.values():
            for name in commit.removed:
                found[name] = max(found[name], commit.at)
        return found

    def files_of(self, needs: Iterable[Need]) -> dict[Need, frozenset[str]]:
        """Paths from the table's folder of the files that each need reads; where commits are missing, more than these.

        Raises StoreError when the log does not tell any more, or tells otherwise than Delta.
        """
        if not self.is_whole:
            return {need: self._asked_of_delta(need.version) for need in needs}
        wanted, live = defaultdict(list), dict[str, str | None]()
        for need in needs:
            wanted[need.version].append(need)
        found = {}
        for version in range(self.newest + 1):
            _follow(live, self.commits[version])
            found.update({need: _of_slice(live, need.as_of) for need in wanted.pop(version, [])})
        if wanted:
            raise self._unknown(min(wanted))
        if frozenset(live) != self._asked_of_delta(self.newest):
            raise StoreError(
                f"{self.path}: its log's commits do not add up to what Delta reads of it; nothing is removed",
                fix="look at the commits and checkpoints in _delta_log, and restore what was changed by hand",
            )
        return found

    def _asked_of_delta(self, version: int) -> frozenset[str]:
        try:
            names = files_at(self.spark, self.path, version)
        except (PySparkException, Py4JJavaError) as error:
            raise self._unknown(version) from error
        folder = meant(self.spark, self.path)[0] + "/"
        return frozenset(name.removeprefix(folder) for name in names)

    def _unknown(self, version: int) -> StoreError:
        return StoreError(
            f"{self.path}: a release needs version {version}, which the log does not have any more; nothing is removed",
            fix="restore _delta_log from a copy",
        )


def _follow(live: dict[str, str | None], commit: Commit) -> None:
    """Take a commit into what is live. A file that it both removes and adds is live."""
    for name in commit.removed:
        live.pop(name, None)
    live.update({one.path: one.as_of for one in commit.added})


def _of_slice(live: dict[str, str | None], as_of: date | None) -> frozenset[str]:
    return frozenset(name for name, day in live.items() if as_of is None or day == str(as_of))
