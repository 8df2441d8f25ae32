"""The engine: rows of a stream, put to the questions that may see them, in rings between the windows' edges.

A question is an entity at a moment: (question, moment). A snapshot asks one for each entity, all at one moment, and is
answered in the same way. A row is seen by a question when its time and the time since when it was known lie before the
moment, and its time no further back than the longest window. The rows of a question are brought together by an
exchange for each grouping: one for sums, one for values and how often they come, one for sketches. Spark prunes from
each what its grouping does not read, and so moves less than one exchange of all columns would; what is grouped after it
is by question and something else, and needs no other.
"""

from __future__ import annotations

from datetime import date

from pyspark import SparkContext
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.features.categories import categories_in, sketches_in
from marketgraph.features.passes import Pass
from marketgraph.features.windows import ring_sql
from marketgraph.sources.visibility import midnight


def snapshot(rows: DataFrame, one: Pass, *, as_of: date) -> DataFrame:
    """One row per entity with a row in the longest window before midnight (UTC) of the date: (question, features …).

    rows: of the pass's stream. question: the entity's id as the stream has it. One exchange for each
    grouping that the pass needs: two where it has sums and categories.
    """
    narrow = _narrow(rows, one).withColumns(
        {"question": F.col("entity"), "moment": F.unix_micros(midnight(as_of))}
    )
    return answers(_placed(narrow, one), one)


def at_moments(rows: DataFrame, one: Pass, questions: DataFrame) -> DataFrame:
    """One row per question with a row in the longest window before its moment: (question, features …).

    questions: (question: long, unique; entity: id as the stream has it; moment: timestamp). Two exchanges of the rows:
    by entity, to join them (many rows to many questions), and by question.
    """
    asked = questions.select("question", "entity", F.unix_micros("moment").alias("moment"))
    return answers(_placed(_narrow(rows, one).join(asked, "entity", "inner"), one), one)


def answers(placed: DataFrame, one: Pass) -> DataFrame:
    """The features of each question. placed: (question, ring, age where it is needed, flags, values, keys)."""
    parts = [
        part for part in (_summed(placed, one), categories_in(placed, one), sketches_in(placed, one)) if part
    ]
    joined = parts[0]
    for part in parts[1:]:
        # at most one row to one question; what has sums has all questions
        joined = joined.join(part, "question", "left" if one.pieces else "full_outer")
    return joined.selectExpr("question", *(f"{sql} as {name}" for name, sql in one.features.items()))


def _narrow(rows: DataFrame, one: Pass) -> DataFrame:
    """(entity, at and known in microseconds, flags, values, keys): what the pass needs of a row, and no more."""
    of_kind = one.stream.ends[one.entity]
    told = rows.where(F.col(of_kind) == one.kind) if of_kind in one.stream.types else rows
    told = told.where(one.where) if one.where else told
    columns = [F.col(one.entity).alias("entity"), F.unix_micros(one.time).alias("at")]
    if one.stream.known:
        columns.append(F.unix_micros(one.stream.known).alias("known"))
    columns += [F.expr(f"coalesce({condition}, false)").alias(name) for name, condition in one.flags.items()]
    columns += [_whole(F.col(c), one.stream.types[c]).alias(name) for name, c in one.values.items()]
    columns += [F.col(column).alias(name) for name, column in one.keys.items()]
    return told.where(F.col(one.entity).isNotNull()).select(*columns)


def _placed(told: DataFrame, one: Pass) -> DataFrame:
    """The rows that their question may see, in rings, those of a question on one partition."""
    aged = told.where(f"moment > at and moment - at <= {one.edges[-1]}L").withColumn(
        "age", F.expr("moment - at")
    )
    seen = aged.where("known < moment") if one.stream.known else aged
    kept = ["age"] if one.needs_age else []
    names = [*one.flags, *one.values, *one.keys]
    placed = seen.selectExpr("question", f"{ring_sql('age', one.edges)} as ring", *kept, *names)
    return placed.repartition("question")


def _summed(placed: DataFrame, one: Pass) -> DataFrame | None:
    if not one.pieces:
        return None
    last = len(one.edges) - 1
    each = [F.expr(f"{piece.of_a_ring} as p{place}") for place, piece in enumerate(one.pieces)]
    by_ring = placed.groupBy("question", "ring").agg(*each)
    merged = [
        F.expr(f"{one.pieces[place].merged(f'p{place}', ring, last=last)} as p{place}_{ring}")
        for place, ring in one.wanted
    ]
    return by_ring.groupBy("question").agg(*merged)


def _whole(value: Column, kind: str) -> Column:
    """A number as a whole one: money in its smallest unit."""
    if kind != "money":
        return value.cast("long")
    # Decimal arithmetic makes objects; the unscaled value is there already. Spark's own plans of sums use it so.
    jvm = SparkContext._active_spark_context._jvm  # type: ignore[union-attr]
    unscaled = jvm.org.apache.spark.sql.catalyst.expressions.UnscaledValue(value._jc.expr())  # type: ignore[union-attr]
    return Column(jvm.org.apache.spark.sql.Column(unscaled))  # type: ignore[union-attr]
