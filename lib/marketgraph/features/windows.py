"""Trailing windows as text, `24h` or `7d`: half-open, in UTC, ended by the moment that is asked of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

HOUR = 3_600_000_000  # microseconds, which is as fine as Spark's timestamps are
DAY = 24 * HOUR
SHORTEST, LONGEST = HOUR, 180 * DAY
_LENGTHS = {"h": HOUR, "d": DAY}


def micros(window: str) -> int:
    """The length of a window in microseconds. Raises ValueError for a text that is none, or not of 1h to 180d."""
    told = re.fullmatch(r"([1-9]\d{0,4})([hd])", window)
    length = int(told[1]) * _LENGTHS[told[2]] if told else 0
    if not SHORTEST <= length <= LONGEST:
        raise ValueError("not a window; write hours or days from 1h to 180d, such as 24h or 7d")
    return length


def _checked(window: str) -> str:
    micros(window)
    return window


Window = Annotated[str, AfterValidator(_checked)]


def edges(lengths: Iterable[int]) -> tuple[int, ...]:
    """The edges of the rings that windows of these lengths are made of: ascending, each once.

    Ring 0 holds ages in (0, edges[0]], ring 1 those in (edges[0], edges[1]] and so on, so that the window of length
    edges[i] is the rings 0 to i. The age of a row is the moment less its time.
    """
    return tuple(sorted(set(lengths)))


def ring_sql(age: str, of: tuple[int, ...]) -> str:
    """SQL of the ring that an age in microseconds, above 0 and at most the last edge, falls into."""
    cases = "".join(f" when {age} <= {edge}L then {ring}" for ring, edge in enumerate(of[:-1]))
    return f"case{cases} else {len(of) - 1} end" if cases else "0"
