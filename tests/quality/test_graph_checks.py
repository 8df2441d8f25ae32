"""The graph's own checks: a hub that holds most edges, a community that swallowed all, violators without an edge."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from marketgraph.quality.config import QualityConfig
from marketgraph.quality.gate import check_table, failed_critical
from marketgraph.quality.graph_checks import GraphNumbers, graph_checks, graph_numbers, tail_share
from marketgraph.quality.references import parents_of
from marketgraph.quality.watch_rules import GraphRules, Most
from marketgraph.tables.communities import PARTITION
from marketgraph.tables.edges import EDGE_TABLES
from marketgraph.tables.entities import ENTITY_TABLES
from marketgraph.tables.features import feature_tables
from marketgraph.tables.relations import relations_of
from marketgraph.tables.risk import SCORES
from tests.builders import rows_of
from tests.quality.stories import failures
from tests.quality.test_quality_config import CONF


@pytest.mark.parametrize(
    ("counts", "share"),
    [
        ([(0, 10)], None),
        ([(1, 10)], 0.1),
        ([(1, 1_998), (5_000, 1), (1_000, 1)], 6_000 / 7_998),
        ([(2, 4_999), (100, 1)], (100 + 4 * 2) / (2 * 4_999 + 100)),
    ],
)
def test_the_tail_is_a_thousandth_of_the_entities_and_one_at_least(
    counts: list[tuple[int, int]], share: float | None
) -> None:
    assert tail_share(counts) == pytest.approx(share)


def test_the_numbers_are_those_of_the_tables(spark: SparkSession) -> None:
    from marketgraph.config_file import load_config

    tables = feature_tables(load_config(CONF.with_name("local.yml")).features)
    merchants, buyers = tables["merchant"], tables["buyer"]
    none = {f"degree_{name}": 0 for kind in ("merchant", "buyer") for name in relations_of(kind)}
    rows = {
        merchants: [{**none, "vertex_id": 1, "degree_sells": 5, "degree_shares_device": 1}],
        buyers: [{**none, "vertex_id": n, "degree_shares_device": int(n == 2)} for n in (2, 3)],
        SCORES: [
            {"vertex_id": n, "domain": domain, "is_seed": n != 2}
            for n in (1, 2, 3)
            for domain in ("any", "fraud")
        ],
        PARTITION: [{"size_max": 30, "vertices": 40}],
    }
    found = graph_numbers({table: rows_of(spark, table, of_table) for table, of_table in rows.items()})
    assert found == GraphNumbers(3, 6 / 7, 6, 0.75, 2, 0.5)


def test_each_number_is_held_against_its_rule_and_kept_where_none_is_declared() -> None:
    told = {
        one.check.kind: one
        for one in graph_checks(
            GraphNumbers(3, 6 / 7, 6, 0.75, 2, 0.5),
            GraphRules(giant_community=Most(most=0.5, severity="critical")),
        )
    }
    assert told["giant_community"].observed == "75.0% of the vertices with an edge"
    assert (told["giant_community"].check.most, told["giant_community"].check.severity) == (0.5, "critical")
    assert (told["largest_degree"].value, told["largest_degree"].check.most) == (6, None)
    assert told["seed_coverage"].observed == "50.0% of 2 known violators have an edge"
    empty = graph_checks(GraphNumbers(0, None, None, None, 0, None), GraphRules())
    assert [one.value for one in empty] == [None] * 4


def test_an_edge_from_a_thing_to_itself_or_to_nothing_stops_the_run(spark: SparkSession) -> None:
    device = EDGE_TABLES["shares_device"]
    known = {
        table: rows_of(spark, table, [{"vertex_id": number, f"{kind}_id": f"x{number}"}])
        for number, (kind, table) in enumerate(ENTITY_TABLES.items())
    }
    factors = {"weight": 1.0, "evidence": 1.0, "recency": 1.0, "rarity": 1.0, "evidence_count": 1}
    edge = {"relation": "shares_device", "src_kind": "merchant", "dst_kind": "buyer", "src": 0, **factors}
    frame = rows_of(spark, device, [{**edge, "dst": dst} for dst in (4, 0, 9)])
    results = check_table(frame, device, parents=parents_of(known), config=QualityConfig())
    assert failures(failed_critical(results)) == [
        ("reference", ("dst",), 1),
        ("self_loop", ("src", "dst"), 1),
    ]
    assert [r.examples for r in results if r.check == "self_loop"] == [("src=0, dst=0",)]
