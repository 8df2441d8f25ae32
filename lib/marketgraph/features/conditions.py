"""Conditions of a features config: a small part of SQL, understood without a session, before any data is read.

    condition := test {and|or test}, `not test`, parentheses
    test      := operand (= | != | <> | < | <= | > | >=) operand
               | operand is [not] null | operand [not] in (literal, ...) | operand [not] between operand and operand
               | column that is true or false
    operand   := column | number | 'text' | true | false

What is understood here is handed to Spark as it stands. Functions are not taken: a column that needs one belongs to the
stream, where it has a name and a meaning.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

_TOKEN = re.compile(r"\s*(?:(<=|>=|!=|<>|[=<>(),])|('[^'\\]*')|(-?\d+(?:\.\d+)?)|([A-Za-z_]\w*))")
LONGEST = 5_000  # characters
_COMPARED = ("=", "!=", "<>", "<", "<=", ">", ">=")
_WORDS = ("and", "or", "not", "is", "null", "in", "between", "true", "false")


def refuse_bad(text: str, types: Mapping[str, str]) -> None:
    """Raise ValueError unless `text` is a condition over these columns.

    types: column -> `text`, `whole`, `money`, `time` or `flag`. Texts are compared with texts, numbers with numbers.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a condition of {len(text):,} characters; at most {LONGEST:,} are taken")
    try:
        _Reader(text, types).condition_alone()
    except RecursionError:
        raise ValueError("nested too deeply") from None


class _Reader:
    """Reads a condition from left to right."""

    def __init__(self, text: str, types: Mapping[str, str]) -> None:
        self._types = types
        self._tokens = _tokens(text)
        self._at = 0

    def condition_alone(self) -> None:
        self._condition()
        if self._at < len(self._tokens):
            raise ValueError(f"not understood from {self._next!r} on")

    def _condition(self) -> None:
        self._test()
        while self._takes("and") or self._takes("or"):
            self._test()

    def _test(self) -> None:
        if self._takes("not"):
            self._test()
        elif self._takes("("):
            self._condition()
            self._need(")")
        else:
            self._comparison(self._operand())

    def _comparison(self, left: str) -> None:
        if self._takes("is"):
            self._takes("not")
            self._need("null")
            return
        if self._next in _COMPARED:
            self._at += 1
            self._alike(left, self._operand())
            return
        denied = self._takes("not")
        if self._takes("in"):
            self._list(left)
        elif self._takes("between"):
            self._alike(left, self._operand())
            self._need("and")
            self._alike(left, self._operand())
        elif denied or left != "flag":
            raise ValueError(f"a comparison was expected before {self._next or 'the end'!r}")

    def _list(self, left: str) -> None:
        self._need("(")
        self._alike(left, self._operand())
        while self._takes(","):
            self._alike(left, self._operand())
        self._need(")")

    def _operand(self) -> str:
        token = self._next
        self._at += 1
        if token.startswith("'"):
            return "text"
        if re.fullmatch(r"-?\d+(\.\d+)?", token):
            return "number"
        if token.lower() in ("true", "false"):
            return "flag"
        if not re.match(r"[A-Za-z_]", token) or token.lower() in _WORDS:
            raise ValueError(f"a column or a value was expected before {token or 'the end'!r}")
        if self._next == "(":
            raise ValueError(f"{token}() is not taken: a condition has columns, values and comparisons only")
        return self._column(token)

    def _column(self, name: str) -> str:
        if name not in self._types:
            near = difflib.get_close_matches(name, list(self._types), n=1)
            known = f"did you mean {near[0]}?" if near else f"columns: {', '.join(self._types)}"
            raise ValueError(f"unknown column {name}; {known}")
        return "number" if self._types[name] in ("whole", "money") else self._types[name]

    def _alike(self, left: str, right: str) -> None:
        if left != right:
            raise ValueError(f"a {left} is compared with a {right}")

    @property
    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _takes(self, word: str) -> bool:
        if self._next.lower() != word:
            return False
        self._at += 1
        return True

    def _need(self, word: str) -> None:
        if not self._takes(word):
            raise ValueError(f"{word!r} was expected before {self._next or 'the end'!r}")


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"not understood from {text[at:].strip()!r} on")
        found.append(token[0].strip())
        at = token.end()
    return found
