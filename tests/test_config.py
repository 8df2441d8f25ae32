from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from marketgraph.config_file import SECTION_FILES, load_config
from marketgraph.errors import ConfigError
from tests.conftest import ROOT

LOCAL = ROOT / "conf" / "local.yml"


def broken(tmp_path: Path, change: str, to: str) -> Path:
    text = LOCAL.read_text(encoding="utf-8")
    assert change in text
    for name in SECTION_FILES:
        shutil.copy(ROOT / "conf" / f"{name}.yml", tmp_path)
    path = tmp_path / "local.yml"
    path.write_text(text.replace(change, to), encoding="utf-8")
    return path


def test_paths_in_a_config_are_relative_to_its_folder() -> None:
    config = load_config(LOCAL)
    assert config.store.root == str(ROOT / "warehouse")
    assert config.sources.mapping == str(ROOT / "conf" / "sources" / "synthetic.yml")


def test_any_value_can_be_overridden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = ("edges.shares_device.max_holders=5", "store.root=here", "sources.synthetic.scale=0.5")
    config = load_config(LOCAL, overrides=told)
    assert config.edges.groups["shares_device"].max_holders == 5
    assert config.store.root == str(tmp_path / "here")
    assert config.sources.synthetic is not None
    assert config.sources.synthetic.scale == 0.5


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ("  root: ../warehouse", "  rot: ../warehouse", "unknown key store.rot"),
        ("driver_memory: 4g", "driver_memory: lots", "spark.driver_memory"),
        ("scale: 1 ", "scale: -1 ", "sources.synthetic.scale"),
        ("edges: edges.yml", "edges: nowhere.yml", "nowhere.yml"),
        ("  create_key: true", "  key_env: KEY", "either key_file or key_env"),
    ],
)
def test_a_bad_config_is_one_message_that_names_the_key(
    tmp_path: Path, change: str, to: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        load_config(broken(tmp_path, change, to))
    assert error.value.exit_code == 2
    assert "what to do" in str(error.value)


def test_an_unknown_relation_gets_the_near_match() -> None:
    with pytest.raises(ConfigError, match="unknown relation shares_divice; did you mean shares_device"):
        load_config(LOCAL, overrides=("communities.relations={shares_divice: 1}",))


def test_graphframes_has_no_warm_start() -> None:
    with pytest.raises(ConfigError, match="the engine graphframes has no warm_start"):
        load_config(LOCAL, overrides=("communities.warm_start=true", "communities.engine=graphframes"))


def sentinels(tmp_path: Path, text: str) -> Path:
    """A config whose sentinels.yml holds that text."""
    path = broken(tmp_path, "driver_memory: 4g", "driver_memory: 2g")
    (tmp_path / "sentinels.yml").write_text(text, encoding="utf-8")
    return path


def test_sentinels_are_for_any_kind_or_for_one(tmp_path: Path) -> None:
    config = load_config(sentinels(tmp_path, 'any: ["unknown"]\nby_kind: {ip: ["::"]}\n'))
    pairs = set(config.sentinels.pairs())
    assert {("phone", "unknown"), ("ip", "unknown"), ("ip", "::")} < pairs
    assert ("phone", "::") not in pairs


def test_a_config_without_sentinels_has_none(tmp_path: Path) -> None:
    config = load_config(broken(tmp_path, "sentinels: sentinels.yml\n", ""))
    assert list(config.sentinels.pairs()) == []
    assert config.hash != load_config(LOCAL).hash


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "by_kind: {divice: ['0']}",
            "sentinels.by_kind: unknown identifier kind divice; did you mean device?",
        ),
        ("by_kind: {zzz: ['0']}", "unknown identifier kind zzz; known: device, payment, phone"),
        ("by_kind: {ip: ['::', ' ']}", "sentinels.by_kind.ip: entry 2 is empty; take it out"),
        ("by_kind: ['::']", "sentinels.by_kind: Input should be a valid dictionary"),
        ("any: unknown", "sentinels.any: not a list; write one value per line.* (given: 'unknown')"),
        ("any: [0000]", "sentinels.any: entry 1 is 0, not a text; put it in quotes"),
        ("any: ['-', null]", "sentinels.any: entry 2 is None, not a text; put it in quotes"),
        ("all: ['-']", "unknown key sentinels.all"),
    ],
)
def test_bad_sentinels_are_one_line_that_names_file_key_and_value(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(sentinels(tmp_path, text))
    message = str(error.value)
    assert re.search(re.escape(told).replace(r"\.\*", ".*"), message)
    assert "local.yml: " in message
    assert "in sentinels.yml" in message
    assert len(message.splitlines()) <= 2  # the fault, and what to do


def test_where_things_lie_does_not_change_the_configs_hash(tmp_path: Path) -> None:
    moved = load_config(LOCAL, overrides=(f"store.root={tmp_path}", "spark.driver_memory=2g"))
    assert moved.hash == load_config(LOCAL).hash
    assert load_config(LOCAL, overrides=("communities.max_iterations=3",)).hash != moved.hash


def test_one_setting_of_sparks_is_set_beside_those_of_the_file() -> None:
    local = ROOT / "conf" / "local.yml"
    before = load_config(local).spark.extra
    words = ("spark.extra.spark.executor.memory=8g", "spark.extra.spark.speculation=true")
    assert load_config(local, overrides=words).spark.extra == before | {
        "spark.executor.memory": "8g",
        "spark.speculation": "true",
    }
    with pytest.raises(ConfigError, match="not of the form path=value"):
        load_config(local, overrides=("spark.extra.=8g",))
