"""The ten minutes of docs/own-tables.md: its mapping over CSV files of a young marketplace, from the command line."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.releases.load import Release, load_release
from tests.conftest import ROOT
from tests.docs.reading import Page
from tests.faults.processes import marketgraph

pytestmark = [pytest.mark.slow, pytest.mark.long]
OPENED = datetime(2024, 5, 30, 9)
AS_OF = "2024-06-29"  # a month later: no date that a training set would look back at has a row
WOODS = ("oak", "ash", "elm", "fir", "yew", "teak", "pine", "plum", "pear", "lime")
THINGS = ("lamp", "stool", "bowl", "clock", "frame", "desk", "spoon", "crate", "comb", "chest")
# The page's tables, and whom the marketplace has banned.
BANS = """\
  violations:
    from: bans.csv
    format: csv
    columns: {entity_kind: {value: buyer}, entity_id: customer, kind: why, decided_at: banned, known_at: banned}
"""


def table(file: Path, heads: str, rows: Iterable[tuple[object, ...]], sep: str = ",") -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, delimiter=sep)
        writer.writerow(heads.split())
        writer.writerows(rows)


def write_shop(folder: Path) -> None:
    """Ten shops with ten listings each, and eighty customers, of whom each four of the first twelve share a device."""

    def after(hours: int) -> str:
        return (OPENED + timedelta(hours=hours)).isoformat(sep=" ")

    names = [
        f"{wood} {thing} no {n}" for n, (wood, thing) in enumerate((w, t) for w in WOODS for t in THINGS)
    ]
    joined = (OPENED - timedelta(days=90)).strftime("%d/%m/%Y")
    table(
        folder / "shops.csv",
        "shop_id title town opened",
        [(f"s{n}", f"Shop {n}", "porto", joined) for n in range(10)],
    )
    table(
        folder / "listings.csv",
        "sku shop_id title price",
        [(f"p{n}", f"s{n % 10}", names[n], n + 5) for n in range(100)],
    )
    table(folder / "customers.csv", "id", [(f"c{n}",) for n in range(80)])
    placed = [(f"o{n}", f"c{n % 80}", after(n), ("new", "done", "void")[n % 3], "web") for n in range(400)]
    table(folder / "orders-1.csv", "number customer placed state channel", placed, ";")
    lines = [(f"o{n}", 1, f"s{n * 7 % 10}", f"p{n * 7 % 100}", 1 + n % 3, 9.5) for n in range(400)]
    table(folder / "lines-1.csv", "order line shop_id sku pieces price", lines)
    logins = [(f"c{n}", f"dev-{n // 4 if n < 12 else n}", after(n)) for n in range(80)]
    table(folder / "logins.csv", "customer device_id seen_at", logins)
    table(folder / "bans.csv", "customer why banned", [(f"c{n}", "fraud", after(300 + n)) for n in (0, 4)])


@pytest.fixture(scope="module")
def ran(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Release]:
    """What the run has said, and its release."""
    folder = tmp_path_factory.mktemp("own")
    (mapping,) = (text for text in Page(ROOT / "docs/own-tables.md").fenced("yaml") if "source: mine" in text)
    (folder / "mine.yml").write_text(mapping + BANS, encoding="utf-8")
    (folder / "data").mkdir()
    write_shop(folder / "data")
    places = (f"store.root={folder}/warehouse", f"identifiers.key_file={folder}/outside/identifiers.key")
    words = ["run", "--config", "conf/local.yml", *(word for place in places for word in ("--set", place))]
    words += ["--source", f"{folder}/mine.yml", "--data", f"{folder}/data", "--as-of", AS_OF]
    done = subprocess.run(
        marketgraph(*words), cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr, load_release(spark, AS_OF, root=f"{folder}/warehouse")


def test_customers_who_share_a_device_are_a_community(ran: tuple[str, Release]) -> None:
    release = ran[1]
    ids = release.table("entities.vertex_ids").where("entity_kind = 'buyer'").select("vertex_id", "entity_id")
    members = release.table("communities.members").join(ids, "vertex_id")
    grouped = members.groupBy("community_id").agg(F.collect_set("entity_id").alias("names")).collect()
    found = {frozenset(row["names"]) for row in grouped if len(row["names"]) > 1}
    assert found == {frozenset(f"c{n}" for n in range(first, first + 4)) for first in (0, 4, 8)}


def test_risk_goes_from_the_banned_to_those_who_share_their_device(ran: tuple[str, Release]) -> None:
    release = ran[1]
    ids = release.table("entities.vertex_ids").where("entity_kind = 'buyer'").select("vertex_id", "entity_id")
    scores = release.table("risk.scores").where("domain = 'any'").join(ids, "vertex_id")
    first = [row["entity_id"] for row in scores.orderBy("rank").limit(8).collect()]
    assert set(first) == {f"c{n}" for n in range(8)}


def test_a_marketplace_of_a_month_gets_no_training_set_and_is_told_so(ran: tuple[str, Release]) -> None:
    said, release = ran
    assert "no training set" in said
    assert release.pins["training.merchants"].rows == 0
