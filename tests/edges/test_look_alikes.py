"""Look-alike listings: found across merchants, and exactly those that plain Python finds."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime
from itertools import combinations
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.edges.look_alike_images import ImageRule, bands_of, confirmed_images, image_members
from marketgraph.edges.look_alike_measures import measure_members
from marketgraph.edges.look_alike_titles import TitleRule, confirmed_titles, title_members
from tests.builders import NOON
from tests.edges.test_minhash import copies, similarity

LISTINGS = (
    "product long, merchant long, title string, category string, image_hash string, measures string, "
    "listed_at timestamp"
)
TITLES, IMAGES = TitleRule(), ImageRule()
A, B, C = 1, 2, 3  # merchants
JACKET = "Luvora Slim Cotton Jacket with Zip Pocket Navy Blue"


def listings(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """Products numbered from 0, of a merchant each."""
    names = [part.split()[0] for part in LISTINGS.split(", ")]
    filled = [{"product": n, "merchant": 100 + n, "listed_at": NOON, **row} for n, row in enumerate(rows)]
    return spark.createDataFrame([tuple(row.get(name) for name in names) for row in filled], LISTINGS)


def candidates(members: DataFrame) -> DataFrame:
    """Pairs (src, dst, evidence_count) of a group that are not of one owner."""
    src = members.select("key", F.col("vertex").alias("src"), F.col("owner").alias("of_src"))
    dst = members.select("key", F.col("vertex").alias("dst"), F.col("owner").alias("of_dst"))
    pairs = src.join(dst, "key").where("src < dst and of_src <> of_dst")
    return pairs.groupBy("src", "dst").agg(F.count(F.lit(1)).alias("evidence_count"))


def alike_titles(frame: DataFrame, rule: TitleRule = TITLES) -> dict[tuple[int, int], float]:
    return similarities(confirmed_titles(candidates(title_members(frame, rule=rule)), frame, rule=rule))


def alike_images(frame: DataFrame, rule: ImageRule = IMAGES) -> dict[tuple[int, int], float]:
    return similarities(confirmed_images(candidates(image_members(frame, rule=rule)), frame, rule=rule))


def similarities(pairs: DataFrame) -> dict[tuple[int, int], float]:
    rows = pairs.collect()
    found = {(row["src"], row["dst"]): row["similarity"] for row in rows}
    assert len(found) == len(rows)
    return found


def every_pair(spark: SparkSession, count: int) -> DataFrame:
    return spark.createDataFrame(list(combinations(range(count), 2)), "src long, dst long")


# titles


def test_a_copied_listing_of_another_merchant_is_found(spark: SparkSession) -> None:
    found = alike_titles(listings(spark, {"title": JACKET}, {"title": JACKET + " New"}))
    assert found == {(0, 1): pytest.approx(similarity(JACKET, JACKET + " New"))}


def test_two_listings_of_one_merchant_are_no_pair(spark: SparkSession) -> None:
    own = [{"title": JACKET, "image_hash": "00ff" * 4, "category": "c", "measures": "1 g", "merchant": A}] * 2
    frame = listings(spark, *own)
    assert alike_titles(frame) == alike_images(frame) == {}
    assert candidates(measure_members(frame)).count() == 0


def test_another_title_is_not_alike(spark: SparkSession) -> None:
    frame = listings(
        spark, {"title": JACKET}, {"title": "Nerita Large Amber Necklace with Leather Strap Olive"}
    )
    assert similarities(confirmed_titles(every_pair(spark, 2), frame, rule=TITLES)) == {}


def test_case_and_white_space_make_no_other_title(spark: SparkSession) -> None:
    spaced = "\u3000" + JACKET.upper().replace(" ", "\u00a0 \t") + "\n"
    assert alike_titles(listings(spark, {"title": JACKET}, {"title": spaced})) == {(0, 1): 1.0}


def test_titles_in_any_script_are_compared_by_their_characters(spark: SparkSession) -> None:
    first, second = "夏季新款纯棉短袖T恤女宽松显瘦上衣😀大码", "夏季新款纯棉短袖T恤女宽松显瘦上衣😀大码女装"
    found = alike_titles(listings(spark, {"title": first}, {"title": second}))
    assert found == {(0, 1): pytest.approx(similarity(first.lower(), second.lower()))}


def test_a_short_title_says_nothing(spark: SparkSession) -> None:
    frame = listings(
        spark, *[{"title": t} for t in ("Red Shirt", "Red Shirt", "", " ", None, None, "TV", "TV")]
    )
    assert title_members(frame, rule=TITLES).count() == 0
    assert similarities(confirmed_titles(every_pair(spark, 8), frame, rule=TITLES)) == {}


def test_a_listing_without_a_merchant_is_left_out(spark: SparkSession) -> None:
    told = {"title": JACKET, "image_hash": "00ff" * 4, "category": "c", "measures": "1 g", "merchant": None}
    frame = listings(spark, told, told)
    for members in (
        title_members(frame, rule=TITLES),
        image_members(frame, rule=IMAGES),
        measure_members(frame),
    ):
        assert members.count() == 0


def test_a_member_stands_for_a_band_and_knows_its_owner_and_day(spark: SparkSession) -> None:
    frame = listings(spark, {"title": JACKET, "merchant": A}, {"title": JACKET, "listed_at": None})
    rows = title_members(frame, rule=TITLES).collect()
    assert len({(row["vertex"], row["key"]) for row in rows}) == 2 * TITLES.bands
    assert {row["key"].split(":")[0] for row in rows} == {str(band) for band in range(TITLES.bands)}
    told = {(row["relation"], row["vertex"], row["kind"], row["first_seen"], row["owner"]) for row in rows}
    assert told == {("look_alike_titles", 0, 1, NOON, A), ("look_alike_titles", 1, 1, None, 101)}


def test_what_a_pair_has_besides_is_kept(spark: SparkSession) -> None:
    frame = listings(spark, {"title": JACKET}, {"title": JACKET})
    pairs = candidates(title_members(frame, rule=TITLES)).withColumn("seen", F.lit(NOON))
    (row,) = confirmed_titles(pairs, frame, rule=TITLES).collect()
    assert row.asDict() == {
        "src": 0,
        "dst": 1,
        "evidence_count": TITLES.bands,
        "seen": NOON,
        "similarity": 1.0,
    }


@pytest.mark.parametrize(("seed", "least", "size"), [(1, 0.7, 3), (2, 0.1, 2), (3, 0.0, 4)])
def test_similarities_are_what_sets_in_plain_python_give(
    spark: SparkSession, seed: int, least: float, size: int
) -> None:
    drawn = random.Random(seed)
    titles = ["".join(drawn.choices("ab ", k=drawn.randrange(14, 30))).strip() for _ in range(12)]
    titles += [t[drawn.randrange(3) :] + drawn.choice(["", "b", "ab"]) for t in titles]
    titles = [" ".join(t.split()) for t in titles]
    rule = TitleRule(shingle=size, min_similarity=least)
    frame = listings(spark, *[{"title": t} for t in titles])
    expected = {
        (a, b): s
        for a, b in combinations(range(len(titles)), 2)
        if min(len(titles[a]), len(titles[b])) >= 8 + size - 1
        and (s := jaccard(titles[a], titles[b], size)) >= least
    }
    assert expected
    assert similarities(confirmed_titles(every_pair(spark, len(titles)), frame, rule=rule)) == expected


def jaccard(left: str, right: str, size: int) -> float:
    a, b = ({text[n : n + size] for n in range(len(text) - size + 1)} for text in (left, right))
    return len(a & b) / len(a | b)


def test_hundreds_of_copies_are_found_among_titles_of_one_category(spark: SparkSession) -> None:
    originals, copied = copies(300, seed=17)
    count = len(originals)
    rows = [{"title": t, "merchant": n % count} for n, t in enumerate(originals)]
    rows += [{"title": t, "merchant": n + count} for n, t in enumerate(copied)]
    found = alike_titles(listings(spark, *rows))
    titles = [" ".join(t.lower().split()) for t in originals + copied]
    assert all(value == similarity(titles[a], titles[b]) >= 0.7 for (a, b), value in found.items())
    planted = {(n, n + count) for n in range(count)}
    assert len(planted & set(found)) / count >= 0.98


# images


def flipped(bits: int, places: Iterable[int]) -> int:
    for place in places:
        bits ^= 1 << place
    return bits


@pytest.mark.parametrize("limit", [0, 1, 3, 6, 15])
def test_no_pair_of_images_within_the_limit_is_missed(spark: SparkSession, limit: int) -> None:
    drawn = random.Random(limit)
    images = [0, (1 << 64) - 1, 1 << 63, (1 << 63) - 1, *[drawn.getrandbits(64) for _ in range(8)]]
    images += [flipped(i, drawn.sample(range(64), drawn.randrange(limit + 3))) for i in images * 2]
    frame = listings(spark, *[{"image_hash": f"{i:016x}"} for i in images])
    expected = {
        (a, b): 1 - distance / 64
        for a, b in combinations(range(len(images)), 2)
        if (distance := (images[a] ^ images[b]).bit_count()) <= limit
    }
    assert alike_images(frame, ImageRule(limit)) == expected


def test_a_malformed_hash_says_nothing(spark: SparkSession) -> None:
    bad = ("", "00ff", "00ff" * 5, "zzzz" * 4, "0x" + "0f" * 7, "00ff" * 4 + "\n", "-" + "0" * 15, None)
    frame = listings(spark, *[{"image_hash": text} for text in bad * 2])
    assert image_members(frame, rule=IMAGES).count() == 0
    assert similarities(confirmed_images(every_pair(spark, 16), frame, rule=IMAGES)) == {}


def test_digits_of_either_case_are_one_hash(spark: SparkSession) -> None:
    frame = listings(spark, {"image_hash": "fedcba9876543210"}, {"image_hash": "FEDCBA9876543210"})
    assert alike_images(frame) == {(0, 1): 1.0}


@pytest.mark.parametrize("count", range(1, 17))
def test_bands_cut_all_bits_once(count: int) -> None:
    bits = [first + n for first, width in bands_of(count) for n in range(width)]
    assert len(bands_of(count)) == count
    assert bits == list(range(64))


# measures


def test_the_same_category_and_measures_are_alike(spark: SparkSession) -> None:
    parcel = {"category": "toys", "measures": "500 g 20x10x15 cm"}
    frame = listings(
        spark,
        parcel,
        {**parcel, "listed_at": datetime(2024, 1, 1)},
        {**parcel, "category": "pets"},
        {**parcel, "measures": "501 g 20x10x15 cm"},
        {**parcel, "category": None},
        {**parcel, "category": None},
        {**parcel, "measures": None},
        {**parcel, "measures": None},
    )
    members = measure_members(frame)
    assert {row["vertex"]: row["key"] for row in members.collect()}[0] == "toys|500 g 20x10x15 cm"
    assert [(row["src"], row["dst"]) for row in candidates(members).collect()] == [(0, 1)]


# all


def test_the_order_of_rows_and_partitions_change_nothing(spark: SparkSession) -> None:
    originals, copied = copies(30, seed=23)
    rows = [
        {"product": n, "title": t, "image_hash": f"{n % 30:016x}"} for n, t in enumerate(originals + copied)
    ]
    frame = listings(spark, *rows)
    turned = listings(spark, *[{"merchant": 100 + row["product"], **row} for row in reversed(rows)])
    titles, images = alike_titles(frame), alike_images(frame)
    assert titles and images
    for other in (turned.coalesce(1), frame.repartition(3)):
        assert alike_titles(other) == titles
        assert alike_images(other) == images
