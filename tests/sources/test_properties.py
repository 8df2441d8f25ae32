"""What holds for any rows: nothing is lost, nothing depends on order or partitions, no future leaks."""

from __future__ import annotations

import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from marketgraph.sources.conformed import ConformedSources
from tests.sources.shop import AS_OF, BUYERS, ORDERS, Shop, accepted, part, refused, table

FEW = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
START = datetime(2024, 2, 1)
MOMENTS = st.integers(0, 60).map(lambda days: f"{START + timedelta(days=days):%Y-%m-%d}")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["o1", "o2", "o3", "o4", "", "o5,more"]),
        st.sampled_from(["b1", "b2", "b9", ""]),
        MOMENTS | st.sampled_from(["2024-13-01", ""]),
    ),
    min_size=1,
    max_size=40,
)
ANY_ORDERS = part(ORDERS, **{"from": "orders.*.csv"})


def shop_of(spark: SparkSession, folder: str, rows: list[tuple[str, ...]], files: int = 1) -> Shop:
    shop = Shop(spark, Path(folder))
    shop.write("buyers.csv", "id,town", "b1,Bonn", "b2,Köln")
    for number in range(files):
        lines = [",".join(row) for row in rows[number::files]]
        shop.write(f"orders.{number}.csv", "id,buyer,placed", *lines)
    return shop


def conform(shop: Shop) -> ConformedSources:
    return shop.conform(buyers=BUYERS, orders=ANY_ORDERS)


@FEW
@given(ROWS)
def test_every_row_has_one_outcome(spark: SparkSession, rows: list[tuple[str, ...]]) -> None:
    rows = [*rows, ("o0", "b1", "2024-01-01")]
    with tempfile.TemporaryDirectory() as folder, conform(shop_of(spark, folder, rows)) as conformed:
        held = table(conformed, "orders")
        orders = conformed.quarantined.where("`table` = 'orders'")
        assert held.accepted.count() + orders.count() + held.counts.later == len(rows)
        assert (held.accepted.count(), orders.count()) == (held.counts.accepted, held.counts.refused)


@FEW
@given(ROWS, st.randoms(use_true_random=False))
def test_order_and_files_of_the_rows_do_not_matter(
    spark: SparkSession, rows: list[tuple[str, ...]], chance: random.Random
) -> None:
    rows = [*rows, ("o0", "b1", "2024-01-01")]
    shuffled = chance.sample(rows, len(rows))
    columns = ("reason", "column", "bad_value", "raw_row")
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        conform(shop_of(spark, one, rows)) as first,
        conform(shop_of(spark, other, shuffled, 3)) as second,
    ):
        assert accepted(first, "orders") == accepted(second, "orders")
        assert refused(first, *columns) == refused(second, *columns)


@FEW
@given(ROWS)
def test_a_backfill_of_a_day_gives_what_the_run_on_that_day_gave(
    spark: SparkSession, rows: list[tuple[str, ...]]
) -> None:
    # what can't be dated is left out: nobody knows whether it was there on the day
    dated = [row for row in rows if row[2] not in ("2024-13-01", "") and "," not in row[0]]
    dated.append(("o0", "b1", "2024-01-01"))
    then = [row for row in dated if row[2] < str(AS_OF)]
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        conform(shop_of(spark, one, dated)) as backfill,
        conform(shop_of(spark, other, then)) as that_day,
    ):
        assert accepted(backfill, "orders") == accepted(that_day, "orders")
        assert refused(backfill) == refused(that_day)
