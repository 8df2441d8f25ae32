"""What all formats share: the same bytes again, all or nothing, and what is refused with one message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from marketgraph import cli
from marketgraph.errors import ConfigError, SourceError, StoreError
from marketgraph.exports import export as exporting
from marketgraph.exports.export import FormatName, export
from marketgraph.exports.folder import appearing, local_folder
from marketgraph.exports.manifest import MANIFEST, read_manifest, verify
from marketgraph.exports.numbering import numbered
from marketgraph.exports.pieces import pieces_of
from marketgraph.exports.snapshot import Snapshot, contracts_of
from tests.exports.shop import feature_table, shop, without

Exported = Callable[[str], Path]
FORMATS = get_args(FormatName)


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("name", FORMATS)
def test_two_exports_of_a_release_are_the_same_bytes(
    spark: SparkSession, exported: Exported, tmp_path: Path, name: str
) -> None:
    # the second time the tables' rows lie otherwise
    export(shop(spark, partitions=3), name, tmp_path / "again", rows_of_a_file=2)
    assert files_in(tmp_path / "again") == files_in(exported(name))


@pytest.mark.parametrize("name", FORMATS)
def test_the_manifest_tells_each_file_with_its_hash(exported: Exported, name: str) -> None:
    folder = exported(name)
    told = verify(folder)
    assert (told.format, told.release, told.as_of) == (name, "2024-03-01-abcdef12", "2024-03-01")
    assert {file.name for file in told.files} | {MANIFEST} == set(files_in(folder))
    assert str(folder.parent) not in (folder / MANIFEST).read_text()


def test_plain_tables_are_read_back_as_they_are(
    snapshot: Snapshot, exported: Exported, spark: SparkSession
) -> None:
    folder = exported("parquet")
    told = {entry.name: entry for entry in read_manifest(folder).tables}
    assert set(told) == set(snapshot.contracts)
    for name, entry in told.items():
        found = spark.read.parquet(*[str(folder / file) for file in entry.files])
        rows, wanted = found.collect(), snapshot.read(name).collect()
        assert found.columns == snapshot.read(name).columns
        assert sorted(map(repr, rows)) == sorted(map(repr, wanted))
        assert len(wanted) == entry.rows
        keys = [
            row
            for file in entry.files
            for row in pq.read_table(folder / file, columns=list(entry.key)).to_pylist()
        ]
        assert keys == sorted(keys, key=lambda row, key=entry.key: [row[name] for name in key])


def test_an_unknown_format_is_told_those_there_are(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--format tfrecord: no such format") as refused:
        export(snapshot, "tfrecord", tmp_path / "out")
    assert refused.value.fix == "choose pyg, dgl, graphstorm, sequences, parquet"
    assert list(tmp_path.iterdir()) == []


def test_a_release_without_edges_is_no_graph(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="has no edge between entities"):
        export(without(snapshot, "edges"), "pyg", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_knows_the_formats_of_the_room() -> None:
    assert get_args(cli.FormatName) == FORMATS


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    for force in (False, True):
        with (
            pytest.raises(SourceError, match=r"is not (empty|an export)"),
            appearing(tmp_path / "out", force=force),
        ):
            pytest.fail("it was begun")
    assert files_in(tmp_path) == {"out/thesis.txt": b"mine"}


def test_force_replaces_an_export_whole(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    export(snapshot, "pyg", folder)
    with pytest.raises(SourceError, match="is not empty"):
        export(snapshot, "sequences", folder)
    assert read_manifest(folder).format == "pyg"
    export(snapshot, "sequences", folder, force=True)
    assert verify(folder).format == "sequences"
    assert not (folder / "nodes").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_export_that_fails_leaves_what_was_there(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    export(snapshot, "sequences", folder)
    before = files_in(folder)

    def break_at_the_end(snapshot: Snapshot, folder: Path, *, rows_of_a_file: int) -> None:
        (folder / "half.parquet").touch()
        raise OSError("the disk is full")

    monkeypatch.setitem(exporting._FORMATS, "pyg", break_at_the_end)
    with pytest.raises(OSError, match="the disk is full"):
        export(snapshot, "pyg", folder, force=True)
    assert files_in(folder) == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_export_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    left = tmp_path / "out.partial"
    left.mkdir()
    (left / "a.txt").touch()
    with pytest.raises(SourceError, match="no export has left it"), appearing(tmp_path / "out", force=False):
        pytest.fail("it was begun")
    (left / ".marketgraph-export").touch()
    with appearing(tmp_path / "out", force=False) as draft:
        assert draft == left
        assert not (draft / "a.txt").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_place_of_hadoop_is_refused_and_a_file_uri_is_a_path(tmp_path: Path) -> None:
    assert local_folder(f"file://{tmp_path}/a%20b") == tmp_path / "a b"
    with pytest.raises(ConfigError, match="s3a://bucket/out: an export is written to a local folder"):
        local_folder("s3a://bucket/out")


def test_a_training_set_of_another_config_is_exported_by_its_key() -> None:
    told = contracts_of(["training.buyers", "features.buyers", "rumours.buyers"], [feature_table("buyer")])
    assert list(told) == ["training.buyers", "features.buyers"]
    assert told["training.buyers"].key == ("vertex_id", "moment")
    assert told["features.buyers"] == feature_table("buyer")


def test_pieces_are_full_but_for_the_last_of_a_group() -> None:
    told = [(p.number, p.group, p.part, p.rows) for p in pieces_of([5, 0, 2], 2)]
    assert told == [(0, 0, 0, 2), (1, 0, 1, 2), (2, 0, 2, 1), (3, 2, 0, 2)]


def test_rows_are_numbered_from_0_in_each_group(spark: SparkSession) -> None:
    rows = [(n % 3, (n * 37) % 101) for n in range(100) if n % 3 != 1]
    found = numbered(spark.createDataFrame(rows, "_group int, id long").repartition(7), ["id"], groups=3)
    assert found.counts == (34, 0, 33)
    for group in (0, 2):
        own = {row["id"]: row["_row"] for row in found.frame.where(f"_group = {group}").collect()}
        assert own == {i: place for place, i in enumerate(sorted(i for g, i in rows if g == group))}
    found.release()
