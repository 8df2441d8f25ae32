"""One part of a mapping: raw rows become typed rows of the contract, each with its first fault, if any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType

from marketgraph.errors import ConfigError
from marketgraph.sources.casting import is_native, typed, value_checks
from marketgraph.sources.expressions import evaluate, quoted
from marketgraph.sources.faults import (
    BROKEN_CHARACTER,
    CORRUPT,
    FAULT,
    FILE,
    LONGEST_VALUE,
    MERGED,
    PART,
    RAW,
    VALUE,
    Reason,
    fault_code,
    first_fault,
    place_of,
)
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.mapping import ColumnRule
from marketgraph.sources.needs import Needs, order_terms, renamed
from marketgraph.sources.raw import as_text
from marketgraph.sources.visibility import ends_before_start, lies_later
from marketgraph.tables.contract import Column


@dataclass(frozen=True)
class TypedPart:
    """A part and what its rows need: its number, the personal columns of its raw file, the key.

    A value passes two steps, each one projection: what the mapping names, as text (unless it is of the
    contract's type already); then the value of the contract.
    """

    needs: Needs
    number: int
    personal: frozenset[str]
    key: IdentifierKey

    @property
    def raw_columns(self) -> list[str]:
        """The raw columns that a refused row is kept with, in their order in RAW."""
        return list(self.needs.raw_columns)

    @property
    def personal_places(self) -> list[int]:
        """The places (see fault_places) whose bad values may identify a person."""
        return [
            index
            for index, column in enumerate(self.needs.table.columns, start=1)
            if column.personal or self._raw_feeds(column) & self.personal
        ]

    def typed_rows(self, joined: DataFrame, as_of: date, *, keep_raw: bool) -> DataFrame:
        """One row per raw row: the contract's columns, FAULT, VALUE, MERGED, FILE, PART, RAW.

        joined: the raw table with its lookups. keep_raw: RAW of every row, not only of those with a fault.
        Raises ConfigError for an expression or a type that can't be.
        """
        texts = self._given(joined)
        kinds = {field.name: field.dataType for field in texts.schema.fields}
        columns = self.needs.table.columns
        order = [name for name in texts.columns if name.startswith("__order")]
        values = [self._value(column, kinds[column.name]).alias(column.name) for column in columns]
        given = [F.col(column.name).alias(_given(column)) for column in columns]
        rows = texts.select(*values, *given, FILE, RAW, CORRUPT, *order)
        faults = rows.select("*", first_fault(self._checks(kinds, as_of)).alias(FAULT))
        index = place_of(F.col(FAULT)) - 1
        bad = F.array(*[F.col(_given(column)).cast("string") for column in columns])[index]
        return faults.select(
            *[column.name for column in columns],
            FAULT,
            F.when(index >= 0, F.substring(bad, 1, LONGEST_VALUE)).alias(VALUE),
            (self._stands_back(as_of) if order else F.lit(False)).alias(MERGED),
            FILE,
            F.lit(self.number).alias(PART),
            F.col(RAW) if keep_raw else F.when(F.col(FAULT).isNotNull(), F.col(RAW)).alias(RAW),
        )

    def _given(self, joined: DataFrame) -> DataFrame:
        kinds = {field.name: field.dataType for field in joined.schema.fields}
        raw = F.array(*[_shown(quoted(name), kinds[name]) for name in self.raw_columns])
        order = [
            evaluate(joined, term, place=self._place("one_per_key"))[0].alias(f"__order{index}")
            for index, (term, _) in enumerate(order_terms(self.needs.part))
        ]
        return joined.select(
            *[self._text(joined, column).alias(column.name) for column in self.needs.table.columns],
            *order,
            FILE,
            F.when(F.col(CORRUPT).isNull(), raw).otherwise(F.array(CORRUPT)).alias(RAW),
            CORRUPT,
        )

    def _text(self, joined: DataFrame, column: Column) -> SparkColumn:
        """What the mapping names: of the contract's type where the source has it so, else as trimmed text."""
        rule = self._rule(column)
        if rule is None:
            return F.lit(None).cast(column.type)
        if rule.value is not None:
            return F.lit(str(rule.value))
        given, kind = self._named(joined, column, rule)
        if not rule.values and rule.format is None and is_native(kind, column.type):
            return given.cast(column.type)
        if isinstance(kind, StructType | ArrayType | MapType) and not isinstance(column.type, MapType):
            place = self._place(f"columns.{column.name}")
            raise ConfigError(
                f"{place}: this is a {kind.typeName()} in {self.needs.part.from_}",
                fix="name one field of it by expr",
            )
        text = _shown(given, kind) if rule.column else as_text(given, kind)
        return F.coalesce(_replacements(rule)[text], text) if rule.values else text

    def _named(self, joined: DataFrame, column: Column, rule: ColumnRule) -> tuple[SparkColumn, DataType]:
        if rule.expr is not None:
            return evaluate(joined, rule.expr, place=self._place(f"columns.{column.name}"))
        feed = renamed(str(rule.column), self.needs.part)
        if feed.lookup is None:
            return quoted(feed.column), joined.schema[feed.column].dataType
        lookup = joined.schema[feed.lookup].dataType
        assert isinstance(lookup, StructType)  # noqa: S101 - Lookups.join has made it
        return quoted(feed.lookup, feed.column), lookup[feed.column].dataType

    def _value(self, column: Column, kind: DataType) -> SparkColumn:
        given = F.col(column.name)
        if column.personal:
            return self.key.hashed(self._domain(column), given)
        if kind == column.type and not isinstance(kind, StringType):
            return given
        rule = self._rule(column)
        pattern = rule.format if rule else None
        return typed(given, column, pattern, place=self._place(f"columns.{column.name}"))

    def _domain(self, column: Column) -> SparkColumn:
        """What keeps a hash apart from others: the identifier's kind, or the column where there is none."""
        names = [other.name for other in self.needs.table.columns]
        return F.col("kind") if "kind" in names else F.lit(f"{self.needs.table.name}.{column.name}")

    def _checks(self, kinds: dict[str, DataType], as_of: date) -> Iterator[tuple[SparkColumn, int]]:
        yield F.col(CORRUPT).contains(BROKEN_CHARACTER), fault_code(0, Reason.BAD_ENCODING)
        yield F.col(CORRUPT).isNotNull(), fault_code(0, Reason.UNREADABLE)
        for index, column in enumerate(self.needs.table.columns, start=1):
            given = F.col(_given(column))
            texts = self._raw_texts(column)
            if isinstance(kinds[column.name], StringType) and self._rule(column):
                texts = [given, *texts]
            for broken, reason in value_checks(given, F.col(column.name), column, texts=texts):
                yield broken, fault_code(index, reason)
            for start in self._starts_of(column):
                broken = ends_before_start(start, column.name, as_of)
                yield broken, fault_code(index, Reason.ENDS_BEFORE_START)

    def _starts_of(self, column: Column) -> list[str]:
        return [start for start, end in self.needs.table.spans if end == column.name]

    def _raw_texts(self, column: Column) -> list[SparkColumn]:
        """The raw texts that an expression or `values` may have hidden."""
        rule, feeds = self._rule(column), self._raw_feeds(column)
        if rule is None or not (rule.expr or rule.values):
            return []
        return [F.col(RAW)[index] for index, name in enumerate(self.raw_columns) if name in feeds]

    def _raw_feeds(self, column: Column) -> set[str]:
        return {feed.column for feed in self.needs.of_column(column.name) if feed.lookup is None}

    def _stands_back(self, as_of: date) -> SparkColumn:
        """Whether another row of this part stands for the row's key, as one_per_key says."""
        sound = F.col(FAULT).isNull()
        order = [
            F.col(f"__order{index}").desc_nulls_last()
            if descending
            else F.col(f"__order{index}").asc_nulls_last()
            for index, (_, descending) in enumerate(order_terms(self.needs.part))
        ]
        alone = F.when(~sound, F.xxhash64(RAW))  # rows with a fault stand by themselves, and are spread
        same_key = Window.partitionBy(*self.needs.table.key, alone)
        total = (lies_later(self.needs.table, as_of), *order, F.col(RAW), F.col(FILE))
        return sound & (F.row_number().over(same_key.orderBy(*total)) > 1)

    def _rule(self, column: Column) -> ColumnRule | None:
        return self.needs.part.columns.get(column.name)

    def _place(self, what: str) -> str:
        return f"tables.{self.needs.table.name}.{what}"


def _shown(column: SparkColumn, kind: DataType) -> SparkColumn:
    """A raw value as text; text columns were trimmed when they were read."""
    return column if isinstance(kind, StringType) else as_text(column, kind)


def _given(column: Column) -> str:
    return f"__given_{column.name}"


def _replacements(rule: ColumnRule) -> SparkColumn:
    return F.create_map(*[F.lit(text) for pair in rule.values.items() for text in pair])
