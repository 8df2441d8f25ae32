"""Spark's own pages, for who asks for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from tests.faults.processes import begun
from tests.faults.test_two_runs import command
from tests.stages.test_bad_input import shop

pytestmark = pytest.mark.slow
__all__ = ["shop"]  # a fixture


def test_a_run_says_where_sparks_pages_are_and_they_are_there(shop: Path, tmp_path: Path) -> None:
    told = r"Spark's pages, while this runs: (http://\S+)"
    with begun([*command(shop), "--set", "spark.ui=true"], tmp_path / "run.log") as run:
        assert run.until(lambda: re.search(told, run.told()) is not None), run.told()
        address = re.search(told, run.told())
        assert address
        page = requests.get(f"{address[1]}/jobs/", timeout=60)
        assert (page.status_code, "marketgraph conform_sources" in page.text) == (200, True)
        assert run.wait() == 0, run.told()
