"""When things happen: times are whole seconds since 1970 (UTC) until the last select makes timestamps of them."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

from marketgraph.synth.rows import Rows
from marketgraph.synth.terms import Term, Value, call, choose, col, floor, lit
from marketgraph.synth.world import DAY, World

HOUR = 3_600
# Monday to Sunday, and the hours of a day: quiet nights, a lunch and an evening peak.
_WEEK = (0.92, 0.90, 0.94, 0.98, 1.08, 1.25, 1.20)
_HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 8, 10, 11, 12, 14, 13, 12, 12, 13, 15, 18, 21, 24, 22, 14, 6)
# The year peaks in mid December and is lowest in mid June.
_PEAK_DAY, _SWING = 349, 0.22


def day_weights(start: int, days: int) -> list[float]:
    """How busy each day of the window is: weekly rhythm times yearly swing. Mean about 1, dimensionless."""
    first = datetime.fromtimestamp(start, tz=timezone.utc)
    return [_day_weight(first + timedelta(days=d)) for d in range(days)]


def _day_weight(day: datetime) -> float:
    angle = 2 * math.pi * (day.timetuple().tm_yday - _PEAK_DAY) / 365
    # Rounded, so that no last bit of a machine's cosine moves a row.
    return round(_WEEK[day.weekday()] * (1 + _SWING * math.cos(angle)), 6)


def seasonal(world: World, salt: str, *index: Value) -> Term:
    """A second of the window, drawn from the rhythm of week, year and day."""
    day = world.draws.weighted(f"{salt}/day", day_weights(world.start, world.days), *index)
    hour = world.draws.weighted(f"{salt}/hour", _HOURS, *index)
    second = world.draws.below(f"{salt}/second", HOUR, *index)
    return day * DAY + hour * HOUR + second + world.start


def with_seasonal(world: World, rows: Rows, earliest: Term, salt: str, *index: Value) -> Rows:
    """Adds `at`, a second at or after `earliest` (which is before the end): seasonal, else evenly spread.

    Two seasonal draws are tried, so that late comers do not crowd the end of the window.
    """
    tried = rows.extend(
        earliest=earliest,
        try_1=seasonal(world, f"{salt}/1", *index),
        try_2=seasonal(world, f"{salt}/2", *index),
    )
    in_time = [(col(name) >= col("earliest"), col(name)) for name in ("try_1", "try_2")]
    late = between(world, col("earliest"), world.end, f"{salt}/late", *index)
    return tried.extend(at=choose(*in_time, otherwise=late))


def between(world: World, low: Value, high: Value, salt: str, *index: Value) -> Term:
    """A second in [low, high), evenly spread; `low` when they are equal."""
    return lit(low) + floor((lit(high) - low) * world.draws.uniform(salt, *index))


def at(seconds: Term) -> Term:
    """The timestamp of a second. Does not depend on the session's time zone."""
    return call("timestamp_seconds", seconds)
