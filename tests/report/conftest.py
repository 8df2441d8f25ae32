"""The stories' pages, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketgraph.edges.rules import EdgesConfig, Rule
from marketgraph.report.caps import Caps
from marketgraph.report.pages import pages
from marketgraph.report.site import write_site
from marketgraph.yaml_file import read_yaml
from tests.conftest import ROOT
from tests.report import story

STORIES = {"ring": story.facts, "quiet": story.quiet_facts, "bare": story.bare_facts}


@pytest.fixture(scope="session")
def rules() -> dict[str, Rule]:
    """Those of conf/edges.yml."""
    return EdgesConfig.model_validate(read_yaml(ROOT / "conf" / "edges.yml")).rules


@pytest.fixture(scope="session")
def made(rules: dict[str, Rule]) -> dict[str, dict[str, str]]:
    """Text by path, for each story."""
    return {name: dict(pages(facts(), rules, caps=Caps())) for name, facts in STORIES.items()}


@pytest.fixture(scope="session")
def sites(made: dict[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report for each story."""
    folder = tmp_path_factory.mktemp("reports")
    for name, texts in made.items():
        write_site(folder / name, texts.items(), about={"release": name})
    return folder
