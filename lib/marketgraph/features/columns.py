"""The columns that a config's windowed features make: names, types, meanings, units and ranges, without any data."""

from __future__ import annotations

from pyspark.sql.types import DoubleType, LongType

from marketgraph.features.aggregations import AGGREGATIONS, NEVER
from marketgraph.features.rules import FeatureGroup, FeatureRule, FeaturesConfig, column_of, features_of
from marketgraph.tables.contract import Column

LONG, DOUBLE = LongType(), DoubleType()


def windowed_columns(config: FeaturesConfig, kind: str) -> tuple[Column, ...]:
    """One column per feature and window of a kind, `<name>_<window>`, in the order of the file."""
    return tuple(
        feature_column(group, name, rule, window)
        for group, name, rule in features_of(config, kind)
        for window in group.windows_of(name)
    )


def feature_column(group: FeatureGroup, name: str, rule: FeatureRule, window: str) -> Column:
    """The column of one feature in one window."""
    told = AGGREGATIONS[rule.aggregate]
    low, high = limits(group, rule)
    return Column(
        f"{name}_{window}",
        LONG if is_whole(group, rule) else DOUBLE,
        f"{rule.meaning}, in the {window} before the moment",
        unit_of(group, rule),
        nullable=told.null != NEVER,
        minimum=low,
        maximum=high,
    )


def is_whole(group: FeatureGroup, rule: FeatureRule) -> bool:
    """Whether a feature is a LONG: counts, and sums of whole numbers."""
    column = column_of(group, rule)
    is_sum = rule.aggregate == "sum" and column is not None and column.type == "whole"
    return AGGREGATIONS[rule.aggregate].whole or is_sum


def unit_of(group: FeatureGroup, rule: FeatureRule) -> str:
    """The unit that the config gives, else that of the aggregation or of the column."""
    told, column = AGGREGATIONS[rule.aggregate], column_of(group, rule)
    if rule.unit or told.unit is not None:
        return rule.unit or told.unit or ""
    return "count" if told.whole else column.unit if column else ""


def limits(group: FeatureGroup, rule: FeatureRule) -> tuple[float | None, float | None]:
    """The least and the greatest value that a feature can have, where there are such."""
    told, column = AGGREGATIONS[rule.aggregate], column_of(group, rule)
    if rule.aggregate in ("ratio", "trend"):
        return None, None
    if told.minimum is not None or column is None:
        return told.minimum, told.maximum
    return column.minimum, None
