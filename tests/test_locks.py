"""The lock of Spark 4 is the default's, but for Spark, Delta and what these want."""

from __future__ import annotations

import re

from tests.conftest import ROOT

# delta-spark 4.3 bounds importlib-metadata, whose newer versions want lazy-importer.
OF_SPARK = {"pyspark", "delta-spark", "importlib-metadata", "lazy-importer"}


def pins(lock: str) -> set[tuple[str, str]]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9._-]+)==(.+?) *\\?$", text, flags=re.MULTILINE))


def test_what_one_lock_gained_the_other_has_too() -> None:
    default, spark4 = pins("requirements.lock"), pins("requirements-spark4.lock")
    apart = {name for name, _ in default ^ spark4}
    assert apart - OF_SPARK == set(), "run `make spark4-lock`"
    assert {"pyspark", "delta-spark"} <= apart
