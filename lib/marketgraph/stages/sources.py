"""conform_sources: a company's tables as the canonical ones, the bad rows in quarantine."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame

from marketgraph.config import Config, IdentifiersConfig
from marketgraph.sources.conform import conform_sources
from marketgraph.sources.conformed import ConformedTable
from marketgraph.sources.fingerprint import source_fingerprint
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.key_change import ChangingKey
from marketgraph.sources.mapping_file import load_mapping
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables import Table
from marketgraph.tables.sources import QUARANTINE, REHASHED, SOURCE_TABLES


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
        work.note["identifier_key"] = key.check
        work.write(QUARANTINE, conformed.quarantined)
        conformed.require_few_refused(settings.max_quarantine_share)
        work.write_all({held.table: partial(_accepted, held) for held in conformed.tables})
        if work.config.identifiers.changes:
            nothing = work.context.spark.createDataFrame([], REHASHED.schema)
            work.write(REHASHED, nothing if conformed.rehashed is None else conformed.rehashed)


def _accepted(held: ConformedTable) -> DataFrame:
    return held.accepted


def identifier_key(settings: IdentifiersConfig) -> IdentifierKey:
    """The key that the config points at; with the one before while it is changed.

    Raises ConfigError when one is missing, short or readable by others, or both are the same.
    """
    if settings.key_env is not None:
        key = IdentifierKey.from_env(settings.key_env)
    else:
        key = IdentifierKey.from_file(str(settings.key_file), create=settings.create_key)
    if not settings.changes:
        return key
    if settings.previous_key_env is not None:
        return ChangingKey.between(key, IdentifierKey.from_env(settings.previous_key_env))
    return ChangingKey.between(key, IdentifierKey.from_file(str(settings.previous_key_file)))


def outputs(config: Config) -> tuple[Table, ...]:
    """The canonical tables, the quarantine and, while the key is changed, the pairs of old and new hashes."""
    return (*SOURCE_TABLES, QUARANTINE, *((REHASHED,) if config.identifiers.changes else ()))


def _depends_on(context: Context) -> list[object]:
    settings = context.config.sources
    mapping, key = load_mapping(Path(settings.mapping)), identifier_key(context.config.identifiers)
    return [
        source_fingerprint(context.spark, mapping, settings.data, key),
        key.previous.check if isinstance(key, ChangingKey) else None,
        settings.max_quarantine_share,
        context.config.sentinels.model_dump(mode="json"),
    ]


STAGE = Stage(
    name="conform_sources",
    inputs=(),
    outputs=outputs,
    depends_on=_depends_on,
    build=conform,
)
