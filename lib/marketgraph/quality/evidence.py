"""Rows at fault, shown: for failed checks only, some examples as text, personal values left out in Spark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

from pyspark.sql import DataFrame

from marketgraph.quality.checks import Check
from marketgraph.quality.conditions import bad_row, literal, quoted
from marketgraph.quality.faults import orphans, repeated
from marketgraph.quality.suspicions import Parents, Subject
from marketgraph.tables import Table

_LONGEST = 60  # characters of one value
_AT_ONCE = 20  # checks in one Spark job: a plan with hundreds of branches takes longer to make than to run


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
        return repeated(subject, check)
    if check.kind == "reference":
        return orphans(subject, check, parents)
    return subject.frame.where(bad_row(subject.table, check))


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
