"""conform_sources: a company's tables as the canonical ones, the bad rows in quarantine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame

from marketgraph.config import IdentifiersConfig
from marketgraph.sources.conform import conform_sources
from marketgraph.sources.conformed import ConformedTable
from marketgraph.sources.fingerprint import source_fingerprint
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.mapping_file import load_mapping
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables.sources import QUARANTINE, SOURCE_TABLES


def conform(work: Work) -> None:
    """Write the quarantine first, then, if few enough rows were refused, one slice per canonical table."""
    settings = work.config.sources
    mapping, key = load_mapping(Path(settings.mapping)), identifier_key(work.config.identifiers)
    with conform_sources(
        work.context.spark,
        mapping,
        settings.data,
        as_of=work.run.as_of,
        key=key,
        sentinels=work.config.sentinels,
    ) as conformed:
        for warning in conformed.warnings:
            work.context.warn(warning)
        work.write(QUARANTINE, conformed.quarantined)
        conformed.require_few_refused(settings.max_quarantine_share)
        work.write_all({held.table: partial(_accepted, held) for held in conformed.tables})


def _accepted(held: ConformedTable) -> DataFrame:
    return held.accepted


def identifier_key(settings: IdentifiersConfig) -> IdentifierKey:
    """The key that the config points at. Raises ConfigError when it is missing, short or readable by others."""
    if settings.key_env is not None:
        return IdentifierKey.from_env(settings.key_env)
    return IdentifierKey.from_file(str(settings.key_file), create=settings.create_key)


def _depends_on(context: Context) -> list[object]:
    settings = context.config.sources
    mapping, key = load_mapping(Path(settings.mapping)), identifier_key(context.config.identifiers)
    return [
        source_fingerprint(context.spark, mapping, settings.data, key),
        settings.max_quarantine_share,
        context.config.sentinels.model_dump(mode="json"),
    ]


STAGE = Stage(
    name="conform_sources",
    inputs=(),
    outputs=(*SOURCE_TABLES, QUARANTINE),
    depends_on=_depends_on,
    build=conform,
)
