"""The commands `marketgraph quarantine …` on a small shop whose rows are spoilt, and mended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from marketgraph.releases.load import list_releases
from marketgraph.store import Store
from marketgraph.tables.sources import QUARANTINE
from tests.releases.days import MONDAY, TUESDAY, WEDNESDAY, Warehouse
from tests.sources.shop import ORDERS, part
from tests.stages.test_bad_input import FILES, MAPPING, replaced, run

MANY = "sources.max_quarantine_share=1.0"
DAY = "2018-03-01"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The folder of a shop with a price that is a terminal's command, an unknown buyer and the items of that order."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    replaced("items.csv", "9.50", "\x1b[2Jfree")(folder)
    replaced("orders.csv", "o2,b2", "o2,b9")(folder)
    mapped(folder, MAPPING)
    return folder


def mapped(shop: Path, mapping: dict[str, Any]) -> None:
    (shop.parent / "shop.yml").write_text(yaml.safe_dump({"source": "shop", "tables": mapping}))


def quarantine(spark: SparkSession, shop: Path, *words: str, code: int = 0) -> str:
    """What `marketgraph quarantine WORDS` prints."""
    root = shop.parent
    settings = (MANY, f"identifiers.key_file={root}/id.key")
    sets = [word for one in settings for word in ("--set", one)]
    done = Warehouse(spark, f"{root}/warehouse").command("quarantine", words[0], *sets, *words[1:])
    assert done.exit_code == code, done.output
    return str(done.output)


def replay(spark: SparkSession, shop: Path, *more: str, code: int = 0) -> str:
    words = ("--as-of", DAY, "--source", f"{shop.parent}/shop.yml", "--data", str(shop), *more)
    return quarantine(spark, shop, "replay", *words, code=code)


def groups(told: str) -> dict[tuple[str, str, str | None], tuple[int, ...]]:
    """What a replay's JSON says: refused before, no longer, still, newly, now."""
    found = json.loads(told[told.index("{") :])["groups"]
    return {tuple(one.values())[:3]: tuple(one.values())[3:] for one in found}  # type: ignore[misc]


def test_a_date_without_a_quarantine_is_one_message(spark: SparkSession, shop: Path) -> None:
    for words in (("list",), ("list", "--as-of", DAY), ("show", "--as-of", DAY)):
        told = quarantine(spark, shop, *words, code=4)
        assert "there is no quarantine of" in told
        assert "what to do: marketgraph run --as-of" in told
    assert "there is no quarantine of 2018-03-01" in replay(spark, shop, code=4)


def test_words_that_name_nothing_are_one_message(spark: SparkSession, shop: Path) -> None:
    assert "unknown_buyer" in quarantine(
        spark, shop, "show", "--as-of", DAY, "--reason", "unknown_buyer", code=2
    )
    assert "one of merchants" in quarantine(spark, shop, "show", "--as-of", DAY, "--table", "order", code=2)
    assert "give one of them" in quarantine(spark, shop, "list", "--as-of", DAY, "--release", "r", code=2)


def test_dates_and_releases_are_counted_apart(spark: SparkSession, warehouse: str) -> None:
    days = Warehouse(spark, warehouse)
    bad, worse = (
        ("orders", reason, "buyer_id", "b\n9", "o.csv", "{}") for reason in ("bad_type", "not_allowed")
    )
    monday = days.publish(MONDAY, "a", {QUARANTINE: [bad, bad, worse]})
    days.write(MONDAY, "b", {QUARANTINE: [worse]})
    days.write(TUESDAY, "a", {QUARANTINE: []})
    days.write(WEDNESDAY, "a", {QUARANTINE: [bad]})
    every = days.command("quarantine", "list").output
    assert [("2024-01-01" in every, "2024-01-02" in every, "2024-01-03" in every)] == [(True, False, True)]
    assert "no row is refused" in days.command("quarantine", "list", "--as-of", "2024-01-02").output
    of_release = json.loads(days.command("quarantine", "list", "--release", monday, "--json").output)
    assert [(one["reason"], one["rows"]) for one in of_release] == [("bad_type", 2), ("not_allowed", 1)]
    of_books = json.loads(days.command("quarantine", "list", "--as-of", "2024-01-01", "--json").output)
    assert [(one["reason"], one["rows"]) for one in of_books] == [("not_allowed", 1)]
    shown = days.command("quarantine", "show", "--as-of", "2024-01-03", "--reason", "bad_type").output
    assert "orders  bad_type  buyer_id = b\\n9  (o.csv)" in shown  # no value begins a line of its own


@pytest.mark.slow
def test_mended_rows_are_told_and_the_next_run_goes_on_from_the_replay(
    spark: SparkSession, shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(shop, MANY, job="conform_sources") == 0
    counts = json.loads(quarantine(spark, shop, "list", "--json"))
    assert [(one["table"], one["reason"], one["column"], one["rows"]) for one in counts] == [
        ("order_items", "bad_type", "unit_price", 1),
        ("order_items", "unknown_reference", "order_id", 1),
        ("orders", "unknown_reference", "buyer_id", 1),
    ]
    shown = quarantine(spark, shop, "show", "--as-of", DAY, "--table", "order_items", "--limit", "1")
    assert "order_items  bad_type  unit_price = \\x1b[2Jfree  (items.csv)" in shown
    assert "1 of 2 rows refused" in shown
    assert "nothing changed since 2018-03-01" in replay(spark, shop)

    replaced("items.csv", "\x1b[2Jfree", "9.50")(shop)
    told = replay(spark, shop)
    assert "nothing is published: marketgraph run --as-of 2018-03-01 goes on from here" in told
    assert "order_items: 1 rows accepted; before 0" in told
    assert len(list_releases(Store(spark, f"{shop.parent}/warehouse"))) == 0
    counts = json.loads(quarantine(spark, shop, "list", "--as-of", DAY, "--json"))
    assert [one["reason"] for one in counts] == ["unknown_reference", "unknown_reference"]

    capfd.readouterr()
    assert run(shop, MANY, job="conform_sources") == 0
    assert "unchanged, nothing to do" in capfd.readouterr().out


@pytest.mark.slow
def test_a_mended_mapping_accepts_what_it_refused_after_a_run_that_was_stopped(
    spark: SparkSession, shop: Path
) -> None:
    spoilt = {"from": "orders.csv", "format": "csv", "columns": {**ORDERS["columns"], "ordered_at": "buyer"}}
    mapped(shop, {**MAPPING, "orders": spoilt})
    assert run(shop, job="conform_sources") == 3  # no date is a buyer's id: all orders are refused
    mapped(shop, {**MAPPING, "orders": part(ORDERS)})
    told = replay(spark, shop, "--json")
    orders = {key[1:]: counts for key, counts in groups(told).items() if key[0] == "orders"}
    assert orders == {
        ("bad_type", "ordered_at"): (2, 2, 0, 0, 0),
        ("unknown_reference", "buyer_id"): (0, 0, 0, 1, 1),
    }


@pytest.mark.slow
def test_a_replay_that_leaves_too_many_refused_says_what_changed_and_ends_with_3(
    spark: SparkSession, shop: Path
) -> None:
    assert run(shop, MANY, job="conform_sources") == 0
    replaced("items.csv", "\x1b[2Jfree", "9.50")(shop)
    told = replay(spark, shop, "--set", "sources.max_quarantine_share=0.4", code=3)
    assert "orders: 1 of 2 rows are bad" in told
    assert "nothing changed" in replay(spark, shop, "--set", "sources.max_quarantine_share=0.4")
