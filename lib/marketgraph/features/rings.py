"""The engine: rows of streams, put to the questions that may see them, in rings between the windows' edges.

A question is an entity at a moment: (question, moment). A snapshot asks one for each entity, all at one moment, and is
answered in the same way. A row is seen by a question when its time and the time since when it was known lie before the
moment, and its time no further back than the longest window of its pass.

All passes of a kind are answered together: each row carries the number of its pass, and each grouping is one for all of
them. So what a kind costs in exchanges, in joins and in plans to compile does not grow with the number of its streams.
The rows of a question are brought together by one exchange, which all groupings read: sums, values and how often they
come, sketches. What is grouped after it is by question and something else, and needs no other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.features.categories import categories_in, sketches_in
from marketgraph.features.moved import moved_once
from marketgraph.features.passes import Pass
from marketgraph.features.pieces import Piece
from marketgraph.features.windows import ring_sql
from marketgraph.sources.visibility import midnight
from marketgraph.spark_line import unscaled

# Passes of one kind, each with the rows of its stream.
Asked = Sequence[tuple[Pass, DataFrame]]


def snapshot(asked: Asked, *, as_of: date) -> DataFrame:
    """One row per entity with a row in a longest window before midnight (UTC) of the date: (question, features …).

    question: the entity's id as the streams have it. One exchange, of the rows by question.
    """
    moment = F.unix_micros(midnight(as_of))
    narrow = _narrow(asked).withColumns({"question": F.col("entity"), "moment": moment})
    return _answers(_placed(narrow, asked), [one for one, _ in asked])


def at_moments(asked: Asked, questions: DataFrame) -> DataFrame:
    """One row per question with a row in a longest window before its moment: (question, features …).

    questions: (question: long, unique; entity: id as the streams have it; moment: timestamp). Two exchanges of the
    rows: by entity, to join them (many rows to many questions), and by question.
    """
    told = questions.select("question", "entity", F.unix_micros("moment").alias("moment"))
    joined = _narrow(asked).join(told, "entity", "inner")
    return _answers(_placed(joined, asked), [one for one, _ in asked])


def _answers(placed: DataFrame, passes: Sequence[Pass]) -> DataFrame:
    """The features of each question. placed: (question, pass, ring, age where it is needed, flags, values, keys)."""
    sums, sketches = (
        any(asked) for asked in ([one.pieces for one in passes], [one.sketches for one in passes])
    )
    if sums + sketches + any(one.distincts or one.totals for one in passes) > 1:
        placed = moved_once(placed)
    told = (_summed(placed, passes), categories_in(placed, passes), sketches_in(placed, passes))
    parts = [part for part in told if part is not None]
    # what has sums in every pass has all questions
    how = "left" if all(one.pieces for one in passes) else "full_outer"
    # at most one row to one question
    joined = reduce(lambda one, other: one.join(other, "question", how), parts)
    features = [f"{sql} as {name}" for one in passes for name, sql in one.features.items()]
    return joined.selectExpr("question", *features)


def _narrow(asked: Asked) -> DataFrame:
    """(pass, entity, at and known in microseconds, flags, values, keys): what the passes need of rows, and no more."""
    slots = _slots([one for one, _ in asked])
    known = any(one.stream.known for one, _ in asked)
    return reduce(DataFrame.unionAll, [_of_pass(one, rows, slots, known) for one, rows in asked])


def _slots(passes: Sequence[Pass]) -> dict[str, str]:
    """The columns that rows of any pass need, and their types: the first condition of each is f0, and so on."""
    whole = all(one.stream.types[column] == "whole" for one in passes for column in one.keys.values())
    types = {"f": "boolean", "v": "bigint", "k": "bigint" if whole else "string"}
    names = dict.fromkeys(name for one in passes for name in (*one.flags, *one.values, *one.keys))
    return {name: types[name[0]] for name in names}


def _of_pass(one: Pass, rows: DataFrame, slots: dict[str, str], known: bool) -> DataFrame:
    of_kind = one.stream.ends[one.entity]
    told = rows.where(F.col(of_kind) == one.kind) if of_kind in one.stream.types else rows
    told = told.where(one.where) if one.where else told
    has = {name: F.expr(f"coalesce({condition}, false)") for name, condition in one.flags.items()}
    has |= {name: _whole(F.col(c), one.stream.types[c]) for name, c in one.values.items()}
    has |= {name: F.col(column) for name, column in one.keys.items()}
    columns = [F.lit(one.number).alias("pass"), F.col(one.entity).alias("entity")]
    columns.append(F.unix_micros(one.time).alias("at"))
    if known:
        columns.append(F.unix_micros(one.stream.known or one.time).alias("known"))
    columns += [has.get(name, F.lit(None)).cast(kind).alias(name) for name, kind in slots.items()]
    return told.where(F.col(one.entity).isNotNull()).select(*columns)


def _placed(told: DataFrame, asked: Asked) -> DataFrame:
    """The rows that their question may see, in rings, those of a question on one partition."""
    passes = [one for one, _ in asked]
    longest = _by_pass(passes, lambda one: f"{one.edges[-1]}L")
    aged = told.where(f"moment > at and moment - at <= {longest}").withColumn("age", F.expr("moment - at"))
    seen = aged.where("known < moment") if "known" in told.columns else aged
    kept = ["age"] if any(one.needs_age for one in passes) else []
    ring = _by_pass(passes, lambda one: ring_sql("age", one.edges))
    placed = seen.selectExpr("question", "pass", f"{ring} as ring", *kept, *_slots(passes))
    return placed.repartition("question")


def _by_pass(passes: Sequence[Pass], told: Callable[[Pass], str]) -> str:
    """SQL of what differs between passes, by the row's."""
    each = {one.number: told(one) for one in passes}
    if len(set(each.values())) == 1:
        return next(iter(each.values()))
    cases = "".join(f" when {number} then {sql}" for number, sql in each.items())
    return f"(case pass{cases} end)"


def _summed(placed: DataFrame, passes: Sequence[Pass]) -> DataFrame | None:
    """(question, p… of each pass). A piece that several passes need is one number of a ring's rows for all of them."""
    pieces: dict[Piece, str] = {}
    for piece in (piece for one in passes for piece in one.pieces):
        pieces.setdefault(piece, f"p{len(pieces)}")
    if not pieces:
        return None
    summing = ", ".join(str(one.number) for one in passes if one.pieces)
    each = [F.expr(f"{piece.of_a_ring} as {name}") for piece, name in pieces.items()]
    by_ring = placed.where(f"pass in ({summing})").groupBy("question", "pass", "ring").agg(*each)
    merged = [
        F.expr(one.pieces[place].merged(pieces[one.pieces[place]], f"pass = {one.number} and ring <= {ring}"))
        .alias(one.name("p", place, ring))
        for one in passes
        for place, ring in one.wanted
    ]  # fmt: skip
    return by_ring.groupBy("question").agg(*merged)


def _whole(value: Column, kind: str) -> Column:
    """A number as a whole one: money in its smallest unit."""
    if kind != "money":
        return value.cast("long")
    # Decimal arithmetic makes objects; the unscaled value is there already.
    return unscaled(value)
