"""Text of others in a message: what a terminal would obey, or can't be encoded, is shown by its number."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"
# By Unicode's categories: Cc moves the cursor, Cs can't be encoded, Cf turns text around.
_SHOWN_BY_NUMBER = ("Cc", "Cs", "Cf")


def printable(text: str) -> str:
    """`text` with each control character, but for line ends and tabs, as `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def in_one_line(text: str) -> str:
    """`text` as `printable`, line ends and tabs by number too: a value can't look like a line of its own."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _SHOWN_BY_NUMBER:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
