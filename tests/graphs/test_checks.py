"""Each kind of bad input ends in one message that names the file, the column and a value, and in exit code 4."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import SourceError
from marketgraph.graphs.formats import FileFormat
from tests.graphs.test_reading import a_file, read

PARQUET = FileFormat("parquet")


def refusal(spark: SparkSession, *paths: str | None, **options) -> str:
    """The message that a graph is refused with."""
    with pytest.raises(SourceError) as refused:
        read(spark, *paths, **options)
    assert refused.value.exit_code == 4
    assert refused.value.fix
    assert "Traceback" not in str(refused.value)
    return refused.value.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,2\n5\n6\n", "dst is missing (in 2 rows, such as '5, ')"),
        ('1,2\n"",3\n', "src is missing (in 1 row, such as ', 3')"),
        ("1,2\n,3\n", "src is missing (in 1 row, such as ', 3')"),
    ],
)
def test_a_row_lacks_an_end(spark: SparkSession, tmp_path: Path, text: str, told: str) -> None:
    path = a_file(tmp_path, "e.csv", text)
    assert refusal(spark, path) == f"{path}: {told}"


@pytest.mark.parametrize(
    ("weight", "told"),
    [
        ("", "weight is missing (in 1 row, such as '3, 4, ')"),
        ("heavy", "weight is not a number: 'heavy' (in 1 row, such as '3, 4, heavy')"),
        ("0x1p3", "weight is not a number: '0x1p3'"),
        ("NaN", "weight is NaN: 'NaN'"),
        ("-Infinity", "weight is infinite: '-Infinity'"),
        ("1e999", "weight is infinite: '1e999'"),
        ("-0.5", "weight is negative: '-0.5'"),
        ("2147483649", "weight is over 2^31: '2147483649'"),
    ],
)
def test_a_weight_that_cannot_vote(spark: SparkSession, tmp_path: Path, weight: str, told: str) -> None:
    path = a_file(tmp_path, "e.csv", f"1,2,1.5\n3,4,{weight}\n")
    assert refusal(spark, path, weighted=True).startswith(f"{path}: {told}")


def test_weights_that_add_up_to_too_much_around_one_vertex(spark: SparkSession, tmp_path: Path) -> None:
    path = str(tmp_path / "e")
    spark.range(2048).selectExpr("id + 1 as src", "0L as dst", "2147483648D as weight").write.parquet(path)
    told = refusal(spark, path, weighted=True, file_format=PARQUET)
    assert (
        told
        == f"{path}: weight sums up to 4.398e+12 around the vertex '0', which is 2^42 or more (at 1 vertices)"
    )


def test_as_much_weight_spread_over_many_vertices_is_fine(spark: SparkSession, tmp_path: Path) -> None:
    path = str(tmp_path / "e")
    spark.range(2048).selectExpr("id as src", "id + 1 as dst", "2147483648D as weight").write.parquet(path)
    assert read(spark, path, weighted=True, file_format=PARQUET).kind == "integer"


def test_nothing_is_there(spark: SparkSession, tmp_path: Path) -> None:
    path = str(tmp_path / "gone.csv")
    assert refusal(spark, path) == f"{path}: there is no such file or folder"
    assert refusal(spark, f"{path}*").startswith(f"{path}*: can't be read: [PATH_NOT_FOUND]")
    assert refusal(spark, "nosuch://x/y").startswith("nosuch://x/y: can't be reached: ")


def test_a_graph_without_edges_or_vertices(spark: SparkSession, tmp_path: Path) -> None:
    path = a_file(tmp_path, "e.csv", "# nothing\n")
    assert refusal(spark, path) == f"{path}: there are no edges"
    assert refusal(spark, path, file_format=FileFormat("csv", header=True)) == f"{path}: there are no edges"


def test_a_table_without_our_columns(spark: SparkSession, tmp_path: Path) -> None:
    path = str(tmp_path / "e")
    spark.createDataFrame([(1, 2)], "source int, dst int").write.parquet(path)
    told = f"{path}: there is no column src; its columns are source, dst"
    assert refusal(spark, path, file_format=PARQUET) == told


def test_a_header_with_our_names_out_of_place_and_none_for_the_weight(
    spark: SparkSession, tmp_path: Path
) -> None:
    path = a_file(tmp_path, "e.csv", "dst,src,w\n1,2,3\n")
    told = refusal(spark, path, file_format=FileFormat("csv", header=True), weighted=True)
    assert told == f"{path}: there is no column weight; its columns are dst, src, w"


def test_files_of_one_folder_with_different_headers(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "edges"
    folder.mkdir()
    a_file(folder, "a.csv", "src,dst\n1,2\n")
    a_file(folder, "b.csv", "dst,src\n1,2\n")
    told = refusal(spark, str(folder), file_format=FileFormat("csv", header=True))
    assert told.startswith(f"{folder}: can't be read: ")


@pytest.mark.parametrize("kind", ["double", "decimal(20,0)", "boolean"])
def test_an_id_of_a_type_that_is_none(spark: SparkSession, tmp_path: Path, kind: str) -> None:
    path = str(tmp_path / "e")
    spark.range(1).selectExpr(f"cast(id as {kind}) as src", "id as dst").write.parquet(path)
    assert refusal(spark, path, file_format=PARQUET) == f"{path}: column src has the type {kind}"


def test_a_weight_of_a_type_that_is_none(spark: SparkSession, tmp_path: Path) -> None:
    path = str(tmp_path / "e")
    spark.range(1).selectExpr("id as src", "id as dst", "true as weight").write.parquet(path)
    told = refusal(spark, path, file_format=PARQUET, weighted=True)
    assert told == f"{path}: column weight has the type boolean"


def test_nulls_in_a_table(spark: SparkSession, tmp_path: Path) -> None:
    edges, vertices = str(tmp_path / "e"), str(tmp_path / "v")
    spark.createDataFrame([(1, 2)], "src int, dst int").write.parquet(edges)
    spark.createDataFrame([(1,), (None,)], "vertex_id int").write.parquet(vertices)
    told = f"{vertices}: vertex_id is missing (in 1 row, such as '')"
    assert refusal(spark, edges, vertices, file_format=PARQUET) == told


def test_a_file_that_is_no_parquet_file(spark: SparkSession, tmp_path: Path) -> None:
    path = a_file(tmp_path, "e.parquet", "1,2\n")
    told = refusal(spark, path, file_format=PARQUET)
    assert told.startswith(f"{path}: can't be read: ")
    assert "is not a Parquet file" in told
    assert "\n" not in told


def test_a_parquet_file_that_breaks_in_its_middle(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "e"
    spark.range(10_000).selectExpr("id as src", "id + 1 as dst").coalesce(1).write.parquet(str(path))
    part = next(path.glob("part-*"))
    whole = part.read_bytes()
    part.write_bytes(whole[:100] + b"\xff" * (len(whole) // 2) + whole[100 + len(whole) // 2 :])
    (path / f".{part.name}.crc").unlink()
    told = refusal(spark, str(path), file_format=PARQUET)
    assert told.startswith(f"{path}: can't be read: ")
    assert "\n" not in told


def test_a_folder_that_is_no_delta_table(spark: SparkSession, tmp_path: Path) -> None:
    told = f"{tmp_path}: this is no Delta table"
    assert refusal(spark, str(tmp_path), file_format=FileFormat("delta")) == told


def test_a_packed_file_that_is_cut(spark: SparkSession, tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "e.csv.gz"
    path.write_bytes(gzip.compress(b"".join(b"%d,%d\n" % (i, i * 7) for i in range(9_000)))[:-5000])
    assert refusal(spark, str(path)).startswith(f"{path}: can't be read: ")


def test_bytes_that_are_no_utf8(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_bytes("é,b\n".encode("latin-1"))
    assert refusal(spark, str(path)).startswith(f"{path}: src is not UTF-8: '\ufffd'")


def test_an_edge_to_a_vertex_that_is_not_there(spark: SparkSession, tmp_path: Path) -> None:
    edges, vertices = a_file(tmp_path, "e.csv", "1,2\n2,9\n8,9\n"), a_file(tmp_path, "v.csv", "1\n2\n")
    told = f"{edges}: src '8' is not in {vertices} (2 such ids, named 3 times)"
    assert refusal(spark, edges, vertices) == told


def test_a_seed_that_is_no_vertex(spark: SparkSession, tmp_path: Path) -> None:
    edges, seeds = a_file(tmp_path, "e.csv", "1,2\n"), a_file(tmp_path, "s.csv", "1,1\n5,1\n")
    told = f"{seeds}: vertex_id '5' is no vertex of the graph (1 such seeds)"
    assert refusal(spark, edges, None, seeds) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,7\n2,7\n1,8\n", "vertex_id '1' has more than one label (1 such vertices)"),
        ("1,7\n2,\n", "label is missing (in 1 row, such as '2, , ')"),
        ("1,7,-1\n", "weight is negative: '-1' (in 1 row, such as '1, 7, -1')"),
    ],
)
def test_seeds_that_say_nothing_or_too_much(
    spark: SparkSession, tmp_path: Path, text: str, told: str
) -> None:
    edges, seeds = a_file(tmp_path, "e.csv", "1,2\n"), a_file(tmp_path, "s.csv", text)
    assert refusal(spark, edges, None, seeds) == f"{seeds}: {told}"
