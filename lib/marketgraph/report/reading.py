"""The whole of a report, read from a release and the one before it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pyspark.sql import SparkSession

from marketgraph.config import Config
from marketgraph.releases.release import pinned_tables
from marketgraph.report import reading_overview as overview
from marketgraph.report.caps import Caps
from marketgraph.report.facts import Facts, ReleaseFacts
from marketgraph.report.reading_communities import communities
from marketgraph.report.reading_evidence import motifs
from marketgraph.report.reading_list import listed
from marketgraph.report.reading_relations import relations
from marketgraph.report.shelf import Shelf

OTHER_TABLES = {
    "communities.members": "vertices in a community",
    "communities.profiles": "communities of two or more",
    "sources.violations": "known violations",
    "edges.suppressed": "groups that a policy left out",
}


def read_facts(
    spark: SparkSession, shelf: Shelf, before: Shelf | None, config: Config, *, caps: Caps
) -> Facts:
    """Read what the pages show. caps: how much of the communities and ties is collected."""
    ranked = listed(shelf, caps.listed)
    members = shelf.rows.get("communities.members")
    labels = shelf.rows.get("communities.labels")
    # edges are read beside what is small
    with ThreadPoolExecutor(2) as pool:
        of_pages = pool.submit(communities, spark, shelf, before, config, ranked[: caps.pages], caps=caps)
        of_relations = pool.submit(relations, shelf, before, caps.groups)
        return Facts(
            release=_release(shelf, before, config),
            entities=overview.entities(shelf, before),
            tables=overview.changes(shelf, before, OTHER_TABLES),
            sizes=overview.sizes(shelf),
            alone=labels - members if labels is not None and members is not None else None,
            rounds=overview.rounds(shelf),
            partition=overview.partition(shelf),
            churn=overview.churn(shelf),
            warned=overview.warned(shelf),
            recovery=overview.recovery(shelf),
            ranking=overview.ranking(shelf),
            calibration=overview.calibration(shelf),
            listed=ranked,
            communities=of_pages.result(),
            relations=of_relations.result(),
            violations=shelf.rows.get("sources.violations", 0),
            absent=frozenset(table.full_name for table in pinned_tables(config)) - set(shelf.rows),
            motifs=motifs(shelf),
        )


def _release(shelf: Shelf, before: Shelf | None, config: Config) -> ReleaseFacts:
    return ReleaseFacts(
        shelf.id,
        shelf.as_of,
        shelf.published_at,
        shelf.code_version,
        shelf.checks_passed,
        shelf.checks_warned,
        (before.id, before.as_of) if before else None,
        shelf.config_hash in (config.hash, _of_own_data(config).hash),
    )


def _of_own_data(config: Config) -> Config:
    """The config as a run with --source has it: nothing is made up."""
    return config.model_copy(update={"sources": config.sources.model_copy(update={"synthetic": None})})
