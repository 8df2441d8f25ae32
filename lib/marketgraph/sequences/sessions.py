"""Sessions: the acts on each live content while it is on, and on the products that it features by then."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.vertices import in_vertices
from marketgraph.sequences.arrays import in_arrays
from marketgraph.sequences.last import newest
from marketgraph.sequences.rules import SessionRule
from marketgraph.tables.sequences import SESSIONS

Sources = Mapping[str, DataFrame]


def windows_of(sources: Sources, vertex_ids: DataFrame, *, moment: Column, rule: SessionRule) -> DataFrame:
    """What is on when: one row per live content, and per product that it features: (target, vertex_id, begins, ends).

    Half-open: [started_at, ended_at) of the content; of a product from when it is featured. A session that has not
    ended before `moment` ends with it, and one whose end nobody wrote down after the rule's longest_hours.
    """
    live = sources["contents"].where("kind = 'live'").select("content_id", "started_at", "ended_at")
    longest = F.col("started_at") + F.expr(f"interval {rule.longest_hours} hours")
    ends = F.least(F.coalesce("ended_at", longest), moment)
    on = live.withColumn("ends", ends).withColumnRenamed("started_at", "begins")
    contents = in_vertices(on, vertex_ids, content="content_id")
    own = contents.select(
        F.col("content").alias("target"), F.col("content").alias("vertex_id"), "begins", "ends"
    )
    return own.unionAll(_featured(sources, on, vertex_ids)) if rule.products else own


def _featured(sources: Sources, on: DataFrame, vertex_ids: DataFrame) -> DataFrame:
    # many products to one content
    shown = sources["content_products"].join(on, "content_id", "inner")
    told = shown.withColumn("begins", F.greatest("begins", "featured_at"))
    met = in_vertices(told, vertex_ids, content="content_id", product="product_id")
    return met.select(F.col("product").alias("target"), F.col("content").alias("vertex_id"), "begins", "ends")


def session_sequences(
    acts: DataFrame, windows: DataFrame, vocabulary: DataFrame, *, rule: SessionRule
) -> DataFrame:
    """One row per live content with acts, at SESSIONS: what was done, to what, by whom, while it was on.

    Objects and actors are both there: a model follows what happens, an investigator looks for who comes in step. An
    order that names the content it came from counts for that one alone. An act is one, however many rows it has. Acts
    and windows move once by target and day, what falls into a session once more by content.
    """
    day = F.unix_date(F.to_date("time"))
    told = (
        acts.where("not again")
        .withColumns({"target": F.coalesce("content", "object"), "day": day})
        .drop("content")
    )
    days = F.sequence(F.unix_date(F.to_date("begins")), F.unix_date(F.to_date("ends")))
    spans = windows.where("begins < ends").withColumn("day", F.explode(days))
    # an act to each session that its target is in: a product can be featured in many at once
    met = told.join(spans, ["target", "day"], "inner").where("time >= begins and time < ends")
    kept = newest(met.select(*_KEPT), "vertex_id", length=rule.length)
    told = in_arrays(kept, vocabulary, "vertex_id", with_actors=True)
    return SESSIONS.conform(told.withColumn("kind", F.lit("content")))


_KEPT = ("vertex_id", "verb", "object_kind", "object", "price", "time", "act_id", "actor_kind", "actor")
