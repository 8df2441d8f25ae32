"""From values to places on an axis, with ticks at round values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    label: str


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` on places from `start` to `end`; log: by their logarithms (both above 0)."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """The place of a value, to a tenth of a unit."""
        low, high, told = (math.log10(v) for v in (self.low, self.high, value)) if self.log else (
            self.low, self.high, value)  # fmt: skip
        share = (told - low) / (high - low) if high > low else 0.5
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, most: int = 5) -> tuple[Tick, ...]:
        """Ticks at round values: powers of ten on a log axis, else steps of 1, 2 or 5 times such a power."""
        values = _powers(self.low, self.high, most) if self.log else _round_steps(self.low, self.high, most)
        return tuple(Tick(self.at(value), plain(value)) for value in values)


def plain(value: float) -> str:
    """A tick's value: `1,000`, `0.05`, `1M`."""
    for least, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= least:
            divided = value / (1e3 if unit == "k" else least)
            return f"{divided:g}{unit}"
    return f"{value:,.0f}" if value >= 1 or value == 0 else f"{value:.6f}".rstrip("0")


def day_ticks(first: date, last: date, scale: Scale, most: int = 4) -> tuple[Tick, ...]:
    """Up to `most` days, evenly apart, the first and the last among them. scale: of the days' ordinals."""
    days = (last - first).days
    count = max(2, min(most, days + 1))
    steps = [first + timedelta(days=round(days * n / (count - 1))) for n in range(count)]
    return tuple(Tick(scale.at(day.toordinal()), f"{day:%Y-%m-%d}") for day in dict.fromkeys(steps))


def _powers(low: float, high: float, most: int) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    apart = max(1, math.ceil((last - first + 1) / most))
    powers = [10.0**n for n in range(first, last + 1, apart)]
    return powers if len(powers) > 1 else sorted({*powers, low, high})


def _round_steps(low: float, high: float, most: int) -> list[float]:
    if high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(n * power for n in STEPS if n * power >= rough - 1e-12)
    first = math.ceil(low / step - 1e-9)
    return [n * step for n in range(first, math.floor(high / step + 1e-9) + 1)]
