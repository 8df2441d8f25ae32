"""The command itself on a spoilt shop: a documented exit code, one message, nothing that a later stage would take."""

from __future__ import annotations

import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.books import Books
from marketgraph.cli import exit_with
from marketgraph.jobs import run_job
from marketgraph.pipeline import Order
from marketgraph.store import Store
from marketgraph.tables.sources import QUARANTINE, SOURCE_TABLES
from tests.conftest import ROOT
from tests.fuzz.cases import CASES, tried
from tests.fuzz.source_files import KINDS, spoilt_table
from tests.sources.shop import AS_OF

pytestmark = pytest.mark.slow
WHOLE_SHOP = ("merchants", "products", "buyers", "orders", "items", "phones")


@st.composite
def spoilt_shop(draw) -> dict[str, bytes]:
    """A file of each kind; one or two of them are spoilt."""
    files = {name: KINDS[name].written([list(row) for row in KINDS[name].grid]) for name in WHOLE_SHOP}
    for name in draw(st.lists(st.sampled_from(WHOLE_SHOP), min_size=1, max_size=2)):
        files[name] = draw(spoilt_table(KINDS[name]))
    return files


def conformed(folder: Path, files: dict[str, bytes]) -> tuple[int, str, str]:
    """Exit code of the job on these files, and what it said."""
    (folder / "data").mkdir()
    for name, content in files.items():
        (folder / "data" / name).write_bytes(content)
    tables = {KINDS[name].table: {**KINDS[name].part, "from": name} for name in files}
    (folder / "shop.yml").write_text(yaml.safe_dump({"source": "shop", "tables": tables}))
    places = (f"store.root={folder}/warehouse", f"identifiers.key_file={folder}/id.key")
    order = Order(
        ROOT / "conf" / "local.yml", str(AS_OF), str(folder / "shop.yml"), str(folder / "data"), places
    )
    said, told = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended, redirect_stdout(said), redirect_stderr(told):
        exit_with(lambda: run_job("conform_sources", order))
    return int(str(ended.value.code)), said.getvalue(), told.getvalue()


@tried(max(CASES // 100, 1) + 1, shrunk=False)
@given(spoilt_shop())
def test_a_spoilt_shop_is_taken_whole_or_not_at_all(spark: SparkSession, files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        code, said, told = conformed(Path(folder), files)
        assert code in (0, 3, 4)
        assert told.count("error: ") == (code != 0)
        assert told.count("what to do: ") == (code != 0)
        assert "Traceback" not in said + told
        books = Books(Store(spark, f"{folder}/warehouse"), AS_OF)
        assert {books.has(table) for table in SOURCE_TABLES} == {code == 0}
        assert books.has(QUARANTINE) == (code in (0, 3))
