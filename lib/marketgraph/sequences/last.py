"""The last acts before a moment: of every entity before one moment, or of each asked one before its own."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.sequences.arrays import in_arrays

# The total order of acts. Beyond the first four there is no difference but what the source repeats.
ORDER = ("time", "verb", "object", "act_id", "object_kind", "price")


def last_before(sides: DataFrame, vocabulary: DataFrame, *, moment: Column, length: int) -> DataFrame:
    """One row per entity with acts before `moment`: (vertex_id, kind, then the arrays of SEQUENCES).

    sides: from `sides`. moment: a timestamp, the same for all; acts at it or after it are not seen. Of more than
    `length` acts the oldest are left out. Acts at one time stand in the order of their verbs, objects and ids.
    Rows move once, by entity, and of each entity no more than `length` from a partition.
    """
    seen = sides.where(F.col("time") < moment)
    kept = newest(seen, "vertex_id", length=length)
    return in_arrays(kept, vocabulary, "vertex_id", "kind")


def last_asked(sides: DataFrame, vocabulary: DataFrame, questions: DataFrame, *, length: int) -> DataFrame:
    """The same for questions: one row per question whose entity has acts before its moment, with `question`.

    questions: (question, vertex_id, moment), each question once; an entity may be asked for at many moments. Acts and
    questions move once, by entity: an act is copied only for questions about its own entity.
    An act whose other end is registered only after the moment is seen, where a run of that date leaves the act out.
    """
    asked = questions.select("question", "vertex_id", "moment")
    # many acts of an entity to many questions about it
    seen = sides.join(asked, "vertex_id", "inner").where(F.col("time") < F.col("moment")).drop("moment")
    kept = newest(seen, "vertex_id", "question", length=length)
    return in_arrays(kept, vocabulary, "vertex_id", "question", "kind")


def newest(acts: DataFrame, *keys: str, length: int) -> DataFrame:
    """The newest `length` rows of each key, with `place`: 1 for the newest."""
    newest_first = Window.partitionBy(*keys).orderBy(*[F.desc(name) for name in ORDER])
    return acts.withColumn("place", F.row_number().over(newest_first)).where(F.col("place") <= length)
