"""Refused rows in the quarantine's contract: why, where from, and the raw row, personal values hashed."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.sources.faults import (
    FAULT,
    FILE,
    OUTCOME,
    PART,
    RAW,
    VALUE,
    Outcome,
    column_name,
    place_of,
    reason_name,
)
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.part import TypedPart
from marketgraph.tables.contract import Table
from marketgraph.tables.sources import QUARANTINE

RAW_KIND = "quarantine"  # keeps these hashes apart from those of identifiers


def quarantined(judged: DataFrame, table: Table, parts: list[TypedPart], key: IdentifierKey) -> DataFrame:
    """One row per refused row of `table`, in the contract of QUARANTINE.

    Personal raw values, a bad value that may be one, and a whole record that can't be told apart into
    columns, are keyed hashes.
    """
    refused = judged.where(F.col(OUTCOME) == Outcome.REFUSED.value)
    told = refused.select(
        F.lit(table.name).alias("table"),
        reason_name(F.col(FAULT)).alias("reason"),
        column_name(F.col(FAULT), table).alias("column"),
        F.when(value_is_personal(parts), _hashed(key, F.col(VALUE)))
        .otherwise(F.col(VALUE))
        .alias("bad_value"),
        F.col(FILE).alias("source_file"),
        _raw_row(parts, key).alias("raw_row"),
    )
    return QUARANTINE.conform(told)


def value_is_personal(parts: list[TypedPart]) -> Column:
    """Whether a refused row's VALUE may identify a person: by its part and the place of its fault."""
    by_part: list[Column] = [
        (F.col(PART) == part.number) & place_of(F.col(FAULT)).isin(part.personal_places)
        for part in parts
        if part.personal_places
    ]
    return reduce(lambda one, other: one | other, by_part, F.lit(False))


def _raw_row(parts: list[TypedPart], key: IdentifierKey) -> Column:
    whole = place_of(F.col(FAULT)) == 0  # the record itself is at fault, RAW has its text alone
    text = F.lit(None).cast("string")
    for part in parts:
        record = _hashed(key, F.col(RAW)[0]) if part.personal else F.col(RAW)[0]
        unread = F.to_json(F.struct(record.alias("record")))
        fields = [
            (_hashed(key, F.col(RAW)[index]) if name in part.personal else F.col(RAW)[index]).alias(name)
            for index, name in enumerate(part.raw_columns)
        ]
        read = F.to_json(F.struct(*fields), {"ignoreNullFields": "false"}) if fields else F.lit("{}")
        text = F.when(F.col(PART) == part.number, F.when(whole, unread).otherwise(read)).otherwise(text)
    return text


def _hashed(key: IdentifierKey, value: Column) -> Column:
    return key.hashed(F.lit(RAW_KIND), value)
