"""`marketgraph communities`: from anyone's files to labels, and what it says of those that can't be used."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import networkx as nx
import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from marketgraph.cli import app, exit_with
from marketgraph.communities.report import Step
from marketgraph.communities.settings import Propagation
from marketgraph.graph_options import GraphOrder, keeps_labels, planned
from marketgraph.graph_report import GraphReporter
from tests.communities.oracle import propagated

NAMED = [("ann", "bob"), ("bob", "cid"), ("cid", "ann"), ("cid", "dan"), ("dan", "eve"), ("eve", "fay")]
EDGES = [(10, 20), (20, 30), (30, 10), (30, 40), (40, 50), (50, 60), (60, 40)]


@pytest.fixture
def call(spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    """Run the command on a session that is there; gives exit code, standard output and error."""
    monkeypatch.setenv("COLUMNS", "200")

    def called(*words: object, out: Path | None = None) -> tuple[int, str, str]:
        told = ["communities", *map(str, words), "--out", str(out or tmp_path / "out")]
        with pytest.raises(SystemExit) as ended:
            exit_with(partial(app, told))
        seen = capsys.readouterr()
        return int(ended.value.code or 0), seen.out, seen.err

    return called


def file_of(folder: Path, name: str, rows, sep: str = ",") -> Path:
    path = folder / name
    path.write_text("".join(sep.join(map(str, row)) + "\n" for row in rows))
    return path


def labels_in(folder: Path, kind=int, sep: str = ",") -> dict:
    lines = [line for part in sorted(folder.glob("part-*")) for line in part.read_text().splitlines()]
    return {kind(v): kind(label) for v, label in (line.split(sep) for line in lines)}


def by_hand(edges, seeds=None, **choices) -> dict[int, int]:
    return propagated([(*e, 1.0)[:3] for e in edges], Propagation(**choices), seeds)


def test_string_ids_come_back_as_strings(call, tmp_path: Path) -> None:
    edges = file_of(tmp_path, "edges.txt", NAMED, sep=" ")
    people = file_of(
        tmp_path, "people.txt", [(n,) for n in ("ann", "bob", "cid", "dan", "eve", "fay", "zoe")]
    )
    code, out, _ = call("--edges", edges, "--vertices", people, "--sep", " ", "--max-iterations", 3)
    assert code == 0
    names = sorted({n for e in NAMED for n in e})
    expected = by_hand([(names.index(a), names.index(b)) for a, b in NAMED], max_iterations=3)
    found = labels_in(tmp_path / "out", str, " ")
    assert found == {names[v]: names[label] for v, label in expected.items()} | {"zoe": "zoe"}
    assert "iteration 1: 6 vertices changed (100.000%)" in out
    assert "max_iterations was reached" in out
    assert str(tmp_path / "out") in out


def test_what_it_tells_is_in_the_report_too(call, tmp_path: Path) -> None:
    edges = file_of(tmp_path, "edges.csv", EDGES)
    code, out, _ = call("--edges", edges, "--report", tmp_path / "report.json")
    told = json.loads((tmp_path / "report.json").read_text())
    assert code == 0
    assert told["labels_hash"] in out
    assert told["vertices"] == 6
    assert [s["iteration"] for s in told["iterations"]] == list(range(1, len(told["iterations"]) + 1))
    assert set(told["of_vertices_with_an_edge"]["sizes"]) == {"p50", "p90", "p99", "max"}
    assert told["stopped"] in ("converged", "oscillating")
    assert told["exchange"] == "broadcast"


@pytest.mark.parametrize("pin", [False, True])
def test_seeds_and_weights_are_heard(call, tmp_path: Path, pin: bool) -> None:
    weighted = [(*e, 0.25 * (1 + at % 3)) for at, e in enumerate(EDGES)]
    seeds = {10: (7, 2.0), 60: (8, 0.5)}
    words = ["--edges", file_of(tmp_path, "e.csv", weighted), "--weights", "--max-iterations", 4]
    words += ["--seeds", file_of(tmp_path, "s.csv", [(v, *s) for v, s in seeds.items()])]
    code, *_ = call(*words, *(["--pin-seeds"] if pin else []), "--schedule", "alternating", "--own-vote", 0.5)
    choices = Propagation(
        max_iterations=4, weighted=True, pin_seeds=pin, schedule="alternating", own_vote=0.5
    )
    assert code == 0
    assert labels_in(tmp_path / "out") == propagated(weighted, choices, seeds)


def test_an_isolated_seed_keeps_its_label(call, tmp_path: Path) -> None:
    edges = file_of(tmp_path, "e.csv", EDGES)
    vertices = file_of(tmp_path, "v.csv", [(v,) for v in (*range(10, 70, 10), 70, 80)])
    code, *_ = call(
        "--edges", edges, "--vertices", vertices, "--seeds", file_of(tmp_path, "s.csv", [(70, 5)])
    )
    assert code == 0
    found = labels_in(tmp_path / "out")
    assert (found[70], found[80]) == (5, 80)


@pytest.mark.parametrize("word", [("--split",), ("--min-size", 2)])
def test_an_isolated_seed_stands_alone_where_communities_are_in_one_piece(call, tmp_path: Path, word) -> None:
    edges, vertices = (
        file_of(tmp_path, "e.csv", EDGES),
        file_of(tmp_path, "v.csv", [(v,) for v in range(10, 80, 10)]),
    )
    seeds = file_of(tmp_path, "s.csv", [(70, 10)])
    assert call("--edges", edges, "--vertices", vertices, "--seeds", seeds, *word)[0] == 0
    assert labels_in(tmp_path / "out")[70] == 70


def test_components_of_strings_to_parquet(call, spark: SparkSession, tmp_path: Path) -> None:
    edges = file_of(tmp_path, "e.csv", [*NAMED, ("x", "y")])
    words = ("--algorithm", "connected-components", "--out-format", "parquet")
    code, out, _ = call("--edges", edges, *words)
    assert code == 0
    assert "connected components" in out
    graph = nx.Graph([*NAMED, ("x", "y")])
    expected = {v: min(group) for group in nx.connected_components(graph) for v in group}
    rows = spark.read.parquet(str(tmp_path / "out")).collect()
    assert {r["vertex"]: r["label"] for r in rows} == expected


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sql", pytest.param("graphframes", marks=pytest.mark.graphframes)])
def test_other_engines_and_delta(call, spark: SparkSession, tmp_path: Path, engine: str) -> None:
    source = str(tmp_path / "edges")
    spark.createDataFrame(EDGES, "src long, dst int").write.format("delta").save(source)
    words = ("--edges", source, "--format", "delta", "--engine", engine, "--max-iterations", 3)
    assert call(*words)[0] == 0
    rows = spark.read.format("delta").load(str(tmp_path / "out")).collect()
    assert {r["vertex"]: r["label"] for r in rows} == by_hand(EDGES, max_iterations=3)


def test_dangling_edges_are_left_out_when_allowed(call, tmp_path: Path) -> None:
    edges = file_of(tmp_path, "e.csv", [*EDGES, (10, 99)])
    vertices = file_of(tmp_path, "v.csv", [(v,) for v in range(10, 70, 10)])
    code, _, err = call("--edges", edges, "--vertices", vertices)
    assert (code, (tmp_path / "out").exists()) == (4, False)
    assert "dst '99' is not in" in err
    code, out, _ = call("--edges", edges, "--vertices", vertices, "--allow-dangling")
    assert code == 0
    assert "edges left out" in out
    assert labels_in(tmp_path / "out") == by_hand(EDGES)


def test_a_graph_without_edges_and_one_that_wins_again(call, tmp_path: Path) -> None:
    edges, vertices = file_of(tmp_path, "e.csv", []), file_of(tmp_path, "v.csv", [(1,), (2,)])
    assert call("--edges", edges, "--vertices", vertices)[0] == 0
    assert labels_in(tmp_path / "out") == {1: 1, 2: 2}
    file_of(tmp_path, "e.csv", EDGES)
    code, _, err = call("--edges", edges)
    assert (code, "is there already" in err) == (4, True)
    assert labels_in(tmp_path / "out") == {1: 1, 2: 2}
    assert call("--edges", edges, "--overwrite")[0] == 0
    assert labels_in(tmp_path / "out") == by_hand(EDGES)


@pytest.mark.parametrize("asked", [{"algorithm": "connected-components"}, {"engine": "graphframes"}])
def test_on_a_cluster_all_take_a_folder_for_sparks_own_checkpoints(asked: dict[str, str]) -> None:
    order = GraphOrder(edges="hdfs:///e", out="hdfs:///o", master="yarn", checkpoints="hdfs:///c", **asked)
    assert planned(order).spark.checkpoint_dir == "hdfs:///c/spark"
    assert not keeps_labels(order)


def test_real_edges_are_counted_as_by_hand(call, data_folder: Path, tmp_path: Path) -> None:
    path = data_folder / "graphs" / "wiki-vote.csv"
    rows = [tuple(map(int, line.split())) for line in path.read_text().splitlines() if line[0] != "#"]
    code, *_ = call("--edges", path, "--sep", "\\t", "--max-iterations", 5)
    assert code == 0
    assert labels_in(tmp_path / "out", sep="\t") == by_hand(rows, max_iterations=5)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--max-iterations", 0], 2, ["--max-iterations 0", "a number from 1 to 1000"]),
        (["--own-vote", -1], 2, ["--own-vote -1", "a number from 0 to 2147483648"]),
        (["--own-vote", "nan"], 2, ["--own-vote nan", "finite"]),
        (["--least-changed", 2], 2, ["--least-changed 2", "a number from 0 to 1"]),
        (["--largest-share", -0.5], 2, ["--largest-share -0.5", "a number from 0 to 1"]),
        (["--min-size", 0], 2, ["--min-size 0", "a number from 1 on"]),
        (["--driver-budget-mb", 0], 2, ["--driver-budget-mb 0", "a number from 1 on"]),
        (["--driver-memory", "4"], 2, ["--driver-memory 4", "512m, 4g"]),
        (["--master", "local[x"], 2, ["--master local[x", "give local[*]"]),
        (["--checkpoint-every", -1], 2, ["--checkpoint-every -1", "0 to write none"]),
        (["--sep", ";;"], 2, ["--sep ';;'", "give one character"]),
        (["--pin-seeds"], 2, ["--pin-seeds", "give --seeds"]),
        (["--resume"], 2, ["--resume", "give --checkpoints DIR"]),
        (["--engine", "graphframes", "--ties", "current"], 2, ["graphframes has no ties: current"]),
        (["--engine", "graphframes", "--seeds", "x.csv"], 2, ["graphframes has no use for --seeds"]),
        (["--engine", "graphframes", "--checkpoints", "c"], 2, ["no use for --checkpoints"]),
        (["--algorithm", "connected-components", "--weights"], 2, ["have no use for --weights"]),
        (
            ["--algorithm", "connected-components", "--checkpoints", "c", "--resume"],
            2,
            ["have no use for --resume, --checkpoints"],
        ),
        (["--engine", "pregel"], 2, ["pregel", "'kernel', 'sql', 'graphframes'"]),
        (["--format", "json"], 2, ["json", "'csv', 'parquet', 'delta'"]),
        (["--max-iterations", "many"], 2, ["--max-iterations", "integer"]),
        (["--seeds", "nowhere.csv"], 4, ["nowhere.csv: there is no such file"]),
        (["--seeds", "nofs://x/y"], 4, ["--seeds nofs://x/y", "nofs"]),
        (["--report", "nowhere/report.json"], 4, ["--report nowhere/report.json", "a folder that exists"]),
    ],
)
def test_a_bad_option_is_named_and_nothing_is_written(call, tmp_path: Path, words, code: int, told) -> None:
    before = file_of(tmp_path, "e.csv", EDGES)
    ended, _, err = call("--edges", before, *words)
    assert ended == code, err
    seen = " ".join(err.replace("│", " ").split())
    assert [t for t in told if t not in seen] == []
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == [before]


@pytest.mark.parametrize(
    ("rows", "words", "told"),
    [
        ([(1, 2, "nan")], ["--weights"], "weight is NaN"),
        ([(1, 2, -3)], ["--weights"], "weight is negative"),
        ([(1, 2)], ["--weights"], "weight is missing"),
        ([(1, "")], [], "dst is missing"),
        ([], [], "there are no edges"),
        (EDGES, ["--seeds", "{seeds}"], "vertex_id '99' is no vertex of the graph"),
        (EDGES, ["--format", "parquet"], "can't be read"),
        (EDGES, ["--format", "delta"], "is no Delta table"),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_written(call, tmp_path: Path, rows, words, told: str) -> None:
    edges, seeds = file_of(tmp_path, "e.csv", rows), file_of(tmp_path, "s.csv", [(99, 1)])
    code, _, err = call("--edges", edges, *[str(w).format(seeds=seeds) for w in words])
    assert (code, told in err, "Traceback" in err) == (4, True, False), err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["e.csv", "s.csv"]


def test_no_input_is_written_over(call, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    edges = file_of(folder, "e.csv", EDGES)
    for out in (edges, folder, folder / "e.csv" / "deep", tmp_path):
        code, _, err = call("--edges", edges, "--overwrite", out=out)
        assert (code, f"is the place of --edges {edges}" in err) == (2, True), err
    code, _, err = call("--edges", f"{tmp_path}/i*/e.csv", "--overwrite", out=folder)
    assert (code, "is the place of --edges" in err) == (2, True), err
    code, _, err = call("--edges", edges, "--report", edges, "--overwrite")
    assert (code, "is --edges too" in err) == (2, True)
    assert edges.read_text() == "".join(f"{a},{b}\n" for a, b in EDGES)
    assert list(tmp_path.iterdir()) == [folder]


def test_it_goes_on_only_from_the_same_files_and_settings(call, tmp_path: Path) -> None:
    edges = file_of(tmp_path, "e.csv", [(v, v + 1) for v in range(30)])
    kept = ["--edges", edges, "--checkpoints", tmp_path / "kept", "--checkpoint-every", 1]
    assert call(*kept, "--keep-checkpoints", "--max-iterations", 4)[0] == 0
    code, _, err = call(*kept, "--resume", "--max-iterations", 5, out=tmp_path / "other")
    assert (code, "max_iterations was 4, and is now 5" in err) == (2, True), err
    file_of(tmp_path, "e.csv", [(v, v + 1) for v in range(31)])
    code, _, err = call(*kept, "--resume", "--max-iterations", 4, out=tmp_path / "other")
    assert (code, "edges was 1 files" in err) == (2, True), err
    assert not (tmp_path / "other").exists()
    code, *_ = call(*kept, "--max-iterations", 4, out=tmp_path / "other")
    assert code == 0
    # its own are gone after a good end, those of the run before are not its to remove
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_a_terminal_shows_each_iteration_on_a_live_line(tmp_path: Path) -> None:
    seen = io.StringIO()
    reporter = GraphReporter(Console(file=seen, force_terminal=True, width=100))
    with reporter.working():
        reporter.phase("reads the graph [bold]")
        reporter.step(Step(3, 1234, 0.5, 1.25))
        reporter.warn("left out: [red]")
    assert "iteration 3: 1,234 vertices changed" in seen.getvalue()
    assert "left out: [red]" in seen.getvalue()


@pytest.mark.slow
def test_after_kill_9_it_goes_on_to_the_same_labels(call, tmp_path: Path) -> None:
    draws = random.Random(3)
    names = [f"v{n:05}" for n in range(9000)]
    rows = [(names[v], names[v + d]) for v in range(8990) for d in (1, 2)]
    rows += [(draws.choice(names), draws.choice(names)) for _ in range(2000)]
    edges, kept = file_of(tmp_path, "e.csv", rows), tmp_path / "kept"
    words = ["--edges", edges, "--max-iterations", 40, "--checkpoints", kept, "--checkpoint-every", 1]
    _kill_in_iteration(3, words, tmp_path)
    assert not (tmp_path / "out").exists()
    code, out, _ = call(*words, "--resume")
    assert code == 0
    assert "goes on after iteration" in out
    assert "begins anew" not in out
    assert list(kept.iterdir()) == []
    whole, _, _ = call("--edges", edges, "--max-iterations", 40, out=tmp_path / "whole")
    assert whole == 0
    for part in (tmp_path / "whole").glob("part-*"):
        assert (tmp_path / "out" / part.name).read_bytes() == part.read_bytes()
    assert len(labels_in(tmp_path / "out", str)) == len({n for row in rows for n in row})


def _kill_in_iteration(number: int, words, folder: Path) -> None:
    """A process of its own, killed with all its group once the checkpoint of that iteration is there."""
    command = [
        sys.executable,
        "-c",
        "from marketgraph.cli import main; main()",
        "communities",
        *map(str, words),
    ]
    command += ["--out", str(folder / "out"), "--master", "local[2]", "--driver-memory", "1g"]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(
            command, stdout=log, stderr=log, start_new_session=True, env=dict(os.environ)
        )
    try:
        until = time.monotonic() + 240
        while not list((folder / "kept").glob(f"*/iteration={number}/manifest.json")):
            assert running.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, "no checkpoint in four minutes"
            time.sleep(0.02)
    finally:
        os.killpg(running.pid, signal.SIGKILL)
    assert running.wait(30) == -signal.SIGKILL
