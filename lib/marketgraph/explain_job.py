"""`marketgraph explain`: one entity or community of a release, read by what its page needs and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F
from rich.console import Console

from marketgraph.communities.holding import left_tidy
from marketgraph.config import Config
from marketgraph.config_file import load_config
from marketgraph.errors import ConfigError, StoreError
from marketgraph.evidence.explanation import Explanation, explain_community, explain_entity
from marketgraph.evidence.sources import Sources, Told
from marketgraph.explain_page import print_page
from marketgraph.jobs import command_session
from marketgraph.releases.load import Release, load_release
from marketgraph.reporter import Reporter
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES

COMMUNITY = "community"
# Spark would list more files than this by a job of its own.
_FILES_LISTED_HERE = "1000"


def show_explanation(
    target: str,
    release: str,
    config_path: Path,
    *,
    domain: str | None,
    as_json: bool,
    overrides: tuple[str, ...],
) -> None:
    """Print the page of `kind:id` or `community:id`. Raises ConfigError, StoreError as `explained` does."""
    config = load_config(config_path, overrides=overrides)
    kind, wanted = parsed(target)
    if domain is not None and domain not in config.risk.domains:
        known = ", ".join(config.risk.domains) or "none"
        raise ConfigError(f"--domain {domain}: the config has no such domain", fix=f"it has {known}")
    with command_session(config, app_name=f"marketgraph explain {target}", brief=True) as spark:
        found = load_release(spark, release, root=config.store.root)
        made = explained(found, config, kind, wanted, domain=domain)
    if config.hash != found.config_hash:
        warn = (
            "the config is not the one that the release was made with: what edges bring is told by this one"
        )
        Reporter(Console(stderr=True, soft_wrap=True)).warn(warn)
    if as_json:
        print(json.dumps({"release": found.id, **made.as_json()}, default=str, indent=2))  # noqa: T201
    else:
        print_page(made, release=found.id)


def parsed(target: str) -> tuple[str, str]:
    """Kind and id of `kind:id`. Raises ConfigError for anything else."""
    kind, colon, wanted = target.partition(":")
    known = (*ENTITY_TABLES, COMMUNITY)
    if not colon or not wanted or kind not in known:
        raise ConfigError(f"{target}: not of the form kind:id", fix=f"kind is one of {', '.join(known)}")
    if kind == COMMUNITY and not wanted.isdecimal():
        raise ConfigError(f"{target}: a community's id is a number", fix="take it from communities.members")
    return kind, wanted


def explained(
    release: Release, config: Config, kind: str, wanted: str, *, domain: str | None = None
) -> Explanation:
    """What the release tells of one entity or community. Raises StoreError when the release does not know it."""
    spark = release.store.spark
    spark.conf.set("spark.sql.sources.parallelPartitionDiscovery.threshold", _FILES_LISTED_HERE)
    told = Told(config.risk, config.evidence, config.motifs, release.as_of)
    sources = sources_of(release)
    with left_tidy(spark):
        if kind == COMMUNITY:
            found = explain_community(int(wanted), sources, told, domain)
        else:
            row = _entity(sources, kind, wanted)
            found = None if row is None else explain_entity(row, f"{kind}:{wanted}", sources, told, domain)
    if found is None:
        raise StoreError(
            f"release {release.id} has no {kind} {wanted!r}", fix="look the id up, or name another release"
        )
    return found


def sources_of(release: Release) -> Sources:
    """The frames that evidence is made of; a table that the release does not have is empty."""
    return Sources(
        edges=release.slices([table.full_name for table in EDGE_TABLES.values()]),
        scores=release.slices(["risk.scores"]),
        ranked=release.slices(["risk.communities"]),
        members=release.slices(["communities.members"]),
        profiles=release.slices(["communities.profiles"]),
        instances=release.slices(["motifs.instances"]),
        identifiers=release.slices(["sources.identifiers"]),
        violations=release.slices(["sources.violations"]),
        entities={kind: release.slices([table.full_name]) for kind, table in ENTITY_TABLES.items()},
    )


def _entity(sources: Sources, kind: str, wanted: str) -> dict[str, Any] | None:
    rows = sources.entities[kind].where(F.col(f"{kind}_id") == wanted).collect()
    return rows[0].asDict() if rows else None
