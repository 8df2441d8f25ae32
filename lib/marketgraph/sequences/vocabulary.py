"""The vocabulary: an append-only map of tokens to small integers that never renumbers."""

from __future__ import annotations

from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketgraph.tables.sequences import FIRST_ID, UNKNOWN, VOCABULARY


def tokens_in(sides: DataFrame, acts: DataFrame) -> DataFrame:
    """One row per token: (field, token), of all entities' acts and of all acts. One small shuffle."""
    fields = [("verb", "verb"), ("object_kind", "object_kind"), ("price", "price")]
    own = [_each(sides, fields), _each(acts, [*fields, ("object_kind", "actor_kind")])]
    return reduce(DataFrame.unionAll, own).where("token is not null").distinct()


def _each(frame: DataFrame, fields: list[tuple[str, str]]) -> DataFrame:
    pairs = [F.struct(F.lit(field).alias("field"), F.col(column).alias("token")) for field, column in fields]
    return frame.select(F.explode(F.array(*pairs)).alias("pair")).select("pair.field", "pair.token")


def number_new_tokens(known: DataFrame, tokens: DataFrame, *, as_of: date, most: int) -> DataFrame:
    """One row per token of `tokens` (field, token) that `known` lacks, with its new id.

    known: the VOCABULARY. Ids of a field go on from its size, in the order of the tokens, so that the order over all
    runs is that of (run, token). A field has at most `most` tokens: the ones beyond get no id, and stay unknown.
    """
    last = known.groupBy("field").agg(F.max("id").alias("last"))
    new = tokens.join(known.select("field", "token"), ["field", "token"], "left_anti")
    place = F.row_number().over(Window.partitionBy("field").orderBy("token"))
    # one last id to each field, and three fields at most
    told = new.withColumn("place", place).join(F.broadcast(last), "field", "left")
    ids = F.coalesce(F.col("last"), F.lit(FIRST_ID - 1)) + F.col("place")
    numbered = told.withColumn("id", ids.cast("int")).withColumn("first_as_of", F.lit(as_of))
    return VOCABULARY.conform(numbered.where(F.col("id") < FIRST_ID + most))


def with_ids(frame: DataFrame, vocabulary: DataFrame, **fields: str) -> DataFrame:
    """`frame` with a column of ids in place of the tokens of each column=field. No row of it moves.

    A token that is null or not in the vocabulary is UNKNOWN. The vocabulary is small and is sent to where it is joined.
    """
    told = frame
    for column, field in fields.items():
        own = vocabulary.where(F.col("field") == field)
        ids = own.select(F.col("token").alias(column), F.col("id").alias(f"{column}_id"))
        # many rows to one token
        told = told.join(F.broadcast(ids), column, "left").withColumn(column, _known(f"{column}_id"))
        told = told.drop(f"{column}_id")
    return told


def _known(column: str) -> Column:
    return F.coalesce(F.col(column), F.lit(UNKNOWN))
