"""Look before you join: how large the groups of each relation are, and how many pairs they would make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from marketgraph.edges.groups import Rules
from marketgraph.edges.rules import GroupRule
from marketgraph.errors import BudgetError
from marketgraph.tables.edges import GROUP_SIZES, VALUE_DIGITS

# Of a member and of a pair on its way through a shuffle: eight longs or so each, names of relations compressed.
BYTES_A_MEMBER, BYTES_A_PAIR = 64, 72
OFFENDERS = 3


@dataclass(frozen=True)
class Estimate:
    """A relation's groups of two or more members, and its pairs before and after the hub policy.

    Pairs are counted before those of other kinds, of one owner or too far apart in time are left out; edges to virtual
    vertices count as pairs. bytes_shuffled: about so much goes through shuffles for the relation.
    """

    relation: str
    groups: int
    holders_p50: int
    holders_p99: int
    holders_max: int
    pairs_before: int
    pairs_after: int
    bytes_shuffled: int


def group_sizes(groups: DataFrame) -> DataFrame:
    """One row per relation and number of holders, at the contract of edges.group_sizes.

    groups: from `groups.held`, whose rows lie together by group. Shuffles: one, of a row per task, relation and size.
    """
    each = groups.groupBy("relation", "key").agg(F.max("holders").alias("holders"))
    return GROUP_SIZES.conform(each.groupBy("relation", "holders").agg(F.count(F.lit(1)).alias("groups")))


def estimates(sizes: Iterable[Row], rules: Rules, *, population: int) -> list[Estimate]:
    """One for each relation of `rules`. sizes: the rows of `group_sizes`, of which a relation has few."""
    of: dict[str, list[tuple[int, int]]] = {name: [] for name in rules}
    for row in sizes:
        if row["relation"] in of:
            of[row["relation"]].append((row["holders"], row["groups"]))
    return [_estimate(name, sorted(of[name]), rule, population) for name, rule in rules.items()]


def over_budget(found: Iterable[Estimate], rules: Rules) -> list[Estimate]:
    """The estimates of relations that would make more pairs than their max_pairs."""
    return [one for one in found if one.pairs_after > rules[one.relation].max_pairs]


def offenders(groups: DataFrame, relation: str) -> list[str]:
    """The largest groups of a relation, `value (holders)`; of a value its first digits."""
    own = groups.where(F.col("relation") == relation).groupBy("key").agg(F.max("holders").alias("holders"))
    largest = own.orderBy(F.desc("holders"), "key").limit(OFFENDERS).collect()
    return [f"{row['key'][:VALUE_DIGITS]} ({row['holders']:,} holders)" for row in largest]


def refuse(over: Iterable[Estimate], groups: DataFrame, rules: Rules) -> None:
    """Raise BudgetError that names each relation over its budget and its largest groups; else nothing."""
    faults = [
        f"edges.{one.relation}: {one.pairs_after:,} pairs to make, max_pairs is {rules[one.relation].max_pairs:,};"
        f" the largest groups: {', '.join(offenders(groups, one.relation))}"
        for one in over
    ]
    if faults:
        raise BudgetError(
            "\n  ".join(["pairs over the budget, no edges are made", *faults]),
            fix="in conf/edges.yml set a smaller max_holders, another policy (drop, cap, virtual) or a larger max_pairs"
            " for it, or name the value in the sentinels; `marketgraph estimate` shows all relations",
        )


def _estimate(name: str, sizes: list[tuple[int, int]], rule: GroupRule, population: int) -> Estimate:
    made = sum(groups * _made(holders, rule, population) for holders, groups in sizes)
    members = sum(holders * groups for holders, groups in sizes)
    return Estimate(
        relation=name,
        groups=sum(groups for _, groups in sizes),
        holders_p50=_percentile(sizes, 0.5),
        holders_p99=_percentile(sizes, 0.99),
        holders_max=max((holders for holders, _ in sizes), default=0),
        pairs_before=sum(groups * _pairs(holders) for holders, groups in sizes),
        pairs_after=made,
        bytes_shuffled=members * BYTES_A_MEMBER + made * BYTES_A_PAIR,
    )


def _made(holders: int, rule: GroupRule, population: int) -> int:
    """Pairs that the hub policy makes of one group (groups.treatment says the same of rows)."""
    if holders <= rule.max_holders:
        return _pairs(holders)
    if holders > int((rule.max_share or 1) * population):
        return 0
    return {"drop": 0, "cap": _pairs(rule.max_holders), "inverse": _pairs(holders), "virtual": holders}[
        rule.policy
    ]


def _pairs(holders: int) -> int:
    return holders * (holders - 1) // 2


def _percentile(sizes: list[tuple[int, int]], share: float) -> int:
    """The smallest size that so large a share of the groups does not exceed; 0 of none."""
    return next(_reaching(sizes, share * sum(groups for _, groups in sizes)), 0)


def _reaching(sizes: list[tuple[int, int]], wanted: float) -> Iterator[int]:
    so_far = 0
    for holders, groups in sizes:
        so_far += groups
        if so_far >= wanted:
            yield holders
