"""Rows at fault, shown: for failed checks only, some examples as text, personal values left out in Spark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.quality.checks import Check
from marketgraph.quality.conditions import all_null, any_null, bad_row, literal, quoted
from marketgraph.quality.measures import Numbers, Parents, Subject
from marketgraph.tables import Table

_LONGEST = 60  # characters of one value
_AT_ONCE = 20  # checks in one Spark job: a plan with hundreds of branches takes longer to make than to run


def confirm_repeated(subjects: Sequence[Subject], numbers: Sequence[Numbers]) -> None:
    """Count repeated keys by their values where hashes raised a suspicion, and put the count in place."""
    for subject, found in zip(subjects, numbers, strict=True):
        for check in [c for c in found.unexpected if c.kind == "unique"]:
            rows = _repeats(subject, check).agg(F.sum("n")).collect()[0][0]
            if rows:
                found.unexpected[check] = rows
            else:
                del found.unexpected[check]


def examples_of(
    failed: Sequence[tuple[Subject, Check]], parents: Parents, *, most: int
) -> dict[tuple[str, Check], tuple[str, ...]]:
    """Up to `most` rows at fault for each failed check but volume, by (full name, check)."""
    asked = [(s, c) for s, c in failed if c.kind != "volume"] if most else []
    shown: dict[tuple[str, Check], list[str]] = {}
    for start in range(0, len(asked), _AT_ONCE):
        for (subject, check), text in _collect(asked[start : start + _AT_ONCE], parents, most):
            shown.setdefault((subject.table.full_name, check), []).append(text)
    return {key: tuple(sorted(texts)) for key, texts in shown.items()}


def _collect(
    asked: Sequence[tuple[Subject, Check]], parents: Parents, most: int
) -> Iterator[tuple[tuple[Subject, Check], str]]:
    frames = [
        _at_fault(s, c, parents)
        .selectExpr(f"{number} as asked", f"{_text(s.table, _named(s.table, c))} as text")
        .orderBy("text")
        .limit(most)
        for number, (s, c) in enumerate(asked)
    ]
    for number, text in reduce(DataFrame.unionAll, frames).collect():
        yield asked[number], text


def _at_fault(subject: Subject, check: Check, parents: Parents) -> DataFrame:
    if check.kind == "unique":
        return _repeats(subject, check)
    if check.kind == "reference":
        return _orphans(subject, check, parents[check.target])
    return subject.frame.where(bad_row(subject.table, check))


def _repeats(subject: Subject, check: Check) -> DataFrame:
    """One row per value that several rows share, with their number."""
    keyed = subject.frame.where(f"not {all_null(check.columns)}")
    return keyed.groupBy(*check.columns).agg(F.count(F.lit(1)).alias("n")).where("n > 1")


def _orphans(subject: Subject, check: Check, parent: DataFrame) -> DataFrame:
    children = subject.frame.where(f"not {any_null(check.columns)}")
    known = parent.toDF(*[f"parent{i}" for i in range(len(parent.columns))])
    same = [children[c] == known[p] for c, p in zip(check.columns, known.columns, strict=True)]
    # many-to-one: all that a row refers to is one parent, and only whether it is there counts
    return children.join(known, on=same, how="left_anti")


def _named(table: Table, check: Check) -> tuple[str, ...]:
    """The columns that an example shows: those of the check, and the key that finds the row."""
    key = () if check.kind == "unique" else table.key
    return tuple(dict.fromkeys((*check.columns, *key)))


def _text(table: Table, columns: Sequence[str]) -> str:
    return "concat_ws(', ', " + ", ".join(_shown(table, name) for name in columns) + ")"


def _shown(table: Table, name: str) -> str:
    if table.column(name).personal:
        return literal(f"{name}=(personal)")
    value = f"left(regexp_replace(cast({quoted(name)} as string), '\\\\p{{Cntrl}}', '?'), {_LONGEST})"
    return f"concat({literal(name + '=')}, coalesce({value}, 'null'))"
