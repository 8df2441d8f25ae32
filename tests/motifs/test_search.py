"""Motifs found by GraphFrames, or by joins where it is not here, against loops over all vertices."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from pyspark.sql import SparkSession

from marketgraph.communities.holding import held, left_tidy
from marketgraph.motifs.finding import by_graphframes, by_joins
from marketgraph.motifs.search import graph_edges, motif_instances, strongest
from marketgraph.motifs.settings import Motif, MotifsConfig
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.yaml_file import read_yaml
from tests.builders import rows_of
from tests.conftest import ROOT

MOTIFS = MotifsConfig.model_validate(read_yaml(ROOT / "conf" / "motifs.yml")).motifs
ORDER = ("merchant", "product", "creator", "content", "buyer")
Edge = tuple[str, str, str, float]  # src, dst, relation, weight; a vertex is kind:number


def edge_frames(spark: SparkSession, motif: Motif, edges: list[Edge]):
    names = {told.partition(":")[0] for relations in motif.edges.values() for told in relations}
    rows: dict[str, list] = {name: [] for name in names}
    for src, dst, relation, weight in edges:
        ends = {"src": number(src), "dst": number(dst), "src_kind": kind(src), "dst_kind": kind(dst)}
        facts = {
            "relation": relation,
            "weight": weight,
            "evidence_count": 1,
            "evidence": 1.0,
            "recency": 1.0,
            "rarity": 1.0,
        }
        if relation in rows:
            rows[relation].append(ends | facts)
    return {name: rows_of(spark, EDGE_TABLES[name], told) for name, told in rows.items()}


def kind(vertex: str) -> str:
    return vertex.split(":")[0]


def number(vertex: str) -> int:
    return int(vertex.split(":")[1])


def found_in(spark: SparkSession, name: str, edges: list[Edge]) -> set[tuple[int, ...]]:
    motif = MOTIFS[name]
    with left_tidy(spark):
        rows = motif_instances(motif, edge_frames(spark, motif, edges)).collect()
    told = [tuple(row[role] for role in motif.roles) for row in rows]
    assert len(told) == len(set(told))
    return set(told)


def by_loops(motif: Motif, edges: list[Edge]) -> set[tuple[int, ...]]:
    """Every way to give the roles distinct vertices, each edge of the pattern looked up."""
    there = {(src, dst, relation) for src, dst, relation, _ in edges}
    there |= {(dst, src, relation) for src, dst, relation in there if kind(src) == kind(dst)}
    vertices = sorted({end for edge in edges for end in edge[:2]})
    found = set()
    for chosen in permutations(vertices, len(motif.roles)):
        role = dict(zip(motif.roles, chosen, strict=True))
        if any(kind(role[name]) != motif.kinds[name] for name in motif.roles):
            continue
        ties = [
            any((role[s], role[d], told.partition(":")[0]) in there for told in motif.edges[e])
            for s, e, d in motif.steps
        ]
        ordered = motif.alike is None or number(role[motif.alike[0]]) < number(role[motif.alike[1]])
        if all(ties) and ordered:
            found.add(tuple(number(vertex) for vertex in chosen))
    return found


def random_edges(seed: int) -> list[Edge]:
    dice = random.Random(seed)
    vertices = (
        [f"merchant:{n}" for n in range(3)]
        + [f"creator:{n}" for n in range(3, 5)]
        + [f"buyer:{n}" for n in range(5, 10)]
    )
    found = set()
    for _ in range(60):
        one, other = sorted(dice.sample(vertices, 2), key=lambda v: (ORDER.index(kind(v)), number(v)))
        if kind(one) == "merchant" and kind(other) == "buyer" and dice.random() < 0.6:
            found.add((other, one, dice.choice(["bought_merchant", "reviewed_merchant"])))
        else:
            found.add((one, other, dice.choice(["shares_device", "shares_payment"])))
    return [(*edge, 1.0) for edge in sorted(found)]


@pytest.mark.parametrize("name", ["self_dealing", "review_triangle", "creator_and_merchant"])
@pytest.mark.parametrize("seed", [1, 3])
def test_what_is_found_is_what_loops_find(spark: SparkSession, name: str, seed: int) -> None:
    edges = random_edges(seed)
    wanted = by_loops(MOTIFS[name], edges)
    assert wanted, "the story has nothing to find"
    assert found_in(spark, name, edges) == wanted


@pytest.mark.graphframes
@pytest.mark.parametrize("name", ["self_dealing", "review_triangle", "creator_and_merchant"])
def test_joins_find_what_graphframes_finds(spark: SparkSession, name: str) -> None:
    motif, edges = MOTIFS[name], random_edges(3)
    with left_tidy(spark):
        asked_for = held(graph_edges(motif, edge_frames(spark, motif, edges)))
        ours, theirs = by_joins(motif, asked_for), by_graphframes(motif, asked_for)
        assert ours.columns == theirs.columns
        rows = sorted(ours.collect())
        assert rows == sorted(theirs.collect())
    assert rows, "the story has nothing to find"


def test_a_shop_that_buys_from_itself_by_device_and_card_is_one_instance(spark: SparkSession) -> None:
    edges: list[Edge] = [
        ("merchant:0", "buyer:1", "shares_device", 0.5),
        ("merchant:0", "buyer:1", "shares_payment", 0.25),
        ("buyer:1", "merchant:0", "bought_merchant", 1.0),
    ]
    motif = MOTIFS["self_dealing"]
    with left_tidy(spark):
        instances = held(motif_instances(motif, edge_frames(spark, motif, edges)))
        (row,) = strongest("self_dealing", motif, instances, most=5).collect()
    assert (row["roles"], row["vertices"], row["strength"]) == (["b", "m"], [1, 0], 1.75)
    assert row["relations"] == ["bought_merchant", "shares_device", "shares_payment"]


def test_a_buyer_at_another_shops_device_deals_with_nobody(spark: SparkSession) -> None:
    edges: list[Edge] = [
        ("merchant:0", "buyer:1", "shares_device", 1.0),
        ("buyer:1", "merchant:2", "bought_merchant", 1.0),
    ]
    assert found_in(spark, "self_dealing", edges) == set()


def test_the_strongest_are_told_equal_ones_by_their_vertices(spark: SparkSession) -> None:
    edges: list[Edge] = [
        (f"merchant:{n}", f"creator:{n + 5}", "shares_bank", w) for n, w in enumerate([1.0, 2.0, 1.0, 0.5])
    ]
    motif = MOTIFS["creator_and_merchant"]
    told = strongest(
        "creator_and_merchant", motif, motif_instances(motif, edge_frames(spark, motif, edges)), most=3
    )
    rows = sorted(told.collect(), key=lambda row: row["rank"])
    assert [(row["rank"], row["vertices"]) for row in rows] == [(1, [6, 1]), (2, [5, 0]), (3, [7, 2])]


def test_nothing_cached_is_left_behind(spark: SparkSession) -> None:
    before = set(spark.sparkContext._jsc.getPersistentRDDs().keySet())
    found_in(spark, "review_triangle", random_edges(1))
    assert set(spark.sparkContext._jsc.getPersistentRDDs().keySet()) <= before


def test_a_plan_looks_for_the_rare_edge_first_and_only_among_edges_that_are_asked_for(
    spark: SparkSession,
) -> None:
    motif = MOTIFS["self_dealing"]
    frames = edge_frames(spark, motif, random_edges(1))
    assert sorted(frames) == [
        "bought_merchant",
        "shares_bank",
        "shares_device",
        "shares_payment",
        "shares_phone",
    ]
    plan = motif_instances(motif, frames)._jdf.queryExecution().optimizedPlan().toString()
    assert "CartesianProduct" not in plan
    assert "Join Cross" not in plan
