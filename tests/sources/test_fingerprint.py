"""A fingerprint changes with all that can change the tables, and with nothing else."""

from __future__ import annotations

import os
from typing import Any

from marketgraph.sources.fingerprint import source_fingerprint
from marketgraph.sources.identity import IdentifierKey
from marketgraph.sources.mapping import SourceMapping
from tests.sources.shop import BUYERS, KEY, Shop, part


def fingerprint(shop: Shop, key: IdentifierKey = KEY, **tables: Any) -> str:
    mapping = SourceMapping.model_validate({"source": "shop", "tables": tables or {"buyers": BUYERS}})
    return source_fingerprint(shop.spark, mapping, str(shop.folder), key)


def test_it_stays_while_nothing_changes(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    shop.write("notes.txt", "not read by the mapping")
    before = fingerprint(shop)
    shop.write("notes.txt", "other")
    assert fingerprint(shop) == before


def test_it_changes_with_a_file_the_mapping_or_the_key(shop: Shop) -> None:
    file = shop.write("buyers.csv", "id,town", "b1,Bonn")
    before = {fingerprint(shop), fingerprint(shop, IdentifierKey(b"another key of the tests"))}
    before.add(fingerprint(shop, buyers=part(BUYERS, columns={"city": {"expr": "upper(town)"}})))
    os.utime(file, (1, 1))
    before.add(fingerprint(shop))
    shop.write("buyers.csv", "id,town", "b1,Bonn", "b2,Ulm")
    before.add(fingerprint(shop))
    assert len(before) == 5


def test_a_file_of_a_lookup_counts(shop: Shop) -> None:
    shop.write("buyers.csv", "id,town", "b1,Bonn")
    shop.write("towns.csv", "town,land", "Bonn,DE")
    towns = {
        "name": "towns",
        "from": "towns.csv",
        "format": "csv",
        "key": {"town": "town"},
        "columns": ["land"],
    }
    buyers = part(BUYERS, columns={"country": "towns.land"}, lookups=[towns])
    before = fingerprint(shop, buyers=buyers)
    shop.write("towns.csv", "town,land", "Bonn,NL", "Ulm,DE")
    assert fingerprint(shop, buyers=buyers) != before


def test_a_delta_table_counts_by_its_version(shop: Shop) -> None:
    buyers = part(BUYERS, format="delta", **{"from": "buyers"})
    frame = shop.spark.sql("select 'b1' as id, 'Bonn' as town")
    frame.write.format("delta").save(str(shop.folder / "buyers"))
    before = fingerprint(shop, buyers=buyers)
    assert fingerprint(shop, buyers=buyers) == before
    frame.write.format("delta").mode("overwrite").save(str(shop.folder / "buyers"))
    assert fingerprint(shop, buyers=buyers) != before
