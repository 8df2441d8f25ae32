"""What the pages name in code is there: targets, commands and options, config keys, modules, paths."""

from __future__ import annotations

import re
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from marketgraph.commands_page import commands
from marketgraph.config_file import load_config
from marketgraph.errors import ConfigError
from marketgraph.launch import spark_command
from marketgraph.sources.mapping import SourceMapping
from marketgraph.submission import read_command
from tests.conftest import ROOT
from tests.docs.reading import Page, pages

PAGES = pages()
COMMANDS = commands()
FOLDERS = ("lib", "docs", "conf", "tests", "jobs", "bench", "notebooks", ".ci")
FILES = {path.name for path in ROOT.iterdir() if path.is_file()}
# A name with a date to be put in is that of a file which a reader makes.
TO_BE_MADE = re.compile(r".*\bDATE\b.*")


def targets() -> set[str]:
    makefiles = [ROOT / "Makefile", *ROOT.glob("*.mk")]
    return set(
        re.findall(r"^([a-z0-9-]+):", "\n".join(p.read_text("utf-8") for p in makefiles), flags=re.MULTILINE)
    )


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_target_of_make_is_there(page: Page) -> None:
    named = [word for words in page.commands if words[0] == "make" for word in words[1:]]
    assert [word for word in named if re.fullmatch(r"[a-z][a-z0-9-]*", word) and word not in targets()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_and_its_options_are_there(page: Page) -> None:
    assert [told for words in page.commands for told in missing(words)] == []


def missing(words: list[str]) -> list[str]:
    """What a command of marketgraph names that is not there; nothing where it is none."""
    if Path(words[0]).name != "marketgraph" or len(words) < 2:
        return []
    plain = [word for word in words[1:3] if re.fullmatch(r"[a-z]+", word)]
    called = next((name for name in (" ".join(plain), *plain[:1]) if name in COMMANDS), None)
    if called is None:
        groups = {name.split()[0] for name in COMMANDS if " " in name}
        return [] if not plain or (words[1] in groups and len(plain) == 1) else [" ".join(words[:3])]
    known = {option for one in COMMANDS[called].params for option in one.opts} | {"--help"}
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [f"{called} {option}" for option in given if option not in known]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_value_that_is_set_could_be(page: Page) -> None:
    for words in page.commands:
        for override in overrides(words):
            try:
                load_config(ROOT / "conf" / "local.yml", overrides=(override,))
            except ConfigError as error:
                pytest.fail(f"{page}: --set {override}: {error}")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_submission_could_be_made(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for those that a reader has to complete."""
    monkeypatch.chdir(ROOT)
    for words in page.commands:
        if words[0] == "./spark-submit.sh" and not any(
            word in ("…", "--help") or word.isupper() for word in words
        ):
            told = read_command([*words[1:], "--dry-run"], jobs=ROOT / "jobs")
            assert spark_command(told)[0].endswith("spark-submit")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_mapping_could_be_used(page: Page) -> None:
    for text in page.fenced("yaml", "yml"):
        if text.startswith("source:"):
            SourceMapping.model_validate(yaml.safe_load(text))


def overrides(words: list[str]) -> list[str]:
    """What a command sets, but for what stands for any value."""
    given = [value for word, value in pairwise(words) if word == "--set"]
    return [value for value in given if "=" in value and not value.endswith("=…")]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_module_that_is_run_is_there(page: Page) -> None:
    run = [value for words in page.commands for word, value in pairwise(words) if word == "-m"]
    ours = [name for name in run if name.split(".")[0] in ("marketgraph", "bench", "jobs")]
    assert [name for name in ours if find_spec(name) is None] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_path_is_there(page: Page) -> None:
    words = [word for words in page.commands for word in words]
    assert [word for word in dict.fromkeys([*page.spans, *words]) if is_path(word) and not found(word)] == []


def is_path(word: str) -> bool:
    """Whether a word means something of the repository: not of a reader's own, no pattern of names to be given."""
    if not re.fullmatch(r"[\w./*{},-]+", word) or TO_BE_MADE.fullmatch(word):
        return False
    return word in FILES or ("/" in word and word.split("/")[0] in FOLDERS)


def found(word: str) -> bool:
    """Whether each of the paths that a word means is there; braces hold several."""
    inside = re.search(r"\{([^}]*)\}", word)
    if inside:
        return all(found(word.replace(inside.group(), one, 1)) for one in inside.group(1).split(","))
    return bool(list(ROOT.glob(word.rstrip("/"))))


def test_what_is_missing_is_found() -> None:
    assert missing(["marketgraph", "run", "--config", "c.yml", "--fast"]) == ["run --fast"]
    assert missing(["marketgraph", "releases", "shew", "R"]) == ["marketgraph releases shew"]
    assert missing([".venv/bin/marketgraph", "quarantine", "list", "--json"]) == []
    assert [is_path("lib/marketgraph/no.py"), found("lib/marketgraph/no.py")] == [True, False]
    assert found("lib/marketgraph/{sources,edges}/")
    assert not is_path("conf/<name>.yml")
