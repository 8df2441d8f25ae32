"""look_alike_titles: two listings of different merchants with nearly the same title."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.members import members
from marketgraph.edges.minhash import band_hashes
from marketgraph.workers import spare_the_archives

# A title of fewer shingles says nothing: `Red Shirt` is what many call theirs without having copied anybody.
FEWEST_SHINGLES = 8
_BANDED = "product long, merchant long, listed_at timestamp, bands array<long>"


@dataclass(frozen=True)
class TitleRule:
    """Which titles are alike.

    shingle: characters of a shingle. min_similarity: least Jaccard index of the two sets of shingles, 0..1.
    rows_per_band, bands: of the MinHash that proposes pairs to compare. Two titles of similarity s are proposed with
    probability 1 - (1 - s^rows_per_band)^bands. With 5 and 16:

        s = 0.8: 1 - (1 - 0.328)^16 = 0.998    s = 0.5: 1 - (1 - 0.031)^16 = 0.40
        s = 0.7: 1 - (1 - 0.168)^16 = 0.947    s = 0.3: 1 - (1 - 0.0024)^16 = 0.038
                                               s = 0.2: 1 - (1 - 0.0003)^16 = 0.005

    Of the 200 million pairs of 20,000 synthetic titles that is 74,000 pairs to compare. With 6 and 20 it is 13,000, for
    a quarter more members and 0.92 in place of 0.947 at s = 0.7: a choice for more titles, since members grow as these
    do and pairs as their square.
    """

    rows_per_band: int = 5
    bands: int = 16
    shingle: int = 3
    min_similarity: float = 0.7


def title_members(listings: DataFrame, *, rule: TitleRule) -> DataFrame:
    """One row per product and band of its title's MinHash, as `members` has them; key: `<band>:<hash>`.

    A product without a merchant or a title, or whose title has under FEWEST_SHINGLES shingles, is left out.
    Source: Broder (1997); Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, ch. 3.
    """
    titled = listings.select("product", "merchant", "listed_at", normalised(rule).alias("title"))
    told = titled.where("product is not null and merchant is not null and title is not null")
    # In numpy, since 20,000 titles take 1 s so; the minima as 80 aggregates of SQL over exploded shingles take 5 s, by
    # higher-order functions 10 s (two busy cores).
    banded = told.mapInArrow(partial(with_bands, rule), _BANDED)
    rows = banded.select("product", "merchant", "listed_at", F.posexplode("bands").alias("band", "hash"))
    return members(
        "look_alike_titles",
        rows,
        key=F.concat_ws(":", "band", "hash"),
        vertex="product",
        kind="product",
        first_seen="listed_at",
        owner="merchant",
    )


def confirmed_titles(pairs: DataFrame, listings: DataFrame, *, rule: TitleRule) -> DataFrame:
    """The pairs whose titles have a similarity of min_similarity or more, with `similarity`, 0..1.

    pairs: (src, dst, ...), products of `listings`. similarity: the Jaccard index of the two sets of shingles, exact on
    their 64-bit hashes: that two of a pair's hundred-odd shingles share one has a chance under 10^-15.
    Shuffles: two joins with the listings, many pairs to one listing at each end.
    """
    titled = listings.select("product", normalised(rule).alias("title")).where("title is not null")
    told = titled.select("product", shingles(rule).alias("shingles"))
    both = pairs.join(told.toDF("src", "_left"), "src", "inner").join(
        told.toDF("dst", "_right"), "dst", "inner"
    )
    shared = both.withColumn("_shared", F.size(F.array_intersect("_left", "_right")))
    either = F.size("_left") + F.size("_right") - F.col("_shared")
    similar = shared.withColumn("similarity", F.col("_shared") / either)
    return similar.where(F.col("similarity") >= rule.min_similarity).select(*pairs.columns, "similarity")


def normalised(rule: TitleRule) -> Column:
    """The title in lower case, white space of any kind as one blank; null where it has too few shingles."""
    text = F.lower(F.trim(F.regexp_replace("title", r"[\s\p{Z}]+", " ")))
    return F.when(F.length(text) >= FEWEST_SHINGLES + rule.shingle - 1, text)


def shingles(rule: TitleRule) -> Column:
    """64-bit hashes of a normalised title's shingles, each once."""
    begins = F.sequence(F.lit(1), F.length("title") - (rule.shingle - 1))
    each = F.transform(begins, lambda at: F.xxhash64(F.substr("title", at, F.lit(rule.shingle))))
    return F.array_distinct(each)


def with_bands(rule: TitleRule, batches: Iterable[Any]) -> Iterator[Any]:
    """The batches with the hashes of their bands in place of the titles."""
    spare_the_archives()
    for batch in batches:
        titles = batch.column("title").to_pylist()
        hashes = band_hashes(titles, shingle=rule.shingle, rows=rule.rows_per_band, bands=rule.bands)
        ends = pa.array(range(0, hashes.size + 1, rule.bands), pa.int32())
        kept = [batch.column(name) for name in ("product", "merchant", "listed_at")]
        bands = pa.ListArray.from_arrays(ends, pa.array(hashes.ravel()))
        yield pa.RecordBatch.from_arrays([*kept, bands], ["product", "merchant", "listed_at", "bands"])
