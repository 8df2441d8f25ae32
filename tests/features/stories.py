"""A stream of its own for tests, its rows as plain values, and the same features worked out by plain Python."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from marketgraph.features.compiler import pass_of
from marketgraph.features.passes import Pass
from marketgraph.features.rules import FeatureGroup
from marketgraph.features.streams import Stream, StreamColumn
from marketgraph.features.windows import micros

DEEDS = Stream(
    "deeds",
    "one row per deed",
    (),
    (
        StreamColumn("who", "text", "the entity"),
        StreamColumn("whom", "text", "a counterpart"),
        StreamColumn("place", "text", "where"),
        StreamColumn("units", "whole", "units"),
        StreamColumn("amount", "money", "amount"),
        StreamColumn("at", "time", "when"),
        StreamColumn("known", "time", "since when it was known"),
    ),
    {"who": "buyer"},
    ("at",),
    "known",
)
SCHEMA = (
    "who string, whom string, place string, units long, amount decimal(18,4), at timestamp, known timestamp"
)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Deed:
    """A row of the stream; times in microseconds since 1970."""

    who: str | None
    whom: str | None
    place: str | None
    units: int | None
    amount: Decimal | None
    at: int | None
    known: int | None


def time_of(moment: int) -> datetime:
    return (EPOCH + timedelta(microseconds=moment)).replace(tzinfo=None)


def deeds(spark: SparkSession, rows: Iterable[Deed]) -> DataFrame:
    told = [
        (
            r.who,
            r.whom,
            r.place,
            r.units,
            r.amount,
            *(None if t is None else time_of(t) for t in (r.at, r.known)),
        )
        for r in rows
    ]
    return spark.createDataFrame(told, SCHEMA)


def group(features: dict[str, Any], windows: Sequence[str], *, where: str | None = None) -> FeatureGroup:
    told = {name: {"meaning": "of a test", **rule} for name, rule in features.items()}
    return FeatureGroup(
        stream="orders", entity="who", time="at", windows=tuple(windows), where=where, features=told
    )


def deeds_pass(*groups: FeatureGroup) -> Pass:
    return pass_of("buyer", list(groups), stream=DEEDS)


EVERY = {
    "n": {"aggregate": "count"},
    "far": {"aggregate": "count", "where": "place = 'far' and units > 1"},
    "units": {"aggregate": "sum", "of": "units"},
    "total": {"aggregate": "sum", "of": "amount"},
    "far_total": {"aggregate": "sum", "of": "amount", "where": "place = 'far' and units > 1"},
    "mean": {"aggregate": "mean", "of": "amount"},
    "least": {"aggregate": "min", "of": "amount"},
    "greatest": {"aggregate": "max", "of": "units"},
    "spread": {"aggregate": "stddev", "of": "amount"},
    "opening": {"aggregate": "first", "of": "amount"},
    "closing": {"aggregate": "last", "of": "units"},
    "others": {"aggregate": "distinct", "of": "whom"},
    "far_others": {"aggregate": "distinct", "of": "whom", "where": "place = 'far' and units > 1"},
    "sizes": {"aggregate": "distinct", "of": "units"},
    "per_other": {"aggregate": "ratio", "of": ["n", "others"]},
    "far_share": {"aggregate": "share", "where": "place = 'far' and units > 1"},
    "top": {"aggregate": "top_share", "of": "whom"},
    "top2": {"aggregate": "top_share", "of": "whom", "k": 2},
    "chaos": {"aggregate": "entropy", "of": "place"},
    "quiet": {"aggregate": "days_since"},
    "since": {"aggregate": "days_since_first"},
    "trend": {"aggregate": "trend"},
    "units_trend": {"aggregate": "trend", "of": "units"},
}


def plainly(rows: Iterable[Deed], who: str, moment: int, window: str) -> dict[str, Any]:
    """The features of EVERY for one entity, moment and window, each by its definition."""
    seen = [
        r for r in rows
        if r.who == who and r.at is not None and r.known is not None and r.at < moment and r.known < moment
    ]  # fmt: skip
    width = micros(window)
    own = sorted((r for r in seen if r.at >= moment - width), key=lambda r: r.at)
    before = [r for r in seen if moment - 2 * width <= r.at < moment - width]
    far = [r for r in own if r.place == "far" and r.units is not None and r.units > 1]
    amounts = [r.amount for r in own if r.amount is not None]
    units = [r.units for r in own if r.units is not None]
    others, places = (
        Counter(getattr(r, c) for r in own if getattr(r, c) is not None) for c in ("whom", "place")
    )
    in_order = sorted(others.values(), reverse=True)
    dated = [(r.at, r.amount) for r in own if r.amount is not None]
    last = [(-r.at, r.units) for r in own if r.units is not None]
    units_before = sum(r.units for r in before if r.units is not None)
    return {
        "n": len(own),
        "far": len(far),
        "units": sum(units),
        "total": float(sum(amounts)),
        "far_total": float(sum(r.amount for r in far if r.amount is not None)),
        "mean": float(sum(amounts) / len(amounts)) if amounts else None,
        "least": float(min(amounts)) if amounts else None,
        "greatest": float(max(units)) if units else None,
        "spread": float(statistics.stdev(amounts)) if len(amounts) > 1 else None,
        "opening": float(min(dated)[1]) if dated else None,
        "closing": float(min(last)[1]) if last else None,
        "others": len(others),
        "far_others": len({r.whom for r in far if r.whom is not None}),
        "sizes": len(set(units)),
        "per_other": len(own) / len(others) if others else None,
        "far_share": len(far) / len(own) if own else None,
        "top": in_order[0] / sum(in_order) if in_order else None,
        "top2": sum(in_order[:2]) / sum(in_order) if in_order else None,
        "chaos": entropy(places) if places else None,
        "quiet": (moment - max(r.at for r in own)) / 86_400_000_000 if own else None,
        "since": (moment - min(r.at for r in own)) / 86_400_000_000 if own else None,
        "trend": len(own) / len(before) if before else None,
        "units_trend": sum(units) / units_before if units_before else None,
    }


def entropy(counts: Counter[str]) -> float:
    total = sum(counts.values())
    return -sum(n / total * math.log(n / total) for n in counts.values())


def same(found: Any, expected: Any) -> bool:
    """Whole numbers to the last, others up to rounding, null as null."""
    if expected is None or isinstance(expected, int):
        return found == expected and isinstance(found, type(expected))
    return found is not None and math.isclose(found, expected, rel_tol=1e-9, abs_tol=2e-9)
