from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.edges import groups
from marketgraph.edges.estimates import estimates, group_sizes, over_budget, refuse
from marketgraph.errors import BudgetError
from tests.edges.relations import MANY, held_of, rule_of
from tests.edges.test_groups import kiosk


def held_by(spark: SparkSession, **sizes: int):
    """Members of shares_device: a value's name and how many hold it."""
    rows = list(sizes.items())
    each = spark.createDataFrame(rows, "key string, size long").selectExpr(
        "key", "explode(sequence(1, size)) as vertex"
    )
    return each.select(
        F.lit("shares_device").alias("relation"), "key", "vertex", F.lit(4).alias("kind"),
        F.lit(None).cast("timestamp").alias("first_seen"), F.lit(None).cast("timestamp").alias("last_seen"),
        F.lit(None).cast("long").alias("owner"), F.lit(False).alias("echo"),
        F.lit(1).alias("counts"),
    )  # fmt: skip


def estimated(spark: SparkSession, sizes: dict[str, int], **changes):
    rules = {"shares_device": rule_of("shares_device", **changes)}
    held = groups.held({"shares_device": held_by(spark, **sizes)}, rules, as_of=None)
    return held, rules, estimates(group_sizes(held).collect(), rules, population=MANY)


def test_the_sizes_of_groups_and_their_pairs_are_counted(spark: SparkSession) -> None:
    _, _, (row,) = estimated(spark, {"alone": 1, "a": 2, "b": 2, "c": 4, "hub": 50}, max_holders=10)
    assert row.groups == 4
    assert (row.holders_p50, row.holders_max) == (2, 50)
    assert row.pairs_before == 1 + 1 + 6 + 50 * 49 // 2
    assert row.pairs_after == 8


@pytest.mark.parametrize(("policy", "pairs"), [("drop", 0), ("cap", 45), ("inverse", 1225), ("virtual", 50)])
def test_each_policy_makes_its_own_pairs_of_a_hub(spark: SparkSession, policy: str, pairs: int) -> None:
    _, _, (row,) = estimated(spark, {"hub": 50}, max_holders=10, policy=policy)
    assert row.pairs_after == pairs


def test_a_relation_without_groups_is_told_too(spark: SparkSession) -> None:
    _, _, (row,) = estimated(spark, {"alone": 1})
    assert (row.groups, row.holders_max, row.pairs_after) == (0, 0, 0)


def test_a_device_of_a_million_is_refused_by_name_unless_the_policy_caps_it(spark: SparkSession) -> None:
    held, rules, rows = estimated(
        spark, {"kiosk0123456789abcdef": 1_000_000, "b": 3}, policy="inverse", max_share=None
    )
    assert rows[0].pairs_before == 1_000_000 * 999_999 // 2 + 3
    with pytest.raises(BudgetError, match=r"edges.shares_device: 499,999,500,003 pairs") as refused:
        refuse(over_budget(rows, rules), held, rules)
    assert "kiosk0123456789a (1,000,000 holders)" in str(refused.value)
    assert "what to do" in str(refused.value)
    for policy, pairs in (("drop", 3), ("cap", 66 + 3)):
        _, rules, rows = estimated(
            spark, {"kiosk": 1_000_000, "b": 3}, policy=policy, max_holders=12, max_share=None
        )
        assert rows[0].pairs_after == pairs
        refuse(over_budget(rows, rules), held, rules)


def test_pairs_of_the_estimate_are_those_that_are_made(spark: SparkSession) -> None:
    from marketgraph.edges import pairs

    held, rules = held_of("shares_device", kiosk(spark), policy="cap", max_holders=4)
    (row,) = estimates(group_sizes(held).collect(), rules, population=MANY)
    assert pairs.pairs(groups.joined(held, rules, population=MANY), rules).count() == row.pairs_after == 6
