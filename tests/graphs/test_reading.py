"""A user's graph is read as it was meant, in every format, and no two ids become one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketgraph.errors import ConfigError
from marketgraph.graphs.formats import FileFormat
from marketgraph.graphs.graph import Graph, GraphFiles, read_graph

CSV = FileFormat("csv")


def a_file(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def read(
    spark: SparkSession,
    edges: str,
    vertices: str | None = None,
    seeds: str | None = None,
    *,
    file_format: FileFormat = CSV,
    weighted: bool = False,
    allow_dangling: bool = False,
) -> Graph:
    files = GraphFiles(edges, vertices, seeds, file_format, weighted)
    return read_graph(spark, files, allow_dangling=allow_dangling)


def rows(frame: DataFrame | None) -> list[tuple]:
    assert frame is not None
    return sorted(tuple(row) for row in frame.collect())


def test_numbers_are_bigint_and_comments_are_skipped(spark: SparkSession, tmp_path: Path) -> None:
    graph = read(spark, a_file(tmp_path, "e.csv", "# a comment\n2,1\n9223372036854775807,-3\n"))
    assert graph.kind == "integer"
    assert graph.edges.dtypes == [("src", "bigint"), ("dst", "bigint")]
    assert rows(graph.edges) == [(2, 1), (2**63 - 1, -3)]


@pytest.mark.parametrize("odd", ["007", "-0", "+7", "9223372036854775808", "7.0", "x"])
def test_one_odd_id_makes_all_of_them_strings(spark: SparkSession, tmp_path: Path, odd: str) -> None:
    graph = read(spark, a_file(tmp_path, "e.csv", f"7,1\n{odd},2\n"))
    assert graph.kind == "string"
    assert rows(graph.edges) == sorted([("7", "1"), (odd, "2")])


def test_a_seed_label_in_words_makes_the_ids_strings_too(spark: SparkSession, tmp_path: Path) -> None:
    edges, seeds = a_file(tmp_path, "e.csv", "1,2\n"), a_file(tmp_path, "s.csv", "1,fraud\n2,fair,0.5\n")
    graph = read(spark, edges, a_file(tmp_path, "v.csv", "1\n2\n2\n3\n"), seeds)
    assert graph.kind == "string"
    assert rows(graph.vertices) == [("1",), ("2",), ("3",)]
    assert rows(graph.seeds) == [("1", "fraud", 1.0), ("2", "fair", 0.5)]


def test_columns_beyond_those_read_are_ignored(spark: SparkSession, tmp_path: Path) -> None:
    path = a_file(tmp_path, "e.csv", "1,2,0.5,more,and more\n2,3,0\n")
    assert rows(read(spark, path, weighted=True).edges) == [(1, 2, 0.5), (2, 3, 0.0)]
    assert rows(read(spark, path).edges) == [(1, 2), (2, 3)]


def test_a_header_names_columns_in_any_order(spark: SparkSession, tmp_path: Path) -> None:
    path = a_file(tmp_path, "e.csv", "Weight,time.at,DST,SRC\n2,noon,20,10\n")
    with_header = FileFormat("csv", header=True)
    assert rows(read(spark, path, file_format=with_header, weighted=True).edges) == [(10, 20, 2.0)]


def test_a_header_without_our_names_is_read_by_position(spark: SparkSession, tmp_path: Path) -> None:
    edges = a_file(tmp_path, "e.csv", "from,to,how much,when\n1,2,3,4\n")
    vertices, seeds = (
        a_file(tmp_path, "v.csv", "name,id\nx,1\ny,2\n"),
        a_file(tmp_path, "s.csv", "who,what\n2,1\n"),
    )
    graph = read(spark, edges, vertices, seeds, file_format=FileFormat("csv", header=True), weighted=True)
    assert rows(graph.edges) == [(1, 2, 3.0)]
    assert rows(graph.vertices) == [(1,), (2,)]
    assert rows(graph.seeds) == [(2, 1, 1.0)]


@pytest.mark.parametrize("sep", ["\\t", " "])
def test_tabs_and_blanks_separate(spark: SparkSession, tmp_path: Path, sep: str) -> None:
    path = a_file(tmp_path, "e.txt", "a{0}b\nb{0}c \n".format(sep.replace("\\t", "\t")))
    assert rows(read(spark, path, file_format=FileFormat("csv", sep=sep)).edges) == [("a", "b"), ("b", "c")]


def test_quotes_keep_separators_and_hashes(spark: SparkSession, tmp_path: Path) -> None:
    path = a_file(tmp_path, "e.csv", '"#tag","a, ""b"""\r\n b , c\r\n')
    assert rows(read(spark, path).edges) == [("#tag", 'a, "b"'), ("b", "c")]


def test_a_folder_with_an_odd_name_is_read_whole(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "edges[1] {x}"
    folder.mkdir()
    a_file(folder, "part-0.csv", "1,2\n")
    a_file(folder, "part-1.csv", "2,3\n")
    assert rows(read(spark, str(folder)).edges) == [(1, 2), (2, 3)]
    assert rows(read(spark, f"{tmp_path}/e*/part-1*").edges) == [(2, 3)]


@pytest.mark.parametrize("name", ["parquet", "delta"])
def test_small_integers_of_a_table_become_bigint(spark: SparkSession, tmp_path: Path, name: str) -> None:
    frame = spark.createDataFrame([(1, 2, 3), (2, 2, 0)], "weight int, dst short, src int")
    frame.write.format(name).save(str(tmp_path / "e"))
    graph = read(spark, str(tmp_path / "e"), file_format=FileFormat(name), weighted=True)
    assert graph.edges.dtypes == [("src", "bigint"), ("dst", "bigint"), ("weight", "double")]
    assert rows(graph.edges) == [(0, 2, 2.0), (3, 2, 1.0)]


def test_texts_of_a_table_stay_texts(spark: SparkSession, tmp_path: Path) -> None:
    spark.createDataFrame([("1", "2")], "src string, dst string").write.parquet(str(tmp_path / "e"))
    spark.createDataFrame([(1,), (2,)], "id long").write.parquet(str(tmp_path / "v"))
    graph = read(spark, str(tmp_path / "e"), str(tmp_path / "v"), file_format=FileFormat("parquet"))
    assert (graph.kind, rows(graph.edges), rows(graph.vertices)) == ("string", [("1", "2")], [("1",), ("2",)])


def test_edges_out_of_the_vertices_are_dropped_and_counted_when_allowed(
    spark: SparkSession, tmp_path: Path
) -> None:
    edges, vertices = a_file(tmp_path, "e.csv", "1,2\n2,9\n9,1\n9,8\n"), a_file(tmp_path, "v.csv", "1\n2\n")
    graph = read(spark, edges, vertices, allow_dangling=True)
    assert (rows(graph.edges), graph.dropped) == ([(1, 2)], 3)


def test_vertices_without_an_edge_are_a_graph(spark: SparkSession, tmp_path: Path) -> None:
    graph = read(spark, a_file(tmp_path, "e.csv", ""), a_file(tmp_path, "v.csv", "1\n"))
    assert (rows(graph.edges), rows(graph.vertices), graph.kind) == ([], [(1,)], "integer")


@pytest.mark.parametrize("sep", ["", "::", "#", '"', "\n"])
def test_a_separator_is_one_character(sep: str) -> None:
    with pytest.raises(ConfigError, match="--sep"):
        FileFormat("csv", sep=sep)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ConfigError, match="'xml'"):
        FileFormat("xml")  # type: ignore[arg-type]
