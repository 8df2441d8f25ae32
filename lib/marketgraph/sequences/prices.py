"""Buckets of prices: logarithmic, declared, the same on every date, and compared as exact decimals."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from pyspark.sql import Column
from pyspark.sql import functions as F

from marketgraph.sequences.rules import PriceRule


def bucket_of(price: Column, rule: PriceRule) -> Column:
    """The token of the bucket that a price lies in, such as `[1, 2)`; null for a null price."""
    ends, tokens = _ends(rule), tokens_of(rule)
    told = F.when(price.isNull(), F.lit(None).cast("string"))
    for end, token in zip(ends, tokens, strict=False):
        told = told.when(price < F.lit(end), F.lit(token))
    return told.otherwise(F.lit(tokens[-1]))


def tokens_of(rule: PriceRule) -> tuple[str, ...]:
    """The tokens of all buckets, cheapest first."""
    bounds = [_plain(end) for end in (Decimal(0), *_ends(rule))] + ["…"]
    return tuple(f"[{low}, {high})" for low, high in pairwise(bounds))


def _ends(rule: PriceRule) -> list[Decimal]:
    """The upper ends of all buckets but the last."""
    return [rule.least * 2**step for step in range(rule.buckets - 1)]


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
