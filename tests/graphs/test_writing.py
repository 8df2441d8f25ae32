"""Labels are written whole or not at all, the same for the same graph, and over nothing that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import SourceError
from marketgraph.graphs import writing
from marketgraph.graphs.formats import FileFormat
from marketgraph.graphs.writing import require_writable, write_labels

CSV = FileFormat("csv")


def labels_of(spark: SparkSession, rows=((2, 1), (10, 1), (1, 1)), kind: str = "long"):
    return spark.createDataFrame(list(rows), f"vertex {kind}, label {kind}")


def files_in(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if not p.name.startswith((".", "_"))}


def test_rows_are_in_the_order_of_their_vertices(spark: SparkSession, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_labels(labels_of(spark), str(out), FileFormat("csv", sep=" ", header=True))
    assert files_in(out) == {"part-00000.csv": b"vertex label\n1 1\n2 1\n10 1\n"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_the_same_labels_are_the_same_files(spark: SparkSession, tmp_path: Path) -> None:
    for number in (1, 2):
        rows = (
            spark.range(2500)
            .selectExpr("(id * 7919) % 2500 as vertex", "0L as label")
            .repartition(number + 2)
        )
        write_labels(rows, str(tmp_path / str(number)), CSV, rows_of_a_file=1000)
    one, other = files_in(tmp_path / "1"), files_in(tmp_path / "2")
    assert one == other
    assert list(one) == ["part-00000.csv", "part-00001.csv", "part-00002.csv"]
    assert b"".join(one.values()) == b"".join(b"%d,0\n" % i for i in range(2500))


def test_odd_names_survive_the_way_out_and_back(spark: SparkSession, tmp_path: Path) -> None:
    names = ["#tag", 'say "hi"', "a,b", " blank ", "back\\slash", "null", "é😀"]
    write_labels(labels_of(spark, [(n, n) for n in names], "string"), str(tmp_path / "out"), CSV)
    back = spark.read.options(**CSV.csv_options()).schema("vertex string, label string")
    assert sorted(map(tuple, back.csv(str(tmp_path / "out")).collect())) == sorted((n, n) for n in names)


@pytest.mark.parametrize("name", ["parquet", "delta"])
def test_tables_are_written_once_and_again_when_told_to(
    spark: SparkSession, tmp_path: Path, name: str
) -> None:
    out, file_format = str(tmp_path / "out"), FileFormat(name)
    write_labels(labels_of(spark), out, file_format)
    with pytest.raises(SourceError, match="is there already") as refused:
        write_labels(labels_of(spark), out, file_format)
    assert refused.value.exit_code == 4
    write_labels(labels_of(spark, [("x", "x")], "string"), out, file_format, overwrite=True)
    assert [tuple(r) for r in spark.read.format(name).load(out).collect()] == [("x", "x")]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_we_did_not_write_is_never_replaced(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"")
    for file_format in (CSV, FileFormat("delta")):
        with pytest.raises(SourceError, match="is not replaced"):
            require_writable(spark, str(tmp_path), file_format, overwrite=True)
    write_labels(labels_of(spark), str(tmp_path / "table"), FileFormat("delta"))
    with pytest.raises(SourceError, match="is not replaced"):
        require_writable(spark, str(tmp_path / "table"), CSV, overwrite=True)


def test_a_place_below_a_file_is_refused_before_anything_is_computed(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    out = f"{tmp_path}/file/out"
    with pytest.raises(SourceError, match="can't be written") as refused:
        require_writable(spark, out, CSV, overwrite=False)
    assert refused.value.message.startswith(f"{out}: ")


def test_a_write_that_fails_leaves_the_old_labels_and_no_draft(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_labels(labels_of(spark), str(out), CSV)
    before, move = files_in(out), writing.hadoop_files.move

    def break_at_the_end(session: SparkSession, name: str, to: str) -> None:
        if ".draft-" in name and to == str(out):
            raise OSError("the disk is gone")
        move(session, name, to)

    monkeypatch.setattr(writing.hadoop_files, "move", break_at_the_end)
    with pytest.raises(OSError, match="the disk is gone"):
        write_labels(labels_of(spark, [(7, 7)]), str(out), CSV, overwrite=True)
    assert files_in(out) == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
