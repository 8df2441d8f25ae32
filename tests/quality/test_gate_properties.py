"""The gate against plain Python: whatever the rows, the same rows are at fault."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from tests.quality.stories import SHOPS, TOYS, frame_of, named, verdicts

Row = dict[str, Any]
# few values, so that rows collide; among them what breaks careless text and hashes
ROWS = st.fixed_dictionaries(
    {
        "shop": st.sampled_from([None, "s1", "s2", "s3", "", " s1", "S1", "s1\x00"]),
        "toy": st.sampled_from([None, -1, 0, 1, 2, 3]),
        "colour": st.sampled_from([None, "red", "blue", "Red", "red ", "'", "\\"]),
        "weight": st.sampled_from(
            [None, -0.0, 0.0, -1e-300, 2.5, 2.5000000000000004, float("nan"), float("-inf")]
        ),
        "phone": st.sampled_from([None, "h1", "h9"]),
    }
)
TABLES = st.lists(st.lists(ROWS, max_size=8), min_size=1, max_size=6)


def at_fault(rows: list[Row]) -> dict[str, int]:
    """Rows at fault by check, counted one by one; checks without any are left out."""
    keys = Counter((row["shop"], row["toy"]) for row in rows)
    del keys[(None, None)]
    counted = Counter({"unique": sum(n for n in keys.values() if n > 1)})
    for row in rows:
        counted.update(f"not_null {name}" for name in ("shop", "toy", "colour") if row[name] is None)
        counted["allowed colour"] += row["colour"] not in (None, "red", "blue")
        counted["allowed phone"] += row["phone"] not in (None, "h1", "h2")
        counted["range toy"] += row["toy"] is not None and row["toy"] < 1
        counted["range weight"] += row["weight"] is not None and not 0 <= row["weight"] <= 2.5
        counted["reference shop"] += row["shop"] is not None and row["shop"] not in SHOPS
    return {check: number for check, number in counted.items() if number}


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(TABLES)
def test_the_rows_at_fault_are_those_that_plain_python_finds(
    spark: SparkSession, tables: list[list[Row]]
) -> None:
    frames = {named(f"toys{i}"): frame_of(spark, TOYS, rows) for i, rows in enumerate(tables)}
    found = verdicts(spark, frames)
    for number, rows in enumerate(tables):
        results = found[f"toys{number}"]
        assert {r.rows for r in results} == {len(rows)}
        label = {r: r.check if r.check == "unique" else f"{r.check} {', '.join(r.columns)}" for r in results}
        assert {label[r]: r.unexpected_count for r in results if r.unexpected_count} == at_fault(rows)
        assert all(r.passed == (r.unexpected_count == 0) for r in results if r.check != "volume")
        assert all(bool(r.examples) == (not r.passed) for r in results if r.check != "volume")
