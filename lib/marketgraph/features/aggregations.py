"""What features can be of the rows in a window: each aggregation as a value, with what it takes and what null means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Takes = Literal["nothing", "number", "number or nothing", "value", "two features", "condition"]
NEVER = "never null"
NOTHING = "no such row in the window"


@dataclass(frozen=True)
class Aggregation:
    """An aggregation. null: when its value is null; minimum, maximum: of its value, where they don't follow the column.

    whole: its value is a count, a LONG. Everything else is a DOUBLE, but for sums of whole numbers.
    """

    name: str
    takes: Takes
    meaning: str
    null: str = NOTHING
    whole: bool = False
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None


AGGREGATIONS = {
    one.name: one
    for one in (
        Aggregation("count", "nothing", "number of rows", NEVER, whole=True, minimum=0),
        Aggregation("sum", "number", "exact sum; 0 of no rows", NEVER),
        Aggregation("mean", "number", "exact sum by the number of values"),
        Aggregation("min", "number", "least value"),
        Aggregation("max", "number", "greatest value"),
        Aggregation(
            "stddev", "number", "sample standard deviation, of exact sums", "less than two values", minimum=0
        ),
        Aggregation("first", "number", "value of the earliest row; of equally early ones the smallest"),
        Aggregation("last", "number", "value of the latest row; of equally late ones the smallest"),
        Aggregation("distinct", "value", "exact number of distinct values", NEVER, whole=True, minimum=0),
        Aggregation(
            "approx_distinct",
            "value",
            "about the number of distinct values (HyperLogLog++, 5 %)",
            NEVER,
            whole=True,
            minimum=0,
        ),
        Aggregation("ratio", "two features", "the first by the second", "the second is 0 or null", unit=""),
        Aggregation(
            "share",
            "condition",
            "share of the group's rows that meet `where`",
            minimum=0,
            maximum=1,
            unit="0 to 1",
        ),
        Aggregation(
            "top_share",
            "value",
            "share of the rows with a value that have one of the `k` most frequent ones",
            minimum=0,
            maximum=1,
            unit="0 to 1",
        ),
        Aggregation("entropy", "value", "entropy of the values' shares", minimum=0, unit="nats"),
        Aggregation("days_since", "nothing", "from the latest row to the moment", minimum=0, unit="days"),
        Aggregation(
            "days_since_first",
            "nothing",
            "from the earliest row of the window to the moment",
            minimum=0,
            unit="days",
        ),
        Aggregation(
            "trend",
            "number or nothing",
            "count, or sum of a column, by the same of the window of the same length before it",
            "nothing in the window before it",
            unit="",
        ),
    )
}
