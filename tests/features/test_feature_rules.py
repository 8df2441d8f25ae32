"""What conf/features.yml may say, and what is refused before anything is read, by file, key and value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from marketgraph.config_file import load_config
from marketgraph.errors import ConfigError
from marketgraph.features.columns import windowed_columns
from marketgraph.features.conditions import refuse_bad
from marketgraph.features.rules import FeaturesConfig
from marketgraph.features.streams import STREAMS
from marketgraph.tables.features import feature_tables
from marketgraph.tables.sources import ENTITY_KINDS
from marketgraph.yaml_file import read_yaml
from tests.conftest import ROOT

LOCAL = ROOT / "conf" / "local.yml"
CONFIG = FeaturesConfig.model_validate(read_yaml(ROOT / "conf" / "features.yml"))


def told(change: dict[str, Any], feature: dict[str, Any] | None = None) -> str:
    """A group of buyers' features with something changed, as --set takes it."""
    rule = {"aggregate": "sum", "of": "amount", "meaning": "spent", **(feature or {})}
    group = {"stream": "order_lines", "windows": ["7d", "30d"], "features": {"spent": rule}, **change}
    return "features.buyer=" + json.dumps([{k: v for k, v in group.items() if v is not None}])


RATIO = {"aggregate": "ratio", "meaning": "of two"}
COUNT = {"aggregate": "count", "meaning": "how many"}


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("features.windows=[7d, 2x]", "features.windows.1: not a window"),
        ("features.windows=[24h, 1d]", "features.windows: two windows of the same length"),
        ("features.byer=[]", "unknown key features.byer; did you mean buyer?"),
        (told({"stream": "order_line"}), "buyer.0.stream: unknown stream order_line; did you mean order_lines?"),
        (told({"entity": "buyer"}), "features.buyer.0.entity: unknown column of buyers in order_lines buyer; did you"),
        (told({"entity": "merchant_id"}), "buyer.0.entity: unknown column of buyers in order_lines merchant_id"),
        (told({"time": "reviewed_at"}), "features.buyer.0.time: unknown time of order_lines reviewed_at"),
        (told({"windows": ["8d"]}), "features.buyer.0.windows: unknown window 8d; did you mean"),
        (told({"windows": ["1y"]}), "features.buyer.0.windows.0: not a window; write hours or days from 1h to 180d"),
        (told({"where": "amont > 3"}), "buyer.0.where: the condition can't be used: unknown column amont; did"),
        (told({}, {"aggregate": "summ"}), "buyer.0.features.spent.aggregate: unknown aggregation summ; did you"),
        (told({}, {"of": "amont"}), "features.spent.of: unknown column of order_lines amont; did you mean amount?"),
        (told({}, {"of": "buyer_id"}), "sum can't be of a column of type text; it can of quantity, unit_price, amount"),
        (told({}, {"of": None}), "features.spent.of: sum needs one column of order_lines"),
        (told({}, {"aggregate": "count"}), "count is of rows, not of a column; leave it out (given: 'amount')"),
        (told({}, {"aggregate": "share", "of": None}), "share needs a condition in `where`"),
        (told({}, {"windows": ["90d"]}), "features.spent.windows: unknown window of the group 90d"),
        (told({}, {"k": 2}), "features.spent.k: sum has no k"),
        (told({}, {"agregate": "sum"}), "features.buyer.0.features.spent.agregate"),
        (told({"features": {"Spent": COUNT}}), "features.buyer.0.features.Spent: a name is of small letters"),
        (told({"features": {"a": COUNT, "r": RATIO | {"of": ["a", "b"]}}}), "r.of: unknown feature of the group b"),
        (told({"features": {"r": RATIO | {"of": "a"}}}), "a ratio is of two features of the group"),
        (
            told({"features": {"a": COUNT | {"windows": ["7d"]}, "r": RATIO | {"of": ["a", "a"]}}}),
            "features.r.windows: a has no window 30d; give it one, or take it from r",
        ),
        (
            told({"features": {"a": COUNT, "r": RATIO | {"of": ["a", "a"]}, "s": RATIO | {"of": ["a", "r"]}}}),
            "a ratio of a ratio is not taken (given: 'r')",
        ),
        ("features.currency.policy=guess", "features.currency.policy"),
        ("features.currency.to_base={USD: -1}", "features.currency.to_base.USD"),
        ("quality.tables={features.buyers: {severity: {range.spend_31d: info}}}", "did you mean spend_30d"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_before_anything_is_read(setting: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(LOCAL, overrides=(setting,))
    message = str(error.value)
    assert said in message
    assert message.startswith(f"{LOCAL}: ")
    assert "what to do" in message
    if setting.startswith("features."):
        assert "(in features.yml or by --set)" in message


def test_a_feature_of_one_name_twice_is_refused_in_a_group_and_across_groups(tmp_path) -> None:
    group = {"stream": "orders", "windows": ["7d"], "features": {"a": COUNT}}
    with pytest.raises(
        ConfigError, match=r"buyer\.1\.features\.a: the kind has a feature of this name already"
    ):
        load_config(LOCAL, overrides=("features.buyer=" + json.dumps([group, group]),))
    path = tmp_path / "twice.yml"
    path.write_text("a: 1\na: 2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="key 'a' is given twice"):
        read_yaml(path)


def test_a_feature_named_as_one_of_the_graph_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from marketgraph.tables import features
    from marketgraph.tables.contract import Column

    clash = Column("spend_30d", features.LONG, "of the graph")
    monkeypatch.setattr(features, "graph_columns_of", lambda *_: (clash,))
    with pytest.raises(
        ConfigError, match=r"features\.buyer: spend_30d is the name of a feature of the graph"
    ):
        feature_tables(CONFIG)


TYPES = {"kind": "text", "units": "whole", "price": "money", "at": "time", "live": "flag"}


@pytest.mark.parametrize(
    "text",
    [
        "kind = 'view'",
        "kind in ('a', 'b') and not (units > 3 or price <= 0.5)",
        "kind is not null and units between 1 and 3",
        "kind not in ('a')",
        "live",
        "not live or live = false",
        "units = -1",
    ],
)
def test_a_condition_that_is_understood(text: str) -> None:
    refuse_bad(text, TYPES)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("knd = 'view'", "unknown column knd; did you mean kind?"),
        ("zzz = 'view'", "unknown column zzz; columns: kind, units"),
        ("kind = 3", "a text is compared with a number"),
        ("units in (1, 'a')", "a number is compared with a text"),
        ("units", "a comparison was expected before 'the end'"),
        ("kind = 'view' kind", "not understood from 'kind' on"),
        ("(live", "')' was expected before 'the end'"),
        ("lower(kind) = 'view'", "lower() is not taken"),
        ("units > (select 1)", "a column or a value was expected before '('"),
        ("kind = 'a'; drop", "not understood from '; drop' on"),
        ("kind = 'it\\'s'", "not understood"),
        ("rand() < 0.5", "rand() is not taken"),
        ("", "a column or a value was expected"),
        ("not " * 1_200 + "live", "nested too deeply"),
        ("(" * 4_000, "nested too deeply"),
        ("live and " * 1_000 + "live", "a condition of 9,004 characters"),
    ],
)
def test_a_condition_that_is_not(text: str, why: str) -> None:
    with pytest.raises(ValueError) as error:
        refuse_bad(text, TYPES)
    assert why in str(error.value)


@pytest.mark.parametrize("kind", ENTITY_KINDS)
def test_what_is_shipped_has_forty_windowed_columns_for_each_kind_with_meaning_and_unit(kind: str) -> None:
    columns = windowed_columns(CONFIG, kind)
    assert len(columns) >= 40
    assert len({column.name for column in columns}) == len(columns)
    assert all(" before the moment" in column.meaning for column in columns)
    assert {column.type.simpleString() for column in columns} == {"bigint", "double"}


def test_the_tables_have_what_the_config_says_and_then_the_graph() -> None:
    few = FeaturesConfig(
        windows=("7d",), buyer=({"stream": "orders", "windows": ("7d",), "features": {"a": COUNT}},)
    )
    names = [column.name for column in feature_tables(few)["buyer"].columns]
    assert names[:3] == ["vertex_id", "a_7d", "degree_bought_product"]
    assert names[-1] == "community_inside_share"
    assert "community_size" in names
    assert feature_tables(few)["merchant"].columns[1].name.startswith("degree_")


def test_the_state_of_an_order_is_in_no_stream_since_no_event_dates_it() -> None:
    assert not [name for name, stream in STREAMS.items() if "status" in stream.types]
