"""`python -m bench.soak`: a warehouse that grows by a run a day, and whether runs and reads stay what they were.

What was measured is kept beside the warehouse after each day: given again, it goes on from the first day that is not.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.marketplaces import CONF, SEED, Sizing
from bench.process import Outcome, run
from bench.report import RESULTS, tell
from bench.soak_day import Day
from bench.soak_judged import judged_days
from bench.soak_picture import picture
from marketgraph.run import code_version

STATE = "soak.json"
COMMAND = "from marketgraph.cli import main; main()"
# The synthetic marketplace ends on 2024-06-29: the thirtieth run sees all of it.
FIRST = "2024-05-31"
COLUMNS = (
    *("as of", "run s", "maintain s", "peak MB", "warehouse MB", "of the day MB", "files"),
    *("read 1 s", "read newest s", "ratio"),
)


@dataclass(frozen=True)
class Soak:
    """One soak. place: its folder. limit: seconds of each process. words: settings beside the config's own."""

    place: Path
    days: int
    scale: float
    first: date
    limit: float
    maintain_every: int
    words: tuple[str, ...]

    @property
    def warehouse(self) -> Path:
        return self.place / "warehouse"

    def settings(self) -> list[str]:
        """What follows the name of a command."""
        told = [
            f"store.root={self.warehouse}",
            f"sources.data={self.place / 'raw'}",
            f"sources.synthetic.scale={self.scale}",
            f"sources.synthetic.seed={SEED}",
            f"identifiers.key_file={self.place / 'identifiers.key'}",
            *Sizing(words=self.words).settings(self.scale),
        ]
        return ["--config", str(CONF), *(word for one in told for word in ("--set", one))]

    def as_of(self, number: int) -> date:
        """The date of a run, the first of which is 0."""
        return self.first + timedelta(days=number)


def main(
    days: Annotated[int, typer.Option(min=1, help="runs, each a day later")] = 30,
    scale: Annotated[float, typer.Option(help="of the synthetic marketplace")] = 1.0,
    store: Annotated[Path | None, typer.Option(help="folder that is kept; none: one that is removed")] = None,
    first: Annotated[str, typer.Option(help="date of the first run")] = FIRST,
    limit: Annotated[
        float, typer.Option(help="seconds after which a run is killed, and the soak ends")
    ] = 1800,
    maintain_every: Annotated[int, typer.Option(min=0, help="days between upkeeps; 0: none")] = 7,
    setting: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE")] = None,
    results: Annotated[Path, typer.Option(help="folder for what was found")] = RESULTS,
) -> None:
    """Run a marketplace day after day in one warehouse, and measure runs, disk and reads."""
    with tempfile.TemporaryDirectory(prefix="marketgraph-soak-") as scratch:
        place = (store or Path(scratch)).resolve()
        words = tuple(setting or ())
        soak = Soak(place, days, scale, date.fromisoformat(first), limit, maintain_every, words)
        report(soak, soaked(soak), results)


def soaked(soak: Soak) -> list[Day]:
    """The days that were measured, those of before too. Raises SystemExit when a run fails, or takes too long."""
    soak.place.mkdir(parents=True, exist_ok=True)
    done = read_state(soak)
    for number in range(len(done), soak.days):
        day = _day(soak, number)
        done.append(day)
        write_state(soak, done)
        print(f"{number + 1} of {soak.days}: {' '.join(_row(day, done[-2:-1]))}", flush=True)
    return done[: soak.days]


