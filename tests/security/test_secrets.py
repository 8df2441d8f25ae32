"""Personal identifiers and keys, planted and looked for: they are in the raw data and the key's file alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from pyspark.sql import SparkSession

from marketgraph.cli import exit_with
from marketgraph.delta_log import newest_version, read_commit
from marketgraph.explain_job import show_explanation
from marketgraph.jobs import run_job
from marketgraph.pipeline import Order
from marketgraph.releases.load import load_release
from marketgraph.report_job import ReportOrder, report_release
from marketgraph.sources.identity import IdentifierKey
from tests.conftest import ROOT
from tests.published import DATES, order
from tests.sources.shop import BUYERS, IDENTIFIERS, KEY, MERCHANTS, ORDERS, Shop, table

pytestmark = pytest.mark.slow
# What identifiers of the synthetic marketplace look like; held against its own rows before it is relied upon.
SHAPES = re.compile(
    rb"\+999 ?\d{10}|9999-\d{4}-\d{4}-\d{4}|xm\d{20}|02(:[0-9a-f]{2}){5}|2001:db8:[0-9a-f:]+"
    rb"|\d+ \w+ street, flat \d+"
)
PHONE, OTHER = "+49 555 0100777", "+49 555 0100888"
SECRET, OLD_SECRET = "planted-secret-of-the-tests-0815", "planted-secret-of-yesterday-4711"
PLANTED = (
    *("0100777", "0100888"),  # as they end, however they are written
    *(told for secret in (SECRET, OLD_SECRET) for told in (secret, secret.encode().hex())),
)


def texts(file: Path) -> Iterator[bytes]:
    """All that can be read out of a file: its bytes, and of Parquet, which packs them, the texts of all columns."""
    yield file.read_bytes().lower()
    if file.suffix == ".parquet":
        for column in pq.read_table(file).columns:
            yield "\n".join(str(value) for value in _leaves(column)).lower().encode()


def _leaves(column: pa.ChunkedArray) -> Iterator[object]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield from column.unique().to_pylist()
    elif pa.types.is_nested(kind):
        yield from column.to_pylist()  # as Python shows them, with all that is in them


def written(root: Path, *, but: tuple[str, ...]) -> list[Path]:
    """Files below a folder, without those under some of its folders."""
    left_out = [root / name for name in but]
    files = [file for file in root.rglob("*") if file.is_file()]
    return [file for file in files if not any(file.is_relative_to(folder) for folder in left_out)]


def test_no_file_beyond_the_raw_data_holds_an_identifier(
    spark: SparkSession, published, capfd, tmp_path: Path
) -> None:
    root = published[0]
    raw = [
        row["value"].lower().encode()
        for row in spark.read.parquet(f"{root}/raw/identifiers").select("value").collect()
    ]
    assert len(raw) > 100
    assert [value for value in raw if not SHAPES.search(value)] == []
    told = order(root)
    report_release(ReportOrder(told.config, DATES[0], tmp_path / "report", False, 5, told.overrides))
    release = load_release(spark, DATES[0], root=str(root))
    names = {row["vertex_id"]: row for row in release.table("entities.vertex_ids").collect()}
    for row in release.table("evidence.subjects").where("rank = 1").collect():
        target = f"community:{row['subject_id']}"
        if row["subject"] == "entity":
            target = "{entity_kind}:{entity_id}".format(**names[row["subject_id"]].asDict())
        show_explanation(
            target, DATES[0], told.config, domain=row["domain"], as_json=True, overrides=told.overrides
        )
    files = [*written(root, but=("raw", "id.key")), *written(tmp_path, but=())]
    assert len(files) > 300
    held = {file: found.group() for file in files for text in texts(file) if (found := SHAPES.search(text))}
    assert held == {}
    said = capfd.readouterr()
    assert SHAPES.search((said.out + said.err).lower().encode()) is None


def test_no_file_but_its_own_holds_the_key(published) -> None:
    root = published[0]
    key = (root / "id.key").read_bytes().strip().lower()
    assert len(key) >= 32
    assert [file for file in written(root, but=("id.key",)) if any(key in text for text in texts(file))] == []


def test_nobody_else_may_read_a_file_of_the_warehouse(published) -> None:
    files = [file for file in written(published[0], but=()) if file.stat().st_mode & 0o007]
    assert files == []
    assert (published[0] / "id.key").stat().st_mode & 0o077 == 0


@pytest.fixture
def leaky(spark: SparkSession, tmp_path: Path) -> Shop:
    """A shop whose identifiers go wrong in every way that there is, each with a planted number."""
    folder = tmp_path / "data"
    folder.mkdir()
    shop = Shop(spark, folder)
    shop.write("merchants.csv", "id,since", "m1,2017-01-01")
    shop.write("buyers.csv", "id,town", "b1,Bonn", "b2,Faro")
    shop.write("orders.csv", "id,buyer,placed", "o1,b1,2018-02-01")
    rows = (
        f"buyer,b1,{PHONE},2018-01-01,2018-01-02", f"buyer,b1,{PHONE},2018-01-01,2018-01-02",  # an exact copy
        f"buyer,b2,{OTHER},2018-01-01,2018-01-02", f"buyer,b2,{OTHER},2018-01-01,2018-01-03",  # two rows of one key
        f"buyer,b2,{PHONE},no date,", f"buyer,b2,{PHONE},2018-02-01,2018-01-01", f"robot,b2,{PHONE},,",
        f"buyer,nobody,{OTHER},2018-01-01,", f"buyer,b1,{PHONE},2018-01-01,,{OTHER}", f'buyer,b1,"{PHONE}',
        f",,{OTHER},,",
        f"buyer,b1,{PHONE}\ufffd,2018-01-01,",
    )  # fmt: skip
    shop.write("phones.csv", "holder_kind,holder,number,first,last", *rows)
    return shop


TABLES = {"merchants": MERCHANTS, "buyers": BUYERS, "orders": ORDERS, "identifiers": IDENTIFIERS}


def planted_in(text: str) -> list[str]:
    return [value for value in PLANTED if value.lower() in text.lower()]


@pytest.mark.parametrize(("share", "changing"), [("1", True), ("0.01", False)])
def test_a_command_tells_and_stores_no_identifier_and_no_key(
    leaky: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd, share: str, changing: bool
) -> None:
    monkeypatch.setenv("PLANTED_KEY", SECRET)
    monkeypatch.setenv("PLANTED_OLD_KEY", OLD_SECRET)
    mapping, warehouse = tmp_path / "shop.yml", tmp_path / "warehouse"
    mapping.write_text(yaml.safe_dump({"source": "shop", "tables": TABLES}))
    keys = "key_env: PLANTED_KEY" + (", previous_key_env: PLANTED_OLD_KEY" if changing else "")
    told = (
        f"store.root={warehouse}",
        f"identifiers={{{keys}}}",
        f"sources.max_quarantine_share={share}",
        f"spark.extra={{spark.ssl.keyPassword: {SECRET}}}",
    )
    asked = Order(ROOT / "conf" / "local.yml", "2018-03-01", str(mapping), str(leaky.folder), told)
    with pytest.raises(SystemExit) as ended:
        exit_with(lambda: run_job("conform_sources", asked))
    assert ended.value.code == (0 if share == "1" else 3)
    said = capfd.readouterr()
    assert "identifiers: " in said.out
    assert planted_in(said.out + said.err) == []
    files = written(warehouse, but=())
    assert any(file.suffix == ".parquet" for file in files)
    held = {
        file: found for file in files for text in texts(file) if (found := planted_in(text.decode("latin-1")))
    }
    assert held == {}
    assert (warehouse / "sources" / "rehashed").exists() == changing
    path = f"{warehouse}/quality/quarantine"
    commit = read_commit(leaky.spark, path, newest_version(leaky.spark, path))
    assert json.loads(commit.said)["identifier_key"] == IdentifierKey(SECRET.encode()).check


def test_no_plan_shows_an_identifier_or_a_key(leaky: Shop) -> None:
    with leaky.conform(**TABLES) as conformed:
        frames = (table(conformed, "identifiers").accepted, conformed.quarantined)
        plans = "".join(frame._jdf.queryExecution().toString() for frame in frames)
        assert planted_in(plans + "\n".join(conformed.warnings)) == []
        assert KEY.secret.decode() not in plans
