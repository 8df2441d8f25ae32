"""What goes through shuffles, read off the physical plans: docs/relations.md promises these numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.edges import groups, pairs
from marketgraph.edges.activity import summed_facts
from marketgraph.edges.catalogue import confirmed, facts_of, members_of
from marketgraph.edges.rules import GroupRule
from marketgraph.edges.seen import Seen
from tests.builders import AS_OF
from tests.edges.relations import MANY, configured, seen_of

# Relations whose facts or members are read as they are, more than one: of a single one the optimiser knows the name,
# takes it for a constant, and forgets that the rows lie together by it.
PLAIN_FACTS = ("sells", "hosts", "features", "bought_product", "bought_merchant", "viewed_product")
PLAIN_MEMBERS = (
    "shares_device",
    "shares_bank",
    "bought_together",
    "same_buyers",
    "bursts",
    "look_alike_titles",
)


@pytest.fixture(scope="module")
def seen(spark: SparkSession) -> Seen:
    """Empty frames at the schemas of Seen, so that the joins which make it are in no plan."""
    joined = seen_of(spark)
    return Seen(**{f.name: spark.createDataFrame([], getattr(joined, f.name).schema) for f in fields(Seen)})


@pytest.fixture(scope="module", autouse=True)
def nothing_is_broadcast(spark: SparkSession) -> Iterator[None]:
    """Plans as for large tables: Spark would send a small one to all in place of a shuffle."""
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    yield
    spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")


def exchanges(frame: DataFrame) -> list[str]:
    """What each exchange of the plan is by, in the order of the plan; one that is used again counts once."""
    plan = frame._jdf.queryExecution().executedPlan().toString()
    for node in ("CartesianProduct", "BroadcastNestedLoopJoin", "BatchEvalPython"):
        assert node not in plan
    assert "AdaptiveSparkPlan" not in plan
    by = re.findall(r"^[\s:|+*\-()\d]*Exchange hashpartitioning\(([^)]*), \d+\)", plan, flags=re.MULTILINE)
    assert len(by) == len(re.findall(r"^[\s:|+*\-()\d]*\w*Exchange ", plan, flags=re.MULTILINE)) - plan.count(
        "Reused"
    )
    return [re.sub(r"#\d+L?", "", columns) for columns in by]


def paired(seen: Seen, names: tuple[str, ...], **changes: object) -> DataFrame:
    """The pairs of these relations by their configured rules, with changes."""
    rules = {n: configured()[n].model_copy(update=changes) for n in names}
    off = {n: rule.model_copy(update={"on": False}) for n, rule in configured().items()}
    grouped = {n: rule for n, rule in rules.items() if isinstance(rule, GroupRule)}
    held = groups.held(members_of(seen, {**off, **rules}), grouped, as_of=AS_OF)
    return pairs.pairs(groups.joined(held, grouped, population=MANY), grouped)


BY_DST, BY_PAIR = "relation, dst", "relation, src, dst"
BY_GROUP = "relation, key"
BY_TWO = "relation, src, dst, src_code, dst_code"


def test_facts_of_all_relations_go_through_one_exchange_by_pair_and_one_by_dst(seen: Seen) -> None:
    told = {n: frame for n, frame in facts_of(seen, configured()).items() if n in PLAIN_FACTS}
    assert exchanges(summed_facts(told, configured(), as_of=AS_OF)) == [BY_DST, BY_PAIR]


def test_facts_are_summed_up_before_they_move(seen: Seen) -> None:
    told = {n: frame for n, frame in facts_of(seen, configured()).items() if n in PLAIN_FACTS}
    summed = summed_facts(told, configured(), as_of=AS_OF)
    plan = summed._jdf.queryExecution().executedPlan().toString()
    # the tree is written from the top: what comes later is done before
    assert plan.rindex("Exchange hashpartitioning(relation#") < plan.index("partial_count(1)")


def test_reviews_and_acts_with_a_merchant_pay_for_an_exchange_of_their_own(seen: Seen) -> None:
    own = exchanges(summed_facts(facts_of(seen, configured()), configured(), as_of=AS_OF))[2:]
    # the listings that views are joined with serve returns too
    assert own == [
        "review_id, order_id, product",
        "review_id, order_id, merchant",
        "object",
        "object",
        "object",
    ]


def test_groups_of_all_relations_go_through_one_exchange_by_group_and_one_by_pair(seen: Seen) -> None:
    assert exchanges(paired(seen, PLAIN_MEMBERS, policy="drop")) == [BY_TWO, BY_GROUP]


def test_a_cap_needs_no_other_exchange(seen: Seen) -> None:
    assert exchanges(paired(seen, PLAIN_MEMBERS)) == [BY_TWO, BY_GROUP]


def test_review_rings_and_creators_pay_for_exchanges_of_their_own(seen: Seen) -> None:
    reviews = exchanges(paired(seen, (*PLAIN_MEMBERS, "reviewed_together"), policy="drop"))
    assert reviews[2:] == ["product, rating", "product, rating, buyer"]
    creators = exchanges(paired(seen, (*PLAIN_MEMBERS, "features_same_merchants"), policy="drop"))
    assert creators[2:] == ["product", "content", "content", "product"]


@pytest.mark.parametrize("relation", ["look_alike_titles", "look_alike_images"])
def test_a_comparison_joins_both_ends_with_the_listings(seen: Seen, relation: str) -> None:
    found = paired(seen, PLAIN_MEMBERS, policy="drop")
    apart = seen.listings.sparkSession.createDataFrame([], found.schema)
    own = exchanges(confirmed(relation, apart, seen, configured()[relation]))
    # pairs by dst, pairs by src, listings once for both ends
    assert len(own) == 3
    assert own[:2] == ["dst", "src"]


def test_the_audit_moves_no_member_again(seen: Seen) -> None:
    rules = {n: rule for n in PLAIN_MEMBERS if isinstance(rule := configured()[n], GroupRule)}
    off = {n: rule.model_copy(update={"on": False}) for n, rule in configured().items()}
    held = groups.held(members_of(seen, {**off, **rules}), rules, as_of=AS_OF)
    assert exchanges(groups.suppressed(held, rules, population=MANY)) == [BY_GROUP]