def _day(soak: Soak, number: int) -> Day:
    as_of = soak.as_of(number)
    command = [sys.executable, "-m", "jobs.pipeline", *soak.settings(), "--as-of", str(as_of)]
    outcome = _ended(run(command, limit=soak.limit, talks=False), f"the run of {as_of}")
    upkeep = None
    if soak.maintain_every and (number + 1) % soak.maintain_every == 0:
        words = ["maintain", *soak.settings(), "--keep", str(soak.days), "--older-than", "0", "--at-rest"]
        tended = run([sys.executable, "-c", COMMAND, *words], limit=soak.limit, talks=False)
        upkeep = _ended(tended, f"the upkeep after {as_of}").seconds
    asked = [sys.executable, "-m", "bench.soak_read", str(soak.warehouse), str(soak.first), str(as_of)]
    told = _ended(run(asked, limit=soak.limit), "the read").told
    rooms, files = on_disk(soak.warehouse)
    return Day(
        *(str(as_of), outcome.seconds, outcome.peak, upkeep, rooms, files, told["first"], told["newest"])
    )


def on_disk(warehouse: Path) -> tuple[dict[str, int], int]:
    """Bytes by folder of the warehouse, and the number of files in all."""
    rooms: dict[str, int] = {}
    files = [file for file in warehouse.rglob("*") if file.is_file()]
    for file in files:
        room = file.relative_to(warehouse).parts[0]
        rooms[room] = rooms.get(room, 0) + file.stat().st_size
    return dict(sorted(rooms.items())), len(files)


def _ended(outcome: Outcome, what: str) -> Outcome:
    if outcome.state != "ended":
        raise SystemExit(f"soak: {what}: {outcome.state}. {outcome.reason}")
    return outcome


def read_state(soak: Soak) -> list[Day]:
    """What an earlier call has measured. Raises SystemExit where that was another soak."""
    file = soak.place / STATE
    if not file.exists():
        if soak.warehouse.exists():
            raise SystemExit(f"soak: {soak.place} has a warehouse, and no {STATE}: give another --store")
        return []
    told = json.loads(file.read_text(encoding="utf-8"))
    if told["plan"] != plan_of(soak):
        raise SystemExit(
            f"soak: {file} is of {told['plan']}, asked for is {plan_of(soak)}: give another --store"
        )
    return [Day(**one) for one in told["days"]]


def write_state(soak: Soak, days: Sequence[Day]) -> None:
    """Keep what was measured, whole or not at all."""
    file = soak.place / STATE
    written = file.with_suffix(".new")
    told = {"plan": plan_of(soak), "days": [asdict(day) for day in days]}
    written.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    written.replace(file)


def plan_of(soak: Soak) -> dict[str, Any]:
    """What all days of one soak have in common: with other code or settings they could not be compared."""
    return {
        "scale": soak.scale,
        "first": str(soak.first),
        "words": list(soak.words),
        "maintain_every": soak.maintain_every,
        "code": code_version(),
    }


def report(soak: Soak, days: Sequence[Day], results: Path) -> None:
    """Print and write what was found, with a picture beside it."""
    rows = [_row(day, days[max(0, n - 1) : n]) for n, day in enumerate(days)]
    plan = (
        f"{len(days)} runs of the synthetic marketplace at scale {soak.scale:g}, a day apart, in one warehouse; upkeep "
        f"every {soak.maintain_every} days (0: never). Read: one query on the first release and on the newest, each "
        "the median of five, in a process of its own."
    )
    section = judged_days(f"{len(days)} days at scale {soak.scale:g}", COLUMNS, rows, days)
    path = tell("soak", plan, [section], results=results)
    path.with_suffix(".svg").write_text(picture(days), encoding="utf-8")
    print(f"picture: {path.with_suffix('.svg')}")


def _row(day: Day, before: Sequence[Day]) -> list[str]:
    grown = day.size - sum(one.size for one in before)
    return [
        day.as_of,
        f"{day.seconds:.1f}",
        "–" if day.maintain is None else f"{day.maintain:.1f}",
        *(f"{size / 1e6:,.1f}" for size in (day.peak, day.size, grown)),
        f"{day.files:,}",
        f"{day.read_first:.2f}",
        f"{day.read_newest:.2f}",
        f"{day.ratio:.2f}",
    ]


if __name__ == "__main__":
    typer.run(main)
