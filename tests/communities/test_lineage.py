"""What became of each community: small stories, and plain counting on random ones."""

from __future__ import annotations

from hypothesis import given, settings
from pyspark.sql import SparkSession

from marketgraph.communities.holding import left_tidy
from tests.communities.following import DEFAULT, Followed, Groups, Ids
from tests.communities.test_exchanges import every
from tests.communities.test_identity import two_dates


def events(spark: SparkSession, before: Ids, now: Groups) -> set[tuple]:
    with left_tidy(spark):
        return Followed(spark, before, now).events


def test_two_that_merge_are_one_that_grew_and_one_whose_id_has_ended(spark: SparkSession) -> None:
    large, small = set(range(10)), set(range(20, 28))
    assert events(spark, {0: large, 1: small}, [large | small]) == {("grown", 0, 0), ("merged", 0, 1)}


def test_one_that_splits_shrinks_and_its_parts_say_where_they_came_from(spark: SparkSession) -> None:
    parts = [set(range(10)), set(range(10, 18))]
    assert events(spark, {0: set(range(18))}, parts) == {("shrunk", 0, 0), ("split", 1, 0)}


def test_a_part_that_joins_another_community_is_a_split_too(spark: SparkSession) -> None:
    before = {0: set(range(10)), 1: set(range(20, 40))}
    now = [set(range(6)), set(range(20, 40)) | set(range(6, 10))]
    assert events(spark, before, now) == {("shrunk", 0, 0), ("grown", 1, 1), ("split", 1, 0)}


def test_one_is_born_and_one_dies(spark: SparkSession) -> None:
    assert events(spark, {0: {1, 2, 3}}, [{4, 5}]) == {("born", 1, None), ("died", 0, 0)}


def test_a_few_members_more_or_less_are_the_same_community(spark: SparkSession) -> None:
    before = {0: set(range(20)), 1: set(range(100, 120)), 2: set(range(200, 220))}
    now = [set(range(22)), set(range(100, 123)), set(range(200, 217))]
    assert events(spark, before, now) == {("continued", 0, 0), ("grown", 1, 1), ("shrunk", 2, 2)}


def test_the_first_slice_has_births_and_no_churn(spark: SparkSession) -> None:
    with left_tidy(spark):
        found = Followed(spark, {}, [{1, 2}, {5, 6, 7}])
        assert {event for event, _, _ in found.events} == {"born"}
        assert (found.churn["churn"], found.churn["born"], found.churn["communities_before"]) == (None, 2, 0)


def test_churn_counts_vertices_whose_community_is_another_one(spark: SparkSession) -> None:
    before = {0: set(range(10)), 1: set(range(20, 30))}
    now = [set(range(8)), set(range(20, 30)) | {8}]  # 8 moved, 9 is gone
    with left_tidy(spark):
        found = Followed(spark, before, now).churn
    assert (found["kept"], found["changed"], found["churn"]) == (19, 1, 1 / 19)


def told_by_hand(before: Ids, ids: Ids) -> set[tuple]:
    """Lineage in plain Python, from who is in which community on either date."""
    shared = {(new, old): len(g & w) for new, g in ids.items() for old, w in before.items() if g & w}
    follows = {
        p for p, n in shared.items() if p[0] == p[1] or n >= DEFAULT.successor_share * len(before[p[1]])
    }
    rows = set()
    for new, old in follows:
        size, was = len(ids[new]), len(before[old])
        if new == old:
            event = (
                "continued"
                if abs(size - was) <= DEFAULT.steady * was
                else "grown"
                if size > was
                else "shrunk"
            )
        else:
            event = "split" if sum(o == old for _, o in follows) > 1 else "merged"
        overlap = shared[new, old]
        rows.add((event, new, old, overlap, overlap / (size + was - overlap), size, was))
    rows |= {("born", n, None, 0, 0.0, len(g), 0) for n, g in ids.items() if n not in {f[0] for f in follows}}
    return rows | {
        ("died", o, o, 0, 0.0, 0, len(w)) for o, w in before.items() if o not in {f[1] for f in follows}
    }


@settings(every, max_examples=5)
@given(dates=two_dates())
def test_lineage_is_what_plain_counting_tells(spark: SparkSession, dates) -> None:
    before, now = dates
    with left_tidy(spark):
        found = Followed(spark, before, now)
        ids = found.ids
        assert {tuple(row) for row in found.lineage.collect()} == told_by_hand(before, ids)
        where = {v: new for new, group in ids.items() for v in group}
        both = [(old, where[v]) for old, was in before.items() for v in was if v in where]
        assert (found.churn["kept"], found.churn["changed"]) == (len(both), sum(a != b for a, b in both))
