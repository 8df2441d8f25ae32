"""The source room's front door: a mapping and a data folder become the canonical tables as of a date."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import date, timedelta
from functools import reduce

from pyspark.sql import DataFrame, SparkSession

from marketgraph.errors import SourceError
from marketgraph.sources.conformed import ConformedSources, ConformedTable
from marketgraph.sources.conforming import KIND_TABLES, Conforming
from marketgraph.sources.erased import NOBODY, Erased
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.mapping import SourceMapping
from marketgraph.sources.sentinels import NO_SENTINELS, SentinelsConfig
from marketgraph.tables.contract import ENTITY, Table
from marketgraph.tables.sources import CORE_TABLES, QUARANTINE, SOURCE_TABLES

TABLES_AT_ONCE = 4  # planning a job takes one core, and most tables are small


def conform_sources(
    spark: SparkSession,
    mapping: SourceMapping,
    data: str,
    *,
    as_of: date,
    key: IdentifierKey,
    sentinels: SentinelsConfig = NO_SENTINELS,
    erased: Erased = NOBODY,
) -> ConformedSources:
    """All canonical tables as seen at midnight (UTC) of `as_of`, and the rows that were refused.

    sentinels: identifiers that stand for nothing; rows with one are set aside, and counted. erased: entities that were
    erased; rows that name one are left out, and counted.
    Raises ConfigError for a mapping that can't be (before data is read), SourceError for a file that is
    missing, empty, broken or lacks a column, and when no merchant, buyer or order is older than `as_of`.
    """
    with ExitStack() as held:
        conforming = Conforming(spark, mapping, data, as_of, key, sentinels, held, erased)
        tables = _conformed(conforming)
        _require_a_marketplace(tables, as_of)
        refused = [
            conforming.refused[table.name] for table in SOURCE_TABLES if table.name in conforming.refused
        ]
        return ConformedSources(
            tables,
            reduce(DataFrame.unionByName, refused or [spark.createDataFrame([], QUARANTINE.schema)]),
            tuple(sorted((*conforming.notes, *conforming.lookups.warnings))),
            held.pop_all(),
            conforming.rehashed,
        )


def _conformed(conforming: Conforming) -> tuple[ConformedTable, ...]:
    """Every table, wave after wave; the first error in the order of SOURCE_TABLES is raised."""
    done: dict[str, ConformedTable] = {}
    with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
        for wave in _waves():
            begun = [pool.submit(conforming.table, table) for table in wave]
            wait(begun)
            done |= {table.name: future.result() for table, future in zip(wave, begun, strict=True)}
    return tuple(done[table.name] for table in SOURCE_TABLES)


def _waves() -> Iterator[list[Table]]:
    """The source tables in groups: each after those that hold its parents."""
    left, done = list(SOURCE_TABLES), set[str]()
    while left:
        wave = [table for table in left if _parent_names(table) <= done]
        yield wave
        done |= {table.name for table in wave}
        left = [table for table in left if table not in wave]


def _parent_names(table: Table) -> set[str]:
    named = {reference.table for reference in table.references}
    return (named - {ENTITY}) | (set(KIND_TABLES.values()) if ENTITY in named else set())


def _require_a_marketplace(tables: tuple[ConformedTable, ...], as_of: date) -> None:
    late = [
        held
        for held in tables
        if held.table in CORE_TABLES and held.counts.later and not held.counts.accepted
    ]
    if late:
        firsts = [held.counts.earliest for held in late if held.counts.earliest]
        first = max(firsts) if firsts else None
        begins = f"; the first is of {first:%Y-%m-%d %H:%M} UTC" if first else ""
        names = " and no ".join(held.table.name for held in late)
        day = f": {first.date() + timedelta(days=1)} or after" if first and first.date() < date.max else ""
        raise SourceError(f"there are no {names} before {as_of}{begins}", fix=f"choose a later --as-of{day}")
