"""A soak as a picture: four lines over the days, one above the other, on the report's own axes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bench.soak_day import Day
from marketgraph.report.charts.scale import Scale, plain

WIDTH, PANEL, LEFT, RIGHT, GAP = 720, 130, 70, 700, 30
COLOURS = ("#1f5fa8", "#b4541a")


def picture(days: Sequence[Day]) -> str:
    """The SVG."""
    panels = [
        ("seconds of a run", {"run": [day.seconds for day in days]}),
        ("peak memory of a run, MB", {"peak": [day.peak / 1e6 for day in days]}),
        ("warehouse on disk, MB", {"size": [day.size / 1e6 for day in days]}),
        (
            "seconds of one query",
            {"newest release": [d.read_newest for d in days], "first release": [d.read_first for d in days]},
        ),
    ]
    height = len(panels) * (PANEL + GAP) + 30
    drawn = [_panel(*panel, top=20 + n * (PANEL + GAP)) for n, panel in enumerate(panels)]
    ends = f"{days[0].as_of} to {days[-1].as_of}, {len(days)} runs"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" '
        f'font-size="12"><title>A soak, {escape(ends)}</title><rect width="100%" height="100%" fill="white"/>'
        f'{"".join(drawn)}<text x="{LEFT}" y="{height - 8}">{escape(ends)}</text></svg>\n'
    )


def _panel(title: str, lines: dict[str, list[float]], *, top: int) -> str:
    most = max(max(values) for values in lines.values())
    y = Scale(0, most * 1.1 or 1, top + PANEL, top + 14)
    x = Scale(0, max(len(next(iter(lines.values()))) - 1, 1), LEFT, RIGHT)
    parts = [f'<text x="{LEFT}" y="{top + 6}" font-weight="bold">{escape(title)}</text>']
    for tick in y.ticks(4):
        parts.append(
            f'<path d="M{LEFT} {tick.at}H{RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{tick.at + 4}" text-anchor="end">{escape(tick.label)}</text>'
        )
    for number, (name, values) in enumerate(lines.items()):
        points = " ".join(f"{x.at(n)},{y.at(value)}" for n, value in enumerate(values))
        colour = COLOURS[number]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x.at(n)}" cy="{y.at(value)}" r="2.5" fill="{colour}"><title>{plain(value)}</title></circle>'
            for n, value in enumerate(values)
        ]
        if len(lines) > 1:
            place = f'x="{RIGHT}" y="{top + 6 + 14 * number}"'
            parts.append(f'<text {place} text-anchor="end" fill="{colour}">{escape(name)}</text>')
    return "".join(parts)
