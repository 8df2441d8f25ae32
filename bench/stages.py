"""Part `stages`: what each stage of a whole run costs at several scales, which `marketgraph estimate` rests on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.built import EdgePlan
from bench.marketplaces import CONF, SEED, Sizing
from bench.process import ROOT, run
from bench.report import Section, machine
from marketgraph.sizing.measured import Measured, Point, StageWork

AS_OF = "2024-06-29"
MEASURED = ROOT / "lib" / "marketgraph" / "sizing" / "measured.json"
COMMAND = "from marketgraph.cli import main; main()"
# A run that looks back at other dates would have stages twice, and files for trainers are written by one machine.
ONE_DATE = ("training.kinds=[]", "exports.formats=[]")
COLUMNS = (
    "stage",
    "scale",
    "seconds",
    "share",
    "core seconds",
    "shuffled MB",
    "spilled MB",
    "written MB",
    "peak MB",
)
GATE, GATE_BAR = "check_quality", 0.25
MB = 1e6


def measured(plan: EdgePlan, scales: Sequence[float], *, cores: int, keep: bool = True) -> Section:
    """A whole run at each scale, into a fresh warehouse. keep: as what the model rests on, in the package."""
    points = [_point(plan, scale) for scale in scales]
    if keep:
        told = asdict(Measured(machine(), cores, tuple(points)))
        MEASURED.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    rows = [row for point in points for row in _rows(point)]
    return Section(
        "A whole run, by stage", COLUMNS, rows, _notes(points), [asdict(point) for point in points]
    )


def _point(plan: EdgePlan, scale: float) -> Point:
    place = plan.place / f"stages-{scale:g}"
    shutil.rmtree(place, ignore_errors=True)
    words = _words(place, scale, plan.sizing)
    command = [sys.executable, "-m", "jobs.pipeline", *words, "--as-of", AS_OF]
    outcome = run(command, limit=plan.limit, talks=False)
    if outcome.state != "ended":
        raise SystemExit(f"stages: scale {scale:g}: {outcome.state}. {outcome.reason}")
    asked = [sys.executable, "-c", COMMAND, "runs", "show", AS_OF, "--json", *words]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    shutil.rmtree(place)
    point = point_of(scale, json.loads(told), seconds=outcome.seconds, peak=outcome.peak)
    print(f"stages: scale {scale:g}: {outcome.seconds:.1f} s, {point.edges:,} edges", flush=True)
    return point


def _words(place: Path, scale: float, sizing: Sizing) -> list[str]:
    told = [
        f"store.root={place / 'warehouse'}",
        f"sources.data={place / 'raw'}",
        f"sources.synthetic.scale={scale}",
        f"sources.synthetic.seed={SEED}",
        f"identifiers.key_file={place / 'identifiers.key'}",
        *ONE_DATE,
        *sizing.settings(scale),
    ]
    return ["--config", str(CONF), *(word for one in told for word in ("--set", one))]


def point_of(scale: float, told: dict[str, Any], *, seconds: float, peak: int) -> Point:
    """The measured run, of what `runs show --json` tells. Time for Spark to start is in seconds, in no stage's."""
    stages = {one["stage"]: one for one in told["stages"]}
    return Point(
        scale=scale,
        rows=stages["conform_sources"]["rows"],
        edges=stages["build_edges"]["rows"],
        vertices=stages["build_entities"]["rows"] // 2,  # each is in its kind's table and in the map of ids
        seconds=seconds,
        driver_bytes=peak,
        stages={name: _work(one) for name, one in stages.items()},
    )


def _work(told: dict[str, Any]) -> StageWork:
    return StageWork(
        seconds=told["seconds"],
        task_seconds=told["executor_seconds"] or 0.0,
        shuffle_bytes=told["shuffle_written_bytes"] or 0,
        spilled_bytes=told["disk_spilled_bytes"] or 0,
        written_bytes=told["output_bytes"] or 0,
        peak_bytes=told["peak_execution_bytes"] or 0,
    )


def _rows(point: Point) -> list[list[str]]:
    whole = sum(work.seconds for work in point.stages.values())
    return [
        [
            name,
            f"{point.scale:g}",
            f"{work.seconds:.1f}",
            f"{work.seconds / whole:.0%}",
            f"{work.task_seconds:.1f}",
            *(f"{size / MB:,.1f}" for size in _sizes(work)),
        ]
        for name, work in point.stages.items()
    ]


def _sizes(work: StageWork) -> tuple[int, ...]:
    return work.shuffle_bytes, work.spilled_bytes, work.written_bytes, work.peak_bytes


def _notes(points: Sequence[Point]) -> list[str]:
    said = [
        f"Scale {point.scale:g}: {point.rows:,} source rows, {point.vertices:,} vertices, {point.edges:,} edges; "
        f"{point.seconds:.1f} s from the start of the process to its end, {point.driver_bytes / 1e9:.1f} GB at most."
        for point in points
    ]
    for point in points:
        share = point.stages[GATE].seconds / sum(work.seconds for work in point.stages.values())
        verdict = "held" if share <= GATE_BAR else "OVER THE BAR"
        bar = f"bar {GATE_BAR:.0%}: {verdict}"
        said.append(f"The gate at scale {point.scale:g}: {share:.1%} of the stages' time ({bar}).")
    return said
