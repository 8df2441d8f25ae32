"""What features are made of: numbers of a ring's rows that add up over rings, as SQL.

A ring is what lies between two adjacent window edges. A row falls into one ring, so each row is looked at once,
whatever the number of windows; the pieces of the rings are then merged for each window. Sums are of whole numbers (of
money in its smallest unit), so that no order of rows changes a bit; a sum of 2^63 or more is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "rows",
    "values",
    "sum",
    "high",
    "cross",
    "low",
    "least",
    "greatest",
    "youngest",
    "oldest",
    "latest",
    "earliest",
]
# A square is summed up in three parts, for x = a 2^20 + b: a^2, a b and b^2. Each stays below 2^63 for eight million
# rows of 2^40, a hundred million in money.
_HIGH, _LOW = "shiftright({x}, 20)", "({x} & 1048575L)"
_SQUARE = "({high} * 1099511627776BD + {cross} * 2097152BD + {low})"
# Age and value in one number, the age above; 2^62 keeps the value's part above 0.
_SPAN, _HALF = "18446744073709551616BD", "4611686018427387904BD"
_PACKED = "(cast(age as decimal(38,0)) * " + _SPAN + " + " + _HALF + " {sign} cast({x} as decimal(38,0)))"

_OF_A_RING: dict[Kind, str] = {
    "rows": "count({x})",
    "values": "count({x})",
    "sum": "try_sum({x})",
    "high": f"try_sum({_HIGH} * {_HIGH})",
    "cross": f"try_sum({_HIGH} * {_LOW})",
    "low": f"try_sum({_LOW} * {_LOW})",
    "least": "min({x})",
    "greatest": "max({x})",
    "youngest": "min({x})",
    "oldest": "max({x})",
    "latest": "min({x})",
    "earliest": "max({x})",
}
_OF_AGES = ("youngest", "oldest")
_PACKED_SIGN = {"latest": "+", "earliest": "-"}
_MERGED = {
    "least": "min",
    "youngest": "min",
    "latest": "min",
    "greatest": "max",
    "oldest": "max",
    "earliest": "max",
}


@dataclass(frozen=True)
class Piece:
    """One number of a ring's rows. value: the column that it is of; flag: that which is true for rows that count."""

    kind: Kind
    value: str | None = None
    flag: str | None = None

    @property
    def needs_age(self) -> bool:
        """Whether it looks at the rows' ages."""
        return self.kind in (*_OF_AGES, *_PACKED_SIGN)

    @property
    def of_a_ring(self) -> str:
        """SQL of the number, an aggregate over the rows of a ring."""
        x = "age" if self.kind in _OF_AGES else self.value or "1"
        if self.kind in _PACKED_SIGN:
            x = f"if({x} is null, null, {_PACKED.format(x=x, sign=_PACKED_SIGN[self.kind])})"
        counted = f"if({self.flag}, {x}, null)" if self.flag else x
        return _OF_A_RING[self.kind].format(x=counted)

    def merged(self, name: str, rows: str) -> str:
        """SQL of the number over rows of several rings. name: its column; rows: true for those that count."""
        return f"{_MERGED.get(self.kind, 'try_sum')}(if({rows}, {name}, null))"


def unpacked(packed: str, kind: Kind) -> str:
    """SQL of the value in a number of the kind latest or earliest."""
    part = f"({packed} % {_SPAN} - {_HALF})"
    return part if kind == "latest" else f"(-{part})"


def stddev_sql(count: str, total: str, high: str, cross: str, low: str) -> str:
    """SQL of the sample standard deviation of whole numbers: exact up to the last division and the root."""
    wide = {name: f"cast({part} as decimal(38,0))" for name, part in
            (("high", high), ("cross", cross), ("low", low), ("total", total))}  # fmt: skip
    spread = f"cast({count} as decimal(20,0)) * {_SQUARE.format(**wide)} - {wide['total']} * {wide['total']}"
    return (
        f"if({count} > 1, sqrt(cast({spread} as double) / (cast({count} as double) * ({count} - 1))), null)"
    )
