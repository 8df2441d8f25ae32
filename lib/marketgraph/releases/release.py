"""A release as a value: what it pins, and its row in the table of releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame, SparkSession

from marketgraph.config import Config, digest
from marketgraph.quality.checks import CHECKS
from marketgraph.run import Run
from marketgraph.slices import Slice
from marketgraph.tables import Table, catalogue
from marketgraph.tables.operations import RELEASES
from marketgraph.tables.quality import EDGE_RECOVERY, PROFILES, RING_RANKING


@dataclass(frozen=True)
class Pin:
    """One table of a release: its exact Delta version, what is in it, what it came of.

    table: its stored name, which tells the major version of its contract.
    """

    table: str
    delta_version: int
    rows: int
    schema_hash: str
    fingerprint: str


@dataclass(frozen=True)
class GateCounts:
    """How the gate ended: checks that passed, and those below critical that did not."""

    passed: int
    warned: int


def pinned_tables(config: Config) -> tuple[Table, ...]:
    """The tables of a release: those of the run, then what is known of how good they are."""
    return (*catalogue(config), CHECKS, PROFILES, EDGE_RECOVERY, RING_RANKING)


def pin(table: Table, held: Slice) -> Pin:
    """The pin of a slice that stands."""
    schema = digest(table.stored_schema.jsonValue())
    return Pin(held.table, held.delta_version, held.rows, schema, held.fingerprint)


def release_fingerprint(pins: Sequence[Pin]) -> str:
    """Hash of what the pinned slices came of: the same for a rerun that changed nothing."""
    return digest([[p.table, p.fingerprint, p.schema_hash] for p in sorted(pins, key=lambda p: p.table)])


def release_id(run: Run, fingerprint: str) -> str:
    """The date and the first 8 digits of the fingerprint: two configs of one date have two ids."""
    return f"{run.as_of}-{fingerprint[:8]}"


def release_row(
    spark: SparkSession, pins: Sequence[Pin], *, run: Run, gate: GateCounts, published_at: datetime
) -> DataFrame:
    """The one row that publishes the release."""
    fingerprint = release_fingerprint(pins)
    row = (
        release_id(run, fingerprint),
        run.as_of,
        fingerprint,
        run.config_hash,
        run.code_version,
        run.run_id,
        published_at,
        gate.passed,
        gate.warned,
        [(p.table, p.delta_version, p.rows, p.schema_hash, p.fingerprint) for p in pins],
    )
    return spark.createDataFrame([row], RELEASES.schema)
