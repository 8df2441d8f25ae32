"""A mapping that can't be used is refused before anything is read, with the place of every fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from marketgraph.errors import ConfigError
from marketgraph.sources.mapping_file import load_mapping

CONF = Path(__file__).resolve().parents[2] / "conf" / "sources"


def load(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "shop.yml"
    file.write_text(text, encoding="utf-8")
    return load_mapping(file)


def fault(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert caught.value.exit_code == 2
    assert "shop.yml" in str(caught.value)
    return str(caught.value)


def buyers(columns: str = "{buyer_id: id}", more: str = "") -> str:
    return f"source: shop\ntables:\n  buyers: {{from: b.csv, format: csv, columns: {columns}{more}}}\n"


@pytest.mark.parametrize("file", sorted(CONF.glob("*.yml")), ids=lambda file: file.stem)
def test_the_mappings_that_come_with_the_product_load(file: Path) -> None:
    assert load_mapping(file).tables


def test_one_part_may_stand_without_a_list(tmp_path: Path) -> None:
    mapping = load(tmp_path, buyers())
    (part,) = mapping.tables["buyers"]
    assert (part.from_, part.columns["buyer_id"].column) == ("b.csv", "id")


def test_a_table_that_is_not_canonical_is_named_with_the_nearest(tmp_path: Path) -> None:
    told = fault(
        tmp_path, "source: s\ntables:\n  buyer: {from: b.csv, format: csv, columns: {buyer_id: id}}\n"
    )
    assert "tables.buyer" in told
    assert "did you mean buyers" in told


def test_a_column_that_is_not_canonical_is_named_with_the_nearest(tmp_path: Path) -> None:
    told = fault(tmp_path, buyers("{buyer_id: id, citty: town}"))
    assert "tables.buyers.columns.citty" in told
    assert "did you mean city" in told


def test_an_unknown_key_is_named_with_the_nearest(tmp_path: Path) -> None:
    told = fault(tmp_path, buyers(more=", optionl: true"))
    assert "tables.buyers.0.optionl" in told
    assert "did you mean optional" in told


def test_a_column_that_the_table_needs_must_be_mapped(tmp_path: Path) -> None:
    told = fault(tmp_path, buyers("{city: town}"))
    assert "tables.buyers.columns.buyer_id" in told
    assert "the marketplace's id of the buyer" in told


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    told = fault(tmp_path, buyers("{citty: town, contry: land}"))
    assert all(name in told for name in ("citty", "contry", "buyer_id"))


def test_a_constant_outside_of_the_closed_set_is_refused(tmp_path: Path) -> None:
    columns = "{order_id: id, buyer_id: b, ordered_at: t, status: {value: unpaid}}"
    told = fault(
        tmp_path, f"source: s\ntables:\n  orders: {{from: o.csv, format: csv, columns: {columns}}}\n"
    )
    assert "'unpaid' is not one of open, paid" in told


def test_a_bare_no_is_not_taken_for_a_column(tmp_path: Path) -> None:
    assert "quote them" in fault(tmp_path, buyers("{buyer_id: id, country: no}"))


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    assert "given twice" in fault(tmp_path, buyers("{buyer_id: id, buyer_id: number}"))


@pytest.mark.parametrize(
    "place",
    ["/etc/passwd", "../other.csv", "a/../../b.csv", "s3://bucket/b.csv", "~/b.csv", "{..}/b.csv", "{a,..}/b.csv",
     "a/\\..\\/b.csv", "\\.\\./b.csv"],
)  # fmt: skip
def test_a_path_stays_under_the_data_folder(tmp_path: Path, place: str) -> None:
    text = f"source: s\ntables:\n  buyers: {{from: '{place}', format: csv, columns: {{buyer_id: id}}}}\n"
    assert "relative to the data folder" in fault(tmp_path, text)


def test_csv_options_are_for_csv(tmp_path: Path) -> None:
    text = "source: s\ntables:\n  buyers: {from: b, format: json, options: {sep: ';'}, columns: {buyer_id: id}}\n"
    assert "options are for csv" in fault(tmp_path, text)


@pytest.mark.parametrize(
    "options", ["{sep: ',', quote: ','}", "{sep: '\"'}", '{sep: "\\n"}', '{quote: "\\r"}']
)
def test_csv_options_that_can_t_be_told_apart(tmp_path: Path, options: str) -> None:
    assert "sep" in fault(tmp_path, buyers(more=f", options: {options}"))


@pytest.mark.parametrize("name", ["buyers", "a.b.c", "'a.b c'", "'a.b`'", "'a.b;drop'"])
def test_a_hive_table_has_a_database(tmp_path: Path, name: str) -> None:
    text = f"source: s\ntables:\n  buyers: {{from: {name}, format: hive, columns: {{buyer_id: id}}}}\n"
    assert "database.table" in fault(tmp_path, text)


def test_a_column_has_one_origin(tmp_path: Path) -> None:
    told = fault(tmp_path, buyers("{buyer_id: {column: id, expr: upper(id)}}"))
    assert "exactly one of column, expr and value" in told


def test_two_lookups_do_not_share_a_name(tmp_path: Path) -> None:
    lookup = "{name: a, from: a.csv, format: csv, key: {id: id}, columns: [x]}"
    assert "share a name" in fault(tmp_path, buyers(more=f", lookups: [{lookup}, {lookup}]"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yml"):
        load_mapping(tmp_path / "nowhere.yml")
