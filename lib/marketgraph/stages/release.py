"""publish_release: pin every table of the run under one id, once the gate has passed."""

from __future__ import annotations

from datetime import datetime, timezone

from pyspark.sql import functions as F

import marketgraph.stages.gate as gate
from marketgraph.errors import QualityError
from marketgraph.quality.checks import CHECKS
from marketgraph.releases.load import list_releases
from marketgraph.releases.release import (
    GateCounts,
    Pin,
    pin,
    pinned_tables,
    release_fingerprint,
    release_id,
    release_row,
)
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables.operations import RELEASES


def publish_release(work: Work) -> None:
    """Append the row that publishes the release, unless the very same is published already."""
    context = work.context
    _refuse_unchecked(context)
    pins = pins_of(context)
    if not is_published(context, pins):
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        row = release_row(context.spark, pins, run=work.run, gate=_gate_counts(work), published_at=now)
        context.store.append(RELEASES, row, app_id=f"release/{release_fingerprint(pins)}", app_version=1)


def pins_of(context: Context) -> list[Pin]:
    """The slices that stand, as pins."""
    return [pin(table, context.books.slice(table)) for table in pinned_tables(context.config)]


def is_published(context: Context, pins: list[Pin]) -> bool:
    """Whether a release of just these slices is there."""
    wanted = release_id(context.run, release_fingerprint(pins))
    return any(row["release_id"] == wanted for row in list_releases(context.store))


def _refuse_unchecked(context: Context) -> None:
    if not context.books.stands(CHECKS, gate.STAGE.fingerprint(context)):
        raise QualityError(
            f"{context.run.as_of}: the gate has not passed on the tables that stand for this date",
            fix="run check_quality for this date, mend what it names, and publish again",
        )


def _gate_counts(work: Work) -> GateCounts:
    passed = F.sum(F.col("passed").cast("int")).alias("passed")
    row = work.read(CHECKS).agg(passed, F.count(F.lit(1)).alias("all")).collect()[0]
    return GateCounts(row["passed"] or 0, row["all"] - (row["passed"] or 0))


STAGE = Stage(
    name="publish_release",
    inputs=(),
    outputs=(),
    depends_on=lambda _: None,
    build=publish_release,
)
