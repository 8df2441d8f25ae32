"""How many distinct values a window has, and how its rows share them out, from one grouping by value.

A value is in a trailing window when its latest row is: one grouping by (question, value) with the latest ring answers
for all windows, exactly. Shares need the number of rows by value and ring, from the same grouping.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.features.passes import Category, Pass


def categories_in(placed: DataFrame, one: Pass) -> DataFrame | None:
    """One row per question with a value: (question, d… distinct values, g… rows, e… entropy's sum, m… of the top).

    placed: as in rings.py. None where no feature asks for it. Counts of rows are summed up as whole numbers, the terms
    n ln n of the entropy in steps of 2^-30. The top of more than one value gathers a question's counts in one array.
    """
    if not (one.distincts or one.totals):
        return None
    asked = sorted({number for number, *_ in (*one.distincts, *one.totals)})
    rings = sorted({ring for _, ring in one.totals})
    counts = [f"count_if(ring = {r}) as n{r}" for r in range(rings[-1] + 1)] if rings else []
    of_values = _values(placed, one, asked).groupBy("question", "tag", "key")
    grouped = of_values.agg(*map(F.expr, ["min(ring) as ring", *counts]))
    upto = [f"{' + '.join(f'n{r}' for r in range(ring + 1))} as c{ring}" for ring in rings]
    told = grouped.selectExpr("question", "tag", "ring", *upto)
    return told.groupBy("question").agg(*map(F.expr, _numbers(one)))


def sketches_in(placed: DataFrame, one: Pass) -> DataFrame | None:
    """One row per question: (question, a… about so many distinct values). None where no feature asks for it."""
    if not one.sketches:
        return None
    counts = [
        f"approx_count_distinct(if(ring <= {ring}, {_key(one.categories[number])}, null)) as a{number}_{ring}"
        for number, ring in one.sketches
    ]
    return placed.groupBy("question").agg(*map(F.expr, counts))


def _values(placed: DataFrame, one: Pass, asked: list[int]) -> DataFrame:
    """(question, ring, tag: the category, key: its value): each row once per category."""
    if len(asked) == 1:
        (number,) = asked
        told = placed.selectExpr(
            "question", "ring", f"{number} as tag", f"{_key(one.categories[number])} as key"
        )
        return told.where("key is not null")
    whole = all(one.stream.types[one.keys[one.categories[number].key]] == "whole" for number in asked)
    each = [
        f"struct({number} as tag, cast({_key(one.categories[number])} as {'bigint' if whole else 'string'}) as key)"
        for number in asked
    ]
    return placed.selectExpr("question", "ring", f"inline(array({', '.join(each)}))").where("key is not null")


def _numbers(one: Pass) -> list[str]:
    distinct = [f"count_if(tag = {n} and ring <= {r}) as d{n}_{r}" for n, r in one.distincts]
    rows = [f"sum(if(tag = {n}, c{r}, null)) as g{n}_{r}" for n, r in one.totals]
    terms = [
        f"try_sum(if(tag = {n} and c{r} > 0, cast(round(c{r} * ln(c{r}) * 1073741824D) as bigint), null)) as e{n}_{r}"
        for n, r in one.totals
    ]
    return [*distinct, *rows, *terms, *(f"{_top(*top)} as m{top[0]}_{top[1]}_{top[2]}" for top in one.tops)]


def _top(number: int, ring: int, k: int) -> str:
    count = f"if(tag = {number}, c{ring}, null)"
    if k == 1:
        return f"max({count})"
    first = f"slice(reverse(array_sort(collect_list({count}))), 1, {k})"
    return f"aggregate({first}, 0L, (sum, n) -> sum + n)"


def _key(category: Category) -> str:
    return f"if({category.flag}, {category.key}, null)" if category.flag else category.key
