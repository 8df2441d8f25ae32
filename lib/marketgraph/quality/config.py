"""How strict the gate is, table by table: the part of the config that conf/quality.yml holds.

Great Expectations is not imported here: reading a config must stay quick.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field, model_validator

from marketgraph.quality.severities import Severity, refuse_unknown
from marketgraph.quality.watch_rules import WatchConfig
from marketgraph.section import Section
from marketgraph.tables import Column, Table, fixed_tables
from marketgraph.tables.features import NAMES

Kind = Literal["volume", "not_null", "unique", "allowed", "range", "reference", "self_loop"]
KINDS: tuple[Kind, ...] = ("volume", "not_null", "unique", "allowed", "range", "reference", "self_loop")
Share = Annotated[float, Field(ge=0, lt=1)]


class TableRules(Section):
    """What the gate asks of a table beyond its contract, and what it lets pass.

    may_be_empty: stands above the contract's. min_rows: the fewest rows; when not set 1, or 0 for a table
    that may be empty. unique: further column sets that no two rows share, beside the key. maximum: the largest
    value of a column that passes, where the contract allows more. severity, tolerance
    (the largest share of bad rows that passes): by kind of check (`range`) or for one column (`range.price`).
    """

    may_be_empty: bool | None = None
    min_rows: int | None = Field(default=None, ge=1)
    unique: tuple[tuple[str, ...], ...] = ()
    maximum: dict[str, float] = Field(default_factory=dict)
    severity: dict[str, Severity] = Field(default_factory=dict)
    tolerance: dict[str, Share] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> TableRules:
        for key in (*self.severity, *self.tolerance):
            refuse_unknown("kind of check", key.partition(".")[0], KINDS)
        if any(key.partition(".")[0] == "volume" for key in self.tolerance):
            raise ValueError("volume counts rows and has no tolerance; set min_rows")
        if self.may_be_empty and self.min_rows:
            raise ValueError("may_be_empty and min_rows contradict each other")
        return self

    def fewest_rows(self, table: Table) -> int:
        """The fewest rows that `table` passes with."""
        may_be_empty = table.may_be_empty if self.may_be_empty is None else self.may_be_empty
        return self.min_rows or (0 if may_be_empty else 1)

    def severity_of(self, kind: Kind, column: str) -> Severity:
        """How bad it is when this check fails; critical unless a rule says less."""
        return self.severity.get(f"{kind}.{column}", self.severity.get(kind, "critical"))

    def tolerance_of(self, kind: Kind, column: str) -> float:
        """The largest share of bad rows that passes; none unless a rule says more."""
        return self.tolerance.get(f"{kind}.{column}", self.tolerance.get(kind, 0.0))

    def narrowed(self, table: Table) -> Table:
        """`table` with the maxima of these rules where they are below the contract's."""
        columns = tuple(_narrowed(column, self.maximum.get(column.name)) for column in table.columns)
        return replace(table, columns=columns)

    def topped_by(self, later: TableRules) -> TableRules:
        """These rules with those that `later` sets on top."""
        told = {name: getattr(later, name) for name in later.model_fields_set}
        for name in ("maximum", "severity", "tolerance"):
            told[name] = {**getattr(self, name), **getattr(later, name)}
        if later.may_be_empty:
            told["min_rows"] = None
        return self.model_copy(update=told)


def _narrowed(column: Column, most: float | None) -> Column:
    if most is None or (column.maximum is not None and column.maximum <= most):
        return column
    return replace(column, maximum=most)


# A company may have no live commerce, share no identifiers, and never have punished anyone.
_MAY_BE_EMPTY = ("creators", "contents", "content_products", "identifiers", "events", "violations")
# A marketplace without these is odd, yet its graph is sound: said aloud, not stopped.
_ODD_WHEN_EMPTY = ("sources.reviews", "sources.payments", "edges.sells", "edges.bought_*")
# The integer id is the key; the id that the marketplace gave must be as unique.
_OWN_IDS = {
    "entities.merchants": ("merchant_id",),
    "entities.products": ("product_id",),
    "entities.creators": ("creator_id",),
    "entities.contents": ("content_id",),
    "entities.buyers": ("buyer_id",),
    "entities.vertex_ids": ("entity_kind", "entity_id"),
    "sequences.vocabulary": ("field", "token"),
    "communities.community_ids": ("first_as_of", "first_vertex"),
}


# Of the vertices in both slices: a few percent from day to day. More mostly means another config or a broken feed.
MOST_CHURN = 0.25


def _default_tables() -> dict[str, TableRules]:
    odd = TableRules(may_be_empty=False, severity={"volume": "warning"})
    return {
        **{f"sources.{name}": TableRules(may_be_empty=True) for name in _MAY_BE_EMPTY},
        **dict.fromkeys(_ODD_WHEN_EMPTY, odd),
        **{name: TableRules(unique=(columns,)) for name, columns in _OWN_IDS.items()},
        "communities.churn": TableRules(maximum={"churn": MOST_CHURN}),
    }


class QualityConfig(Section):
    """The gate's rules. `tables` maps patterns of full names (`sources.*`) to rules; a later pattern that
    matches too tops an earlier one. What is given replaces the defaults as a whole.

    examples: how many values at fault a message shows. watch: what is asked beside the contracts.
    """

    examples: int = Field(default=3, ge=0, le=20)
    tables: dict[str, TableRules] = Field(default_factory=_default_tables)
    watch: WatchConfig = WatchConfig()

    @model_validator(mode="after")
    def _fits(self) -> QualityConfig:
        tables = fixed_tables()
        known = (
            *(table.full_name for table in tables),
            *(f"{room}.{name}" for room in ("features", "training") for name in NAMES.values()),
        )
        for pattern in (*self.tables, *self.watch.patterns):
            if not any(fnmatchcase(name, pattern) for name in known):
                refuse_unknown("table", pattern, known)
        self.refuse_unknown_columns(tables)
        return self

    def refuse_unknown_columns(self, tables: Iterable[Table]) -> None:
        """Raise ValueError when a rule for one of these tables names a column that the table does not have."""
        for table in tables:
            for pattern, rules in self.tables.items():
                if fnmatchcase(table.full_name, pattern):
                    _refuse_unknown_columns(rules, table)

    def rules_for(self, table: Table) -> TableRules:
        """The rules of every pattern that matches, the later on top."""
        rules = TableRules()
        for pattern, told in self.tables.items():
            if fnmatchcase(table.full_name, pattern):
                rules = rules.topped_by(told)
        return rules


def _refuse_unknown_columns(rules: TableRules, table: Table) -> None:
    dotted = [key.partition(".")[2] for key in (*rules.severity, *rules.tolerance)]
    for name in (*rules.maximum, *filter(None, dotted), *(name for names in rules.unique for name in names)):
        refuse_unknown(f"column of {table.full_name}", name, (column.name for column in table.columns))
