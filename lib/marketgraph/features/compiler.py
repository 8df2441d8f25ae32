"""From the groups of a config to the passes that answer them, and to the SQL of each feature over a pass's pieces."""

from __future__ import annotations

from collections.abc import Iterable

from marketgraph.features.passes import Pass, placed
from marketgraph.features.pieces import Kind, stddev_sql, unpacked
from marketgraph.features.rules import FeatureGroup, FeatureRule
from marketgraph.features.streams import Stream
from marketgraph.features.windows import edges, micros

SCALE = {"whole": "", "money": " / 10000D"}


def passes_of(kind: str, groups: Iterable[FeatureGroup]) -> list[Pass]:
    """The passes of a kind's groups: one for each stream, column of entities and column of time."""
    apart: dict[tuple[str, str, str], list[FeatureGroup]] = {}
    for group in groups:
        apart.setdefault((group.stream, group.entity_of(kind), group.time_column), []).append(group)
    return [pass_of(kind, together, number=number) for number, together in enumerate(apart.values())]


def pass_of(kind: str, groups: list[FeatureGroup], *, stream: Stream | None = None, number: int = 0) -> Pass:
    """The pass of groups over one stream. stream: when it is none of STREAMS."""
    first = groups[0]
    told = stream or first.told
    wheres = {group.where for group in groups}
    one = Pass(
        told, first.entity_of(kind), first.time or told.times[0], kind,
        edges(length for group in groups for length in _lengths(group)),
        _any_of(wheres), number,
    )  # fmt: skip
    for group in groups:
        shared = group.where if len(wheres) == 1 else None
        for name, rule in group.features.items():
            for window in group.windows_of(name):
                one.features[f"{name}_{window}"] = _feature(one, group, rule, window, shared)
    return one


def _lengths(group: FeatureGroup) -> Iterable[int]:
    for name, rule in group.features.items():
        for window in group.windows_of(name):
            yield micros(window)
            if rule.aggregate == "trend":
                yield 2 * micros(window)


def _any_of(wheres: set[str | None]) -> str | None:
    told = sorted(where for where in wheres if where is not None)
    return " or ".join(f"({where})" for where in told) if len(told) == len(wheres) else None


def _feature(one: Pass, group: FeatureGroup, rule: FeatureRule, window: str, shared: str | None) -> str:
    """SQL of a feature over what the pass has put together."""
    if rule.aggregate == "ratio":
        above, below = (_feature(one, group, group.features[part], window, shared) for part in rule.of or ())
        return f"(cast({above} as double) / nullif({below}, 0))"
    of_group = None if group.where == shared else group.where
    told = [f"({condition})" for condition in (of_group, rule.where) if condition is not None]
    flag = one.flag(" and ".join(told) or None)
    ring = one.edges.index(micros(window))
    column = rule.of if isinstance(rule.of, str) else None
    if rule.aggregate in ("distinct", "approx_distinct", "top_share", "entropy"):
        return _of_category(one, rule, one.category(str(column), flag), ring)
    if rule.aggregate == "trend":
        return _trend(one, column, flag, ring, one.edges.index(2 * micros(window)))
    if rule.aggregate == "share":
        every = one.piece("rows", ring, None, one.flag(of_group))
        return f"({one.piece('rows', ring, None, flag)} / nullif({every}, 0))"
    if column is None:
        return _of_rows(one, rule, flag, ring)
    return _of_numbers(one, rule, column, flag, ring)


def _of_rows(one: Pass, rule: FeatureRule, flag: str | None, ring: int) -> str:
    if rule.aggregate == "count":
        return f"coalesce({one.piece('rows', ring, None, flag)}, 0)"
    age = one.piece("youngest" if rule.aggregate == "days_since" else "oldest", ring, None, flag)
    return f"(cast({age} as double) / 86400000000D)"


def _of_numbers(one: Pass, rule: FeatureRule, column: str, flag: str | None, ring: int) -> str:
    value, scale = one.value(column), SCALE[one.stream.types[column]]

    def piece(kind: Kind) -> str:
        return one.piece(kind, ring, value, flag)

    if rule.aggregate == "sum":
        whole = not scale
        total = piece("sum") if whole else f"cast({piece('sum')} as double){scale}"
        return f"if(coalesce({piece('values')}, 0) = 0, {'0L' if whole else '0D'}, {total})"
    if rule.aggregate == "mean":
        return f"(cast({piece('sum')} as double) / nullif({piece('values')}{scale and ' * 10000D'}, 0))"
    if rule.aggregate == "stddev":
        parts = [piece(kind) for kind in ("values", "sum", "high", "cross", "low")]
        return f"({stddev_sql(*parts)}{scale})"
    if rule.aggregate in ("first", "last"):
        kind: Kind = "latest" if rule.aggregate == "last" else "earliest"
        return f"(cast({unpacked(piece(kind), kind)} as double){scale})"
    return f"(cast({piece('least' if rule.aggregate == 'min' else 'greatest')} as double){scale})"


def _trend(one: Pass, column: str | None, flag: str | None, ring: int, twice: int) -> str:
    """Nothing is 0; by 0 is null."""
    value = None if column is None else one.value(column)
    kind: Kind = "rows" if column is None else "sum"
    now, both = (f"coalesce({one.piece(kind, to, value, flag)}, 0L)" for to in (ring, twice))
    return f"({now} / nullif({both} - {now}, 0))"


def _of_category(one: Pass, rule: FeatureRule, number: int, ring: int) -> str:
    if rule.aggregate == "approx_distinct":
        placed(one.sketches, (number, ring))
        return f"coalesce({one.name('a', number, ring)}, 0)"
    if rule.aggregate == "distinct":
        placed(one.distincts, (number, ring))
        return f"coalesce({one.name('d', number, ring)}, 0)"
    placed(one.totals, (number, ring))
    total = f"nullif({one.name('g', number, ring)}, 0)"
    if rule.aggregate == "top_share":
        placed(one.tops, (number, ring, rule.k))
        return f"({one.name('m', number, ring, rule.k)} / {total})"
    entropy = f"ln({total}) - cast({one.name('e', number, ring)} as double) / 1073741824D / {total}"
    return f"if({total} is null, null, greatest(round({entropy}, 9), 0D))"
