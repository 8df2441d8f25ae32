"""The source rows that a day's new rows can change an edge of: what else is in the groups and pairs that they touch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.edges.returned import RETURN
from marketgraph.edges.viewed import VIEW
from marketgraph.sources.arrivals import CHANGED, NEW, Hold


def touched_sources(told: Mapping[str, DataFrame], hold: Hold) -> dict[str, DataFrame]:
    """The rows of each table that the additive relations of touched groups are made of, with NEW and CHANGED.

    told: from `arrivals.with_arrivals`. hold: keeps a small frame in memory, so that Spark knows how small it is and
    sends it to the rows. Of a buyer with a new row all orders are taken, with their lines and reviews; of an identifier
    with one all sightings; of events returns and views. Listings and contents are taken whole, being few.
    """
    orders = [told[name].where(NEW).select("order_id") for name in ("orders", "order_items", "reviews")]
    touched = hold(reduce(DataFrame.unionByName, orders).distinct())
    buyers = hold(told["orders"].join(touched, "order_id", "left_semi").select("buyer_id").distinct())
    theirs = hold(told["orders"].join(buyers, "buyer_id", "left_semi"))
    of_them = hold(theirs.select("order_id"))
    arrived = told["identifiers"].where(F.col(NEW) | F.col(CHANGED))
    values = hold(arrived.select("kind", "value").distinct())
    return {
        **told,
        "orders": theirs,
        "order_items": told["order_items"].join(of_them, "order_id", "left_semi"),
        "reviews": told["reviews"].join(of_them, "order_id", "left_semi"),
        "identifiers": told["identifiers"].join(values, ["kind", "value"], "left_semi"),
        "events": told["events"].where(F.col("verb").isin(RETURN, VIEW)),
    }
