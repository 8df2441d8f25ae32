"""How many distinct values a window has, and how its rows share them out, from one grouping by value.

A value is in a trailing window when its latest row is: one grouping by (question, category, value) with the latest ring
answers for all windows, exactly. Shares need the number of rows by value and ring, from the same grouping.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.features.passes import Pass

# Place of a category: (number of the pass, number of the category in it) -> what its rows carry.
Codes = dict[tuple[int, int], int]


def categories_in(placed: DataFrame, passes: Sequence[Pass]) -> DataFrame | None:
    """One row per question with a value: (question, d… distinct values, g… rows, e… entropy's sum, m… of the top).

    placed: as in rings.py. None where no feature asks for it. Counts of rows are summed up as whole numbers, the terms
    n ln n of the entropy in steps of 2^-30. The top of more than one value sorts a question's values by their counts.
    """
    codes = _codes(passes)
    if not codes:
        return None
    rings = {ring for one in passes for _, ring in one.totals}
    counts = [f"count_if(ring = {r}) as n{r}" for r in range(max(rings) + 1)] if rings else []
    of_values = _values(placed, passes, codes).groupBy("question", "category", "key")
    grouped = of_values.agg(*map(F.expr, ["min(ring) as ring", *counts]))
    upto = [f"{' + '.join(f'n{r}' for r in range(ring + 1))} as c{ring}" for ring in sorted(rings)]
    told = grouped.selectExpr("question", "category", "ring", *upto)
    for ring in sorted({ring for one in passes for _, ring, k in one.tops if k > 1}):
        largest_first = Window.partitionBy("question", "category").orderBy(F.desc(f"c{ring}"))
        told = told.withColumn(f"r{ring}", F.row_number().over(largest_first))
    numbers = [F.expr(number) for one in passes for number in _numbers(one, codes)]
    return told.groupBy("question").agg(*numbers)


def sketches_in(placed: DataFrame, passes: Sequence[Pass]) -> DataFrame | None:
    """One row per question: (question, a… about so many distinct values). None where no feature asks for it."""
    counts = [
        f"approx_count_distinct(if(pass = {one.number} and ring <= {ring}, {_key(one, number)}, null))"
        f" as {one.name('a', number, ring)}"
        for one in passes
        for number, ring in one.sketches
    ]
    asking = ", ".join(str(one.number) for one in passes if one.sketches)
    return (
        placed.where(f"pass in ({asking})").groupBy("question").agg(*map(F.expr, counts)) if counts else None
    )


def _codes(passes: Sequence[Pass]) -> Codes:
    asked = [
        (one.number, number)
        for one in passes
        for number in sorted({number for number, *_ in (*one.distincts, *one.totals)})
    ]
    return {place: code for code, place in enumerate(asked)}


def _values(placed: DataFrame, passes: Sequence[Pass], codes: Codes) -> DataFrame:
    """(question, ring, category, key: its value): each row once for each category of its pass."""
    asking = dict.fromkeys(number for number, _ in codes)
    told = placed.where(f"pass in ({', '.join(map(str, asking))})")
    if len(codes) == 1:
        ((_, number),) = codes
        (one,) = (one for one in passes if one.number in asking)
        key = f"{_key(one, number)} as key"
        return told.selectExpr("question", "ring", "0 as category", key).where("key is not null")
    each = {
        one.number: ", ".join(
            f"struct({code} as category, {_key(one, number)} as key)"
            for (of, number), code in codes.items()
            if of == one.number
        )
        for one in passes
        if one.number in asking
    }
    cases = "".join(f" when {number} then array({structs})" for number, structs in each.items())
    return told.selectExpr("question", "ring", f"inline(case pass{cases} end)").where("key is not null")


def _numbers(one: Pass, codes: Codes) -> list[str]:
    def of(number: int) -> str:
        return f"category = {codes[one.number, number]}"

    distinct = [f"count_if({of(n)} and ring <= {r}) as {one.name('d', n, r)}" for n, r in one.distincts]
    rows = [f"sum(if({of(n)}, c{r}, null)) as {one.name('g', n, r)}" for n, r in one.totals]
    terms = [
        f"try_sum(if({of(n)} and c{r} > 0, cast(round(c{r} * ln(c{r}) * 1073741824D) as bigint), null))"
        f" as {one.name('e', n, r)}"
        for n, r in one.totals
    ]
    tops = [f"{_top(of(n), r, k)} as {one.name('m', n, r, k)}" for n, r, k in one.tops]
    return [*distinct, *rows, *terms, *tops]


def _top(mine: str, ring: int, k: int) -> str:
    return (
        f"max(if({mine}, c{ring}, null))" if k == 1 else f"sum(if({mine} and r{ring} <= {k}, c{ring}, null))"
    )


def _key(one: Pass, number: int) -> str:
    category = one.categories[number]
    return f"if({category.flag}, {category.key}, null)" if category.flag else category.key
