"""What a mapping's part needs: which raw and lookup columns each canonical column is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError
from marketgraph.sources.expressions import names_in
from marketgraph.sources.mapping import TABLES, Lookup, Part, SourceMapping, near
from marketgraph.tables.contract import Table

Place = tuple[str, str]  # format and path of an origin


@dataclass(frozen=True)
class Feed:
    """A column that something in the mapping is made of: of the raw file, or of a lookup by its name.

    in_expression: it stands in an expression, so that a name which isn't there is the mapping's fault.
    """

    column: str
    lookup: str | None = None
    in_expression: bool = False


@dataclass(frozen=True)
class Needs:
    """feeds: for each place in the mapping ("columns.city", "where" …) what it is made of."""

    table: Table
    part: Part
    feeds: dict[str, frozenset[Feed]]

    @property
    def raw_columns(self) -> dict[str, tuple[str, bool]]:
        """Raw column -> the place that needs it first, and whether an expression does; in a stable order."""
        found: dict[str, tuple[str, bool]] = {}
        for place, feeds in self.feeds.items():
            for feed in sorted(feeds, key=lambda feed: feed.column):
                if feed.lookup is None:
                    found.setdefault(feed.column, (f"tables.{self.table.name}.{place}", feed.in_expression))
        return found

    def of_column(self, name: str) -> frozenset[Feed]:
        """What the canonical column is made of."""
        return self.feeds.get(f"columns.{name}", frozenset())


def needs_of(spark: SparkSession, table: Table, part: Part) -> Needs:
    """Raises ConfigError for an expression that does not parse or a lookup column that is not listed."""
    feeds: dict[str, frozenset[Feed]] = {}
    for place, texts in _expressions(part):
        found = (_feeds(spark, text, part, f"tables.{table.name}.{place}") for text in texts)
        feeds[place] = frozenset(feed for feeds_of_one in found for feed in feeds_of_one)
    for name, rule in part.columns.items():
        if rule.column is not None:
            feeds[f"columns.{name}"] = frozenset({renamed(rule.column, part)})
    feeds["lookups.key"] = frozenset(Feed(column) for lookup in part.lookups for column in lookup.key)
    feeds["personal"] = frozenset(Feed(column) for column in part.personal)
    for place, found_here in feeds.items():
        _check_lookups(found_here, part, f"tables.{table.name}.{place}")
    if "where" in feeds and not feeds["where"]:
        raise ConfigError(f"tables.{table.name}.where: {part.where!r} names no column", fix="leave it out")
    return Needs(table, part, feeds)


def renamed(column: str, part: Part) -> Feed:
    """What a plain column name means: `lookup.column` where there is such a lookup, else a raw column."""
    first, dot, rest = column.partition(".")
    return Feed(rest, first) if dot and first in {lookup.name for lookup in part.lookups} else Feed(column)


def personal_columns(needs: Iterable[Needs]) -> dict[Place, frozenset[str]]:
    """For each origin its raw columns that hold, or are part of, a personal identifier anywhere."""
    found: defaultdict[Place, set[str]] = defaultdict(set)
    for need in needs:
        places = {None: need.part.place} | {lookup.name: lookup.place for lookup in need.part.lookups}
        found[need.part.place].update(need.part.personal)
        for column in need.table.columns:
            for feed in need.of_column(column.name) if column.personal else ():
                found[places[feed.lookup]].add(feed.column)
    return {place: frozenset(columns) for place, columns in found.items()}


def all_needs(spark: SparkSession, mapping: SourceMapping) -> dict[str, list[Needs]]:
    """The needs of every part, by table. Parses every expression of the mapping; reads no data."""
    return {
        name: [needs_of(spark, TABLES[name], part) for part in parts]
        for name, parts in mapping.tables.items()
    }


def order_terms(part: Part) -> list[tuple[str, bool]]:
    """The expressions of one_per_key, each with whether it is descending."""
    terms = part.one_per_key.order_by if part.one_per_key else ()
    split = [(term.strip(), term.strip().lower().rsplit(None, 1)[-1]) for term in terms]
    return [
        (term[: -len(end)].strip() if end in ("asc", "desc") else term, end == "desc") for term, end in split
    ]


def _expressions(part: Part) -> Iterator[tuple[str, list[str]]]:
    for name, rule in part.columns.items():
        if rule.expr is not None:
            yield f"columns.{name}", [rule.expr]
    if part.where is not None:
        yield "where", [part.where]
    if part.one_per_key is not None:
        yield "one_per_key", [term for term, _ in order_terms(part)]


def _feeds(spark: SparkSession, text: str, part: Part, place: str) -> Iterator[Feed]:
    lookups = {lookup.name for lookup in part.lookups}
    for steps in names_in(spark, text, place=place):
        if len(steps) > 1 and steps[0] in lookups:
            yield Feed(steps[1], steps[0], in_expression=True)
        elif steps[0] in lookups:
            raise ConfigError(
                f"{place}: {steps[0]} is a lookup", fix=f"name a column of it: {steps[0]}.column"
            )
        else:
            yield Feed(steps[0], in_expression=True)


def _check_lookups(feeds: Iterable[Feed], part: Part, place: str) -> None:
    listed: dict[str, Lookup] = {lookup.name: lookup for lookup in part.lookups}
    for feed in feeds:
        if feed.lookup is not None and feed.column not in listed[feed.lookup].columns:
            hint = near(feed.column, list(listed[feed.lookup].columns))
            raise ConfigError(
                f"{place}: the lookup {feed.lookup} does not take over a column {feed.column}{hint}",
                fix=f"add {feed.column} to the columns of the lookup {feed.lookup}",
            )
