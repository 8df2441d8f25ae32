"""What becomes of each typed row: accepted, erased, later than the run's date, set aside, merged or refused.

A row that can be dated at or after the run's date is later whatever else is wrong with it: on the day of the
date it was not there, so a run of that day neither refused it nor saw it clash with another. A row that is set
aside tells nothing, so what else is wrong with it does not matter either. A row that names an erased entity, or hangs
on one that does, is left out before all that; where it may be without the name, only the name is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.sources.erased import NOBODY, Erased
from marketgraph.sources.faults import (
    FAULT,
    FILE,
    MERGED,
    OUTCOME,
    PART,
    RAW,
    VALUE,
    Outcome,
    Reason,
    fault_code,
    first_fault,
)
from marketgraph.sources.visibility import lies_later, without_the_future
from marketgraph.tables.contract import ENTITY, Reference, Table
from marketgraph.tables.naming import SOURCE_OF

LATER, GONE, ASIDE = "__later", "__gone", "__aside"
PARENT_LATER, PARENT_GONE = "__parent_later", "__parent_gone"


def with_references(
    rows: DataFrame,
    table: Table,
    parents: Mapping[str, DataFrame],
    as_of: date,
    aside: Column,
    erased: Erased = NOBODY,
) -> DataFrame:
    """Adds LATER, by the row's own times or a parent's, GONE and ASIDE; an unknown parent is a fault if there was none.

    parents: for each table that `table` refers to, its known ids: (id, PARENT_LATER, PARENT_GONE), or for ENTITY
    (kind, id, …); unique. aside: whether a row's identifier stands for nothing; never null.
    """
    joined = rows
    for number, reference in enumerate(table.references):
        joined = _looked_up(joined, reference, parents[reference.table], number)
    later: Column = lies_later(table, as_of)
    gone = _is_erased(table, erased)
    unknown, shown, blanked = [], F.col(VALUE), dict[str, Column]()
    for number, reference in enumerate(table.references):
        later = later | F.coalesce(_parent_later(number), F.lit(False))
        names_gone = _names_gone(reference, number, erased)
        if table.column(reference.columns[-1]).nullable:
            blanked[reference.columns[-1]] = F.when(~names_gone, F.col(reference.columns[-1]))
        else:
            gone = gone | names_gone
        broken = F.col(FAULT).isNull() & _is_set(reference) & _parent_later(number).isNull() & ~names_gone
        unknown.append((broken, fault_code(len(table.columns) + 2 + number, Reason.UNKNOWN_REFERENCE)))
        shown = F.when(broken, F.concat_ws(" ", *reference.columns)).otherwise(shown)
    return joined.select(
        *[blanked.get(name, F.col(name)).alias(name) for name in table.schema.names],
        first_fault(unknown, otherwise=F.col(FAULT)).alias(FAULT),
        shown.alias(VALUE),
        later.alias(LATER),
        gone.alias(GONE),
        aside.alias(ASIDE),
        *(MERGED, FILE, PART, RAW),
    )


def judged(rows: DataFrame, table: Table, as_of: date) -> DataFrame:
    """One row per row: the contract's columns, OUTCOME, and FAULT, VALUE, FILE, PART, RAW where refused."""
    outcome = (
        F.when(F.col(GONE), Outcome.ERASED.value)
        .when(F.col(LATER), Outcome.LATER.value)
        .when(F.col(ASIDE), Outcome.SET_ASIDE.value)
        .when(F.col(FAULT).isNotNull(), Outcome.REFUSED.value)
        .when(F.col(MERGED), Outcome.MERGED.value)
        .otherwise(Outcome.ACCEPTED.value)
    )
    refused = F.col(FAULT).isNotNull() & ~F.col(GONE) & ~F.col(LATER) & ~F.col(ASIDE)
    return rows.select(
        *without_the_future(table, as_of),
        outcome.alias(OUTCOME),
        *[F.when(refused, F.col(name)).alias(name) for name in (FAULT, VALUE, FILE, PART, RAW)],
    )


def known_ids(rows: DataFrame, id_column: str, *, some_later: bool) -> DataFrame:
    """(id, PARENT_LATER, PARENT_GONE) of the judged rows that children may name: accepted, later and erased ones.

    some_later: whether some are not accepted.
    """
    outcomes = (Outcome.ACCEPTED.value, Outcome.LATER.value, Outcome.ERASED.value)
    known = F.col(OUTCOME).isin(*outcomes) & F.col(id_column).isNotNull()
    later, gone = (F.col(OUTCOME) == one.value for one in (Outcome.LATER, Outcome.ERASED))
    ids = rows.where(known).select(
        F.col(id_column).alias("id"), later.alias(PARENT_LATER), gone.alias(PARENT_GONE)
    )
    # an id may have a row that is seen and rows that lie later; accepted rows alone are unique already
    flags = (F.min(PARENT_LATER).alias(PARENT_LATER), F.max(PARENT_GONE).alias(PARENT_GONE))
    return ids.groupBy("id").agg(*flags) if some_later else ids


def _looked_up(rows: DataFrame, reference: Reference, known: DataFrame, number: int) -> DataFrame:
    names = ("kind", "id") if reference.table == ENTITY else ("id",)
    right = known.select(
        *[F.col(name).alias(f"__{name}_{number}") for name in names],
        F.col(PARENT_LATER).alias(f"__later_{number}"),
        F.col(PARENT_GONE).alias(f"__gone_{number}"),
    )
    on = [
        F.col(own) == F.col(f"__{name}_{number}") for own, name in zip(reference.columns, names, strict=True)
    ]
    # many rows to at most one parent: `known` is unique
    return rows.join(right, on=reduce(Column.__and__, on), how="left")


def _parent_later(number: int) -> Column:
    return F.col(f"__later_{number}")


def _is_erased(table: Table, erased: Erased) -> Column:
    """Whether the row is an erased entity's own."""
    kind = SOURCE_OF.get(table.name)
    return F.lit(False) if kind is None else erased.is_one(F.lit(kind), F.col(table.key[0]))


def _names_gone(reference: Reference, number: int, erased: Erased) -> Column:
    """Whether what it refers to was erased: its own row says so, or the files do not have that any more."""
    of_parent = F.coalesce(F.col(f"__gone_{number}"), F.lit(False))
    if reference.table != ENTITY and reference.table not in SOURCE_OF:
        return of_parent
    kind = F.col(reference.columns[0]) if reference.table == ENTITY else F.lit(SOURCE_OF[reference.table])
    missing = _parent_later(number).isNull() & erased.is_one(kind, F.col(reference.columns[-1]))
    return of_parent | missing


def _is_set(reference: Reference) -> Column:
    return reduce(Column.__and__, [F.col(own).isNotNull() for own in reference.columns])
