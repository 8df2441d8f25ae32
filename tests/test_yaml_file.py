"""YAML that a user gives: what has once been a crash is one message now. Found by tests/fuzz."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketgraph.config_file import load_config
from marketgraph.errors import ConfigError
from marketgraph.pipeline import Order
from marketgraph.yaml_file import MAX_BYTES, parse_yaml, read_yaml
from tests.conftest import ROOT

LOCAL = ROOT / "conf" / "local.yml"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: !!int ''", "does not fit its tag"),
        ("a: !!bool maybe", "does not fit its tag"),
        ("a: !!timestamp x", "does not fit its tag"),
        ("a: !!float x", "not readable as YAML"),
        ("a: 2024-13-45", "month must be in 1..12"),
        ("a: 0x" + "f" * 5000, "a number of 5,002 characters"),
        ("a: " + "1" * 5000, "a number of 5,000 characters"),
        ("a: " + "[" * 5000, "nested too deeply"),
        ('a: "\\0"', "a zero byte"),
        ('a: "\\ud800"', "half a character"),
        ("a: &b [*b]", "aliases are not allowed"),
        ("a: !!python/object/apply:os.system [id]", "could not determine a constructor"),
    ],
)
def test_what_is_no_value_is_one_message(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        parse_yaml(text, "shop.yml")
    assert caught.value.message.startswith("shop.yml: ")
    assert caught.value.fix
    assert caught.value.message.count("\n") == 0


@pytest.mark.parametrize(
    "value", ["2024-13-45", "!!int ''", "[" * 5000, "&a [*a, *a]", '"\\0"', "0x" + "f" * 5000]
)
def test_an_override_is_read_as_strictly_as_a_file(value: str) -> None:
    with pytest.raises(ConfigError, match=r"--set store\.root: "):
        load_config(LOCAL, overrides=(f"store.root={value}",))


def test_a_long_word_of_the_command_line_is_cut_short() -> None:
    for read in (
        lambda: load_config(LOCAL, overrides=("x" * 9999,)),
        lambda: Order(LOCAL, "x" * 9999).read(),
    ):
        with pytest.raises(ConfigError) as caught:
            read()
        assert len(str(caught.value)) < 300


def test_a_file_that_can_t_be_called_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file can be called so"):
        read_yaml(tmp_path / "a\0b.yml")


def test_a_config_of_a_megabyte_is_none(tmp_path: Path) -> None:
    file = tmp_path / "big.yml"
    file.write_text("# " + "x" * MAX_BYTES)
    with pytest.raises(ConfigError, match="larger than"):
        read_yaml(file)


@pytest.mark.parametrize(
    "override",
    [
        "spark.extra=[Lk9q",
        "spark.extra={spark.hadoop.fs.s3a.secret.key: [Lk9q]}",
        "identifiers.password=Lk9q",
        "sources=Lk9q: a: b",
    ],
)
def test_no_message_shows_a_secret_of_the_config(tmp_path: Path, override: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(LOCAL, overrides=(override,))
    assert "Lk9q" not in str(caught.value)


def test_a_broken_line_is_named_by_its_number_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "local.yml"
    file.write_text("spark:\n  extra: {password: Lk9q: [}\n")
    with pytest.raises(ConfigError, match="in line 2, column ") as caught:
        read_yaml(file)
    assert "Lk9q" not in str(caught.value)
