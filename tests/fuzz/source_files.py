"""Small sound source files of a shop, and ways to spoil one that need to know what a table is: cells, columns, rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from marketgraph.sources.raw import WHITE
from tests.fuzz.spoiling import ANY_FILE, NASTY, Draw
from tests.sources.shop import BUYERS, IDENTIFIERS, ITEMS, MERCHANTS, ORDERS, PRODUCTS, part

Grid = list[list[str]]
LINE_ENDS = (b"\r\n", b"\r")


@dataclass(frozen=True)
class Kind:
    """Files that one part of the mapping reads: `part` with a folder of them for `from`.

    grid: header and rows of a sound one; of a JSON file the keys and the values.
    """

    table: str
    part: dict[str, Any]
    grid: tuple[tuple[str, ...], ...]

    @property
    def is_json(self) -> bool:
        return bool(self.part["format"] == "json")

    @property
    def multiline(self) -> bool:
        return bool(self.part.get("options", {}).get("multiline"))

    def written(self, grid: Grid) -> bytes:
        """The grid as a file of this kind."""
        header, *rows = grid or [[]]
        if self.is_json:
            return "".join(f"{json.dumps(dict(zip(header, row, strict=False)))}\n" for row in rows).encode()
        text = io.StringIO()
        lines = rows if self.bare else grid
        csv.writer(text, delimiter=self.sep, lineterminator="\n").writerows(lines)
        return text.getvalue().encode("utf-8", "replace")

    @property
    def bare(self) -> bool:
        """Whether the file has no header."""
        return "header" in self.part.get("options", {})

    @property
    def sep(self) -> str:
        return str(self.part.get("options", {}).get("sep", ","))

    def rows_in(self, content: bytes) -> int:
        """Rows that a file holds: lines that are not blank, but for the header. Not known of a multi-line one."""
        content = content.removeprefix(b"\xef\xbb\xbf")  # a byte-order mark is no text
        for end in LINE_ENDS:
            content = content.replace(end, b"\n")
        lines = [line.decode("utf-8", "replace") for line in content.split(b"\n")]
        if self.is_json:
            return sum(bool(line.strip(WHITE)) for line in lines)
        # of CSV Spark takes a line of control characters for a blank one, as Java's trim does
        filled = sum(bool(line.strip("".join(map(chr, range(33))))) for line in lines)
        return filled if self.bare else max(filled - 1, 0)


KINDS = {
    "merchants": Kind(
        "merchants", MERCHANTS, (("id", "since"), ("m1", "2017-01-01"), ("m2", ""), ("m3", "2019-05-06"))
    ),
    "products": Kind("products", PRODUCTS, (("id", "shop"), ("p1", "m1"), ("p2", "m2"), ("p3", ""))),
    "buyers": Kind(
        "buyers", BUYERS, (("id", "town"), ("b1", "Bonn"), ("b2", "Köln, am Rhein"), ("b3", 'the "old" town'))
    ),
    "bare": Kind(
        "buyers",
        part(BUYERS, options={"header": ["id", "town"], "sep": ";", "nulls": ["-"]}),
        (("id", "town"), ("b4", "Bonn"), ("b5", "-"), ("b6", "Köln; am Rhein")),
    ),
    "orders": Kind(
        "orders",
        part(ORDERS, columns={"status": {"column": "state", "values": {"done": "delivered"}}}),
        (
            ("id", "buyer", "placed", "state"),
            ("o1", "b1", "2024-01-02", "paid"),
            ("o2", "b2", "2024-02-02 10:00", "done"),
            ("o3", "b3", "2024-02-02T10:00:00.5+02:00", "open"),
        ),
    ),
    "multiline": Kind(
        "orders",
        part(
            ORDERS,
            options={"multiline": True},
            columns={"ordered_at": {"column": "placed", "format": "dd.MM.yyyy"}},
        ),
        (
            ("id", "buyer", "placed", "note"),
            ("o4", "b1", "02.01.2024", "two\nlines"),
            ("o5", "b2", "03.02.2024", ""),
        ),
    ),
    "items": Kind(
        "order_items",
        ITEMS,
        (
            ("order", "line", "shop", "product", "price"),
            ("o1", "1", "m1", "p1", "9.50"),
            ("o2", "1", "m2", "p2", "1e2"),
        ),
    ),
    "phones": Kind(
        "identifiers",
        {**IDENTIFIERS, "format": "json"},
        (
            ("holder_kind", "holder", "number", "first", "last"),
            ("buyer", "b1", "+49 170 1", "2024-01-01", "2024-02-01"),
            ("merchant", "m1", "0170/2", "2024-01-01", "2024-02-01"),
        ),
    ),
}


def with_a_nasty_cell(draw: Draw, grid: Grid) -> Grid:
    """One cell is another, of the header too."""
    row = draw(st.integers(0, len(grid) - 1))
    if grid[row]:
        grid[row][draw(st.integers(0, len(grid[row]) - 1))] = draw(
            st.sampled_from(NASTY) | st.text(max_size=8)
        )
    return grid


def without_a_cell(draw: Draw, grid: Grid) -> Grid:
    row = draw(st.integers(0, len(grid) - 1))
    grid[row] = grid[row][:-1]
    return grid


def with_more_cells(draw: Draw, grid: Grid) -> Grid:
    """A record with more fields than the header, up to more than a parser has room for."""
    row = draw(st.integers(0, len(grid) - 1))
    grid[row] = grid[row] + ["x"] * draw(st.sampled_from((1, 1, 3, 600, 30_000)))
    return grid


def without_a_column(draw: Draw, grid: Grid) -> Grid:
    at = draw(st.integers(0, len(grid[0])))
    return [row[:at] + row[at + 1 :] for row in grid]


def with_a_column_twice(draw: Draw, grid: Grid) -> Grid:
    """A column stands there again, by the same name or one that differs in case alone."""
    at = draw(st.integers(0, len(grid[0])))
    found = [row + row[at : at + 1] for row in grid]
    if draw(st.booleans()):
        found[0] = [*found[0][:-1], found[0][-1].upper()]
    return found


def with_another_column(draw: Draw, grid: Grid) -> Grid:
    name = draw(
        st.sampled_from(("x", "", "`", "a.b", "__file", "__corrupt", "_metadata", "id ", "x\ny", "value"))
    )
    return [[name, *grid[0]], *(["1", *row] for row in grid[1:])]


def with_rows_again(draw: Draw, grid: Grid) -> Grid:
    return grid + [list(row) for row in grid[1:]] * draw(st.integers(1, 3))


def without_rows(draw: Draw, grid: Grid) -> Grid:
    return grid[: draw(st.integers(1, len(grid)))]


ANY_TABLE: tuple[Callable[[Draw, Grid], Grid], ...] = (
    *(with_a_nasty_cell,) * 6, without_a_cell, with_more_cells, without_a_column, with_a_column_twice,
    with_another_column,
    with_rows_again, without_rows,
)  # fmt: skip


@st.composite
def spoilt_table(draw: Draw, kind: Kind) -> bytes:
    """A file of that kind, spoilt as a table, as bytes, or both."""
    grid = [list(row) for row in kind.grid]
    for way in draw(st.lists(st.sampled_from(ANY_TABLE), max_size=2)):
        grid = way(draw, grid)
    content = kind.written(grid)
    for change in draw(st.lists(st.sampled_from(ANY_FILE), max_size=2)):
        content = change(draw, content)
    return content
