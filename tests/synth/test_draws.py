"""Draws have the law that they claim; terms mean what Python means by them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.synth.clock import day_weights
from marketgraph.synth.draws import Draws, alias_table, zipf_rank
from marketgraph.synth.rows import Rows
from marketgraph.synth.slots import Block, Permutation, Population
from marketgraph.synth.terms import Term, Value, choose, col, item_at, lit

DRAWS = Draws(7)
N = 20_000


def drawn(spark: SparkSession, size: int = N, **columns: Value) -> list[Any]:
    return Rows.range(spark, 0, size, name="n", partitions=2).select(**columns).frame.collect()


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=40))
def test_an_alias_table_gives_each_index_its_weight(weights: list[float]) -> None:
    thresholds, aliases = alias_table(weights)
    mass = [0.0] * len(weights)
    for own, (threshold, alias) in enumerate(zip(thresholds, aliases, strict=True)):
        mass[own] += threshold
        mass[alias] += 1.0 - threshold
    assert mass == pytest.approx([w * len(weights) / sum(weights) for w in weights])


@given(st.integers(0, 2**40), st.text(max_size=8), st.integers(1, 5_000))
def test_a_permutation_hits_each_slot_once(seed: int, salt: str, size: int) -> None:
    made = Permutation.of(Draws(seed), salt, size)
    images = {(made.multiplier * slot + made.offset) % size for slot in range(size)}
    assert images == set(range(size))


@given(st.integers(1, 10**11))
def test_a_permutation_of_any_size_fits_a_long(size: int) -> None:
    made = Permutation.of(DRAWS, "size", size)
    assert made.multiplier * (size - 1) + made.offset < 2**63


def test_draws_have_their_laws(spark: SparkSession) -> None:
    n = col("n")
    rows = drawn(
        spark,
        uniform=DRAWS.uniform("u", n),
        below=DRAWS.below("b", 6, n),
        weighted=DRAWS.weighted("w", (1, 2, 7), n),
        chance=DRAWS.chance("c", 0.3, n),
        rank=zipf_rank(DRAWS.uniform("z", n), size=1_000, shift=10.0),
    )
    uniforms = [row.uniform for row in rows]
    assert 0 <= min(uniforms) < 0.001 < 0.999 < max(uniforms) < 1
    assert sum(uniforms) / N == pytest.approx(0.5, abs=0.01)
    faces = Counter(row.below for row in rows)
    assert [faces[v] / N for v in range(6)] == pytest.approx([1 / 6] * 6, abs=0.015)
    weights = Counter(row.weighted for row in rows)
    assert [weights[v] / N for v in range(3)] == pytest.approx([0.1, 0.2, 0.7], abs=0.015)
    assert sum(row.chance for row in rows) / N == pytest.approx(0.3, abs=0.015)
    ranks = Counter(row.rank for row in rows)
    assert min(ranks) >= 0 and max(ranks) <= 999
    # The density falls like 1 / (rank + shift): a decade further out, a tenth of it.
    head, tail = sum(ranks[r] for r in range(10)) / 10, sum(ranks[r] for r in range(190, 210)) / 20
    assert head / tail == pytest.approx(210 / 15, rel=0.3)


def test_salts_and_seeds_give_independent_draws(spark: SparkSession) -> None:
    rows = drawn(
        spark,
        a=DRAWS.uniform("a", col("n")),
        b=DRAWS.uniform("b", col("n")),
        c=Draws(8).uniform("a", col("n")),
    )
    for left, right in (("a", "b"), ("a", "c")):
        product = sum((row[left] - 0.5) * (row[right] - 0.5) for row in rows) / N
        assert abs(product * 12) < 0.03


def test_a_population_ids_and_veterans_are_distinct(spark: SparkSession) -> None:
    people = Population("merchant", "M", 457, DRAWS, settled_from=120)
    rows = drawn(spark, 457, id=people.id(col("n")), veteran=people.veteran(col("n")))
    assert len({row.id for row in rows}) == 457
    assert len({len(row.id) for row in rows}) == 1
    veterans = {row.veteran for row in rows}
    assert len(veterans) == people.veterans
    assert min(veterans) >= 120 and max(veterans) < 457
    assert all(slot % 20 < 13 for slot in veterans)


def test_a_blocks_slots_lie_group_by_group(spark: SparkSession) -> None:
    block = Block("kiosk", "buyer", False, 60, 5, 8, 4, DRAWS)
    slot = col("n")
    rows = drawn(
        spark,
        120,
        n=slot,
        group=block.group(slot),
        place=block.place(slot),
        same=block.slot(block.group(slot), block.place(slot)),
        member=block.has_member(slot),
    )
    for row in (r for r in rows if 60 <= r.n < 100):
        assert (row.group, row.place, row.same) == ((row.n - 60) // 8, (row.n - 60) % 8, row.n)
    sizes = Counter(row.group for row in rows if row.member)
    assert set(sizes) == set(range(5))
    assert all(4 <= size <= 8 for size in sizes.values())
    assert not any(row.member for row in rows if not 60 <= row.n < 100)


def test_terms_keep_their_order_of_evaluation(spark: SparkSession) -> None:
    a, b, c = lit(7), lit(3), lit(2)
    cases: list[tuple[Term, Any]] = [
        (a - (b - c), 6),
        (a - b - c, 2),
        ((a + b) * c, 20),
        (a + b * c, 13),
        (a / (b / c), 7 / 1.5),
        (lit(-5) * (a - 9), 10),
        ((a > b) & ~(b > a) | (c > a), True),
        (~((a > b) | (c > b)), False),
        ((a ^ b) + c, (7 ^ 3) + 2),
        (a ^ (b + c), 7 ^ 5),
        (choose((a > b, a), otherwise=b) + 1, 8),
        (choose(otherwise=4), 4),
        ((a > b).equals(True), True),
        (item_at(["x", "it's"], lit(1)), "it's"),
        (lit("back\\slash 'quoted'"), "back\\slash 'quoted'"),
    ]
    row = drawn(spark, 1, **{f"case_{n}": term for n, (term, _) in enumerate(cases)})[0]
    assert list(row) == [pytest.approx(v) if isinstance(v, float) else v for _, v in cases]


def test_the_days_follow_week_and_year() -> None:
    year = day_weights(1_704_067_200, 366)  # 2024, which begins on a Monday
    assert year[5] > 1.2 * year[1]
    winter, summer = sum(year[-28:]) / 28, sum(year[161:189]) / 28
    assert winter > 1.3 * summer
