"""What can be wrong with the rows of a graph's files: each file is judged in one job, and one message tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from marketgraph.errors import SourceError
from marketgraph.graphs.formats import readable
from marketgraph.graphs.reading import WEIGHT

# Votes are int64 in units of 2^-20, so a sum of weights may come to 2^43; the half of it leaves room for own votes.
LARGEST_WEIGHT, LARGEST_SUM = 2**31, 2**42
_FAULT = "fault"


@dataclass(frozen=True)
class Fault:
    """A way in which a row is wrong: `condition` on its `column`, what it is called, and what to do about it."""

    column: str
    condition: Column
    what: str
    fix: str


@dataclass(frozen=True)
class Seen:
    """What one look at a file found. integral: all ids are whole numbers of 64 bits, written in the one way."""

    rows: int
    integral: bool
    sum_of_weights: float


def look_at(
    rows: DataFrame, *, path: str, ids: Sequence[str], texts_are_numbers: bool, weight_may_lack: bool
) -> Seen:
    """Count the rows of a file and their faults, in one job without a shuffle of rows.

    ids: the columns that hold ids. texts_are_numbers: whether an id that is text may be a number (in CSV).
    Raises SourceError for the first kind of fault there is, with the least of its values and how many rows have it.
    """
    faults = [fault for name in ids for fault in _id_faults(name)]
    if WEIGHT in rows.columns:
        faults += _weight_faults(rows, may_lack=weight_may_lack)
    with readable(path):
        told = _counted(rows, faults, _all_integral(rows, ids, texts_are_numbers)).collect()[0]
    if example := told["example"]:
        number = example[_FAULT]
        raise _error(path, faults[number], told[f"rows_{number}"], example)
    return Seen(told["rows"], told["integral"] is not False, told["sum_of_weights"] or 0.0)


def _counted(rows: DataFrame, faults: Sequence[Fault], integral: Column) -> DataFrame:
    """One row: how many rows there are, how many of each fault, and the least example of the first fault there is."""
    fault = F.col(_FAULT)
    value = F.coalesce(*[F.when(fault == place, _text(f.column)) for place, f in enumerate(faults)])
    whole = F.concat_ws(", ", *[F.coalesce(_text(name), F.lit("")) for name in rows.columns])
    weight = F.col(WEIGHT).cast("double") if WEIGHT in rows.columns else F.lit(0.0)
    number = F.coalesce(*[F.when(f.condition, place) for place, f in enumerate(faults)])
    # no groupBy: the least of texts would then be found by sorting all the rows
    return rows.withColumn(_FAULT, number).agg(
        F.count("*").alias("rows"),
        F.bool_and(integral).alias("integral"),
        F.sum(weight).alias("sum_of_weights"),
        F.min(F.when(fault.isNotNull(), F.struct(fault, value.alias("value"), whole.alias("row")))).alias(
            "example"
        ),
        *[F.count_if(fault == place).alias(f"rows_{place}") for place in range(len(faults))],
    )


def _text(name: str) -> Column:
    return F.col(name).cast("string")


def _all_integral(rows: DataFrame, ids: Sequence[str], texts_are_numbers: bool) -> Column:
    """Whether each id of a row reads back as it was written once it is a number: `007`, `+7`, `-0` do not."""
    texts = [name for name in ids if isinstance(rows.schema[name].dataType, StringType)]
    if texts and not texts_are_numbers:
        return F.lit(False)
    same = F.lit(True)
    for name in texts:
        back = F.col(name).cast("long").cast("string")
        same = same & F.coalesce(back == F.col(name), F.lit(False))
    return same


def _id_faults(name: str) -> list[Fault]:
    text = _text(name)
    return [
        Fault(
            name,
            text.isNull() | (text == ""),
            "is missing",
            "mend or remove these rows; if every row has it, check --format, --sep and --header",
        ),
        # a byte that is no UTF-8 is read as this character, and so would different ids become the same
        Fault(
            name,
            text.contains("\ufffd"),
            "is not UTF-8",
            "write the file in UTF-8; if it is no text, check --format",
        ),
    ]


def _weight_faults(rows: DataFrame, *, may_lack: bool) -> list[Fault]:
    weight = F.col(WEIGHT)
    number = weight.cast("double")
    lacks, no_number = weight.isNull(), number.isNull()
    if isinstance(rows.schema[WEIGHT].dataType, StringType):
        lacks = lacks | (weight == "")
        # what Java takes for a number beyond the decimal ones: 1d, 1f, 0x1p3
        no_number = no_number | (weight.rlike("(?i)[dfx]") & ~number.isin(float("inf"), float("-inf")))
    mend = "mend these weights, or leave out --weights to let each edge have one vote"
    faults = [] if may_lack else [Fault(WEIGHT, lacks, "is missing", mend)]
    return [
        *faults,
        Fault(WEIGHT, ~lacks & no_number, "is not a number", mend),
        Fault(WEIGHT, F.isnan(number), "is NaN", mend),
        Fault(WEIGHT, number.isin(float("inf"), float("-inf")), "is infinite", mend),
        Fault(WEIGHT, number < 0, "is negative", "weights are 0 or more: shift or remove them"),
        Fault(
            WEIGHT,
            number > LARGEST_WEIGHT,
            "is over 2^31",
            "divide all weights by one number: only their ratios count",
        ),
    ]


def _error(path: str, fault: Fault, rows: int, example: Row) -> SourceError:
    value = "" if not example["value"] else f": {shown(example['value'])}"
    many = "1 row" if rows == 1 else f"{rows:,} rows"
    return SourceError(
        f"{path}: {fault.column} {fault.what}{value} (in {many}, such as {shown(example['row'])})",
        fix=fault.fix,
    )


def shown(text: str) -> str:
    """A value as it is shown to the user: quoted, its odd characters escaped, no longer than a line."""
    return repr(text if len(text) <= 60 else text[:60] + "…")


def require_bearable_sums(edges: DataFrame, seen: Seen, *, path: str) -> None:
    """Raises SourceError when the weights around a vertex come to so much that their votes could not be added.

    edges: (src, dst, weight). Only where the weights of all edges come to that much is a vertex looked for.
    """
    if seen.sum_of_weights < LARGEST_SUM:
        return
    ends = edges.select(
        F.explode(F.array("src", "dst")).alias("vertex"), F.col(WEIGHT).cast("double").alias(WEIGHT)
    )
    sums = ends.groupBy("vertex").agg(F.sum(WEIGHT).alias("heard")).where(F.col("heard") >= LARGEST_SUM)
    told = sums.agg(
        F.count("*").alias("rows"), F.min(F.struct("vertex", "heard")).alias("example")
    ).collect()[0]
    if told["rows"]:
        vertex, heard = told["example"]
        raise SourceError(
            f"{path}: weight sums up to {heard:.4g} around the vertex {shown(str(vertex))}, which is 2^42 or more "
            f"(at {told['rows']:,} vertices)",
            fix="divide all weights by one number: only their ratios count",
        )
