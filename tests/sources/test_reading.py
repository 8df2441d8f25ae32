"""Broken inputs: each is told by file, column and value, with what to do, and never by a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketgraph.errors import ConfigError, MarketgraphError, SourceError
from tests.sources.shop import BUYERS, IDENTIFIERS, ORDERS, Shop, accepted, part, refused, table

PHONES = "holder_kind,holder,number,first,last"


def fault(shop: Shop, kind: type[MarketgraphError] = SourceError, **tables: object) -> str:
    with pytest.raises(kind) as caught:
        shop.conform(**tables)  # type: ignore[arg-type]
    assert caught.value.fix
    return str(caught.value)


def test_a_missing_folder(spark: SparkSession, tmp_path: Path) -> None:
    told = fault(Shop(spark, tmp_path / "nowhere"), buyers=BUYERS)
    assert f"{tmp_path}/nowhere: there is no such data folder" in told
    assert "--data" in told


def test_a_missing_file(shop: Shop) -> None:
    told = fault(shop, buyers=BUYERS)
    assert "buyers.csv: buyers is read from it, and it is not in" in told
    assert "optional: true" in told


@pytest.mark.parametrize("pattern", ["buyers[.csv", "buyers{.csv", "{a,b", "buyers[^].csv"])
def test_a_pattern_that_is_none(shop: Shop, pattern: str) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    assert pattern in fault(shop, buyers=part(BUYERS, **{"from": pattern}))


def test_a_missing_optional_file_gives_an_empty_table_and_a_line(shop: Shop) -> None:
    with shop.conform(buyers=part(BUYERS, optional=True)) as conformed:
        assert table(conformed, "buyers").absent
        assert "buyers.csv: not there; buyers does without (it is optional)" in conformed.warnings


def test_a_table_that_the_mapping_leaves_out_is_absent_and_told(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    with shop.conform(buyers=BUYERS) as conformed:
        assert table(conformed, "violations").absent
        assert accepted(conformed, "violations") == []
        assert any("merchants" in line and "violations" in line for line in conformed.warnings)


def test_an_empty_file(shop: Shop) -> None:
    (shop.folder / "buyers.csv").touch()
    assert "buyers.csv: the file is empty (0 bytes)" in fault(shop, buyers=BUYERS)


def test_a_file_with_a_header_and_no_rows(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town")
    assert "buyers.csv: there are no rows for buyers" in fault(shop, buyers=BUYERS)
    with shop.conform(buyers=part(BUYERS, optional=True)) as conformed:
        assert accepted(conformed, "buyers") == []


def test_a_csv_without_a_column_that_the_mapping_needs(shop: Shop) -> None:
    shop.write("buyers.csv", "id,towns", "b1,Bonn")
    told = fault(shop, buyers=BUYERS)
    assert "buyers.csv: there is no column town, which tables.buyers.columns.city needs" in told
    assert "did you mean towns" in told


def test_an_expression_that_names_an_unknown_column_is_the_mapping_s_fault(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    told = fault(shop, ConfigError, buyers=part(BUYERS, columns={"city": {"expr": "upper(twn)"}}))
    assert "buyers.csv: there is no column twn, which tables.buyers.columns.city needs" in told
    assert "did you mean town" in told


def test_a_wrong_delimiter(shop: Shop) -> None:
    shop.write("buyers.csv", "id;town", "b1;Bonn")
    told = fault(shop, buyers=BUYERS)
    assert "buyers.csv: the header is one column, 'id;town'" in told
    assert "options: {sep: ';'}" in told
    with shop.conform(buyers=part(BUYERS, options={"sep": ";"})) as conformed:
        assert accepted(conformed, "buyers", "buyer_id", "city") == [("b1", "Bonn")]


def test_two_columns_of_one_name(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town,town", "b1,Bonn,Köln")
    assert "buyers.csv: two columns are called town" in fault(shop, buyers=BUYERS)


def test_a_header_that_is_not_utf8(shop: Shop) -> None:
    shop.write("buyers.csv", "id,straße", "b1,Bonn", encoding="latin-1")
    told = fault(shop, buyers=BUYERS)
    assert "buyers.csv: the header is not UTF-8" in told
    assert "iconv" in told


def test_utf16(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn", encoding="utf-16")
    assert "buyers.csv: this is UTF-16" in fault(shop, buyers=BUYERS)


def test_utf16_without_a_header(shop: Shop) -> None:
    shop.write("buyers.csv", "b1,Bonn", encoding="utf-16-be")
    assert "iconv -f UTF-16" in fault(shop, buyers=part(BUYERS, options={"header": ["id", "town"]}))


def test_a_byte_order_mark_is_no_part_of_the_first_column(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn", encoding="utf-8-sig")
    with shop.conform(buyers=BUYERS) as conformed:
        assert accepted(conformed, "buyers", "buyer_id") == [("b1",)]


def test_a_byte_that_is_not_utf8_sends_its_row_to_quarantine(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Köln", "b2,Bonn", encoding="latin-1")
    with shop.conform(buyers=BUYERS) as conformed:
        assert accepted(conformed, "buyers", "buyer_id") == [("b2",)]
        assert refused(conformed) == [("buyers", "bad_encoding", "city", "K\ufffdln")]


def test_an_expression_does_not_hide_a_byte_that_is_not_utf8(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Köln", "b2,Bonn", encoding="latin-1")
    with shop.conform(buyers=part(BUYERS, columns={"city": {"expr": "substr(town, 1, 1)"}})) as conformed:
        assert accepted(conformed, "buyers", "buyer_id", "city") == [("b2", "B")]


def test_records_with_too_few_or_too_many_fields_go_to_quarantine(shop: Shop) -> None:
    shop.write(
        "buyers.csv", "id,town", "b1,Bonn", "b2", "b3,Köln,Deutz", '"b4","a ""quoted"" town, with comma"'
    )
    with shop.conform(buyers=BUYERS) as conformed:
        assert accepted(conformed, "buyers", "buyer_id", "city") == [
            ("b1", "Bonn"),
            ("b4", 'a "quoted" town, with comma'),
        ]
        assert refused(conformed, "reason", "source_file", "raw_row") == [
            ("unreadable", "buyers.csv", '{"record":"b2"}'),
            ("unreadable", "buyers.csv", '{"record":"b3,Köln,Deutz"}'),
        ]


def test_a_json_line_cut_in_half_goes_to_quarantine(shop: Shop) -> None:
    shop.write("buyers.jsonl", '{"id": "b1", "town": "Bonn", "age": 7}', '{"id": "b2", "to')
    buyers = part(BUYERS, format="json", **{"from": "buyers.jsonl"})
    with shop.conform(buyers=buyers) as conformed:
        assert accepted(conformed, "buyers", "buyer_id", "city") == [("b1", "Bonn")]
        assert refused(conformed, "reason", "source_file", "raw_row") == [
            ("unreadable", "buyers.jsonl", '{"record":"{\\"id\\": \\"b2\\", \\"to"}')
        ]


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "b2"}{"id": "b3"}',
        '{"id": "b2"}, {"id": "b3"}',
        '[{"id": "b2"}, {"id": "b3"}]',
        "[]",
        "null",
        "7",
    ],
)
def test_a_json_line_that_is_not_one_object_goes_to_quarantine_whole(shop: Shop, line: str) -> None:
    shop.write("buyers.json", "\ufeff" + '{"id": "b1", "town": "Bonn"}', "", line)
    with shop.conform(buyers=part(BUYERS, **{"from": "buyers.json", "format": "json"})) as conformed:
        assert accepted(conformed, "buyers", "buyer_id") == [("b1",)]
        assert refused(conformed, "reason", "raw_row") == [
            ("unreadable", json.dumps({"record": line}, separators=(",", ":")))
        ]
        assert table(conformed, "buyers").counts.read == 2


def test_a_record_of_twenty_thousand_fields_goes_to_quarantine(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn", "b2" + ",x" * 25_000)
    with shop.conform(buyers=BUYERS) as conformed:
        assert accepted(conformed, "buyers", "buyer_id") == [("b1",)]
        assert refused(conformed, "reason") == [("unreadable",)]


def test_a_record_of_a_hundred_thousand_fields_is_no_record(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn", "b2" + ",x" * 100_001)
    assert "buyers.csv: a record has more fields than can be" in fault(shop, buyers=BUYERS)


def test_a_file_of_one_endless_line_has_no_header(shop: Shop) -> None:
    (shop.folder / "buyers.csv").write_bytes(b"id,town," + b"x" * 70_000)
    assert "buyers.csv: no line ends in its first 65,536 bytes" in fault(shop, buyers=BUYERS)


def test_json_values_are_texts_of_what_stands_there(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "7,Bonn")
    shop.write("orders.json", '{"id": 12345678901234567890, "buyer": 7, "placed": 1704067199}')
    orders = part(
        ORDERS,
        columns={"ordered_at": {"column": "placed", "format": "unix_seconds"}},
        format="json",
        **{"from": "orders.json"},
    )
    with shop.conform(buyers=BUYERS, orders=orders) as conformed:
        found = table(conformed, "orders").accepted.selectExpr("order_id", "buyer_id", "string(ordered_at)")
        assert [tuple(row) for row in found.collect()] == [
            ("12345678901234567890", "7", "2023-12-31 23:59:59")
        ]


def test_a_packed_file_that_is_cut(shop: Shop) -> None:
    file = shop.write(
        "buyers.csv.gz", "id,town", *[f"b{number},town {number * 7919}" for number in range(50_000)]
    )
    buyers = part(BUYERS, **{"from": "buyers.csv.gz"})
    with shop.conform(buyers=buyers) as conformed:
        assert table(conformed, "buyers").counts.accepted == 50_000
    file.write_bytes(file.read_bytes()[:-40_000])
    told = fault(shop, buyers=buyers)
    assert "buyers.csv.gz" in told
    assert "cut or damaged" in told


def test_a_file_that_is_called_packed_and_is_not(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn").rename(shop.folder / "buyers.csv.gz")
    assert "buyers.csv.gz: can't be read" in fault(shop, buyers=part(BUYERS, **{"from": "buyers.csv.gz"}))


@pytest.mark.parametrize("left", [0.0, 0.3, 0.95])
def test_a_parquet_file_that_is_cut(shop: Shop, left: float) -> None:
    frame = shop.spark.createDataFrame(
        [(f"b{number}", "Bonn") for number in range(1000)], "id string, town string"
    )
    frame.coalesce(1).write.parquet(str(shop.folder / "buyers"))
    (file,) = (shop.folder / "buyers").glob("*.parquet")
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * left)] or b"PAR1")
    for checksum in (shop.folder / "buyers").glob(".*.crc"):
        checksum.unlink()
    told = fault(shop, buyers=part(BUYERS, format="parquet", **{"from": "buyers"}))
    assert file.name in told
    assert "the Parquet file is cut or damaged" in told


def test_parquet_pages_that_are_damaged(shop: Shop) -> None:
    frame = shop.spark.createDataFrame(
        [(f"b{number}", "Bonn") for number in range(1000)], "id string, town string"
    )
    frame.coalesce(1).write.parquet(str(shop.folder / "buyers"))
    (file,) = (shop.folder / "buyers").glob("*.parquet")
    content = bytearray(file.read_bytes())
    content[4:2000] = bytes(1996)
    file.write_bytes(content)
    for checksum in (shop.folder / "buyers").glob(".*.crc"):
        checksum.unlink()
    assert file.name in fault(shop, buyers=part(BUYERS, format="parquet", **{"from": "buyers"}))


def test_parquet_brings_its_own_types(shop: Shop) -> None:
    shop.spark.sql(
        "select 7L as id, 'Bonn' as town, timestamp_ntz'2024-01-02 03:04:05' as joined, date'2024-01-01' as day"
    ).write.partitionBy("day").parquet(str(shop.folder / "buyers"))
    buyers = part(
        BUYERS, format="parquet", columns={"registered_at": "joined", "country": "day"}, **{"from": "buyers"}
    )
    with shop.conform(buyers=buyers) as conformed:
        row = (
            table(conformed, "buyers")
            .accepted.selectExpr("buyer_id", "string(registered_at)", "country")
            .collect()
        )
        assert [tuple(one) for one in row] == [("7", "2024-01-02 03:04:05", "2024-01-01")]


def test_a_struct_is_not_taken_for_a_text(shop: Shop) -> None:
    shop.spark.sql("select '1' as id, struct('Bonn' as name) as town").write.parquet(
        str(shop.folder / "buyers")
    )
    buyers = part(BUYERS, format="parquet", **{"from": "buyers"})
    told = fault(shop, ConfigError, buyers=buyers)
    assert "tables.buyers.columns.city: this is a struct in buyers" in told
    with shop.conform(buyers=part(buyers, columns={"city": {"expr": "town.name"}})) as conformed:
        assert accepted(conformed, "buyers", "city") == [("Bonn",)]


def test_delta_is_read_at_its_newest_version(shop: Shop) -> None:
    place = str(shop.folder / "buyers")
    for town in ("Bonn", "Köln"):
        shop.spark.sql(f"select 'b1' as id, '{town}' as town").write.format("delta").mode("overwrite").save(
            place
        )
    buyers = part(BUYERS, format="delta", **{"from": "buyers"})
    with shop.conform(buyers=buyers) as conformed:
        assert accepted(conformed, "buyers", "buyer_id", "city") == [("b1", "Köln")]


def test_a_folder_that_is_no_delta_table(shop: Shop) -> None:
    shop.write("buyers/part.csv", "id,town", "b1,Bonn")
    told = fault(shop, buyers=part(BUYERS, format="delta", **{"from": "buyers"}))
    assert "buyers: this folder is no Delta table" in told


def test_files_of_one_table_may_order_their_columns_differently(shop: Shop) -> None:
    shop.write("in/buyers 1+2.csv", "id,town", "b1,Bonn")
    shop.write("in/buyers [3].csv", "town,age,id", "Köln,7,b2", ",,")
    with shop.conform(buyers=part(BUYERS, **{"from": "in/buyers*"})) as conformed:
        assert accepted(conformed, "buyers", "buyer_id", "city") == [("b1", "Bonn"), ("b2", "Köln")]
        assert refused(conformed, "reason", "source_file") == [("missing_value", "buyers [3].csv")]


def test_line_breaks_nulls_and_a_file_without_header(shop: Shop) -> None:
    shop.write("buyers.csv", 'b1|"Bad\nHonnef"', "b2|NULL", "b3|  Bonn ", "b4| ")
    options = {"sep": "|", "multiline": True, "nulls": ["NULL"], "header": ["id", "town"]}
    with shop.conform(buyers=part(BUYERS, options=options)) as conformed:
        assert accepted(conformed, "buyers", "buyer_id", "city") == [
            ("b1", "Bad\nHonnef"),
            ("b2", None),
            ("b3", "Bonn"),
            ("b4", None),
        ]


def test_rows_that_a_condition_leaves_out_are_counted_and_not_refused(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn", ",test", "b2,test", "b3", "b4,")
    with shop.conform(buyers=part(BUYERS, where="town <> 'test'")) as conformed:
        counts = table(conformed, "buyers").counts
        assert accepted(conformed, "buyers", "buyer_id") == [("b1",)]
        assert (counts.filtered, counts.refused) == (3, 1)
        assert refused(conformed, "reason") == [("unreadable",)]
        assert "buyers: 3 rows left out by the mapping's condition" in conformed.warnings


def test_several_parts_are_put_together(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    shop.write("mobile.csv", PHONES, "buyer,b1,111,2024-01-01,")
    shop.write("home.csv", PHONES, "buyer,b1,222,2024-01-01,", "buyer,,333,2024-01-01,")
    phones = [part(IDENTIFIERS, **{"from": name}) for name in ("mobile.csv", "home.csv")]
    with shop.conform(buyers=BUYERS, identifiers=phones) as conformed:
        assert table(conformed, "identifiers").counts.accepted == 2
        assert refused(conformed, "column", "source_file") == [("entity_id", "home.csv")]
