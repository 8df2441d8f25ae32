"""What became of each community: small stories, and plain counting on random ones."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from pyspark.sql import SparkSession

from marketgraph.communities.holding import left_tidy
from tests.communities.following import DEFAULT, Followed, Groups, Ids
from tests.communities.test_exchanges import every
from tests.communities.test_identity import two_dates


def span(first: int, size: int) -> set[int]:
    return set(range(first, first + size))


# each story has vertices of its own
LARGE, SMALL = span(0, 10), span(20, 8)
PART, REST = span(100, 10), span(110, 8)
STAYED, LEFT, HOST = span(200, 6), span(206, 4), span(220, 20)
BEFORE: Ids = {
    0: LARGE,
    1: SMALL,
    2: PART | REST,
    3: STAYED | LEFT,
    4: HOST,
    5: {301, 302, 303},
    6: span(400, 20),
    7: span(500, 20),
    8: span(600, 20),
}
NOW: Groups = [
    *(LARGE | SMALL, PART, REST, STAYED, HOST | LEFT, {304, 305}),
    *(span(400, 22), span(500, 23), span(600, 17)),
]


@dataclass(frozen=True)
class Told:
    """What is said of all stories."""

    ids: Ids
    events: set[tuple]

    def of(self, *previous: int | None, group: set[int] | None = None) -> set[tuple]:
        """What is said of these communities of before and of that group of now."""
        new = {k for k, members in self.ids.items() if members == group}
        return {event for event in self.events if event[2] in previous or event[1] in new}


@pytest.fixture(scope="module")
def told(spark: SparkSession) -> Told:
    with left_tidy(spark):
        found = Followed(spark, BEFORE, NOW)
        return Told(found.ids, found.events)


def new_id(told: Told, group: set[int]) -> int:
    (found,) = [k for k, members in told.ids.items() if members == group]
    assert found not in BEFORE
    return found


def test_two_that_merge_are_one_that_grew_and_one_whose_id_has_ended(told: Told) -> None:
    assert told.of(0, 1) == {("grown", 0, 0), ("merged", 0, 1)}


def test_one_that_splits_shrinks_and_its_parts_say_where_they_came_from(told: Told) -> None:
    assert told.of(2) == {("shrunk", 2, 2), ("split", new_id(told, REST), 2)}


def test_a_part_that_joins_another_community_is_a_split_too(told: Told) -> None:
    assert told.of(3, 4) == {("shrunk", 3, 3), ("grown", 4, 4), ("split", 4, 3)}


def test_one_is_born_and_one_dies(told: Told) -> None:
    born = new_id(told, {304, 305})
    assert told.of(5, group={304, 305}) == {("born", born, None), ("died", 5, 5)}


def test_a_few_members_more_or_less_are_the_same_community(told: Told) -> None:
    assert told.of(6, 7, 8) == {("continued", 6, 6), ("grown", 7, 7), ("shrunk", 8, 8)}


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


@settings(every, max_examples=3)
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
