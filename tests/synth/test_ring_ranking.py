"""What stands at the top of the ranked communities, by small stories."""

from __future__ import annotations

from pyspark.sql import DataFrame, Row, SparkSession

from marketgraph.synth.ring_ranking import ring_ranking

RING = [("merchant_ring-0", "merchant_ring", "merchant", f"m{n}", True) for n in range(4)]
CROWD = [("review_ring-0", "review_ring", "buyer", f"b{n}", True) for n in range(3)]
FAMILY = [("family-0", "family", "buyer", f"b{n}", False) for n in (5, 6)]
COPIES = [("copied_listings-0", "copied_listings", "product", f"p{n}", n > 0) for n in range(3)]


def ranking(
    spark: SparkSession, communities: dict[int, list[str]], *truth: list[tuple[object, ...]]
) -> dict[str, Row]:
    """communities: members by rank, which is their id too."""
    names = [f"{kind}{n}" for kind in "mbpc" for n in range(10)]
    kinds = {"m": "merchant", "b": "buyer", "p": "product", "c": "creator"}
    vertices = spark.createDataFrame(
        [(kinds[name[0]], name, at) for at, name in enumerate(names)],
        "entity_kind string, entity_id string, vertex_id long",
    )
    members = [(names.index(name), rank) for rank, told in communities.items() for name in told]
    planted = spark.createDataFrame(
        [row for rows in truth for row in rows],
        "group_id string, group_kind string, entity_kind string, entity_id string, guilty boolean",
    )
    ranked: DataFrame = spark.createDataFrame(
        [(rank, rank) for rank in communities], "community_id long, rank long"
    )
    placed = spark.createDataFrame(members, "vertex_id long, community_id long")
    return {row["group_kind"]: row for row in ring_ranking(ranked, placed, planted, vertices).collect()}


def test_a_ring_is_found_by_half_of_what_it_and_a_community_hold_together(spark: SparkSession) -> None:
    found = ranking(spark, {1: ["m0", "m1", "m9"], 2: ["b0", "b1", "b2", "m8"]}, RING, CROWD)
    assert (found["merchant_ring"]["found"], found["merchant_ring"]["recall"]) == (0, 0.0)
    assert (found["review_ring"]["found"], found["review_ring"]["recall"]) == (1, 1.0)
    assert found["review_ring"]["communities"] == 1
    assert {row["top"] for row in found.values()} == {2}


def test_copies_count_with_their_original(spark: SparkSession) -> None:
    found = ranking(spark, {1: ["p0", "p1", "p2"]}, COPIES)
    assert (found["copied_listings"]["planted"], found["copied_listings"]["found"]) == (1, 1)


def test_what_ranks_below_the_top_is_not_found(spark: SparkSession) -> None:
    assert ranking(spark, {101: ["m0", "m1", "m2", "m3"]}, RING)["merchant_ring"]["found"] == 0


def test_a_family_is_a_look_alike_unless_one_of_it_is_guilty(spark: SparkSession) -> None:
    found = ranking(spark, {1: ["b5", "b6"], 2: ["b5", "b0"]}, CROWD, FAMILY)
    assert found["family"]["communities"] == 1
    assert (found["family"]["planted"], found["family"]["recall"]) == (1, None)


def test_nothing_ranked_finds_nothing(spark: SparkSession) -> None:
    found = ranking(spark, {200: ["m0"]}, RING)
    assert (found["merchant_ring"]["top"], found["merchant_ring"]["planted"]) == (0, 1)
