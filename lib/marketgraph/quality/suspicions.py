"""Which checks may have failed, of all tables at once and in one pass over each.

A Spark job costs more than the rows of a small table, and Delta adds a job for each table that a query reads:
forty tables with ten checks each make hundreds of jobs when every check asks for its own (see
docs/decisions/0004-gate-in-one-pass.md). So one query finds what is suspect; only that is counted exactly
(faults.py), and in a sound run that is nothing.

Each row gives a few answers (question, value): whether it is sound; what its keys hash to; what its references
hash to, unless their parent is known. Counted by question and value, they say which questions are suspect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from marketgraph.errors import ContractError
from marketgraph.quality.checks import Check
from marketgraph.quality.conditions import ROW_KINDS, all_null, any_null, quoted, sound_row
from marketgraph.tables import Table

# A plan of forty tables takes longer to make than to run, on one core: a few plans are made side by side.
LOT = 15
LOTS_AT_ONCE = 3

Parents = Mapping[str, DataFrame]


@dataclass(frozen=True)
class Subject:
    """A table under the gate: its contract, its rows, what is asked of it."""

    table: Table
    frame: DataFrame
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Suspicions:
    """Rows of a table, and the checks that may have failed."""

    rows: int
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class _Question:
    """What each row of one subject answers: all its row checks at once, or one check of a key or reference."""

    subject: int
    checks: tuple[Check, ...]
    kind: str


def suspicions_of(subjects: Sequence[Subject], parents: Parents) -> list[Suspicions]:
    """What is suspect in each subject, some subjects in one query.

    Keys and references are compared by 64-bit hashes. A repeated key is always suspect. An orphan goes unseen
    with odds of parents / 2^64: at a billion parents, one in 10^10.
    Raises ContractError when a reference points at a table that is not in `parents`.
    """
    lots = [subjects[first : first + LOT] for first in range(0, len(subjects), LOT)]
    with ThreadPoolExecutor(LOTS_AT_ONCE) as pool:
        found = list(pool.map(lambda lot: _of_lot(lot, parents), lots))
    return [suspicions for lot in found for suspicions in lot]


def _of_lot(subjects: Sequence[Subject], parents: Parents) -> list[Suspicions]:
    questions = [q for number, subject in enumerate(subjects) for q in _questions(number, subject)]
    targets = list(dict.fromkeys(q.checks[0].target for q in questions if q.kind == "reference"))
    for target in targets:
        _refuse_unknown(target, parents)
    answered = [_answers(s, number, questions, targets, parents) for number, s in enumerate(subjects)]
    answers = reduce(DataFrame.unionAll, answered)
    if targets:
        answers = _unresolved(answers, questions, _all_known(targets, parents))
    counted = {row["question"]: row for row in _counted(answers, questions).collect()}
    return [_gathered(number, questions, counted) for number in range(len(subjects))]


def _questions(number: int, subject: Subject) -> Iterator[_Question]:
    yield _Question(number, tuple(c for c in subject.checks if c.kind in ROW_KINDS), "row")
    for check in subject.checks:
        if check.kind in ("unique", "reference"):
            yield _Question(number, (check,), check.kind)


def _answers(
    subject: Subject, number: int, questions: Sequence[_Question], targets: list[str], parents: Parents
) -> DataFrame:
    """Rows of `subject` as (question, value, target): target is what to look up among the parents' keys.

    Only references look anything up. The other answers carry the hash of the row's key there, so that a join by
    shuffle spreads them evenly; as null they would all meet in one task.
    """
    key = next((_hash(check.columns) for check in subject.checks if check.kind == "unique"), "null")
    told = []
    for asked, question in enumerate(questions):
        if question.subject == number:
            value, missing = _value(subject.table, question, targets, parents)
            target = value if question.kind == "reference" else key
            told.append(f"struct(if({missing}, null, {asked}), {value}, cast({target} as bigint))")
    # a row without a key or without a reference has no answer to give
    rows = subject.frame.selectExpr(f"inline(array({', '.join(told)})) as (question, value, target)")
    return rows.where("question is not null")


def _value(table: Table, question: _Question, targets: list[str], parents: Parents) -> tuple[str, str]:
    """SQL of what a row answers, and of the condition under which it has nothing to answer."""
    if question.kind == "row":
        return f"if({sound_row(table)}, 0L, 1L)", "false"
    check = question.checks[0]
    if question.kind == "unique":
        return _hash(check.columns), all_null(check.columns)
    return _hash(check.columns, targets.index(check.target), parents[check.target]), any_null(check.columns)


def _unresolved(answers: DataFrame, questions: Sequence[_Question], known: DataFrame) -> DataFrame:
    """The answers without the references whose parent is known."""
    # many-to-one: a reference has one parent, and when parents repeat, what has found one is left out at once;
    # the other answers find none
    found = answers.join(known, on="target", how="left")
    return found.where(f"known is null or not {_is_of(questions, 'reference')}").select("question", "value")


def _all_known(targets: list[str], parents: Parents) -> DataFrame:
    """The hashes of every key that a reference can point at."""
    keys = [
        parents[target].selectExpr(
            f"{_hash(tuple(parents[target].columns), space)} as target", "true as known"
        )
        for space, target in enumerate(targets)
    ]
    return reduce(DataFrame.unionAll, keys)


def _counted(answers: DataFrame, questions: Sequence[_Question]) -> DataFrame:
    """Rows by question, and how many of them are suspect: unsound, of a repeated key, without a parent."""
    groups = answers.groupBy("question", "value").agg(F.count(F.lit(1)).alias("n"))
    suspect = (
        f"{_is_of(questions, 'row')} and value = 1L or {_is_of(questions, 'unique')} and n > 1"
        f" or {_is_of(questions, 'reference')}"
    )
    rows, odd = F.sum("n").alias("rows"), F.sum(F.expr(f"if({suspect}, n, 0L)")).alias("suspect")
    return groups.groupBy("question").agg(rows, odd)


def _gathered(number: int, questions: Sequence[_Question], counted: Mapping[int, Row]) -> Suspicions:
    rows = 0
    checks: list[Check] = []
    for asked, question in enumerate(questions):
        if question.subject == number and asked in counted:
            rows = counted[asked]["rows"] if question.kind == "row" else rows
            checks += question.checks if counted[asked]["suspect"] else ()
    return Suspicions(rows, tuple(checks))


def _is_of(questions: Sequence[_Question], kind: str) -> str:
    numbers = [str(number) for number, question in enumerate(questions) if question.kind == kind]
    return f"question in ({', '.join(numbers)})" if numbers else "false"


def _hash(columns: tuple[str, ...], space: int | None = None, like: DataFrame | None = None) -> str:
    """SQL of the columns' hash; `like` gives the types to hash as, so that an int finds its bigint."""
    types = [field.dataType.simpleString() for field in like.schema.fields] if like else [""] * len(columns)
    parts = [f"cast({quoted(c)} as {t})" if t else quoted(c) for c, t in zip(columns, types, strict=True)]
    return f"xxhash64({', '.join([*([] if space is None else [str(space)]), *parts])})"


def _refuse_unknown(target: str, parents: Parents) -> None:
    if target not in parents:
        raise ContractError(
            f"references to {target} can't be checked: its keys were not given to the gate",
            fix="hand the gate the frames of all tables that references point at",
        )
