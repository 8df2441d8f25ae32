"""The soak's own parts: what it keeps between calls, what it takes for flat, its picture. No Spark."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from bench.soak import COLUMNS, Day, Soak, _row, on_disk, read_state, report, soaked, write_state
from bench.soak_judged import flat, judged_days
from bench.soak_picture import picture


def soak_in(place: Path, days: int = 3) -> Soak:
    return Soak(place, days, 0.02, date(2024, 5, 31), limit=60, maintain_every=7, words=())


def day(number: int, *, size: int = 0, newest: float = 1.0) -> Day:
    rooms = {"edges": size or 1_000_000 * (number + 1)}
    return Day(f"2024-06-{number + 1:02d}", 60.0, 2 << 30, None, rooms, 100 * number, 1.0, newest)


def test_given_again_it_goes_on_from_what_was_measured(tmp_path: Path) -> None:
    soak, done = soak_in(tmp_path), [day(n) for n in range(3)]
    assert read_state(soak) == []
    write_state(soak, done)
    assert soaked(soak) == done  # nothing is run
    assert read_state(replace(soak, days=30)) == done
    with pytest.raises(SystemExit, match="give another --store"):
        read_state(replace(soak, scale=1.0))


def test_a_warehouse_that_is_not_of_a_soak_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "warehouse").mkdir()
    with pytest.raises(SystemExit, match=r"has a warehouse, and no soak\.json"):
        read_state(soak_in(tmp_path))


def test_bytes_are_counted_by_room(tmp_path: Path) -> None:
    for name, size in (("edges/a/x.parquet", 10), ("edges/b/_delta_log/0.json", 5), ("releases/y", 1)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)
    assert on_disk(tmp_path) == ({"edges": 15, "releases": 1}, 3)


def test_what_grows_is_not_flat_and_the_first_days_do_not_count() -> None:
    assert flat([500, 90, 10, 11, 10, 11]) == 1
    assert flat([1, 1, 1, 2, 2, 2, 3, 3, 3]) == 1.5


def test_a_read_that_takes_longer_and_longer_is_over_the_bar() -> None:
    slower = [day(n, newest=1 + 0.1 * n) for n in range(9)]
    rows = [_row(one, slower[max(0, n - 1) : n]) for n, one in enumerate(slower)]
    assert {len(row) for row in rows} == {len(COLUMNS)}
    notes = judged_days("soak", COLUMNS, rows, slower).notes
    assert "OVER THE BAR" in notes[0]
    assert all("the aim is met" in note for note in notes[1:])


def test_few_days_say_nothing_of_growth_and_have_a_picture(tmp_path: Path) -> None:
    days = [day(n) for n in range(3)]
    report(soak_in(tmp_path), days, tmp_path)
    (told,) = tmp_path.glob("*-soak.md")
    assert "Fewer than 6 days say nothing of growth." in told.read_text()
    drawn = told.with_suffix(".svg").read_text()
    assert drawn.count("<polyline") == 5
    assert drawn.endswith("</svg>\n")
    assert "NaN" not in picture(days[:1])
