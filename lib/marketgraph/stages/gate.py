"""check_quality: every table of the run against contract and rules, edges and ranking against what was planted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from marketgraph.config import Config
from marketgraph.quality.checks import CHECKS, CheckResult, Measured, checks_frame
from marketgraph.quality.data_docs import write_data_docs
from marketgraph.quality.gate import check_tables, failed_critical, raise_for, warnings_of
from marketgraph.quality.graph_checks import graph_checks, graph_numbers
from marketgraph.quality.profiles import profiles_frame, profiles_of
from marketgraph.quality.references import parents_of
from marketgraph.quality.suites import Judge, great_expectations
from marketgraph.quality.watched import watched
from marketgraph.run_folders import data_docs_folder
from marketgraph.stages.compared import before_of, compared_with
from marketgraph.stages.planted import edge_recovery_of, ring_ranking_of, truth_settings
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables import Table, catalogue
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.quality import EDGE_RECOVERY, PROFILES, RING_RANKING

Frames = dict[Table, DataFrame]


def check_quality(work: Work) -> None:
    """Write every result, then stop the run where a critical check failed.

    How well the edges and the ranking find what was planted is measured in sound tables only.
    """
    frames = {table: work.read(table) for table in catalogue(work.config)}
    judge = Judge()
    results, slices = _checked(work, frames, judge)
    if not failed_critical(results):
        slices[EDGE_RECOVERY] = partial(edge_recovery_of, work)
        slices[RING_RANKING] = partial(ring_ranking_of, work)
    with ThreadPoolExecutor(1) as pool:
        # Python's work, done while Spark writes
        docs = pool.submit(_show, work, judge, results)
        work.write_all(slices)
    first = docs.result()
    for line in warnings_of(results):
        work.context.warn(line)
    if first and failed_critical(results):
        work.context.warn(f"all results, table by table: {first}")
    raise_for(results)


def _checked(
    work: Work, frames: Frames, judge: Judge
) -> tuple[list[CheckResult], dict[Table, Callable[[], DataFrame]]]:
    """The results, and what is written of them. Profiles and graph are measured beside the contracts."""
    config, context = work.config.quality, work.context
    listed = compared_with(context)
    with ThreadPoolExecutor(3) as pool:
        profiles = pool.submit(profiles_of, frames, config.watch)
        graph = pool.submit(graph_numbers, frames)
        before = pool.submit(before_of, context, listed)

        def watch(rows: Mapping[Table, int]) -> list[Measured]:
            found = watched(rows, profiles.result(), before.result(), config.watch, as_of=context.run.as_of)
            return found + graph_checks(graph.result(), config.watch.graph)

        parents = parents_of(frames, hubs_in=tables_with_hubs(work.config))
        results = check_tables(frames, parents=parents, config=config, watch=watch, judge=judge)
    return results, {
        CHECKS: partial(checks_frame, context.spark, results, listed.id if listed else ""),
        PROFILES: partial(profiles_frame, context.spark, profiles.result()),
    }


def _show(work: Work, judge: Judge, results: list[CheckResult]) -> Path | None:
    """Write the Data Docs of the run, where the warehouse is a local folder; gives the path of the first page."""
    folder = data_docs_folder(work.context.store.root, work.run.as_of, work.fingerprint)
    if folder is None:
        work.context.warn("no Data Docs: they are written where the warehouse is a local folder")
        return None
    return write_data_docs(judge, results, folder, as_of=work.run.as_of)


def tables_with_hubs(config: Config) -> list[Table]:
    """The edge tables in which a vertex can stand for a shared value."""
    return [EDGE_TABLES[name] for name, rule in config.edges.groups.items() if rule.policy == "virtual"]


def _depends_on(context: Context) -> dict[str, Any]:
    listed = compared_with(context)
    return {
        "quality": context.config.quality.model_dump(mode="json"),
        "planted": truth_settings(context),
        "hubs": [table.name for table in tables_with_hubs(context.config)],
        "before": listed.id if listed else "",
    }


STAGE = Stage(
    name="check_quality",
    inputs=catalogue,
    outputs=(CHECKS, PROFILES, EDGE_RECOVERY, RING_RANKING),
    depends_on=_depends_on,
    build=check_quality,
    ahead=great_expectations,
)
