"""Trailing windows: half-open, in UTC, ended by the run's date."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def trailing(frame: DataFrame, time_column: str, *, as_of: date, days: int) -> DataFrame:
    """The rows of `frame` with as_of - days <= time < as_of, at midnight UTC."""
    end = datetime.combine(as_of, time())
    moment = F.col(time_column)
    return frame.where((moment >= F.lit(end - timedelta(days=days))) & (moment < F.lit(end)))
