"""What a part found: on the terminal, as Markdown and as JSON in bench/results, with machine, versions and commit."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.process import ROOT
from bench.trials import PEERS_PYTHON

RESULTS = ROOT / "bench" / "results"
PACKAGES = {"spark": "pyspark", "numba": "numba", "numpy": "numpy", "graphframes": "graphframes-py"}


@dataclass(frozen=True)
class Section:
    """One table. notes: sentences under it; data: all that was measured, for the JSON."""

    title: str
    columns: Sequence[str]
    rows: list[list[str]]
    notes: list[str] = field(default_factory=list)
    data: Any = None


def tell(part: str, plan: str, sections: Sequence[Section], *, results: Path = RESULTS) -> Path:
    """Print the sections and write <date>-<part>.md and .json; an earlier one of the same day is replaced."""
    console = Console()
    for section in sections:
        _print(section, console)
    facts = {"part": part, "plan": plan, **_facts()}
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"{facts['date'][:10]}-{part}.md"
    path.write_text(_markdown(facts, sections), encoding="utf-8")
    data = {
        "facts": facts,
        "sections": [{"title": s.title, "notes": s.notes, "data": s.data} for s in sections],
    }
    path.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    console.print(f"written: {path} and .json", soft_wrap=True)
    return path


def _print(section: Section, console: Console) -> None:
    table = Table(title=section.title, title_justify="left", title_style="bold")
    for number, column in enumerate(section.columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=number == 0)
    for row in section.rows:
        table.add_row(*row)
    console.print(table)
    for note in section.notes:
        console.print(note, highlight=False)


def _markdown(facts: dict[str, Any], sections: Sequence[Section]) -> str:
    lines = [f"# Bench: {facts['part']}", "", facts["plan"], "", "| | |", "|---|---|"]
    lines += [f"| {name} | {facts[name]} |" for name in ("date", "machine", "versions", "commit")]
    for section in sections:
        lines += ["", f"## {section.title}", "", _line(section.columns)]
        lines += ["|---|" + "--:|" * (len(section.columns) - 1), *map(_line, section.rows)]
        lines += ["", *(f"- {note}" for note in section.notes)]
    return "\n".join(lines).rstrip() + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _facts() -> dict[str, str]:
    now = datetime.now(timezone.utc).isoformat(timespec="minutes")
    return {"date": now, "machine": machine(), "versions": _versions(), "commit": _commit()}


def machine() -> str:
    """Cores, their kind, and memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = cpu[0].partition(":")[2].strip() if cpu else platform.machine()
    return f"{os.cpu_count()} cores ({name}), {memory:.1f} GiB"


def _versions() -> str:
    told = {"python": platform.python_version()} | {name: version(of) for name, of in PACKAGES.items()}
    if PEERS_PYTHON.exists():
        ask = "from importlib.metadata import version; print(version('networkit'), version('duckdb'))"
        asked = subprocess.run([str(PEERS_PYTHON), "-c", ask], capture_output=True, text=True, check=False)
        told |= zip(("networkit", "duckdb"), asked.stdout.split(), strict=False)
    return ", ".join(f"{name} {number}" for name, number in told.items())


def _commit() -> str:
    commit = _git("rev-parse", "--short=12", "HEAD")
    changed = _git("status", "--porcelain", "--", ".", ":!bench/results")
    return f"{commit} with changes" if changed else commit


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    done = subprocess.run([git, "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"
