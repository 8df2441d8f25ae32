"""What tables hold, as numbers that are the same for the same rows wherever they lie."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.releases.load import Release
from marketgraph.stages.stage import Context, Stage

# Of each way in which a table is read: whole, by slice, by a contract that grows, by several files.
SOME = (
    "entities.vertex_ids",
    "entities.merchants",
    "edges.same_buyers",
    "communities.members",
    "features.merchants",
)


def of_release(release: Release, names: Sequence[str]) -> dict[str, list[str]]:
    """By table: how many rows, and the sum of their hashes."""
    return {name: _numbers(release.table(name)) for name in names}


def of_stages(context: Context, stages: Sequence[Stage]) -> dict[str, list[str]]:
    """The same of the slices that stages have written for the run's date."""
    tables = [table for stage in stages for table in stage.outputs_of(context.config)]
    return {t.full_name: _numbers(context.store.read_slice(t, context.books.slice(t))) for t in tables}


def _numbers(frame: DataFrame) -> list[str]:
    frame = frame.drop("seconds")  # how long an iteration took
    hashes = F.xxhash64(F.to_json(F.struct("*"))).cast("decimal(38,0)")
    return [str(value) for value in frame.select(F.count("*"), F.sum(hashes)).collect()[0]]
