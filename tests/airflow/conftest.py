"""One Airflow for the tests that only look at the DAG."""

from __future__ import annotations

import pytest

from tests.airflow.home import Airflow


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    return Airflow(tmp_path_factory.mktemp("airflow"))
