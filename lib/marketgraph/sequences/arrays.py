"""Rows of acts as arrays, oldest first."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.sequences.vocabulary import with_ids

FIELDS = {"verb": "verb", "object_kind": "object_kind", "price": "price"}
ACTORS = {"actor_kind": "object_kind"}
# Of the first act in an array it is not said what came before it: its gap is 0.
_GAPS = "transform(acts, (act, at) -> if(at = 0, 0L, (act.time - acts[at - 1].time) div 1000))"


def in_arrays(kept: DataFrame, vocabulary: DataFrame, *keys: str, with_actors: bool = False) -> DataFrame:
    """One row per key: the keys, length, and the arrays of SEQUENCES; `with_actors` those of SESSIONS.

    kept: from `newest`, already together by the first of `keys`, so that nothing moves here.
    """
    fields = FIELDS | (ACTORS if with_actors else {})
    told = with_ids(kept, vocabulary, **fields).withColumn("time", F.unix_millis("time"))
    parts = ["place", *fields, "object", "time", *(["actor"] if with_actors else [])]
    # the newest has place 1, so from the last place down is from the oldest up
    acts = F.sort_array(F.collect_list(F.struct(*parts)), asc=False).alias("acts")
    arrays = {
        "length": F.size("acts"),
        "verbs": F.col("acts.verb"),
        "object_kinds": F.col("acts.object_kind"),
        "objects": F.col("acts.object"),
        "prices": F.col("acts.price"),
        "gaps": F.expr(_GAPS),
        "times": F.col("acts.time"),
    }
    if with_actors:
        arrays |= {"actor_kinds": F.col("acts.actor_kind"), "actors": F.col("acts.actor")}
    grouped = told.groupBy(*keys).agg(acts)
    return grouped.select(*keys, *[column.alias(name) for name, column in arrays.items()])
