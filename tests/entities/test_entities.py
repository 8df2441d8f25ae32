from __future__ import annotations

from datetime import datetime

from pyspark.sql import SparkSession

from marketgraph.entities.activity import activity_spans
from marketgraph.entities.entity import entities_of, entity_keys
from tests.builders import NOON, ids_of, sources_of

EARLIER, LATER = datetime(2024, 2, 1), datetime(2024, 2, 25)


def story(spark: SparkSession):
    """b orders p from m early and reviews late; c only looks at p; q is listed and nothing else."""
    return sources_of(
        spark,
        merchants=[{"merchant_id": "m", "name": "M"}],
        products=[{"product_id": "p"}, {"product_id": "q"}],
        buyers=[{"buyer_id": "b"}, {"buyer_id": "c"}],
        orders=[{"order_id": "1", "buyer_id": "b", "ordered_at": EARLIER}],
        order_items=[{"order_id": "1", "merchant_id": "m", "product_id": "p"}],
        reviews=[{"review_id": "r", "order_id": "1", "product_id": "p", "reviewed_at": LATER}],
        events=[{"event_id": "e", "actor_id": "c", "object_id": "p", "occurred_at": NOON}],
    )


def test_an_entity_is_active_from_its_first_sighting_to_its_last(spark: SparkSession) -> None:
    spans = {
        (r["entity_kind"], r["entity_id"]): (r["first_activity"], r["last_activity"])
        for r in activity_spans(story(spark)).collect()
    }
    assert spans == {
        ("buyer", "b"): (EARLIER, LATER),
        ("merchant", "m"): (EARLIER, EARLIER),
        ("product", "p"): (EARLIER, LATER),
        ("buyer", "c"): (NOON, NOON),
    }


def test_every_row_of_every_kind_is_an_entity(spark: SparkSession) -> None:
    keys = {(r["entity_kind"], r["entity_id"]) for r in entity_keys(story(spark)).collect()}
    assert keys == {("merchant", "m"), ("product", "p"), ("product", "q"), ("buyer", "b"), ("buyer", "c")}


def test_a_thing_that_never_did_anything_is_still_there(spark: SparkSession) -> None:
    sources = story(spark)
    ids = ids_of(spark, "product:q", "product:p", "buyer:q")
    rows = entities_of(
        "product", sources["products"], vertex_ids=ids, spans=activity_spans(sources)
    ).collect()
    assert {r["product_id"]: (r["vertex_id"], r["first_activity"]) for r in rows} == {
        "q": (0, None),
        "p": (1, EARLIER),
    }
