"""Configs, mappings and overrides spoilt at random: each is read, or refused by one message with exit code 2."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketgraph.cli import exit_with
from marketgraph.config_file import SECTION_FILES, load_config
from marketgraph.pipeline import Order
from marketgraph.sources.mapping_file import load_mapping
from tests.conftest import ROOT
from tests.fuzz.cases import CASES, tried
from tests.fuzz.spoiling import NASTY, spoilt
from tests.fuzz.yaml_files import VALUES, YAML_FILE

CONF = ROOT / "conf"
# To read all of conf/features.yml takes a second of ten cases, and says nothing about another file.
SMALL_FEATURES = """
windows: [7d]
merchant:
  - {stream: order_lines, windows: [7d], features: {units: {aggregate: sum, of: quantity, meaning: units sold}}}
"""
CONFIGS = ("local", *SECTION_FILES)
MAPPINGS = ("olist", "synthetic")
LONGEST_MESSAGE = 20_000  # characters: a page or two, not the file that is at fault


def read_or_refused(read: Callable[[], object]) -> None:
    """Ends as a command that does nothing else: exit code 0, or 2 with one message. Anything else fails the test."""
    told = TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True)
    with pytest.raises(SystemExit) as ended, redirect_stderr(told):
        exit_with(read)
    told.seek(0)
    text = told.read()
    assert ended.value.code in (0, 2)
    assert text.count("error: ") >= (ended.value.code == 2)
    assert ("what to do: " in text) == (ended.value.code == 2)
    assert "Traceback" not in text
    assert len(text) < LONGEST_MESSAGE


def config_folder(folder: str, name: str, content: bytes) -> Path:
    """A config of which one file is spoilt."""
    place = Path(folder)
    for section in SECTION_FILES:
        shutil.copy(CONF / f"{section}.yml", place)
    if name != "features":
        (place / "features.yml").write_text(SMALL_FEATURES)
    shutil.copy(CONF / "local.yml", place)
    (place / f"{name}.yml").write_bytes(content)
    return place / "local.yml"


def test_the_config_is_sound_before_a_case_spoils_it(tmp_path: Path) -> None:
    assert load_config(config_folder(str(tmp_path), "local", (CONF / "local.yml").read_bytes()))


@tried(CASES)
@given(st.data())
def test_a_spoilt_config_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(CONFIGS))
    content = data.draw(spoilt((CONF / f"{name}.yml").read_bytes(), YAML_FILE))
    with tempfile.TemporaryDirectory() as folder:
        path = config_folder(folder, name, content)
        read_or_refused(lambda: Order(path).read())


@tried(CASES)
@given(st.data())
def test_a_spoilt_mapping_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(MAPPINGS))
    content = data.draw(spoilt((CONF / "sources" / f"{name}.yml").read_bytes(), YAML_FILE))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.yml"
        path.write_bytes(content)
        read_or_refused(lambda: load_mapping(path))


WORDS = st.sampled_from(
    (
        "as_of",
        "store.root",
        "store",
        "spark.extra",
        "sources.synthetic.scale",
        "identifiers.key_file",
        "",
        ".",
        "a..b",
    )
)


@tried(CASES // 4)
@given(WORDS | st.text(max_size=20), st.sampled_from(VALUES) | st.sampled_from(NASTY) | st.text(max_size=20))
def test_a_spoilt_override_is_taken_or_refused(path: str, value: str) -> None:
    read_or_refused(lambda: load_config(SMALL, overrides=(f"{path}={value}",)))


@tried(CASES // 4)
@given(st.sampled_from(NASTY) | st.sampled_from(VALUES) | st.text(max_size=20))
def test_a_spoilt_date_is_taken_or_refused(date: str) -> None:
    read_or_refused(lambda: Order(SMALL, date).read())


@pytest.fixture(scope="module", autouse=True)
def small_config(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A sound config that is quick to read."""
    global SMALL
    folder = tmp_path_factory.mktemp("config")
    SMALL = config_folder(str(folder), "local", (CONF / "local.yml").read_bytes())


SMALL = CONF / "local.yml"
