"""Data only falls: a room imports from the rooms before it, and only stages touch store, session and gate."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

LIB = Path(__file__).resolve().parent.parent / "lib" / "marketgraph"
ROOMS = (
    "synth",
    "sources",
    "entities",
    "edges",
    "graphs",
    "communities",
    "features",
    "risk",
    "motifs",
    "evidence",
    "sequences",
    "training",
    "quality",
    "releases",
    "exports",
    "report",
    "erasure",
    "sizing",
    "runs",
)
BUILDERS = (
    "synth",
    "entities",
    "edges",
    "graphs",
    "communities",
    "features",
    "risk",
    "motifs",
    "evidence",
    "sequences",
    "training",
)
# What gives something else at the next run, or in another order of rows; `time.monotonic` goes into reports alone.
UNREPEATABLE = {
    "now",
    "utcnow",
    "today",
    "time",
    "current_timestamp",
    "current_date",
    "localtimestamp",
    "unix_timestamp",
    "rand",
    "randn",
    "random",
    "uuid",
    "uuid4",
    "shuffle",
    "monotonically_increasing_id",
    "spark_partition_id",
    "first",
    "first_value",
    "last",
    "last_value",
    "any_value",
}
EXCUSED = {
    "expressions.py": {"last"},  # of a list of Scala's
    "ranks.py": {"monotonically_increasing_id"},  # the place in a sorted partition, of which a rank is made
    "writing.py": {"uuid4"},  # the name of a temporary folder
}
GRAPH_COMMAND = ("graph_job", "graph_options", "graph_report", "graph_cli")
RELEASE_COMMANDS = (
    "releases_cli",
    "releases_job",
    "releases_page",
    "releases_diff_page",
    "maintain_job",
    "erase_job",
)
# They know all contracts, those of later rooms too.
CONTRACT_PAGES = ("contracts", "dictionary_page")
RUN_COMMANDS = ("runs_cli", "runs_job", "runs_page", "watched_run")
QUARANTINE_COMMANDS = ("quarantine_cli", "quarantine_job", "quarantine_page", "quarantine_replay")
KEPT_FROM_BUILDERS = (
    *(
        "store",
        "slice_reader",
        "slices",
        "table_reader",
        "books",
        "session",
        "quality",
        "stages",
        "pipeline",
        "release_file",
        "jobs",
        "cli",
    ),
    *GRAPH_COMMAND,
    *RELEASE_COMMANDS,
    *QUARANTINE_COMMANDS,
    *RUN_COMMANDS,
    *CONTRACT_PAGES,
)


def imports(path: Path) -> set[str]:
    """First names after `marketgraph.` of all that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("marketgraph."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "marketgraph":
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            found.update(a.name.split(".")[1] for a in node.names if a.name.startswith("marketgraph."))
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_before_it(room: str) -> None:
    later = set(ROOMS[ROOMS.index(room) + 1 :]) | {
        "stages",
        "pipeline",
        "jobs",
        "cli",
        "summary",
        "release_file",
        "report_job",
        *RELEASE_COMMANDS,
        *GRAPH_COMMAND,
        *QUARANTINE_COMMANDS,
        *RUN_COMMANDS,
        "reporter",
        "log",
    }
    modules = sorted((LIB / room).rglob("*.py"))
    assert modules, f"there is no room {room}"
    assert {m.name: imports(m) & later for m in modules if imports(m) & later} == {}


@pytest.mark.parametrize("room", BUILDERS)
def test_builders_know_no_store_session_or_gate(room: str) -> None:
    modules = sorted((LIB / room).rglob("*.py"))
    assert {m.name: k for m in modules if (k := imports(m) & set(KEPT_FROM_BUILDERS))} == {}


def calls(module: Path) -> set[str]:
    """Names of all that is called in it, whatever it is called on."""
    made = (node.func for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call))
    return {
        f.attr if isinstance(f, ast.Attribute) else f.id
        for f in made
        if isinstance(f, ast.Attribute | ast.Name)
    }


@pytest.mark.parametrize("room", ["sources", *BUILDERS])
def test_no_builder_asks_a_clock_or_chance(room: str) -> None:
    modules = sorted((LIB / room).rglob("*.py"))
    assert {
        m.name: asked for m in modules if (asked := calls(m) & UNREPEATABLE - EXCUSED.get(m.name, set()))
    } == {}


def test_there_is_one_job_for_each_stage_and_ending_and_three_commands_and_all_are_thin() -> None:
    from marketgraph.jobs import ENDINGS
    from marketgraph.pipeline import BY_NAME

    jobs = {p.stem: p for p in (LIB.parent.parent / "jobs").glob("[a-z]*.py")}
    # the whole pipeline, and what is no stage: communities of a graph of the user's own, exports of a release
    assert set(jobs) == {*BY_NAME, *ENDINGS, "pipeline", "communities", "export"}
    assert max(len(p.read_text(encoding="utf-8").splitlines()) for p in jobs.values()) <= 40
