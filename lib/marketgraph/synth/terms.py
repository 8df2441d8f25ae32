"""Terms: expressions as text until Spark parses them, one call for a whole query.

The generator's formulas are built of thousands of small parts. As Spark columns each part is a call or more
into the JVM, and building the plans would take longer than running them; as text they are built in Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Union

Value = Union["Term", str, int, float, bool]


# How tightly operators bind in Spark SQL. Parentheses are costly to parse, so only needed ones are written.
_OR, _AND, _NOT, _COMPARE, _XOR, _ADD, _MULTIPLY, _ATOM = range(8)


@dataclass(frozen=True, eq=False)
class Term:
    """An expression of Spark SQL that knows how tightly it binds. Python ints are longs."""

    text: str
    strength: int = _ATOM

    def __add__(self, other: Value) -> Term:
        return _operation(self, "+", other, _ADD)

    def __sub__(self, other: Value) -> Term:
        return _operation(self, "-", other, _ADD)

    def __mul__(self, other: Value) -> Term:
        return _operation(self, "*", other, _MULTIPLY)

    def __truediv__(self, other: Value) -> Term:
        return _operation(self, "/", other, _MULTIPLY)

    def __lt__(self, other: Value) -> Term:
        return _operation(self, "<", other, _COMPARE)

    def __le__(self, other: Value) -> Term:
        return _operation(self, "<=", other, _COMPARE)

    def __gt__(self, other: Value) -> Term:
        return _operation(self, ">", other, _COMPARE)

    def __ge__(self, other: Value) -> Term:
        return _operation(self, ">=", other, _COMPARE)

    def __and__(self, other: Term) -> Term:
        return _operation(self, "AND", other, _AND)

    def __or__(self, other: Term) -> Term:
        return _operation(self, "OR", other, _OR)

    def __xor__(self, other: Term) -> Term:
        return _operation(self, "^", other, _XOR)

    def __invert__(self) -> Term:
        return Term(f"NOT {self.within(_ATOM)}", _NOT)

    def equals(self, other: Value) -> Term:
        """Whether both are the same; null when one is null."""
        return _operation(self, "=", other, _COMPARE)

    def is_null(self) -> Term:
        """Whether it is null."""
        return Term(f"isnull({self.text})")

    def cast(self, kind: str) -> Term:
        """As another type, named as in SQL."""
        return Term(f"CAST({self.text} AS {kind})")

    def within(self, strength: int) -> str:
        """The text, in parentheses unless it binds at least so tightly."""
        return self.text if self.strength >= strength else f"({self.text})"


def _operation(left: Value, operator: str, right: Value, strength: int) -> Term:
    # All of them group from the left: an equal on the right needs its parentheses.
    return Term(f"{lit(left).within(strength)} {operator} {lit(right).within(strength + 1)}", strength)


def lit(value: Value) -> Term:
    """A constant: ints as longs, floats as doubles. A term stays as it is."""
    if isinstance(value, Term):
        return value
    if isinstance(value, bool):
        return Term("true" if value else "false")
    if isinstance(value, str):
        return Term("'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'")
    text = f"{value}L" if isinstance(value, int) else f"{value!r}D"
    return Term(text, _ATOM if value >= 0 else _OR)


def col(name: str) -> Term:
    """A column of the frame."""
    return Term(f"`{name}`")


def call(function: str, *arguments: Value) -> Term:
    """A call of a function of Spark SQL."""
    return Term(f"{function}({', '.join(lit(a).text for a in arguments)})")


def floor(value: Value) -> Term:
    """The largest long not above a double."""
    return call("floor", value)


def pmod(value: Value, modulus: Value) -> Term:
    """The remainder, never negative."""
    return call("pmod", value, modulus)


def least(*values: Value) -> Term:
    """The smallest; nulls are left out."""
    return call("least", *values)


def greatest(*values: Value) -> Term:
    """The largest; nulls are left out."""
    return call("greatest", *values)


def words_joined(separator: str, *parts: Value) -> Term:
    """The parts with the separator between them."""
    return call("concat_ws", separator, *parts)


def choose(*cases: tuple[Term, Value], otherwise: Value | None = None) -> Term:
    """The value of the first case whose condition holds; null when none does and there is no otherwise."""
    if not cases:
        return Term("NULL") if otherwise is None else lit(otherwise)
    branches = " ".join(f"WHEN {condition.text} THEN {lit(value).text}" for condition, value in cases)
    last = "NULL" if otherwise is None else lit(otherwise).text
    return Term(f"CASE {branches} ELSE {last} END")


def item_at(values: Sequence[str], number: Term) -> Term:
    """The item of a list of texts at a place, from 0. The texts hold no bar.

    The list is one constant, split once per task: an array of as many literals slows each step of planning.
    """
    return Term(f"split({lit('|'.join(values)).text}, '[|]')[{number.cast('int').text}]")


def named(columns: Mapping[str, Value]) -> list[str]:
    """Each term with its name, as a projection lists them."""
    return [f"{lit(term).text} AS `{name}`" for name, term in columns.items()]
