"""What a commit says of the contract that it was written at, in its `userMetadata`, and what a write makes of that."""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql import SparkSession

from marketgraph.config import digest
from marketgraph.delta_log import Commit
from marketgraph.evolved import require_evolves
from marketgraph.tables import SLICE_COLUMN, Table
from marketgraph.tables.evolution import Kept

# What runs wrote before they said which version of a contract it was.
FIRST = "1.0"


def noted(table: Table) -> dict[str, str]:
    """What is to be said beside a commit: the contract's version, and a hash of its columns."""
    columns = [(c.name, c.type.simpleString()) for c in table.columns]
    return {"contract": table.version, "columns": digest(columns)[:16]}


def version_of(commit: Commit) -> str:
    """The version of the contract that a run's commit was written at."""
    return str(said_of(commit).get("contract", FIRST))


def takes_columns(spark: SparkSession, table: Table, path: str, newest: Commit | None) -> bool:
    """Whether a write adds columns to the table at `path`. newest: its last commit, None when it was never written.

    Delta is asked for its columns where that commit does not say that they are the contract's. Raises StoreError when
    they differ by more than the contract's version allows.
    """
    if newest is None or table.grows:
        return table.grows
    said = said_of(newest)
    if {**said, **noted(table)} == said:
        return False
    stored = spark.read.format("delta").load(path).schema.fields
    of_slices = SLICE_COLUMN if table.sliced else None  # the books have an as_of of their own
    columns = [Kept(f.name, f.dataType.simpleString()) for f in stored if f.name != of_slices]
    # a run that did not say it yet knew of no version but the first; maintenance says nothing
    version = said.get("contract", FIRST if newest.app_id else None)
    return require_evolves(table, columns, version=version, path=path)


def said_of(commit: Commit) -> dict[str, Any]:
    """What a run noted beside its commit; nothing where it is none of a run."""
    try:
        told = json.loads(commit.said or "{}")
    except json.JSONDecodeError:  # a person's words
        return {}
    return told if isinstance(told, dict) else {}
