"""Acts and sequences by plain Python, from the rows of a small marketplace."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any, NamedTuple

from pyspark.sql import DataFrame

from marketgraph.sequences.rules import SequencesConfig
from tests.stages.shop_days import Rows


class Act(NamedTuple):
    """One act on one side, in the total order of sequences."""

    time: datetime
    verb: str
    object: int
    act_id: str
    object_kind: str
    price: str | None


def ids_in(rows: Rows) -> dict[tuple[str, str], int]:
    """A number for every entity of the rows."""
    kinds = ("merchant", "product", "creator", "content", "buyer")
    keys = [(kind, row[f"{kind}_id"]) for kind in kinds for row in rows[f"{kind}s"]]
    return {key: number for number, key in enumerate(keys)}


def raw_acts(rows: Rows) -> list[dict[str, Any]]:
    """Every act with its ends by kind and id: events, order lines, products of reviews. merchants: who sold it."""
    orders = {row["order_id"]: row for row in rows["orders"]}
    acts = [
        {**{k: row[k] for k in ("actor_kind", "actor_id", "verb", "object_kind", "object_id")},
         "time": row["occurred_at"], "act_id": row["event_id"]}
        for row in rows["events"]
    ]  # fmt: skip
    for row in rows["order_items"]:
        order = orders[row["order_id"]]
        named = {"merchants": {row["merchant_id"]}, "content": order.get("content_id")}
        at = {"time": order["ordered_at"], "act_id": f"{row['order_id']}:{row['item_number']}"}
        acts.append(_bought(order, "order", row["product_id"]) | named | at | {"price": row["unit_price"]})
    for row in rows["reviews"]:
        at = {"time": row["reviewed_at"], "act_id": f"{row['review_id']}:{row['order_id']}"}
        sold = {
            (line["product_id"], line["merchant_id"])
            for line in rows["order_items"]
            if line["order_id"] == row["order_id"]
        }
        of = {product for product, _ in sold if row.get("product_id") in (None, product)}
        for product in of or {row.get("product_id")} - {None}:
            by = {merchant for one, merchant in sold if one == product}
            acts.append(_bought(orders[row["order_id"]], "review", product) | {"merchants": by} | at)
    return acts


def _bought(order: dict[str, Any], verb: str, product: str) -> dict[str, Any]:
    buyer = {"actor_kind": "buyer", "actor_id": order["buyer_id"]}
    return buyer | {"verb": verb, "object_kind": "product", "object_id": product}


def bucket(price: Any) -> str | None:
    """The token of a price by the default rule."""
    if price is None:
        return None
    low, high = 0, 1
    while price >= high and high < 2**18:
        low, high = high, high * 2
    return f"[{low}, {high})" if price < high else f"[{high}, …)"


def sequences(rows: Rows, moment: datetime, rule: SequencesConfig) -> dict[int, list[Act]]:
    """The last acts of each vertex before the moment, oldest first."""
    ids, told = ids_in(rows), defaultdict(list)
    for act in raw_acts(rows):
        if act["time"] >= moment:
            continue
        ends = (("actor", "object", ""), ("object", "actor", "by:"))
        for own, other, by in ends:
            if own in rule.entities.get(act[f"{own}_kind"], ()):
                told[ids[act[f"{own}_kind"], act[f"{own}_id"]]].append(_side(act, other, by, ids))
        for merchant in act.get("merchants", ()):
            if "object" in rule.entities.get("merchant", ()):
                told[ids["merchant", merchant]].append(_side(act, "actor", "by:", ids))
    ordered = {vertex: sorted(acts, key=_key) for vertex, acts in told.items()}
    return {vertex: acts[-rule.length :] for vertex, acts in ordered.items()}


def _side(act: dict[str, Any], other: str, by: str, ids: dict[tuple[str, str], int]) -> Act:
    kind = act[f"{other}_kind"]
    vertex = ids[kind, act[f"{other}_id"]]
    return Act(act["time"], by + act["verb"], vertex, act["act_id"], kind, bucket(act.get("price")))


def _key(act: Act) -> tuple[Any, ...]:
    return (*act[:5], act.price or "")


def read_back(
    frame: DataFrame, vocabulary: DataFrame, key: str = "vertex_id"
) -> dict[int, list[tuple[Any, ...]]]:
    """Sequences in tokens: (ms, verb, object, object_kind, price, gap) per act."""
    token = {(row["field"], row["id"]): row["token"] for row in vocabulary.collect()}
    told = {}
    for row in frame.collect():
        arrays = ("times", "verbs", "objects", "object_kinds", "prices", "gaps")
        assert {len(row[name]) for name in arrays} == {row["length"]}
        told[row[key]] = [
            (ms, token.get(("verb", verb)), vertex, token.get(("object_kind", kind)), token.get(("price", price)), gap)
            for ms, verb, vertex, kind, price, gap in zip(*[row[name] for name in arrays], strict=True)
        ]  # fmt: skip
    return told


def with_gaps(acts: list[Act]) -> list[tuple[Any, ...]]:
    """The same of the oracle's acts."""
    stamps = [int(act.time.replace(tzinfo=timezone.utc).timestamp() * 1000) for act in acts]
    gaps = [0, *[(late - early) // 1000 for early, late in pairwise(stamps)]]
    return [
        (ms, act.verb, act.object, act.object_kind, act.price, gap)
        for ms, act, gap in zip(stamps, acts, gaps, strict=True)
    ]


def coarse(rows: Rows, minutes: int) -> Rows:
    """The rows with their times rounded down, so that many acts happen at once."""

    def floor(value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        return datetime(2024, 1, 1) + (value - datetime(2024, 1, 1)) // timedelta(
            minutes=minutes
        ) * timedelta(minutes=minutes)

    return {name: [{k: floor(v) for k, v in row.items()} for row in held] for name, held in rows.items()}
