"""look_alike_images: two listings of different merchants with nearly the same image."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.members import members

BITS = 64


@dataclass(frozen=True)
class ImageRule:
    """Which images are alike. max_distance: most bits in which their perceptual hashes differ, 0..15."""

    max_distance: int = 3


def image_members(listings: DataFrame, *, rule: ImageRule) -> DataFrame:
    """One row per product and band of its image's hash, as `members` has them; key: `<band>:<bits>`.

    The 64 bits are cut into max_distance + 1 bands. Two hashes that differ in at most max_distance bits have a band
    without a difference, by the pigeonhole principle, so that no such pair is missed. A product without a merchant, or
    without a hash of 16 hex digits, is left out.
    Source: Manku, Jain and Das Sarma (2007), Detecting near-duplicates for web crawling.
    """
    hashed = listings.select("product", "merchant", "listed_at", image_bits().alias("bits"))
    told = hashed.where("merchant is not null and bits is not null")
    parts = F.array(*[_part(first, width) for first, width in bands_of(rule.max_distance + 1)])
    rows = told.select("product", "merchant", "listed_at", F.posexplode(parts).alias("band", "part"))
    return members(
        "look_alike_images",
        rows,
        key=F.concat_ws(":", "band", "part"),
        vertex="product",
        kind="product",
        first_seen="listed_at",
        owner="merchant",
    )


def confirmed_images(pairs: DataFrame, listings: DataFrame, *, rule: ImageRule) -> DataFrame:
    """The pairs whose images differ in at most max_distance bits, with `similarity`: 1 - distance / 64, 0..1.

    pairs: (src, dst, ...), products of `listings`. distance: Hamming's, of the two perceptual hashes.
    Shuffles: two joins with the listings, many pairs to one listing at each end.
    """
    told = listings.select("product", image_bits().alias("bits")).where("bits is not null")
    both = pairs.join(told.toDF("src", "_left"), "src", "inner").join(
        told.toDF("dst", "_right"), "dst", "inner"
    )
    distance = F.bit_count(F.col("_left").bitwiseXOR(F.col("_right")))
    near = both.where(distance <= rule.max_distance)
    return near.select(*pairs.columns, (1 - distance / BITS).alias("similarity"))


def image_bits() -> Column:
    """The hash as a long of the same 64 bits; null where it is not 16 hex digits."""
    # to base -10: two's complement, where base 10 would give numbers beyond a long
    return F.when(
        F.col("image_hash").rlike(r"\A[0-9a-fA-F]{16}\z"), F.conv("image_hash", 16, -10).cast("long")
    )


def bands_of(count: int) -> list[tuple[int, int]]:
    """(first bit, width) of bands that cut the 64 bits; their widths differ by 1 at most."""
    edges = [BITS * n // count for n in range(count + 1)]
    return [(first, end - first) for first, end in pairwise(edges)]


def _part(first: int, width: int) -> Column:
    moved = F.shiftrightunsigned(F.col("bits"), first)
    return moved if width == BITS else moved.bitwiseAND(F.lit((1 << width) - 1))
