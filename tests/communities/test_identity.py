"""Who is whom from one date to the next: greedy by overlap, whatever the rows' order, and ids that are given once."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.communities.holding import left_tidy
from marketgraph.communities.matching import greedy
from marketgraph.communities.overlaps import communities_of
from tests.communities.following import (
    DEFAULT,
    Followed,
    Groups,
    Ids,
    by_rounds,
    by_scanning,
    pairs_of,
    worthy,
)
from tests.communities.test_exchanges import every


@st.composite
def two_dates(draw) -> tuple[Ids, Groups]:
    """Some vertices, each in one community of either date, of both, or of none. Ties are the rule."""
    vertices = draw(st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=25))
    sides = st.tuples(st.integers(0, 5), st.integers(0, 5))
    before: Ids = {}
    now: dict[int, set[int]] = {}
    for vertex in vertices:
        old, new = draw(sides)
        if old:
            before.setdefault(10 + old, set()).add(vertex)
        if new:
            now.setdefault(new, set()).add(vertex)
    return before, list(now.values())


@settings(deadline=None, max_examples=300)
@given(dates=two_dates())
def test_rounds_of_mutual_best_and_the_kernel_take_what_plain_greedy_takes(dates) -> None:
    pairs = pairs_of(*dates)
    taken = by_scanning(pairs)
    assert by_rounds(pairs) == taken
    columns = np.array(pairs, np.int64).reshape(-1, 5)
    kept = greedy(tuple(columns.T)).astype(bool)
    assert {tuple(row) for row in columns[kept].tolist()} == taken


@settings(deadline=None, max_examples=100)
@given(dates=two_dates())
def test_greedy_gives_half_of_the_best_assignment_at_least(dates) -> None:
    from scipy.optimize import linear_sum_assignment

    pairs = pairs_of(*dates)
    firsts, olds = sorted({p[0] for p in pairs}), sorted({p[1] for p in pairs})
    overlap = np.zeros((len(firsts), len(olds)))
    for pair in pairs:
        overlap[firsts.index(pair[0]), olds.index(pair[1])] = pair[2]
    best = overlap[linear_sum_assignment(overlap, maximize=True)].sum()
    assert sum(p[2] for p in by_scanning(pairs)) * 2 >= best


@settings(every, max_examples=4)
@given(dates=two_dates(), most=st.sampled_from([0, 3, 1000]), partitions=st.integers(1, 5))
def test_frames_match_as_plain_python_does_in_rounds_and_in_one_task(
    spark: SparkSession, dates, most: int, partitions: int
) -> None:
    with left_tidy(spark):
        found = Followed(spark, *dates, partitions=partitions, most=most)
        assert {tuple(r) for r in found.overlaps.pairs.collect()} == set(pairs_of(*dates))
        assert found.matches == by_scanning(worthy(pairs_of(*dates)))
        assert {frozenset(g) for g in found.ids.values()} == {frozenset(g) for g in dates[1]}


def moved(seed: int, communities: int = 30) -> tuple[Ids, Groups]:
    """Communities of 20 to 49 of which each loses and gains under 5 % of its members from day to day."""
    dice = random.Random(seed)
    before, now, vertex = {}, [], 0
    for old in range(communities):
        size = 20 + old
        before[old] = set(range(vertex, vertex + size))
        vertex += size
    newcomers = vertex
    for old, was in before.items():
        few = (len(was) - 1) // 20
        stayed = was - set(dice.sample(sorted(was), few))
        now.append(stayed | {newcomers + 100 * old + k for k in range(few)})
    dice.shuffle(now)
    return before, now


def test_communities_that_change_by_under_five_percent_all_keep_their_id(spark: SparkSession) -> None:
    before, now = moved(1)
    with left_tidy(spark):
        found = Followed(spark, before, now)
        assert set(found.ids) == set(before)
        assert {event for event, _, _ in found.events} == {"continued"}
        assert found.churn["churn"] == 0
        assert found.churn["kept"] > 0


def test_other_vertex_ids_and_more_partitions_change_no_id_that_goes_on(spark: SparkSession) -> None:
    before, now = moved(2)
    torn = sorted(now[0])
    now = [set(torn[:15]), set(torn[15:]), now[1] | now[2], *now[3:]]
    vertices = sorted(set().union(*before.values(), *now))
    other = dict(zip(vertices, random.Random(3).sample(range(10**6), len(vertices)), strict=True))
    with left_tidy(spark):
        plain = Followed(spark, before, now).ids
        renamed = Followed(
            spark,
            {old: {other[v] for v in was} for old, was in before.items()},
            [{other[v] for v in group} for group in now],
            partitions=7,
        ).ids
    went_on = {old: {other[v] for v in plain[old]} for old in set(plain) & set(before)}
    assert len(went_on) == len(before) - 1  # of two that merged one
    assert {old: renamed[old] for old in went_on} == went_on


def test_the_greater_part_keeps_the_id_and_a_scrap_does_not_carry_it_away(spark: SparkSession) -> None:
    before = {7: set(range(10)), 8: set(range(20, 28)), 9: set(range(100, 200))}
    parts = [set(range(4)), set(range(4, 10))]
    # two halves: the one with a stranger in it is the less like it
    halves = [{20, 21, 22, 23, 99}, {24, 25, 26, 27}]
    scrap = {100, 300, 301}
    with left_tidy(spark):
        ids = Followed(spark, before, [*parts, *halves, scrap]).ids
    assert DEFAULT.least_share > 1 / 3
    assert {old: ids.get(old) for old in before} == {7: parts[1], 8: halves[1], 9: None}


def test_a_vertex_without_an_edge_has_no_community(spark: SparkSession) -> None:
    labels = spark.createDataFrame([(1, 5), (2, 5), (5, 5), (9, 9), (11, 3)], "vertex_id long, label long")
    edges = spark.createDataFrame([(1, 2), (2, 11), (-4, 1)], "src long, dst long")
    found = {r["vertex_id"]: r["first_vertex"] for r in communities_of(labels, edges).collect()}
    assert found == {1: 1, 2: 1, 11: 11}
