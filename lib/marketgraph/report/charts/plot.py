"""Charts with two axes: sizes on log axes, convergence, bins of degrees and weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketgraph.report.charts.scale import Scale, Tick
from marketgraph.report.overview_facts import Round
from marketgraph.report.words import number, plural, share

# The view box is as wide as a phone's screen, so that words in it can be read there.
WIDTH, HEIGHT = 420, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 408, 14, 196


@dataclass(frozen=True)
class Dot:
    """A value on the chart. words: what it says when pointed at."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Bar:
    """A bar from the ground up."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class Plot:
    """A chart with two axes. name: unique on its page. told: what it shows, for those who don't see it."""

    name: str
    told: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...] = ()
    bars: tuple[Bar, ...] = ()
    line: str = ""
    stems: bool = False
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def sizes_plot(sizes: Sequence[tuple[int, int]]) -> Plot:
    """Communities by size, both axes by logarithm: a bump on the way down is worth a look."""
    most_size, most = max(size for size, _ in sizes), max(count for _, count in sizes)
    x = Scale(1.7, max(most_size * 1.3, 4), LEFT, RIGHT, log=True)
    y = Scale(0.7, max(most * 1.5, 3), BOTTOM, TOP, log=True)
    span = f"from {sizes[0][0]:,} to {most_size:,} members"
    told = f"{plural(len(sizes), 'size')} {span}; {plural(most, 'community', 'communities')} of the most frequent."
    return Plot(
        name="sizes",
        told=told,
        x_label="members of a community",
        y_label="communities",
        x_ticks=tuple(Tick(x.at(v), number(v)) for v in _ones_twos_fives(2, most_size)),
        y_ticks=tuple(Tick(y.at(v), number(v)) for v in _ones_twos_fives(1, most, tens=True)),
        dots=tuple(
            Dot(x.at(size), y.at(count), f"{plural(count, 'community', 'communities')} of {size:,}")
            for size, count in sizes
        ),
        stems=True,
    )


def _ones_twos_fives(low: int, high: int, *, tens: bool = False) -> list[int]:
    """Round values between: powers of ten, with twos and fives between them where there are few."""
    steps = (1,) if tens and high >= 100 else (1, 2, 5)
    return [n * 10**power for power in range(12) for n in steps if low <= n * 10**power <= high]


def rounds_plot(rounds: Sequence[Round]) -> Plot:
    """Share of vertices that took another label, by iteration."""
    most = max(max(one.share for one in rounds), 0.01)
    x = Scale(0.5, max(len(rounds) + 0.5, 1.5), LEFT, RIGHT)
    y = Scale(0, most * 1.08, BOTTOM, TOP)
    places = [(x.at(one.iteration), y.at(one.share)) for one in rounds]
    told = "; ".join(f"iteration {one.iteration}: {share(one.share)}" for one in rounds)
    return Plot(
        name="rounds",
        told=f"Vertices that took another label. {told}.",
        x_label="iteration",
        y_label="vertices that changed",
        x_ticks=tuple(Tick(x.at(one.iteration), str(one.iteration)) for one in rounds[:: len(rounds) // 12 + 1]),
        y_ticks=tuple(Tick(y.at(v), share(v)) for v in _shares(most)),
        dots=tuple(
            Dot(*place, f"iteration {one.iteration}: {one.changed:,} vertices, {share(one.share)}")
            for place, one in zip(places, rounds, strict=True)
        ),
        line=" ".join(f"{a},{b}" for a, b in places),
    )  # fmt: skip


def _shares(most: float) -> list[float]:
    step = next((s for s in (0.002, 0.01, 0.02, 0.05, 0.1, 0.2) if most / s <= 5), 0.25)
    return [round(step * n, 4) for n in range(int(most * 1.08 / step) + 1)]


def bins_plot(name: str, bins: Sequence[tuple[int, int]], *, x_label: str, y_label: str, what: str) -> Plot:
    """Bars of bins (n, count): values from 2^n to below 2^(n + 1); the count's axis by logarithm."""
    first, last = bins[0][0], bins[-1][0]
    most = max(count for _, count in bins)
    x = Scale(first, last + 1, LEFT, RIGHT)
    y = Scale(0.6, max(most * 1.5, 3), BOTTOM, TOP, log=True)
    every = (last - first) // 6 + 1
    ticks = tuple(Tick(x.at(n), _power(n)) for n in range(first, last + 2, every))
    bars = tuple(_bar(x, y, n, count, what) for n, count in bins)
    told = "; ".join(bar.words for bar in bars)
    y_ticks = tuple(Tick(y.at(v), number(v)) for v in _ones_twos_fives(1, most, tens=True))
    return Plot(name, f"{told}.", x_label, y_label, ticks, y_ticks, bars=bars)


def _bar(x: Scale, y: Scale, n: int, count: int, what: str) -> Bar:
    left, top = x.at(n), y.at(count)
    words = f"{_power(n)} to below {_power(n + 1)}: {count:,} {what}"
    return Bar(left + 1, top, round(x.at(n + 1) - left - 2, 1), round(BOTTOM - top, 1), words)


def _power(n: int) -> str:
    return f"{2**n:,}" if n >= 0 else f"1/{2**-n:,}"
