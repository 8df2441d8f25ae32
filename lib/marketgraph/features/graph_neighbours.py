"""Features of an entity's neighbours, and of theirs: mean and maximum.

Over one hop: over the distinct neighbours of the feature's kind, by any relation, that have a value. Over two hops: the
mean over all neighbours of their means of one hop, and the maximum of their maxima; an entity is itself a neighbour of
its neighbours, so its own value comes back to it there, and who is reached by many ways counts in many of the means.
Two hops are one hop taken twice: no pair of ends is ever made of paths, so a vertex with a million neighbours makes a
million rows, not their square.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column as SparkColumn
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType

from marketgraph.communities.votes import UNITS
from marketgraph.features.graph_risk import neighbour_kinds
from marketgraph.features.neighbour_rules import NeighbourRule
from marketgraph.tables.contract import Column

Rules = Sequence[NeighbourRule]
# A value in whole units of 2^-20 is summed in two parts, each exact for 2^32 neighbours.
_LOW_BITS = 31
_HOW = {"mean": "mean", "max": "largest"}


def columns(kind: str, rules: Rules) -> tuple[Column, ...]:
    """hop<n>_<aggregation>_<kind>_<feature> of each rule that the kind can have such neighbours for."""
    return tuple(
        Column(rule.named(hop, how), DoubleType(), _meaning(rule, hop, how), nullable=True)
        for rule in rules
        for hop in sorted(set(rule.hops))
        if _reaches(kind, rule.of, hop)
        for how in dict.fromkeys(rule.aggregations)
    )


def _reaches(kind: str, other: str, hop: int) -> bool:
    near = neighbour_kinds(kind)
    return other in near if hop == 1 else any(other in neighbour_kinds(middle) for middle in near)


def _meaning(rule: NeighbourRule, hop: int, how: str) -> str:
    if hop == 1:
        return f"{_HOW[how]} {rule.feature} of its neighbours of kind {rule.of}; null: no such neighbour has a value"
    return f"{_HOW[how]} of its neighbours' {rule.named(1, how)}; null: none has one"


def value(at: int) -> str:
    """The column that a neighbour's value for the rule at this place stands in."""
    return f"value_{at}"


def one_hop(rules: Rules) -> list[SparkColumn]:
    """What to sum up over neighbours' facts (value_<n>: double): mean and max by the rules' names for one hop."""
    return [column for at, rule in enumerate(rules) for column in _both(value(at), value(at), rule, hop=1)]


def two_hops(rules: Rules) -> list[SparkColumn]:
    """The same over neighbours' results of `one_hop`."""
    return [column for rule in rules
            for column in _both(rule.named(1, "mean"), rule.named(1, "max"), rule, hop=2)]  # fmt: skip


def _both(mean_of: str, max_of: str, rule: NeighbourRule, *, hop: int) -> tuple[SparkColumn, SparkColumn]:
    return exact_mean(mean_of).alias(rule.named(hop, "mean")), F.max(max_of).alias(rule.named(hop, "max"))


def exact_mean(column: str) -> SparkColumn:
    """The mean of a group's values, the same bits in any order; null of none.

    Each value is rounded to 2^-20 and summed as a whole number; one beyond 2^43 counts as that.
    """
    units = F.rint(F.col(column) * UNITS).cast("long")
    high = F.sum(F.shiftright(units, _LOW_BITS)).cast("double")
    low = F.sum(units.bitwiseAND(F.lit((1 << _LOW_BITS) - 1))).cast("double")
    return (high * float(1 << _LOW_BITS) + low) / F.count(column) / UNITS
