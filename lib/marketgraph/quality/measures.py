"""The numbers that the gate judges, of all tables at once, in three Spark jobs.

A job costs far more than the rows of a small table: forty tables with ten checks each make hundreds of jobs
when every check asks for its own (docs/decisions/0004-gate-in-one-pass.md). So each job is one union over
all tables, cut down to a few integers per row: which checks the row fails, what its keys hash to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.errors import ContractError
from marketgraph.quality.checks import Check
from marketgraph.quality.conditions import ROW_KINDS, all_null, any_null, bad_row, quoted
from marketgraph.tables import Table

_BITS = 60  # checks held by one 64-bit integer


@dataclass(frozen=True)
class Subject:
    """A table under the gate: its contract, its rows, what is asked of it."""

    table: Table
    frame: DataFrame
    checks: tuple[Check, ...]


@dataclass
class Numbers:
    """What was counted of a table: rows, and rows at fault by check (no entry: none)."""

    rows: int = 0
    unexpected: dict[Check, int] = field(default_factory=dict)


Parents = Mapping[str, DataFrame]
_Asked = tuple[Subject, Check]


def measure(subjects: Sequence[Subject], parents: Parents) -> list[Numbers]:
    """The numbers of each subject.

    Keys and references are compared by 64-bit hashes. Keys that differ may hash alike, so that a repeated
    key found here is a suspicion (see evidence.py); one that is there is always found. References: an orphan
    goes unseen with odds of parents / 2^64, at a billion parents one in 10^10.
    Raises ContractError when a reference points at a table that is not in `parents`.
    """
    keys, references = _asked(subjects, "unique"), _asked(subjects, "reference")
    with ThreadPoolExecutor(3) as pool:
        faults = pool.submit(_row_faults, subjects)
        repeated = pool.submit(_repeated, keys)
        orphans = pool.submit(_orphans, references, parents)
    numbers = faults.result()
    for counted in (repeated.result(), orphans.result()):
        for (subject, check), rows in counted:
            numbers[subjects.index(subject)].unexpected[check] = rows
    return numbers


def _asked(subjects: Sequence[Subject], kind: str) -> list[_Asked]:
    return [(s, check) for s in subjects for check in s.checks if check.kind == kind]


def _row_faults(subjects: Sequence[Subject]) -> list[Numbers]:
    """Rows, and rows that fail each row check: rows are grouped by the set of checks that they fail."""
    checks = [[c for c in s.checks if c.kind in ROW_KINDS] for s in subjects]
    words = 1 + max((len(asked) for asked in checks), default=0) // _BITS
    frames = [
        s.frame.selectExpr(f"{number} as subject", *_masks(s.table, asked, words))
        for number, (s, asked) in enumerate(zip(subjects, checks, strict=True))
    ]
    masks = [f"mask{word}" for word in range(words)]
    groups = reduce(DataFrame.unionAll, frames).groupBy("subject", *masks).agg(F.count(F.lit(1)).alias("n"))
    failed = [f"transform({_set_bits(m)}, bit -> bit + {_BITS * word})" for word, m in enumerate(masks)]
    each = groups.selectExpr("subject", "n", f"explode(concat(array(-1), {', '.join(failed)})) as failed")
    numbers = [Numbers() for _ in subjects]
    for subject, bit, rows in each.groupBy("subject", "failed").agg(F.sum("n")).collect():
        if bit < 0:  # every row has this one
            numbers[subject].rows = rows
        else:
            numbers[subject].unexpected[checks[subject][bit]] = rows
    return numbers


def _masks(table: Table, checks: Sequence[Check], words: int) -> Iterator[str]:
    for word in range(words):
        held = checks[word * _BITS : (word + 1) * _BITS]
        bits = [f"if({bad_row(table, check)}, {1 << bit}L, 0L)" for bit, check in enumerate(held)]
        yield f"{' | '.join(bits) or '0L'} as mask{word}"


def _set_bits(mask: str) -> str:
    return f"filter(sequence(0, {_BITS - 1}), bit -> (shiftright({mask}, bit) & 1L) = 1L)"


def _repeated(asked: Sequence[_Asked]) -> list[tuple[_Asked, int]]:
    """Rows whose key has the hash of another row's, for each uniqueness check that has any."""
    if not asked:
        return []
    frames = [
        s.frame.where(f"not {all_null(c.columns)}").selectExpr(
            f"{number} as asked", f"{_hash(c.columns)} as hash"
        )
        for number, (s, c) in enumerate(asked)
    ]
    groups = reduce(DataFrame.unionAll, frames).groupBy("asked", "hash").agg(F.count(F.lit(1)).alias("n"))
    found = groups.where("n > 1").groupBy("asked").agg(F.sum("n")).collect()
    return [(asked[number], rows) for number, rows in found]


def _orphans(asked: Sequence[_Asked], parents: Parents) -> list[tuple[_Asked, int]]:
    """Rows that refer to a row that is not there, for each reference that has any."""
    if not asked:
        return []
    spaces = {target: number for number, target in enumerate(dict.fromkeys(c.target for _, c in asked))}
    known = reduce(DataFrame.unionAll, [_known(_parent(parents, t), n) for t, n in spaces.items()])
    frames = [
        s.frame.where(f"not {any_null(c.columns)}").selectExpr(
            f"{number} as asked", f"{_hash(c.columns, spaces[c.target], _parent(parents, c.target))} as hash"
        )
        for number, (s, c) in enumerate(asked)
    ]
    # many-to-one: all that a row refers to is one parent, and only whether it is there counts
    orphans = reduce(DataFrame.unionAll, frames).join(known, on="hash", how="left_anti")
    return [(asked[number], rows) for number, rows in orphans.groupBy("asked").count().collect()]


def _parent(parents: Parents, target: str) -> DataFrame:
    if target not in parents:
        raise ContractError(
            f"references to {target} can't be checked: its keys were not given to the gate",
            fix="hand the gate the frames of all tables that references point at",
        )
    return parents[target]


def _known(parent: DataFrame, space: int) -> DataFrame:
    return parent.selectExpr(f"{_hash(tuple(parent.columns), space)} as hash")


def _hash(columns: tuple[str, ...], space: int | None = None, like: DataFrame | None = None) -> str:
    """SQL of the columns' hash; `like` gives the types to hash as, so that an int finds its bigint."""
    types = [field.dataType.simpleString() for field in like.schema.fields] if like else [""] * len(columns)
    parts = [f"cast({quoted(c)} as {t})" if t else quoted(c) for c, t in zip(columns, types, strict=True)]
    return f"xxhash64({', '.join([*([] if space is None else [str(space)]), *parts])})"
