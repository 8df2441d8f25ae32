"""Spark 4 beside Spark 3.5: of one marketplace both publish the same rows, and each goes on from the other's.

`make test-spark4` runs this on Spark 4, and it starts the other line in .venv; on Spark 3.5 there is nothing to do.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession

from marketgraph.jobs import run_pipeline
from marketgraph.releases.load import load_release
from marketgraph.tables import catalogue
from tests.conftest import ROOT
from tests.faults.compared import tables_that_differ
from tests.published import DATES, order

OTHER = ROOT / ".venv" / "bin" / "python"
BUILD = """
import sys
from pathlib import Path
import pyspark
from marketgraph.jobs import run_pipeline
from tests.published import order
assert pyspark.__version__.startswith("3.5."), pyspark.__version__
run_pipeline(order(Path(sys.argv[1])))
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        pyspark.__version__ < "4", reason="Spark 4 is compared with Spark 3.5, not the other way"
    ),
    pytest.mark.skipif(not OTHER.exists(), reason="no .venv with Spark 3.5 here: make setup"),
]


@pytest.fixture(scope="module")
def others(published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse that Spark 3.5 makes of the same marketplace, under the same key of identifiers."""
    root = tmp_path_factory.mktemp("others") / "warehouse"
    root.mkdir()
    shutil.copy(published[0] / "id.key", root)
    subprocess.run([OTHER, "-c", BUILD, root], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return root


def test_both_publish_the_same_rows(spark: SparkSession, published, others: Path) -> None:
    ours, theirs = (load_release(spark, DATES[0], root=str(root)) for root in (published[0], others))
    assert {name: pin.rows for name, pin in ours.pins.items()} == {n: p.rows for n, p in theirs.pins.items()}
    assert tables_that_differ(ours, theirs, catalogue(published[1].config)) == []


def test_a_run_goes_on_from_what_the_other_line_has_written(
    spark: SparkSession, published, followed: Path, others: Path, tmp_path: Path
) -> None:
    root = shutil.copytree(others, tmp_path / "warehouse")
    run_pipeline(order(root, DATES[1], "exports.formats=[]"))
    ours, theirs = (load_release(spark, DATES[1], root=str(place)) for place in (followed, root))
    assert tables_that_differ(ours, theirs, catalogue(published[1].config)) == []
