"""What is watched beside the contracts: the part of conf/quality.yml under `watch`.

Every rule is told for a pattern of full names of tables; of several patterns that match a table the later is taken,
whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator
from pyspark.sql.types import DecimalType, NumericType

from marketgraph.quality.severities import Severity, refuse_unknown
from marketgraph.section import Section
from marketgraph.tables import Column, Table

Share = Annotated[float, Field(ge=0, le=1)]
# Words for columns that are not named one by one.
NUMERIC: Literal["numeric"] = "numeric"
NULLABLE: Literal["nullable"] = "nullable"
# Numbers that name something: how they are spread says nothing.
_IDS = ("vertex_id", "src", "dst", "community_id")


class WatchRule(Section):
    """severity: what it means when a check of this rule does not pass; critical stops the run."""

    severity: Severity = "warning"


class Growth(WatchRule):
    """Rows of a table, of those in the last release. least_rows: with fewer on both sides nothing is compared."""

    least: float = Field(default=0.5, ge=0, le=1)
    most: float = Field(default=2.0, ge=1)
    least_rows: int = Field(default=100, ge=1)


class Freshness(WatchRule):
    """Days from the newest event of a table to the run's date."""

    days: float = Field(gt=0)


class Nulls(WatchRule):
    """Share of nulls in columns that may be null: at most `most`, and within `change` of the last release's."""

    columns: tuple[str, ...] | Literal["nullable"] = NULLABLE
    most: Share | None = None
    change: Share | None = None
    least_rows: int = Field(default=100, ge=1)

    @model_validator(mode="after")
    def _asks(self) -> Nulls:
        if self.most is None and self.change is None:
            raise ValueError("give most, change or both")
        return self


class Drift(WatchRule):
    """Population stability index of columns against the last release.

    numeric: all columns of numbers that name nothing. least_rows: with fewer on either side chance alone would drift.
    """

    columns: tuple[str, ...] | Literal["numeric"]
    most: float = Field(default=0.25, gt=0)
    least_rows: int = Field(default=500, ge=1)


class Most(WatchRule):
    """The largest value that passes; none: it is measured and kept, and passes."""

    most: float | None = Field(default=None, ge=0)


class Least(WatchRule):
    """The smallest value that passes; none: it is measured and kept, and passes."""

    least: Share | None = None


class GraphRules(Section):
    """What is asked of the graph as a whole.

    degree_tail: share of the edge ends that lie at the 0.1 % of entities with the most. largest_degree: edges of one
    entity. giant_community: share of the vertices with an edge that are in the largest community. seed_coverage: share
    of the known violators that have an edge.
    """

    degree_tail: Most = Most(most=0.5)
    largest_degree: Most = Most()
    giant_community: Most = Most(most=0.25)
    seed_coverage: Least = Least(least=0.5)


def _growth() -> dict[str, Growth]:
    return {f"{room}.*": Growth() for room in ("sources", "entities", "edges", "features")}


def _freshness() -> dict[str, Freshness]:
    return {"sources.orders": Freshness(days=7), "sources.events": Freshness(days=7)}


def _nulls() -> dict[str, Nulls]:
    return {"sources.*": Nulls(change=0.1), "features.*": Nulls(change=0.2)}


def _drift() -> dict[str, Drift]:
    return {
        "sources.order_items": Drift(columns=("unit_price", "quantity")),
        "sources.orders": Drift(columns=("status",)),
        "sources.reviews": Drift(columns=("rating",)),
        "sources.products": Drift(columns=("category", "price")),
        "features.*": Drift(columns=NUMERIC),
        "risk.scores": Drift(columns=("spread", "score")),
    }


R = TypeVar("R", bound=WatchRule)


class WatchConfig(Section):
    """Rules by pattern of full names. What is given of a part replaces that part's defaults as a whole."""

    growth: dict[str, Growth] = Field(default_factory=_growth)
    freshness: dict[str, Freshness] = Field(default_factory=_freshness)
    nulls: dict[str, Nulls] = Field(default_factory=_nulls)
    drift: dict[str, Drift] = Field(default_factory=_drift)
    graph: GraphRules = GraphRules()

    @property
    def patterns(self) -> tuple[str, ...]:
        """All patterns that name tables."""
        return (*self.growth, *self.freshness, *self.nulls, *self.drift)

    def refuse_unknown_columns(self, tables: Iterable[Table]) -> None:
        """Raise ValueError for a column that no table of its pattern has, and for one that can't be watched so."""
        tables = tuple(tables)
        for part, rules in (("nulls", self.nulls), ("drift", self.drift)):
            for pattern, rule in rules.items():
                matched = [table for table in tables if fnmatchcase(table.full_name, pattern)]
                for name in rule.columns if matched and not isinstance(rule.columns, str) else ():
                    _refuse_column(part, pattern, name, matched)
        for pattern in self.freshness:
            matched = [table for table in tables if fnmatchcase(table.full_name, pattern)]
            if matched and not any(table.event_time for table in matched):
                raise ValueError(f"freshness of {pattern}: these tables have no time of their events")


def rule_of(rules: Mapping[str, R], table: Table) -> R | None:
    """The rule of the last pattern that matches the table."""
    found = [rule for pattern, rule in rules.items() if fnmatchcase(table.full_name, pattern)]
    return found[-1] if found else None


def columns_of_nulls(rule: Nulls | None, table: Table) -> tuple[Column, ...]:
    """The columns of the table that the rule watches."""
    if rule is None:
        return ()
    named = rule.columns
    return tuple(c for c in table.columns if (c.nullable if isinstance(named, str) else c.name in named))


def columns_of_drift(rule: Drift | None, table: Table) -> tuple[Column, ...]:
    """The columns of the table that the rule watches."""
    if rule is None:
        return ()
    named = rule.columns
    return tuple(
        c for c in table.columns if (_is_measure(c, table) if isinstance(named, str) else c.name in named)
    )


def is_number(column: Column) -> bool:
    """Whether its values are numbers."""
    return isinstance(column.type, NumericType | DecimalType)


def _is_measure(column: Column, table: Table) -> bool:
    return is_number(column) and column.name not in (*table.key, *_IDS)


def _refuse_column(part: str, pattern: str, name: str, tables: list[Table]) -> None:
    found = [column for table in tables for column in table.columns if column.name == name]
    if not found:
        refuse_unknown(f"column of {pattern}", name, {c.name for table in tables for c in table.columns})
    kind = found[0].type.simpleString()
    if part == "drift" and not (is_number(found[0]) or kind in ("string", "boolean")):
        raise ValueError(f"drift of {pattern} {name}: it is {kind}, neither number, text nor boolean")
