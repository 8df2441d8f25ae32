"""A heap that is too small ends the process with one message, and never leaves it waiting."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

GREEDY = """
from marketgraph.cli import exit_with
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

spark = build_session(SparkSettings(driver_memory="512m"), app_name="greedy")
exit_with(lambda: spark._jvm.java.util.ArrayList(2_000_000_000))
"""


@pytest.mark.slow
def test_out_of_memory_is_told_in_one_message() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GREEDY], capture_output=True, text=True, timeout=120, cwd=ROOT, check=False
    )
    assert done.returncode == 4
    assert "error: Spark's process ended in the middle of the work" in done.stderr
    assert "spark.driver_memory" in done.stderr
    assert "Traceback" not in done.stderr
