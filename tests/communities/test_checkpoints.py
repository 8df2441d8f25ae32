"""A propagation that goes on from a checkpoint gives the labels of one that was never disturbed."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.communities.checkpoints import Checkpoints
from marketgraph.communities.holding import left_tidy
from marketgraph.communities.labels import Means, label_vertices
from marketgraph.communities.settings import Exchange, Propagation
from marketgraph.errors import ConfigError
from marketgraph.graphs.graph import ends_of
from tests.communities.oracle import propagated
from tests.communities.test_exchanges import frame

RULE = Propagation(max_iterations=6, schedule="alternating")
_DRAWS = random.Random(7)
EDGES = [(v, v + d, 1.0) for v in range(60) for d in (1, 2)]
EDGES += [(_DRAWS.randrange(60), _DRAWS.randrange(60), 1.0) for _ in range(20)]


class Notes:
    """What was said and warned of."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.warned: list[str] = []


def kept_in(spark: SparkSession, folder: Path, *, resume: bool = False, rule=RULE, every: int = 1):
    notes = Notes()
    decides = rule.model_dump(mode="json")
    return Checkpoints(
        spark, str(folder), decides, every, resume, notes.said.append, notes.warned.append
    ), notes


def run(
    spark: SparkSession,
    checkpoints,
    *,
    rule=RULE,
    engine: str = "kernel",
    mode: str = "broadcast",
    iterations: int | None = None,
):
    """Labels by vertex and the report. iterations: as if killed after them, by a run that is told to end there."""
    cut = rule if iterations is None else rule.model_copy(update={"max_iterations": iterations})
    edges = frame(spark, EDGES)
    means = Means(engine, exchange=Exchange(mode=mode, blocks=3))
    with left_tidy(spark):
        found, report = label_vertices(ends_of(edges), edges, cut, means=means, checkpoints=checkpoints)
        return {r["vertex_id"]: r["label"] for r in found.collect()}, report


def begun(spark: SparkSession, folder: Path, *, rule=RULE, engine: str = "kernel") -> None:
    """Leave checkpoints of the iterations 2, 3 and 4 behind."""
    checkpoints, _ = kept_in(spark, folder, rule=rule)
    run(spark, checkpoints, rule=rule, engine=engine, iterations=5)
    assert sorted(p.name for p in Path(checkpoints.place).iterdir()) == [f"iteration={n}" for n in (2, 3, 4)]


