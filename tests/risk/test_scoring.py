"""From violations and edges to tables, on Spark: what is a seed, what a run may not know, who ranks where."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.communities.blocks import pack
from marketgraph.communities.gathering import gathered
from marketgraph.communities.holding import left_tidy
from marketgraph.communities.settings import Exchange
from marketgraph.communities.votes import UNITS
from marketgraph.risk.communities import community_scores
from marketgraph.risk.exchange import hearing_of
from marketgraph.risk.scores import calibration_table, scores_table
from marketgraph.risk.scoring import DomainRisk, risk_of
from marketgraph.risk.seeds import known_seeds
from marketgraph.risk.settings import CommunityScore, RiskConfig
from marketgraph.risk.ties import CODES, coded_ties, hinted, tie_book
from marketgraph.risk.walk import walk
from marketgraph.tables.risk import CALIBRATION, SCORES

AS_OF = date(2024, 3, 1)
MIDNIGHT = datetime(2024, 3, 1)
EDGE = "src long, dst long, src_kind string, dst_kind string, weight double, evidence_count long"
CONFIG = RiskConfig.model_validate(
    {
        "kinds": {"fraud": {"confidence": 1.0, "half_life_days": 10}},
        "domains": {
            "fraud": {
                "kinds": ["fraud"],
                "relations": {"shares_device": {}, "bought_merchant": {"factor": 0.5, "min_evidence": 3}},
                "hints": {"shares_device:merchant-merchant": 0.1},
            },
            "any": {"kinds": ["*"], "relations": {"shares_device": {"factor": 2}}},
        },
    }
)
# Merchants 0, 1, 2 share devices in a chain; buyer 4 buys from 2 often, buyer 5 once; buyers 7 and 8 are a family.
SHARED = [
    (0, 1, "merchant", "merchant", 1.0, 1),
    (1, 2, "merchant", "merchant", 0.5, 1),
    (7, 8, "buyer", "buyer", 1.0, 1),
]
BOUGHT = [(4, 2, "buyer", "merchant", 1.0, 4), (5, 2, "buyer", "merchant", 1.0, 1)]
IDS = np.arange(10, dtype=np.int64)


def edges_of(spark: SparkSession, shared=SHARED, bought=BOUGHT, partitions: int = 1) -> dict[str, DataFrame]:
    told = {"shares_device": shared, "bought_merchant": bought}
    return {name: spark.createDataFrame(rows, EDGE).repartition(partitions) for name, rows in told.items()}


def violations_of(spark: SparkSession, *rows: tuple[int, str, int, int]) -> DataFrame:
    """Rows of entity number, kind, days from the deed to the date, days from its being known to the date."""
    told = [
        ("merchant", f"m{n}", kind, MIDNIGHT - timedelta(days=deed), MIDNIGHT - timedelta(days=known))
        for n, kind, deed, known in rows
    ]
    return spark.createDataFrame(
        told, "entity_kind string, entity_id string, kind string, decided_at timestamp, known_at timestamp"
    )


def vertices_of(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(
        [("merchant", f"m{n}", n) for n in range(10)], "entity_kind string, entity_id string, vertex_id long"
    )


def seeds_of(spark: SparkSession, *rows: tuple[int, str, int, int]) -> DataFrame:
    return known_seeds(violations_of(spark, *rows), vertices_of(spark), CONFIG, as_of=AS_OF)


def scored(
    spark: SparkSession, seeds: DataFrame, edges: dict[str, DataFrame] | None = None, how=None
) -> list[DomainRisk]:
    with left_tidy(spark):
        told = edges or edges_of(spark)
        return risk_of(IDS, told, seeds, CONFIG, how=how or Exchange(), watch=lambda _: None)


def worths(seeds: DataFrame) -> dict[tuple[int, str], float]:
    return {(r["vertex_id"], r["domain"]): r["weight"] for r in seeds.collect()}


def test_a_seed_fades_with_the_age_of_its_deed_and_the_worst_one_counts(spark: SparkSession) -> None:
    found = worths(seeds_of(spark, (0, "fraud", 10, 1), (0, "fraud", 20, 1), (1, "spam", 0, 0)))
    assert found[0, "fraud"] == found[0, "any"] == 0.5
    assert (1, "fraud") not in found


def test_what_is_known_at_the_date_or_later_is_no_seed(spark: SparkSession) -> None:
    assert worths(seeds_of(spark, (0, "fraud", 10, 0), (1, "fraud", 10, -1), (2, "fraud", 0, 5))) == {}


def test_a_violation_known_later_changes_nothing(spark: SparkSession) -> None:
    early = [(0, "fraud", 10, 1)]
    one, other = (scored(spark, seeds_of(spark, *rows)) for rows in (early, [*early, (8, "fraud", 10, -1)]))
    assert [o.domain for o in one] == [o.domain for o in other] == ["fraud", "any"]
    for a, b in zip(one, other, strict=True):
        assert a.scores.score.tobytes() == b.scores.score.tobytes()
        assert a.scores.rank.tolist() == b.scores.rank.tolist()


def test_risk_reaches_along_ties_and_fades_and_leaves_strangers_alone(spark: SparkSession) -> None:
    fraud, any_kind = scored(spark, seeds_of(spark, (0, "fraud", 1, 1)))
    spread = fraud.scores.spread
    assert spread[0] > spread[2] > spread[4] > 0
    assert spread[[3, 5, 6, 7, 8, 9]].tolist() == [0.0] * 6
    assert fraud.scores.rank[[2, 4]].tolist() == [3, 4]
    assert any_kind.scores.spread[4] == 0.0
    assert fraud.scores.is_seed.tolist() == [True] + [False] * 9


def test_blocks_partitions_and_where_they_are_change_no_bit(spark: SparkSession) -> None:
    dice = np.random.default_rng(5)
    ends = dice.integers(0, 40, (120, 2)).tolist()
    rows = [(a, b, "merchant", "merchant", 0.1 + (a * b) % 7, 1) for a, b in ends]
    seeds, found = dice.random((40, 2)) * (dice.random((40, 2)) < 0.2), []
    domains = np.array([0, 1], np.int32)
    for blocks, small, hubs in ((1, 10**6, 10**6), (1, 0, 10**6), (3, 0, 8), (7, 10**6, 8)):
        edges, book = edges_of(spark, rows, [], blocks), tie_book(CONFIG.domains)
        with left_tidy(spark):
            ties = gathered(coded_ties(edges, book), weighted=True, hub_degree=hubs)
            packed = pack(ties, once=False, blocks=blocks)
            hearing = hearing_of(packed, book.factors, small=small)
            told = walk(
                hearing, hearing.degrees(), seeds[packed.ids], domains, restart=0.3, tolerance=1e-6, max_iterations=50
            )  # fmt: skip
        found.append((told.visits.tobytes(), told.errors.tobytes(), hearing.degrees().tobytes()))
    assert found == [found[0]] * 4


def test_a_tie_carries_its_weight_and_its_number(spark: SparkSession) -> None:
    book = tie_book(CONFIG.domains)
    assert book.keys == (("bought_merchant", 3), ("shares_device", 1))
    assert book.factors.tolist() == [[0.5, 0.0], [1.0, 2.0]]
    votes = [round(r["weight"] * UNITS) for r in coded_ties(edges_of(spark), book).collect()]
    assert sorted((vote % CODES, vote // CODES / UNITS) for vote in votes) == [
        (0, 1.0),
        (1, 0.5),
        (1, 1.0),
        (1, 1.0),
    ]


def test_an_edge_that_is_suspicious_by_itself_makes_both_ends_a_little_of_a_seed(spark: SparkSession) -> None:
    hints = hinted(edges_of(spark), CONFIG.domains)
    assert hints is not None
    assert worths(hints) == {(n, "fraud"): 0.1 for n in (0, 1, 2)}


def test_tables_hold_every_vertex_of_a_domain_with_a_seed(spark: SparkSession) -> None:
    found = scored(spark, seeds_of(spark, (0, "spam", 1, 1)))
    assert [one.domain for one in found] == ["any"]
    scores = scores_table(spark, IDS, [one.scores for one in found])
    rows = SCORES.conform(scores).orderBy("rank").collect()
    assert sorted(r["vertex_id"] for r in rows) == IDS.tolist()
    assert [r["rank"] for r in rows] == list(range(1, 11))
    assert [r["vertex_id"] for r in rows if r["is_seed"]] == [0]
    (quality,) = calibration_table(spark, [(o.domain, o.spread, o.quality) for o in found]).collect()
    assert (quality["domain"], quality["method"], quality["seeds"]) == ("any", "none", 1)
    assert list(quality.asDict()) == CALIBRATION.schema.names


def test_no_seeds_leave_nothing_to_score(spark: SparkSession) -> None:
    assert scored(spark, seeds_of(spark)) == []
    assert scores_table(spark, IDS, []).isEmpty()


def test_graphs_without_a_tie_still_score_their_seeds(spark: SparkSession) -> None:
    (fraud, _) = scored(spark, seeds_of(spark, (3, "fraud", 1, 1)), edges_of(spark, [], []))
    assert fraud.scores.spread[3] > 0
    assert fraud.scores.rank[3] == 1


def test_a_community_is_led_by_its_riskier_half_and_pairs_are_shrunk(spark: SparkSession) -> None:
    spreads = {0: 0.8, 1: 0.4, 2: 0.0, 3: 0.6, 4: 0.6, 5: 0.9, 6: 0.0}
    scores = spark.createDataFrame(
        [(n, "any", value, value, n in (0, 5), n + 1) for n, value in spreads.items()],
        "vertex_id long, domain string, spread double, score double, is_seed boolean, rank long",
    )
    members = spark.createDataFrame(
        [(0, 7), (1, 7), (2, 7), (3, 8), (4, 8), (5, 9)], "vertex_id long, community_id long"
    )
    rows = community_scores(scores, members, CommunityScore()).orderBy("rank").collect()
    assert [(r["community_id"], r["members"], r["seeds"], r["rank"]) for r in rows] == [
        (7, 3, 1, 1),
        (8, 2, 0, 2),
    ]
    assert rows[0]["score"] == pytest.approx((0.8 + 0.4) / (2 + 1))
    assert rows[1]["score"] == pytest.approx(0.6 / (1 + 1))
    assert (rows[0]["lift"], rows[1]["lift"]) == (pytest.approx((1 / 3) / (2 / 7)), 0.0)
