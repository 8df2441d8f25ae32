"""What is left of a table's rows without an entity: a row goes, or the name in it does; all else stays as it is."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from marketgraph.erasure.names import Entity, Names
from marketgraph.erasure.without import affected, without
from marketgraph.quality.checks import CHECKS
from marketgraph.tables import Table
from marketgraph.tables.edges import SUPPRESSED
from marketgraph.tables.evidence import HELD, PATHS, SUBJECTS
from marketgraph.tables.motifs import INSTANCES
from marketgraph.tables.sequences import SEQUENCES, SESSIONS
from marketgraph.tables.sources import EVENTS, ORDER_ITEMS, ORDERS, PRODUCTS, QUARANTINE
from tests.builders import rows_of

NAMES = Names(
    frozenset({Entity("buyer", "B1"), Entity("merchant", "M1"), Entity("content", "L1")}),
    frozenset({7, 9}),
    {"orders": frozenset({"O1"})},
)


def left(spark: SparkSession, table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    frame = rows_of(spark, table, rows)
    found = without(frame, table, NAMES)
    assert found.schema == frame.schema or found.columns == frame.columns
    assert not_affected(found, table)
    return [{key: row[key] for key in rows[0]} for row in found.collect()]


def not_affected(frame: DataFrame, table: Table) -> bool:
    condition = affected(table, NAMES)
    return condition is None or frame.where(condition).isEmpty()


def test_an_order_goes_with_its_buyer_and_only_forgets_its_content(spark: SparkSession) -> None:
    rows = [
        {"order_id": "O1", "buyer_id": "B1", "content_id": "L2"},
        {"order_id": "O2", "buyer_id": "B2", "content_id": "L1"},
        {"order_id": "O3", "buyer_id": "B11", "content_id": None},
    ]
    assert left(spark, ORDERS, rows) == [{**rows[1], "content_id": None}, rows[2]]


def test_what_hangs_on_an_order_goes_with_it(spark: SparkSession) -> None:
    rows = [
        {"order_id": order, "merchant_id": shop, "product_id": "P1"}
        for order, shop in (("O1", "M2"), ("O2", "M1"), ("O2", "M2"))
    ]
    assert left(spark, ORDER_ITEMS, rows) == [rows[2]]


def test_a_product_forgets_who_lists_it(spark: SparkSession) -> None:
    rows = [{"product_id": "P1", "merchant_id": "M1"}, {"product_id": "P2", "merchant_id": "M2"}]
    assert left(spark, PRODUCTS, rows) == [{"product_id": "P1", "merchant_id": None}, rows[1]]


def test_an_id_is_one_of_its_own_kind_alone(spark: SparkSession) -> None:
    rows = [
        {
            "event_id": f"e{n}",
            "actor_kind": kind,
            "actor_id": name,
            "object_kind": "product",
            "object_id": thing,
        }
        for n, (kind, name, thing) in enumerate(
            (("buyer", "B1", "P1"), ("creator", "B1", "P1"), ("buyer", "B2", "B1"))
        )
    ]
    assert left(spark, EVENTS, rows) == rows[1:]


def test_an_evidence_of_a_community_of_that_number_stays(spark: SparkSession) -> None:
    rows = [
        {"subject": kind, "subject_id": number, "domain": "any", "rank": 1, "score": 0.5}
        for kind, number in (("entity", 7), ("community", 7), ("entity", 8))
    ]
    assert left(spark, SUBJECTS, rows) == rows[1:]


def test_a_path_over_the_entity_goes_whole(spark: SparkSession) -> None:
    rows = [
        {
            "subject": "community",
            "subject_id": 3,
            "domain": "any",
            "rank": n,
            "seed": path[-1],
            "vertices": path,
        }
        for n, path in enumerate(([1, 7, 3], [1, 2, 3], [1, 9], [7, 2, 3]))
    ]
    assert left(spark, PATHS, rows) == [rows[1]]


def test_an_instance_with_the_entity_goes(spark: SparkSession) -> None:
    rows = [
        {"motif": "ring", "rank": n, "vertices": told} for n, told in enumerate(([1, 2], [2, 7], [77, 1]))
    ]
    assert left(spark, INSTANCES, rows) == [rows[0], rows[2]]


def test_among_other_holders_only_its_name_goes(spark: SparkSession) -> None:
    rows = [
        {
            "subject": "entity",
            "subject_id": 3,
            "domain": "any",
            "rank": 1,
            "others": ["buyer:B1", "buyer:B10"],
        },
        {"subject": "entity", "subject_id": 9, "domain": "any", "rank": 1, "others": ["buyer:B10"]},
    ]
    assert left(spark, HELD, rows) == [{**rows[0], "others": ["buyer:B10"]}]


def test_a_group_of_an_order_or_around_a_vertex_goes_and_one_of_titles_stays(spark: SparkSession) -> None:
    told = (
        ("bought_together", "O1"), ("bought_together", "O2"), ("same_buyers", "7"), ("bursts", "9:123"),
        ("bursts", "8:7"), ("look_alike_titles", "7:55"), ("shares_device", "7"),
    )  # fmt: skip
    rows = [{"relation": relation, "value": value} for relation, value in told]
    assert left(spark, SUPPRESSED, rows) == [rows[1], rows[4], rows[5], rows[6]]


def test_a_refused_row_goes_where_the_id_is_a_word_of_it(spark: SparkSession) -> None:
    told = ('{"buyer":"B1","n":"x"}', '{"buyer":"B10"}', '{"record":"O9;B1;3"}', '{"buyer":"xB1"}')
    rows = [{"table": "orders", "raw_row": text, "bad_value": None} for text in told]
    rows.append({"table": "orders", "raw_row": "{}", "bad_value": "buyer B1"})
    assert left(spark, QUARANTINE, rows) == [rows[1], rows[3]]


def test_of_a_check_only_the_example_goes(spark: SparkSession) -> None:
    told = [
        "order_id=O1",
        "buyer_id=B1, city=Bonn",
        "buyer_id=B10",
        "src=7, dst=8",
        "src=77, dst=8",
        "rank=7",
    ]
    rows = [{"table": "edges.sells", "check": "unique", "columns": "src", "examples": told}]
    assert left(spark, CHECKS, rows) == [{**rows[0], "examples": ["buyer_id=B10", "src=77, dst=8", "rank=7"]}]


def sequence(vertex: int, objects: list[int], **more: Any) -> dict[str, Any]:
    count = len(objects)
    times = [1_000 * step * step for step in range(count)]
    gaps = [0, *((b - a) // 1000 for a, b in itertools.pairwise(times))][:count]
    arrays = {
        "verbs": list(range(count)),
        "object_kinds": [2] * count,
        "objects": objects,
        "prices": [1] * count,
    }
    return {
        "vertex_id": vertex,
        "kind": "buyer",
        "length": count,
        **arrays,
        "gaps": gaps,
        "times": times,
        **more,
    }


def test_a_step_goes_out_of_all_arrays_and_the_times_between_are_told_anew(spark: SparkSession) -> None:
    rows = [sequence(1, [3, 7, 4]), sequence(7, [3]), sequence(2, [7, 9]), sequence(3, [5, 6])]
    found = left(spark, SEQUENCES, rows)
    cut = {"length": 2, "verbs": [0, 2], "object_kinds": [2, 2], "objects": [3, 4], "prices": [1, 1]}
    assert found == [{**rows[0], **cut, "gaps": [0, 4], "times": [0, 4_000]}, rows[3]]


def test_a_step_of_a_session_goes_by_who_acted_too(spark: SparkSession) -> None:
    row = sequence(1, [3, 4, 9], kind="content", actor_kinds=[2, 2, 2], actors=[7, 5, 5])
    (found,) = left(spark, SESSIONS, [row])
    assert (found["actors"], found["objects"], found["verbs"], found["gaps"]) == ([5], [4], [1], [0])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(objects=st.lists(st.lists(st.integers(5, 9), min_size=1, max_size=6), min_size=1, max_size=4))
def test_any_sequence_is_what_plain_python_leaves_of_it(
    spark: SparkSession, objects: list[list[int]]
) -> None:
    rows = [sequence(n, one) for n, one in enumerate(objects)]
    found = left(spark, SEQUENCES, rows)
    kept = [[thing for thing in one if thing not in NAMES.vertices] for one in objects]
    assert [row["objects"] for row in found] == [one for one in kept if one]
    for row in found:
        assert len(row["times"]) == len(row["gaps"]) == len(row["verbs"]) == row["length"]
        assert sum(row["gaps"]) * 1000 == row["times"][-1] - row["times"][0]
