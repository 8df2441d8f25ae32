"""What is asked of a table: checks made from its contract and the gate's rules."""

from __future__ import annotations

from collections.abc import Iterator

from marketgraph.quality.checks import Check
from marketgraph.quality.conditions import ENDS, has_ends
from marketgraph.quality.config import Kind, TableRules
from marketgraph.quality.references import VERTEX, references_of
from marketgraph.tables import ENTITY, Column, Table


def checks_of(table: Table, rules: TableRules) -> tuple[Check, ...]:
    """Every check of `table`: its volume, then keys, then column by column, then references, then loops."""
    return (
        _volume(table, rules),
        *_keys(table, rules),
        *_columns(table, rules),
        *_references(table, rules),
        *_loops(table, rules),
    )


def _volume(table: Table, rules: TableRules) -> Check:
    fewest = rules.fewest_rows(table)
    expected = f"at least {fewest:,} row{'' if fewest == 1 else 's'}"
    return Check("volume", (), rules.severity_of("volume", ""), expected, least=fewest)


def _keys(table: Table, rules: TableRules) -> Iterator[Check]:
    for columns in dict.fromkeys((table.key, *rules.unique)):
        if columns:
            yield _check(rules, "unique", columns, "each value once")


def _columns(table: Table, rules: TableRules) -> Iterator[Check]:
    for column in table.columns:
        if not column.nullable:
            yield _check(rules, "not_null", (column.name,), "no nulls")
        if column.allowed:
            yield _check(rules, "allowed", (column.name,), "one of " + ", ".join(column.allowed))
        if column.minimum is not None or column.maximum is not None:
            yield _check(rules, "range", (column.name,), _range(column))


def _references(table: Table, rules: TableRules) -> Iterator[Check]:
    for reference in references_of(table):
        expected = _PARENTS.get(reference.table, f"a row of sources.{reference.table}")
        yield _check(rules, "reference", reference.columns, expected, target=reference.table)


def _loops(table: Table, rules: TableRules) -> Iterator[Check]:
    if has_ends(table):
        yield _check(rules, "self_loop", ENDS, "two ends that differ")


_PARENTS = {ENTITY: "an entity of that kind", VERTEX: "a vertex of the entity tables"}


def _check(rules: TableRules, kind: Kind, columns: tuple[str, ...], expected: str, target: str = "") -> Check:
    # A dotted rule names one column; for a reference by kind and id it is the id, for a key the last part.
    severity, limit = rules.severity_of(kind, columns[-1]), rules.tolerance_of(kind, columns[-1])
    borne = f" (up to {limit:.4%} of the rows may differ)" if limit else ""
    return Check(kind, columns, severity, expected + borne, most=limit, target=target)


def _range(column: Column) -> str:
    low, high = column.minimum, column.maximum
    if high is None:
        return f"at least {low:g}"
    return f"at most {high:g}" if low is None else f"{low:g} to {high:g}"
