"""check_quality: every table of the run against its contract, its edges and ranking against what was planted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pyspark.sql import DataFrame

from marketgraph.config import Config
from marketgraph.quality.checks import CHECKS, checks_frame
from marketgraph.quality.gate import check_tables, failed_critical, line_of, raise_for
from marketgraph.quality.references import parents_of
from marketgraph.quality.suites import great_expectations
from marketgraph.stages.planted import edge_recovery_of, ring_ranking_of, truth_settings
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables import Table, catalogue
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.quality import EDGE_RECOVERY, RING_RANKING


def check_quality(work: Work) -> None:
    """Write every result, then stop the run where a critical check failed.

    How well the edges and the ranking find what was planted is measured in sound tables only.
    """
    frames = {table: work.read(table) for table in catalogue(work.config)}
    parents = parents_of(frames, hubs_in=tables_with_hubs(work.config))
    results = check_tables(frames, parents=parents, config=work.config.quality)
    slices: dict[Table, Callable[[], DataFrame]] = {
        CHECKS: partial(checks_frame, work.context.spark, results)
    }
    if not failed_critical(results):
        slices[EDGE_RECOVERY] = partial(edge_recovery_of, work)
        slices[RING_RANKING] = partial(ring_ranking_of, work)
    work.write_all(slices)
    for result in results:
        if not result.passed and result.severity == "warning":
            work.context.warn(line_of(result))
    raise_for(results)


def tables_with_hubs(config: Config) -> list[Table]:
    """The edge tables in which a vertex can stand for a shared value."""
    return [EDGE_TABLES[name] for name, rule in config.edges.groups.items() if rule.policy == "virtual"]


def _depends_on(context: Context) -> dict[str, Any]:
    return {
        "quality": context.config.quality.model_dump(mode="json"),
        "planted": truth_settings(context),
        "hubs": [table.name for table in tables_with_hubs(context.config)],
    }


STAGE = Stage(
    name="check_quality",
    inputs=catalogue,
    outputs=(CHECKS, EDGE_RECOVERY, RING_RANKING),
    depends_on=_depends_on,
    build=check_quality,
    ahead=great_expectations,
)
