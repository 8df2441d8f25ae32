"""Statistics of sequences: what a model without memory can take of them."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.tables.sequences import STATISTICS, UNKNOWN

_MINUTE, _DAY_MS = 60, 86_400_000
_SHARE_OF_VERB = "(size(filter(verbs, verb -> verb = x)) / length)"
_SUMMED_ENTROPY = f"(sum, x) -> sum - {_SHARE_OF_VERB} * ln({_SHARE_OF_VERB})"
_PRICED = f"filter(prices, price -> price > {UNKNOWN})"
# Of the first act in an array nothing is known of what came before: its gap is none.
_GAPS = "slice(gaps, 2, length - 1)"
_OF = {
    "seq_length": "cast(length as long)",
    "seq_verbs": "cast(size(array_distinct(verbs)) as long)",
    "seq_objects": "cast(size(array_distinct(objects)) as long)",
    # ids of buckets are in the order in which they were first seen: they can be counted, not averaged
    "seq_prices": f"cast(size(array_distinct({_PRICED})) as long)",
    "seq_repeats": "(length - size(array_distinct(objects))) / length",
    # over the verbs in the order of their ids, so that the sum is the same to the bit
    "seq_verb_entropy": f"aggregate(array_sort(array_distinct(verbs)), 0D, {_SUMMED_ENTROPY})",
    "seq_priced": f"size({_PRICED}) / length",
    "seq_gap_mean": "(times[length - 1] - times[0]) / (1000 * nullif(length - 1, 0))",
    "seq_gap_median": f"cast(if(length > 1, array_sort({_GAPS})[(length - 2) div 2], null) as double)",
    "seq_gap_least": f"cast(array_min({_GAPS}) as double)",
    "seq_quick": f"size(filter({_GAPS}, gap -> gap < {_MINUTE})) / nullif(length - 1, 0)",
}


def sequence_statistics(sequences: DataFrame, moment: Column) -> DataFrame:
    """One row per sequence: (vertex_id, STATISTICS). sequences: as of `moment`, at SEQUENCES; no row moves."""
    told = {name: F.expr(text) for name, text in _OF.items()}
    since = F.unix_millis(moment) - F.expr("times[length - 1]")
    told["seq_days_since"] = since / F.lit(_DAY_MS)
    return sequences.select("vertex_id", *[told[column.name].alias(column.name) for column in STATISTICS])
