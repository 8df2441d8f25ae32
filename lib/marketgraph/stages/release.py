"""publish_release: pin every table of the run under one id, once the gate has passed."""

from __future__ import annotations

from datetime import datetime, timezone

from pyspark.sql import functions as F

import marketgraph.stages.gate as gate
from marketgraph.errors import QualityError, StoreError
from marketgraph.quality.checks import CHECKS
from marketgraph.releases.erasures import begun_since
from marketgraph.releases.load import listed_releases
from marketgraph.releases.release import (
    GateCounts,
    Pin,
    pin,
    pinned_tables,
    release_fingerprint,
    release_id,
    release_row,
)
from marketgraph.releases.republish import after_all_others, republish
from marketgraph.releases.standing import Listed
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables.operations import RELEASES


def publish_release(work: Work) -> None:
    """Append the row that publishes the release, unless the very same is published already and can be read."""
    context = work.context
    _refuse_unchecked(context)
    pins = pins_of(context)
    found = published(context, pins)
    if found is None or found.removed:
        _publish(work, pins, publication=found.publications + 1 if found else 1)
        return
    _keep_up(context, found, pins)
    if not found.current:
        context.warn(
            f"release {found.id} was published before, and readers of {found.as_of} get another one: "
            f"marketgraph releases rollback --as-of {found.id} gives them this one"
        )


def _keep_up(context: Context, found: Listed, pins: list[Pin]) -> None:
    """Let the release that is there already pin the slices that stand now, where an erasure was in between.

    It leaves the pins of a release that readers do not get; these slices know nothing of the entity. Without one the
    pins stay, since readers and sandboxes go by them: the same rows have been written anew.
    """
    stood = {row["table"]: (row["delta_version"], row["rows"]) for row in found.row["pins"]}
    stand = {pin.table: (pin.delta_version, pin.rows) for pin in pins}
    moved = {table: now for table, now in stand.items() if stood.get(table) != now}
    if moved and begun_since(context.store, found.row["published_at"]):
        context.books.refuse_erased_since()
        republish(context.store, found, moved)
        context.books.refuse_erased_since()


def _publish(work: Work, pins: list[Pin], *, publication: int) -> None:
    """Append the row. publication: how many times the very same release will then have been published."""
    context = work.context
    context.books.refuse_erased_since()
    now = after_all_others(context.store, datetime.now(timezone.utc).replace(tzinfo=None))
    row = release_row(context.spark, pins, run=work.run, gate=_gate_counts(work), published_at=now)
    app_id = f"release/{release_fingerprint(pins)}"
    landed = context.store.append(RELEASES, row, app_id=app_id, app_version=publication)
    there = published(context, pins) if landed is None else None
    if landed is None and (there is None or there.removed):
        raise StoreError(
            f"{context.store.path(RELEASES)}: Delta skipped the release of {work.run.as_of} as a repeated transaction, "
            "and its row is not there",
            fix="the table has lost rows that were in it: restore it from a copy",
        )
    # an erasure that began in between has either seen the release, or is seen here
    context.books.refuse_erased_since()


def pins_of(context: Context) -> list[Pin]:
    """The slices that stand, as pins."""
    return [pin(table, context.books.slice(table)) for table in pinned_tables(context.config)]


def id_of(context: Context) -> str:
    """The id of the release that the slices which stand make, published or not."""
    return release_id(context.run, release_fingerprint(pins_of(context)))


def published(context: Context, pins: list[Pin]) -> Listed | None:
    """The release of just these slices, and how it stands; None when it was never published."""
    wanted = release_id(context.run, release_fingerprint(pins))
    return next((one for one in listed_releases(context.store) if one.id == wanted), None)


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
