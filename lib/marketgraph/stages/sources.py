"""conform_sources: a company's tables as the canonical ones, the bad rows in quarantine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path

from pyspark.sql import DataFrame

from marketgraph.config import Config, IdentifiersConfig
from marketgraph.releases.erasures import Tombstone, cleaned_name, erased_of, read_erasures, tombstones
from marketgraph.sources.conform import conform_sources
from marketgraph.sources.conformed import ConformedTable
from marketgraph.sources.fingerprint import source_fingerprint
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.key_change import ChangingKey
from marketgraph.sources.mapping_file import load_mapping
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables import Table
from marketgraph.tables.sources import MERCHANTS, QUARANTINE, REHASHED, SOURCE_TABLES


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
        erased=erased_of(read_erasures(work.context.store)),
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
    told = [
        source_fingerprint(context.spark, mapping, settings.data, key),
        key.previous.check if isinstance(key, ChangingKey) else None,
        settings.max_quarantine_share,
        context.config.sentinels.model_dump(mode="json"),
    ]
    return _with_erased(context, told, tombstones(read_erasures(context.store)))


def _with_erased(context: Context, told: Sequence[object], erased: Sequence[Tombstone]) -> list[object]:
    """`told`, and what was erased: all of it, or what was when the slices that stand were made.

    Slices that an erasure has found clean, or made so, keep the fingerprint that they had before it: they are what a
    run would make now, and need not be made again. Slices that no erasure has looked at do not answer a later run.
    """
    chain = ["", *accumulate((one.hash for one in erased), _linked)]
    standing = context.books.slice(MERCHANTS).fingerprint if context.books.has(MERCHANTS) else ""
    for known, link in enumerate(chain):
        asked = [*told, *([link] if link else [])]
        if STAGE.fingerprint_of(context, asked) == standing:
            looked_at = cleaned_name(context.run.as_of, standing)
            if all(looked_at in one.cleaned for one in erased[known:]):
                return asked
    return [*told, *chain[1:][-1:]]


def _linked(before: str, more: str) -> str:
    return hashlib.sha256(f"{before}{more}".encode()).hexdigest()


STAGE = Stage(
    name="conform_sources",
    inputs=(),
    outputs=outputs,
    depends_on=_depends_on,
    build=conform,
)
