"""Bins into which a column's values fall, whatever the data: so that the profiles of two dates can be compared.

A number is 0 or falls, by sign, between two half powers of two: [2^(k/2), 2^((k+1)/2)). A value of a closed set is a
bin; any other text is one of 64 by its hash, so that no value is kept. Null and NaN have bins of their own.
"""

from __future__ import annotations

from typing import Literal

from pyspark.sql.types import BooleanType

from marketgraph.quality.conditions import literal, quoted
from marketgraph.quality.watch_rules import is_number
from marketgraph.tables import Column

# As tables.quality.WAYS; times: whether there is one, and the newest is kept.
Way = Literal["numbers", "values", "hashes", "nulls", "times"]
NULL, NAN = -20_000, -10_000
ZERO_POWER = 3_000  # what a half power is raised by, so that the bins of positive numbers are positive
_FARTHEST = 2_200  # half powers of two: a double ends before
HASHES = 64


def way_of(column: Column) -> Way:
    """How the values of a column that is watched for drift are told apart."""
    if is_number(column):
        return "numbers"
    return "values" if values_of(column) else "hashes"


def values_of(column: Column) -> tuple[str, ...]:
    """The closed set of a column; of a personal column none, so that no value of it is kept."""
    if column.personal:
        return ()
    return ("false", "true") if isinstance(column.type, BooleanType) else column.allowed


def number_of(column: Column, way: Way) -> str:
    """SQL of a double that tells a row's bin; null for a null. Of a time it is the time itself, in seconds."""
    name = quoted(column.name)
    if way == "numbers":
        return f"cast({name} as double)"
    if way == "times":
        return f"cast(unix_seconds(cast({name} as timestamp)) as double)"
    if way == "values":
        known = ", ".join(map(literal, values_of(column)))
        return f"cast(array_position(array({known}), cast({name} as string)) as double)"
    told = "1" if way == "nulls" else f"pmod(xxhash64({name}), {HASHES}) + 1"
    return f"if({name} is null, null, cast({told} as double))"


def number_bin(x: str) -> str:
    """SQL of the bin of the number x, a double that is not null."""
    power = f"floor(least({_FARTHEST}D, greatest(-{_FARTHEST}D, 2 * log2(abs({x})))))"
    sized = f"cast(sign({x}) as int) * ({power} + {ZERO_POWER})"
    return f"case when isnan({x}) then {NAN} when {x} = 0 then 0 else {sized} end"


def holds(column: Column, way: Way, number: int) -> str:
    """What a bin holds, in words."""
    if number == NULL:
        return "null"
    if way == "numbers":
        return _interval(number)
    if way == "values":
        return (values_of(column)[number - 1]) if number else "another value"
    return f"hash {number}" if way == "hashes" else "any value"


def _interval(number: int) -> str:
    if number == NAN:
        return "not a number"
    if number == 0:
        return "0"
    power = abs(number) - ZERO_POWER
    low, high = _edge(power), _edge(power + 1)
    return f"{low} to {high}" if number > 0 else f"-{high} to -{low}"


def _edge(power: int) -> str:
    # beyond the range of a double by its exponent
    return f"{2.0 ** (power / 2):.3g}" if abs(power) < 2_000 else f"2^{power / 2:g}"
