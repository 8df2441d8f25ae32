"""Ways to spoil the bytes of a file, whatever is in it: cut, flipped, another encoding, what no text has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]
Spoil = Callable[[Draw, bytes], bytes]

# Values that have broken a reader somewhere: numbers, times and texts at the edge of what their type holds.
NASTY = (
    "", " ", "null", "NaN", "-Infinity", "1e400", "-0", "0x1F", "1_000", "٣", "9" * 40, "1" * 5000, "1e-40",
    "99999999999999.99999", "-2147483649", "1.5e+99", "0000-01-01", "0000-00-00", "0001-01-01", "9999-12-31",
    "9999-12-31T23:59:59.999999999-18:00", "10000-01-01", "2024-02-30", "2024-01-01T25:00:00", "2024-01-01T00:00:60Z",
    "2024-01-01T00:00:00+99:99", "1969-12-31", "-1", "'; drop table orders; --", "${jndi:x}", "../../etc/passwd",
    "%s%n",
    "{}", "[]", '{"a":', "\\", "\\N", '"', '""', '"""', "'", "`", "=1+1", "<script>", "a\u0000b", "\u0000",
    "\ufeff", "\ufffd",
    "\u202e", "\U0001f600", "e\u0301", "\u2028", "true", "x" * 100_000,
)  # fmt: skip
NO_TEXT = (
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\x80",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\x1a",
    b"\x7f",
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\n",
)


def cut(draw: Draw, content: bytes) -> bytes:
    """The file ends too early, as after a broken copy."""
    return content[: draw(st.integers(0, len(content)))]


def without_a_piece(draw: Draw, content: bytes) -> bytes:
    at = draw(st.integers(0, len(content)))
    return content[:at] + content[at + draw(st.integers(1, 40)) :]


def flipped(draw: Draw, content: bytes) -> bytes:
    if not content:
        return content
    at = draw(st.integers(0, len(content) - 1))
    return content[:at] + bytes([content[at] ^ draw(st.integers(1, 255))]) + content[at + 1 :]


def with_bytes_in_it(draw: Draw, content: bytes) -> bytes:
    """Bytes that no text has, line ends, or noise."""
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.sampled_from(NO_TEXT) | st.binary(min_size=1, max_size=12)) + content[at:]


def with_a_nasty_text(draw: Draw, content: bytes) -> bytes:
    at = draw(st.integers(0, len(content)))
    return content[:at] + draw(st.sampled_from(NASTY)).encode() + content[at:]


def repeated(draw: Draw, content: bytes) -> bytes:
    """A piece of the file stands there twice."""
    start = draw(st.integers(0, len(content)))
    piece = content[start : start + draw(st.integers(1, 200))]
    return content[:start] + piece + content[start:]


def in_another_encoding(draw: Draw, content: bytes) -> bytes:
    """What an office program saves: with a byte-order mark, as UTF-16, in an old code page."""
    encoding = draw(
        st.sampled_from(("utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "latin-1", "cp037"))
    )
    return content.decode("utf-8", "replace").encode(encoding, "replace")


def with_other_line_ends(draw: Draw, content: bytes) -> bytes:
    return content.replace(b"\n", draw(st.sampled_from((b"\r\n", b"\r", b"\n\n", b"\n\r", b" \n"))))


def with_lines_moved(draw: Draw, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(draw(st.permutations(lines))) if len(lines) <= 40 else b"".join(reversed(lines))


def emptied(draw: Draw, content: bytes) -> bytes:
    return draw(st.sampled_from((b"", b"\n", b" ", b"\xef\xbb\xbf", b"\0" * 64, content.split(b"\n")[0])))


ANY_FILE: tuple[Spoil, ...] = (
    cut, without_a_piece, flipped, flipped, with_bytes_in_it, with_bytes_in_it, with_a_nasty_text, repeated,
    in_another_encoding, with_other_line_ends, with_lines_moved, emptied,
)  # fmt: skip


@st.composite
def spoilt(draw: Draw, content: bytes, ways: Sequence[Spoil] = ANY_FILE, *, most: int = 3) -> bytes:
    """`content` after one to `most` of these ways."""
    for way in draw(st.lists(st.sampled_from(ways), min_size=1, max_size=most)):
        content = way(draw, content)
    return content
