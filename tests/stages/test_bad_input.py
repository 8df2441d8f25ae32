"""Bad input through the command line's own door: one message, the right exit code, nothing published.

Each story spoils one file of a small sound shop. Its message must name the file, the column and the value.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession

from marketgraph.cli import exit_with
from marketgraph.jobs import run_job, run_pipeline
from marketgraph.pipeline import Order
from marketgraph.releases.load import list_releases
from marketgraph.store import Store
from tests.conftest import ROOT
from tests.sources.shop import BUYERS, IDENTIFIERS, ITEMS, MERCHANTS, ORDERS, PRODUCTS

pytestmark = pytest.mark.slow
MAPPING = {
    "merchants": MERCHANTS,
    "products": PRODUCTS,
    "buyers": BUYERS,
    "orders": ORDERS,
    "order_items": ITEMS,
    "identifiers": {**IDENTIFIERS, "from": "phones.json", "format": "json"},
}
FILES = {
    "merchants.csv": "id,since\nm1,2017-01-01\nm2,2017-01-02\n",
    "products.csv": "id,shop\np1,m1\np2,m2\n",
    "buyers.csv": "id,town\nb1,Porto\nb2,Faro\n",
    "orders.csv": "id,buyer,placed\no1,b1,2018-02-01\no2,b2,2018-02-02\n",
    "items.csv": "order,line,shop,product,price\no1,1,m1,p1,9.50\no2,1,m2,p2,3.00\n",
    "phones.json": "".join(
        f'{{"holder_kind": "merchant", "holder": "{m}", "number": "+351 21 000 00 0{n}", "first": "2018-01-01", '
        '"last": "2018-02-01"}\n'
        for n, m in enumerate(("m1", "m2"))
    ),
}
Spoil = Callable[[Path], object]


def gone(name: str) -> Spoil:
    return lambda folder: (folder / name).unlink()


def replaced(name: str, old: str, new: str) -> Spoil:
    """One text of a file is another; \\xff stands for the byte of that number."""

    def spoil(folder: Path) -> None:
        before = (folder / name).read_bytes()
        assert old.encode() in before
        (folder / name).write_bytes(before.replace(old.encode(), new.encode("latin-1"), 1))

    return spoil


def emptied(name: str) -> Spoil:
    return lambda folder: (folder / name).write_text("")


STORIES: dict[str, tuple[Spoil, int, tuple[str, ...]]] = {
    "a missing file": (gone("orders.csv"), 4, ("orders.csv", "orders")),
    "an empty file": (emptied("orders.csv"), 4, ("orders.csv",)),
    "a missing column": (
        replaced("orders.csv", "id,buyer,placed", "id,buyer,when"),
        4,
        ("orders.csv", "placed"),
    ),
    "a wrong delimiter": (
        replaced("orders.csv", "id,buyer,placed", "id;buyer;placed"),
        4,
        ("orders.csv", "id"),
    ),
    "a byte that is not UTF-8": (
        replaced("buyers.csv", "Faro", "F\xe9ro"),
        3,
        ("buyers.csv", "bad_encoding"),
    ),
    "half a JSON line": (
        replaced("phones.json", '"last": "2018-02-01"}', '"last": "201'),
        3,
        ("phones.json",),
    ),
    "a date that is none": (
        replaced("orders.csv", "2018-02-02", "2018-13-45"),
        3,
        ("orders.csv", "2018-13-45"),
    ),
    "a negative price": (replaced("items.csv", "3.00", "-3.00"), 3, ("items.csv", "unit_price", "-3.00")),
    "an order id twice": (replaced("orders.csv", "o2,b2", "o1,b2"), 3, ("orders.csv", "duplicate_key", "o1")),
    "an unknown buyer": (replaced("orders.csv", "o2,b2", "o2,b9"), 3, ("orders.csv", "buyer_id", "b9")),
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A data folder that a run takes as it is."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (tmp_path / "shop.yml").write_text(yaml.safe_dump({"source": "shop", "tables": MAPPING}))
    return folder


def run(
    shop: Path, *more: str, as_of: str = "2018-03-01", data: str | None = None, job: str | None = None
) -> int:
    """Exit code of `marketgraph run` on the shop, or of one job."""
    root = shop.parent
    places = (f"store.root={root}/warehouse", f"identifiers.key_file={root}/id.key")
    order = Order(
        ROOT / "conf" / "local.yml", as_of, str(root / "shop.yml"), data or str(shop), (*places, *more)
    )
    with pytest.raises(SystemExit) as ended:
        exit_with(lambda: run_job(job, order) if job else run_pipeline(order))
    return int(ended.value.code or 0)


def assert_told(told: str, *fragments: str) -> None:
    """One message that says what to do, without a traceback."""
    assert told.count("error: ") == 1
    assert "what to do: " in told
    assert "Traceback" not in told
    assert [f for f in fragments if f not in told] == []


def published(spark: SparkSession, shop: Path) -> int:
    return len(list_releases(Store(spark, str(shop.parent / "warehouse"))))


def test_the_shop_is_sound_before_a_story_spoils_it(spark: SparkSession, shop: Path) -> None:
    assert run(shop, job="conform_sources") == 0
    quarantine = spark.read.format("delta").load(f"{shop.parent}/warehouse/quality/quarantine")
    assert quarantine.isEmpty()


@pytest.mark.parametrize("story", STORIES)
def test_a_spoilt_file_stops_the_run(spark: SparkSession, shop: Path, story: str, capfd) -> None:
    spoil, code, fragments = STORIES[story]
    spoil(shop)
    assert run(shop) == code
    assert_told(capfd.readouterr().err, *fragments)
    assert published(spark, shop) == 0


def test_a_missing_folder_is_named(spark: SparkSession, shop: Path, capfd) -> None:
    assert run(shop, data=str(shop / "nowhere")) == 4
    assert_told(capfd.readouterr().err, f"{shop}/nowhere")
    assert published(spark, shop) == 0


def test_a_date_before_all_data_is_refused(spark: SparkSession, shop: Path, capfd) -> None:
    assert run(shop, as_of="2017-06-01") == 4
    assert_told(capfd.readouterr().err, "orders", "2017-06-01", "2018-02-01")
    assert published(spark, shop) == 0


def test_an_unknown_key_of_the_config_is_named(spark: SparkSession, shop: Path, capfd) -> None:
    assert run(shop, "communities.max_iteration=3") == 2
    assert_told(capfd.readouterr().err, "max_iteration")
    assert published(spark, shop) == 0


def test_what_was_refused_is_kept_with_its_reason(spark: SparkSession, shop: Path) -> None:
    replaced("items.csv", "3.00", "-3.00")(shop)
    assert run(shop) == 3
    (row,) = spark.read.format("delta").load(f"{shop.parent}/warehouse/quality/quarantine").collect()
    assert (row["table"], row["column"], row["bad_value"]) == ("order_items", "unit_price", "-3.00")
