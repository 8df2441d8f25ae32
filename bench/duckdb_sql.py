"""Grouped relations in DuckDB's SQL, with the columns and the weights that marketgraph's own have.

Text alone: it is run by `bench.duckdb_peer`, in the environment that has DuckDB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

UNITS = 1 << 20  # rarities and recencies are whole parts of one
KEYS = {
    "bought_together": ("lines", "order_id", "product"),
    "same_buyers": ("lines", "buyer", "merchant"),
}
SHARES = "shares_"
# By policy, which members of a group are joined in pairs; {most}: max_holders.
KEPT = {"drop": "holders <= {most}", "cap": "rank <= {most}", "inverse": "true"}
TABLES = ("vertex_ids", "orders", "order_items", "identifiers")


def source_statements(files: Mapping[str, Sequence[str]], kinds: Sequence[str]) -> list[str]:
    """Tables that several relations are made of: ids, order lines and sightings in vertex ids.

    files: Parquet files by table, of TABLES. kinds: of entities, in their order.
    """
    read = {table: f"read_parquet({list(map(str, files[table]))!r})" for table in TABLES}
    code = f"list_position({list(kinds)!r}, i.entity_kind) - 1"
    return [
        f"CREATE TABLE ids AS SELECT entity_kind, entity_id, vertex_id FROM {read['vertex_ids']}",
        f"""
        CREATE TABLE lines AS
        SELECT l.order_id, b.vertex_id AS buyer, m.vertex_id AS merchant, p.vertex_id AS product, o.ordered_at
        FROM {read["order_items"]} l JOIN {read["orders"]} o USING (order_id)
        {_ids("b", "buyer", "o.buyer_id")} {_ids("m", "merchant", "l.merchant_id")}
        {_ids("p", "product", "l.product_id")}
        """,
        f"""
        CREATE TABLE sightings AS
        SELECT s.kind, s.value, i.vertex_id AS vertex, {code} AS code, s.first_seen,
            coalesce(s.last_seen, s.first_seen) AS last_seen
        FROM {read["identifiers"]} s JOIN ids i USING (entity_kind, entity_id)
        """,
    ]


def edges_query(relation: str, rule: Mapping[str, Any], kinds: Sequence[str], as_of: str) -> str:
    """The edges of one relation.

    rule: policy (drop, cap or inverse), max_holders, half_life_days, evidence, min_evidence.
    """
    if rule["policy"] not in KEPT:
        raise ValueError(f"{relation}: no SQL for the policy {rule['policy']}")
    every = list(kinds)
    return f"""
        WITH {_members(relation, kinds)}, {_kept(rule)}, {_pairs(rule)}, factors AS (
            SELECT *, {_evidence(rule)} AS evidence, {_recency(rule, as_of)} AS recency,
                units / (evidence_count * {UNITS}.0::DOUBLE) AS rarity
            FROM pairs
        )
        SELECT src, dst, {every!r}[src_code + 1] AS src_kind, {every!r}[dst_code + 1] AS dst_kind,
            '{relation}' AS relation, evidence * recency * rarity AS weight, evidence_count, evidence, recency,
            rarity, first_seen, last_seen
        FROM factors
    """


def _ids(alias: str, kind: str, column: str) -> str:
    return f"LEFT JOIN ids {alias} ON {alias}.entity_kind = '{kind}' AND {alias}.entity_id = {column}"


def _members(relation: str, kinds: Sequence[str]) -> str:
    """One row per member of a group, with the span of its time there."""
    if relation.startswith(SHARES):
        kind = relation.removeprefix(SHARES)
        told = (
            f"SELECT value AS key, vertex, code, first_seen, last_seen FROM sightings WHERE kind = '{kind}'"
        )
    else:
        table, key, vertex = KEYS[relation]
        code = list(kinds).index(vertex)
        told = (
            f"SELECT {key} AS key, {vertex} AS vertex, {code} AS code, ordered_at AS first_seen, "
            f"ordered_at AS last_seen FROM {table}"
        )
    return f"""members AS (
        SELECT key, vertex, code, {_earliest("first_seen")} AS first_seen, max(last_seen) AS last_seen
        FROM ({told}) WHERE key IS NOT NULL AND vertex IS NOT NULL GROUP BY key, vertex, code
    )"""


def _kept(rule: Mapping[str, Any]) -> str:
    """The members that are joined in pairs; place: their order within a group, by kind and id."""
    most, recent = rule["max_holders"], "PARTITION BY key ORDER BY last_seen DESC NULLS LAST, vertex"
    rank = f"row_number() OVER ({recent})" if rule["policy"] == "cap" else "1"
    kept = KEPT[rule["policy"]].format(most=most)
    return f"""sized AS (
        SELECT *, code * (1::BIGINT << 40) + vertex AS place, count(*) OVER (PARTITION BY key) AS holders,
            {rank} AS rank
        FROM members
    ), kept AS (SELECT * FROM sized WHERE holders > 1 AND {kept})"""


def _pairs(rule: Mapping[str, Any]) -> str:
    return f"""met AS (
        SELECT a.vertex AS src, b.vertex AS dst, a.code AS src_code, b.code AS dst_code,
            round({UNITS} / log2(a.holders + 1))::BIGINT AS units,
            greatest(a.first_seen, b.first_seen) AS first_seen, greatest(a.last_seen, b.last_seen) AS last_seen
        FROM kept a JOIN kept b ON a.key = b.key AND a.place < b.place
    ), pairs AS (
        SELECT src, dst, src_code, dst_code, count(*) AS evidence_count, sum(units)::BIGINT AS units,
            {_earliest("first_seen")} AS first_seen, max(last_seen) AS last_seen
        FROM met GROUP BY src, dst, src_code, dst_code HAVING count(*) >= {rule["min_evidence"]}
    )"""


def _earliest(time: str) -> str:
    """The first of a group's times; null, before the data, where one of them is."""
    return f"CASE WHEN count({time}) = count(*) THEN min({time}) END"


def _evidence(rule: Mapping[str, Any]) -> str:
    return "log2(evidence_count + 1)" if rule["evidence"] == "log" else "evidence_count::DOUBLE"


def _recency(rule: Mapping[str, Any], as_of: str) -> str:
    if rule["half_life_days"] is None:
        return "1.0::DOUBLE"
    days = f"(epoch(DATE '{as_of}') - floor(epoch(last_seen))) / 86400"
    return f"coalesce(round(pow(2.0::DOUBLE, -{days} / {rule['half_life_days']}) * {UNITS}) / {UNITS}, 1.0::DOUBLE)"
