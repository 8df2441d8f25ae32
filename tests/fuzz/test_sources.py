"""Source files spoilt at random: each is refused as a whole by one message, or every row of it is accounted for.

Spark takes longer to plan a table than to read a thousand rows of it, so the files that can be opened are conformed
many at a time. Some are conformed alone too: a single odd row shows where no other hides it.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketgraph.errors import MarketgraphError
from marketgraph.sources.conform import conform_sources
from marketgraph.sources.conformed import ConformedSources
from marketgraph.sources.faults import FILE
from marketgraph.sources.mapping import TABLES, Part, SourceMapping
from marketgraph.sources.needs import needs_of
from marketgraph.sources.raw import read_raw
from tests.fuzz.cases import CASES, tried
from tests.fuzz.source_files import KINDS, spoilt_table
from tests.sources.shop import AS_OF, KEY

pytestmark = pytest.mark.slow
BATCH = 62  # files: an eighth of 500
# What a kind's rows refer to.
NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KINDS, ()),
    "products": ("merchants",),
    "orders": ("buyers",),
    "multiline": ("buyers",),
    "items": ("merchants", "products", "buyers", "orders"),
    "phones": ("merchants", "buyers"),
}


class Shop:
    """A folder of files for each kind, and the mapping that reads them."""

    def __init__(self, spark: SparkSession, folder: Path, kinds: Collection[str]) -> None:
        self.spark, self.folder, self.kinds = spark, folder, kinds
        for name in kinds:
            self.add(name, "sound", KINDS[name].written([list(row) for row in KINDS[name].grid]))

    def add(self, name: str, file: str, content: bytes) -> Path:
        path = self.folder / name / f"{file}.{'json' if KINDS[name].is_json else 'csv'}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    def openable(self, name: str, path: Path) -> bool:
        """Whether the file can be opened at all; if not, the message says so and names it."""
        origin = Part.model_validate({**KINDS[name].part, "from": f"{name}/{path.name}"})
        needs = needs_of(self.spark, TABLES[KINDS[name].table], origin)
        try:
            return read_raw(self.spark, str(self.folder), origin, needs.raw_columns) is not None
        except MarketgraphError as error:
            assert error.exit_code in (2, 4)
            assert error.fix
            assert path.name in error.message
            return False

    def rows(self) -> dict[str, Counter[str]]:
        """By kind, the rows of each file as they are read: one job for all."""
        frames = []
        for name in self.kinds:
            origin = Part.model_validate({**KINDS[name].part, "from": name})
            needs = needs_of(self.spark, TABLES[KINDS[name].table], origin)
            raw = read_raw(self.spark, str(self.folder), origin, needs.raw_columns)
            assert raw is not None
            frames.append(raw.frame.select(F.lit(name).alias("kind"), FILE))
        counted = reduce(DataFrame.unionAll, frames).groupBy("kind", FILE).count().collect()
        found: dict[str, Counter[str]] = {name: Counter() for name in self.kinds}
        for row in counted:
            found[row["kind"]][row[FILE]] = row["count"]
        return found

    def conform(self, as_of: date = AS_OF) -> ConformedSources:
        parts: dict[str, list[dict[str, object]]] = {}
        for name in self.kinds:
            parts.setdefault(KINDS[name].table, []).append({**KINDS[name].part, "from": name})
        mapping = SourceMapping.model_validate({"source": "shop", "tables": parts})
        return conform_sources(self.spark, mapping, str(self.folder), as_of=as_of, key=KEY)


def assert_accounted_for(shop: Shop, as_of: date = AS_OF) -> None:
    """Each row of each file has one outcome, and the refused ones are in quarantine; or one message says why not."""
    found = shop.rows()
    read: Counter[str] = Counter()
    for name in shop.kinds:
        kind = KINDS[name]
        files = {path.name: path.read_bytes() for path in (shop.folder / name).iterdir()}
        assert set(found[name]) <= set(files)
        if not kind.multiline:
            expected = {file: kind.rows_in(told) for file, told in files.items()}
            assert {file: found[name][file] for file in files} == expected
        read[kind.table] += found[name].total()
    try:
        conformed = shop.conform(as_of)
    except MarketgraphError as error:
        assert error.exit_code == 4
        assert error.fix
        return
    with conformed:
        counts = {held.table.name: held.counts for held in conformed.tables if not held.absent}
        assert {name: told.read for name, told in counts.items()} == read
        refused = Counter(row["table"] for row in conformed.quarantined.select("table").collect())
        assert refused == Counter({name: told.refused for name, told in counts.items() if told.refused})
        accepted = {held.table.name: held.accepted.count() for held in conformed.tables if not held.absent}
        assert accepted == {name: told.accepted for name, told in counts.items()}


def try_files(spark: SparkSession, name: str, contents: Sequence[bytes], as_of: date = AS_OF) -> None:
    """Files of one kind, beside sound ones of what it refers to."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(spark, Path(folder), (*NEEDS[name], name))
        for number, content in enumerate(contents):
            path = shop.add(name, f"{number}", content)
            if not shop.openable(name, path):
                path.unlink()
        assert_accounted_for(shop, as_of)


def test_the_shop_is_sound_before_a_case_spoils_it(spark: SparkSession, tmp_path: Path) -> None:
    shop = Shop(spark, tmp_path, tuple(KINDS))
    assert_accounted_for(shop)
    with shop.conform() as conformed:
        assert conformed.quarantined.isEmpty()


@pytest.mark.parametrize("name", KINDS)
def test_every_row_of_spoilt_files_is_accounted_for(spark: SparkSession, name: str) -> None:
    @tried(CASES // len(KINDS) // BATCH + 1, shrunk=False)  # the first example is of files as sound as can be
    @given(st.lists(spoilt_table(KINDS[name]), min_size=BATCH, max_size=BATCH))
    def every_row_is_accounted_for(contents: list[bytes]) -> None:
        try_files(spark, name, contents)

    every_row_is_accounted_for()


@tried(CASES // BATCH + 1, shrunk=False)
@given(spoilt_table(KINDS["orders"]), st.sampled_from((date(1, 1, 1), date(2024, 1, 15), date(9999, 12, 31))))
def test_a_spoilt_file_alone_is_accounted_for_as_of_any_date(
    spark: SparkSession, content: bytes, as_of: date
) -> None:
    try_files(spark, "orders", [content], as_of)
