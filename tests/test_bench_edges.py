"""The bench of the relations: its marker, its copies, its reading of Delta's log, its fit, its SQL. No Spark."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from itertools import combinations
from math import log2
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bench import marketplaces
from bench.delta import column, live_files, rows
from bench.increment import differences
from bench.marketplaces import (
    DAY,
    DAY_BEFORE,
    Marketplace,
    Sizing,
    fresh_copy,
    job,
    marker,
    partitions,
    prepared,
)
from bench.measures import judged
from bench.process import Outcome
from bench.projections import COMPARED, OFF
from bench.relations import fitted
from bench.totals import Totals, totals
from bench.trials import PEERS_PYTHON

START = datetime(2024, 6, 1, tzinfo=timezone.utc)


def _table(folder: Path, name: str, **columns: Sequence[object]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns)), folder / name)
    return folder / name


def _log(table: Path, version: int, *actions: dict[str, object]) -> None:
    folder = table / "_delta_log"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{version:020}.json").write_text("\n".join(map(json.dumps, actions)))


def _add(name: str, as_of: str) -> dict[str, object]:
    return {"add": {"path": name, "partitionValues": {"as_of": as_of}}}


def test_files_that_a_later_version_removed_are_not_read(tmp_path: Path) -> None:
    for name, values in {"a.parquet": [1, 2], "b.parquet": [3], "c.parquet": [4]}.items():
        _table(tmp_path, name, evidence_count=values)
    _log(tmp_path, 0, _add("a.parquet", DAY), _add("b.parquet", DAY_BEFORE))
    _log(tmp_path, 1, {"remove": {"path": "a.parquet"}}, _add("c.parquet", DAY))
    live = live_files(tmp_path, DAY)
    assert [path.name for path in live] == ["c.parquet"]
    assert rows(live_files(tmp_path)) == 2
    assert column(live, "evidence_count").to_pylist() == [4]
    assert len(column([], "evidence_count")) == 0


def test_a_marketplace_is_made_once_and_anew_when_the_code_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def recorded(command: Sequence[str], **_: object) -> Outcome:
        ran.append(command[2])
        return Outcome("ended", 0)

    monkeypatch.setattr(marketplaces, "run", recorded)
    jobs = ["jobs.make_marketplace", "jobs.conform_sources", "jobs.build_entities"]
    for version, made in (("1", jobs), ("1", []), ("2", jobs)):
        monkeypatch.setattr(marketplaces, "code_version", lambda version=version: version)
        ran.clear()
        assert prepared(tmp_path, 0.5, Sizing()).folder == tmp_path / "scale-0.5"
        assert ran == made


def test_a_marketplace_that_was_not_finished_has_no_marker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marketplaces, "run", lambda *_, **__: Outcome("failed", 0, reason="no disk"))
    with pytest.raises(SystemExit, match="no disk"):
        prepared(tmp_path, 1, Sizing())
    assert not list(tmp_path.glob("*/*.json"))


def test_edges_of_the_day_before_are_of_the_rules_in_force() -> None:
    days = (DAY_BEFORE, DAY)
    assert marker(1, (DAY,)) == marker(1, (DAY,), ("edges.sells.on=false",))
    assert marker(1, days) != marker(1, days, ("edges.sells.on=false",))
    assert marker(1, days) != marker(2, days)


def test_a_copy_shares_data_files_and_has_logs_of_its_own(tmp_path: Path) -> None:
    data = _table(tmp_path / "warehouse" / "edges", "a.parquet", src=[1])
    _log(tmp_path / "warehouse" / "edges", 0, _add("a.parquet", DAY))
    copy = fresh_copy(tmp_path / "warehouse", tmp_path / "copy") / "edges"
    log = "_delta_log/00000000000000000000.json"
    assert (copy / "a.parquet").samefile(data)
    assert not (copy / log).samefile(data.parent / log)
    assert live_files(copy, DAY) == [copy / "a.parquet"]


def test_small_marketplaces_run_as_shipped_and_large_ones_with_more(tmp_path: Path) -> None:
    assert [partitions(scale) for scale in (0.05, 1, 2, 4, 16)] == [2, 2, 2, 8, 32]
    assert Sizing("8g", ("spark.ui=true",)).settings(1) == ["spark.ui=true"]
    assert Sizing("6g", ("spark.shuffle_partitions=5",)).spark(16).shuffle_partitions == 5
    large = job(
        "build_edges", Marketplace(16, (DAY,), tmp_path), Sizing("8g"), as_of=DAY, warehouse=tmp_path / "w"
    )
    assert {"spark.driver_memory=8g", "spark.shuffle_partitions=32", f"store.root={tmp_path}/w"} <= {*large}


def test_the_fit_is_of_the_last_two_doublings() -> None:
    points = [(1.0, 10, 50.0), *((s, int(100 * s**1.5), 10 * s**1.2) for s in (4.0, 16.0, 64.0))]
    _, fit = fitted(points)
    assert fit["by_scale"] == pytest.approx(1.2)
    assert fit["by_edges"] == pytest.approx(0.8)
    assert fitted(points[:2])[1] == {}


def test_a_value_is_told_beside_its_bar() -> None:
    assert judged(1, aim=1.05, bar=1.15).endswith("the aim is met)")
    assert judged(20, aim=10, bar=25, unit=" %") == "20 % (bar 25 %, aim 10 %: the bar is held)"
    assert "OVER THE BAR" in judged(6, aim=2, bar=5)


def test_tables_with_other_rows_are_named() -> None:
    one = {"sells": ["2", "77"], "hosts": ["1", "5"]}
    assert differences(one, {**one, "hosts": ["1", "6"], "bursts": ["0", "0"]}) == ["bursts", "hosts"]
    assert differences(one, dict(one)) == []


def test_only_the_relations_that_both_make_are_on() -> None:
    assert len(COMPARED) == 8
    assert "edges.sells.on=false" in OFF
    assert not any(f"edges.{name}.on=false" in OFF for name in COMPARED)


def test_totals_are_equal_when_only_the_order_of_summing_differs() -> None:
    one = Totals(3, 5, 0.1 + 0.2 + 0.3)
    assert one.equals(Totals(3, 5, 0.3 + 0.2 + 0.1))
    assert not one.equals(Totals(3, 5, 0.61))
    assert not one.equals(Totals(3, 6, 0.6))


# DuckDB is no dependency of the project: its SQL is tried where `make bench-env` has made its environment.
if PEERS_PYTHON.exists():

    def _when(hour: int | None) -> datetime | None:
        return None if hour is None else START + timedelta(hours=hour)

    def _sources(folder: Path) -> dict[str, list[str]]:
        times = pa.timestamp("us", tz="UTC")
        seen = [("d1", "a", 0), ("d1", "b", None), ("d2", "a", 5), ("d2", "b", 6), ("d3", "a", 1), ("d3", "c", 2),
                ("hub", "a", 0), ("hub", "b", 0), ("hub", "c", 0), ("alone", "c", 0)]  # fmt: skip
        bought = [("o1", "m1"), ("o2", "m2"), ("o3", "m3"), ("o3", "m3")]
        ids = (
            [("buyer", name) for name in "abc"]
            + [("merchant", f"m{n}") for n in (1, 2, 3)]
            + [("product", "p")]
        )
        hours = pa.array([_when(hour) for *_, hour in seen], times)
        files = {
            "vertex_ids": _table(folder, "ids", entity_kind=[k for k, _ in ids], entity_id=[i for _, i in ids],
                                 vertex_id=list(range(len(ids)))),
            "orders": _table(folder, "orders", order_id=["o1", "o2", "o3"], buyer_id=["a"] * 3,
                             ordered_at=pa.array([_when(hour) for hour in (1, 3, 2)], times)),
            "order_items": _table(folder, "items", order_id=[o for o, _ in bought],
                                  merchant_id=[m for _, m in bought], product_id=["p"] * 4),
            "identifiers": _table(folder, "seen", kind=["device"] * len(seen), value=[v for v, *_ in seen],
                                  entity_kind=["buyer"] * len(seen), entity_id=[e for _, e, _ in seen],
                                  first_seen=hours, last_seen=hours),
        }  # fmt: skip
        return {name: [str(path)] for name, path in files.items()}

    def _edges(folder: Path, relation: str, **rule: object) -> list[dict[str, object]]:
        whole = {"half_life_days": None, "evidence": "count", "min_evidence": 1, "max_holders": 2, **rule}
        order = {
            "files": _sources(folder), "kinds": ["merchant", "product", "buyer"], "as_of": DAY, "out": str(folder),
            "rules": {relation: whole}, "threads": 2, "memory_limit": "1GB", "temp_directory": str(folder / "scratch"),
        }  # fmt: skip
        (folder / "order.json").write_text(json.dumps(order))
        command = [str(PEERS_PYTHON), "-m", "bench.duckdb_peer", str(folder / "order.json")]
        subprocess.run(command, check=True, cwd=marketplaces.ROOT, env={})
        assert totals([folder / f"{relation}.parquet"]).pairs > 0
        return sorted(
            pq.read_table(folder / f"{relation}.parquet").to_pylist(),
            key=lambda edge: (edge["src"], edge["dst"]),
        )

    def test_sql_joins_the_holders_of_a_value_that_few_hold(tmp_path: Path) -> None:
        edges = _edges(tmp_path, "shares_device", policy="drop")
        facts = [(e["src"], e["dst"], e["evidence_count"], e["first_seen"], e["last_seen"]) for e in edges]
        # of d1 and d2 the later of both first sightings; a null stands for before the data and so hides nothing
        assert facts == [(0, 1, 2, _when(0), _when(6)), (0, 2, 1, _when(2), _when(2))]
        assert [e["weight"] for e in edges] == pytest.approx([2 / log2(3), 1 / log2(3)], rel=1e-6)

    def test_sql_joins_the_most_recent_of_a_capped_group(tmp_path: Path) -> None:
        edges = _edges(tmp_path, "same_buyers", policy="cap", half_life_days=28.0)
        # m2 and m3 sold last to the one buyer; rarity is of all three; the last sale is 27 days and 21 hours old
        assert [(e["src"], e["dst"], e["src_kind"]) for e in edges] == [(4, 5, "merchant")]
        assert edges[0]["weight"] == pytest.approx(2 ** -((28 - 3 / 24) / 28) / log2(4), rel=1e-6)

    def test_sql_makes_every_pair_of_a_capped_group_that_is_small(tmp_path: Path) -> None:
        edges = _edges(tmp_path, "same_buyers", policy="cap", max_holders=3)
        assert [(e["src"], e["dst"]) for e in edges] == list(combinations([3, 4, 5], 2))

    def test_sql_joins_all_of_a_group_that_only_weighs_less_for_its_size(tmp_path: Path) -> None:
        edges = _edges(tmp_path, "same_buyers", policy="inverse")
        assert [(e["src"], e["dst"]) for e in edges] == list(combinations([3, 4, 5], 2))
