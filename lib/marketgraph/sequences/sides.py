"""Whose acts they are: each act seen from its actor, from its object, and from the merchant that sold the object."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.sequences.rules import SequencesConfig

BY = "by:"
SIDE = ("vertex_id", "kind", "verb", "object_kind", "object")


def sides(acts: DataFrame, rule: SequencesConfig) -> DataFrame:
    """One row per act and entity that has it in its sequence: (vertex_id, kind, verb, object_kind, object, price,
    time, act_id).

    To its actor an act is the verb and the object; to what it was done to, `by:` and the verb, and the actor. What is
    ordered or reviewed is done to the product and to its merchant. An act that has several rows is one to its actor
    and its object. No row moves.
    """
    seen = F.explode(F.array(_to_actor(), _to_object(), _to_merchant())).alias("side")
    told = acts.select(seen, "price", "time", "act_id").select(
        *[f"side.{name}" for name in ("role", *SIDE)], "price", "time", "act_id"
    )
    has_one = F.lit(False)
    for role in ("actor", "object"):
        has_one |= (F.col("role") == role) & F.col("kind").isin(*rule.kinds(role))
    return told.where(has_one & F.col("vertex_id").isNotNull()).drop("role")


def _to_actor() -> Column:
    return _side("actor", _once("actor"), F.col("actor_kind"), F.col("verb"), "object")


def _to_object() -> Column:
    return _side("object", _once("object"), F.col("object_kind"), _passive(), "actor")


def _to_merchant() -> Column:
    # an act on the merchant itself is told by the side before
    return _side("object", F.col("merchant"), F.lit("merchant"), _passive(), "actor")


def _once(end: str) -> Column:
    """The vertex, unless another row has brought it the act."""
    return F.when(~F.col("again"), F.col(end))


def _passive() -> Column:
    return F.concat(F.lit(BY), F.col("verb"))


def _side(role: str, vertex: Column, kind: Column, verb: Column, other: str) -> Column:
    named = (vertex, kind, verb, F.col(f"{other}_kind"), F.col(other))
    columns = [column.alias(name) for column, name in zip(named, SIDE, strict=True)]
    return F.struct(F.lit(role).alias("role"), *columns)