@pytest.fixture(scope="module")
def one_run(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoints of one run that ended too soon."""
    folder = tmp_path_factory.mktemp("one_run")
    begun(spark, folder)
    return folder


@pytest.fixture
def left(one_run: Path, tmp_path: Path) -> Path:
    """A copy of them, to go on from or to damage."""
    return Path(shutil.copytree(one_run, tmp_path / "left"))


def newest(folder: Path) -> Path:
    return next(folder.glob("*/iteration=4"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("kernel", "kernel"),
        pytest.param("kernel", "sql", marks=pytest.mark.slow),
        pytest.param("sql", "kernel", marks=pytest.mark.slow),
    ],
)
def test_either_engine_goes_on_from_either(
    spark: SparkSession, tmp_path: Path, first: str, second: str
) -> None:
    begun(spark, tmp_path, engine=first)
    checkpoints, notes = kept_in(spark, tmp_path, resume=True)
    found, report = run(spark, checkpoints, engine=second)
    assert found == propagated(EDGES, RULE)
    assert [step.iteration for step in report.steps] == [1, 2, 3, 4, 5, 6]
    assert notes.said == [f"goes on after iteration 4, from {checkpoints.place}/iteration=4"]
    assert notes.warned == []


@pytest.mark.slow
def test_the_exchange_shuffle_goes_on_from_the_other_and_keeps_its_own(
    spark: SparkSession, left: Path, tmp_path: Path
) -> None:
    checkpoints, notes = kept_in(spark, left, resume=True)
    _, report = run(spark, checkpoints, mode="shuffle", iterations=5)
    assert report.exchange == "shuffle"
    assert notes.said == [f"goes on after iteration 4, from {checkpoints.place}/iteration=4"]
    begun_shuffled, _ = kept_in(spark, tmp_path / "own")
    run(spark, begun_shuffled, mode="shuffle", iterations=4)
    resumed, _ = kept_in(spark, tmp_path / "own", resume=True)
    found, report = run(spark, resumed, mode="shuffle")
    assert found == propagated(EDGES, RULE)
    assert [step.iteration for step in report.steps] == [1, 2, 3, 4, 5, 6]


def test_the_best_iteration_is_known_after_a_crash(spark: SparkSession, tmp_path: Path) -> None:
    guarded = Propagation(max_iterations=6, largest_share=0.9)
    whole, undisturbed = run(spark, None, rule=guarded)
    begun(spark, tmp_path, rule=guarded)
    assert (newest(tmp_path) / "best").is_dir()
    found, report = run(spark, kept_in(spark, tmp_path, resume=True, rule=guarded)[0], rule=guarded)
    assert found == whole
    assert (report.kept, report.stopped, report.digest) == (
        undisturbed.kept,
        undisturbed.stopped,
        undisturbed.digest,
    )
    assert report.partition == undisturbed.partition


def _parts(folder: Path) -> list[Path]:
    return sorted((folder / "labels").glob("part-*.parquet"), key=lambda p: p.stat().st_size)


def _cut(folder: Path) -> None:
    part = _parts(folder)[-1]
    part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])


def _cut_without_checksum(folder: Path) -> None:
    _cut(folder)
    for crc in (folder / "labels").glob(".*.crc"):
        crc.unlink()


def _delete_a_part(folder: Path) -> None:
    _parts(folder)[-1].unlink()


def _rewrite(folder: Path, **told) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | told))
    (folder / ".manifest.json.crc").unlink()


def _wrong_digest(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text())
    digests = [*told["digests"][:-1], "00000000000000ab"]
    _rewrite(folder, digest=digests[-1], digests=digests)


def _torn_manifest(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text()[:100])
    (folder / ".manifest.json.crc").unlink()


def _no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (_cut, "can't be read"),
        (_cut_without_checksum, "can't be read"),
        (_delete_a_part, "rows in place of 62"),
        (_wrong_digest, "in place of 00000000000000ab"),
        (_torn_manifest, "its manifest is not as it was written"),
        (_no_manifest, "it has no manifest, so it was not finished"),
    ],
)
def test_a_broken_checkpoint_is_left_out_loudly(spark: SparkSession, left: Path, damage, why: str) -> None:
    damage(newest(left))
    checkpoints, notes = kept_in(spark, left, resume=True)
    found, _ = run(spark, checkpoints)
    assert found == propagated(EDGES, RULE)
    assert len(notes.warned) == 1
    assert notes.warned[0].startswith(f"{checkpoints.place}/iteration=4: this checkpoint is left out: ")
    assert why in notes.warned[0]
    assert notes.said == [f"goes on after iteration 3, from {checkpoints.place}/iteration=3"]


def test_without_a_whole_checkpoint_it_begins_anew_and_says_so(spark: SparkSession, left: Path) -> None:
    for folder in left.glob("*/iteration=*"):
        _delete_a_part(folder)
    checkpoints, notes = kept_in(spark, left, resume=True)
    found, _ = run(spark, checkpoints)
    assert found == propagated(EDGES, RULE)
    assert len(notes.warned) == 3
    assert notes.said == [f"no checkpoint to go on from in {left}: begins anew"]


def test_checkpoints_of_other_settings_are_refused_by_name(spark: SparkSession, left: Path) -> None:
    other = RULE.model_copy(update={"ties": "current"})
    with pytest.raises(ConfigError, match="ties was smallest, and is now current") as refused:
        kept_in(spark, left, resume=True, rule=other)[0].require_resumable()
    assert "max_iterations" not in str(refused.value)
    anew, _ = kept_in(spark, left, rule=other)
    anew.require_resumable()
    replace(anew, resume=True, folder=str(left / "none")).require_resumable()


def test_only_every_kth_is_kept_and_zero_keeps_none(spark: SparkSession, tmp_path: Path) -> None:
    run(spark, kept_in(spark, tmp_path / "two", every=2)[0])
    # what ends the run is its output
    assert sorted(p.name for p in (tmp_path / "two").glob("*/*")) == ["iteration=2", "iteration=4"]
    run(spark, kept_in(spark, tmp_path / "none", every=0)[0])
    assert not (tmp_path / "none").exists()
