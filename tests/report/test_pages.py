"""The pages of three stories: a ring with hostile names, a company that knows of nothing, a release of old."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

import pytest

from marketgraph.edges.rules import Rule
from marketgraph.report.caps import Caps
from marketgraph.report.pages import coded, pages
from tests.report import story
from tests.report.pages_read import Page, faults

Made = dict[str, dict[str, str]]
NAMES = ("ring", "quiet", "bare")


@pytest.mark.parametrize("name", NAMES)
def test_pages_can_be_read_by_ear_and_by_keyboard(made: Made, name: str) -> None:
    html = {path: Page(text) for path, text in made[name].items() if path.endswith(".html")}
    assert {path: found for path, page in html.items() if (found := faults(page))} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_page_of_the_report_or_a_place_on_it(made: Made, name: str) -> None:
    html = {path: Page(text) for path, text in made[name].items() if path.endswith(".html")}
    lost = []
    for path, page in html.items():
        for link in page.links:
            where, _, place = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), where)) if where else path
            if link != "data:," and (target not in made[name] or (place and not html[target].ids[place])):
                lost.append((path, link))
    assert lost == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_asked_of_the_network(made: Made, name: str) -> None:
    for path, text in made[name].items():
        assert not re.search(r"(?i)https?:|//[a-z0-9]+\.|@import|url\(|fetch\(|XMLHttp", text), path


def test_a_shop_that_is_named_as_a_script_stays_text(made: Made) -> None:
    page = Page(made["ring"]["community/7.html"])
    assert story.EVIL in "".join(page.words)
    assert page.all("script") == []
    assert [a for _, a in page.elements if "onmouseover" in a] == []
    for path, text in made["ring"].items():
        assert "<script>alert" not in text, path


def test_what_is_absent_is_said(made: Made) -> None:
    words = " ".join("".join(Page(made["quiet"]["index.html"]).words).split())
    assert "No violation is known before this date" in words
    assert "No scores of risk" in words
    assert "The first date whose communities have names" in words
    assert "which rings there are is not known" in words
    old = " ".join("".join(Page(made["bare"]["index.html"]).words).split())
    assert "an older version made it" in old
    assert "nothing to list" in made["bare"]["communities.html"]


def test_a_relation_of_another_config_says_so(made: Made) -> None:
    assert "another config" in made["quiet"]["relation/sells.html"]
    assert "another config" not in made["ring"]["relation/sells.html"]


def test_equal_facts_give_equal_bytes(made: Made, rules: dict[str, Rule]) -> None:
    assert dict(pages(story.facts(), rules, caps=Caps())) == made["ring"]


def test_a_large_community_has_a_bounded_page(rules: dict[str, Rule]) -> None:
    large = story.ring(150)
    big = replace(large, listed=replace(large.listed, size=90_000))
    texts = dict(pages(story.facts(communities=(big,)), rules, caps=Caps()))
    page = Page(texts["community/7.html"])
    assert faults(page) == []
    assert len(texts["community/7.html"]) < 150_000
    assert "70 of 90,000 members, grown along the strongest ties" in texts["community/7.html"]
    assert "150 of 90,000 members" in texts["community/7.html"]


def test_code_in_words_is_marked_and_all_else_is_escaped() -> None:
    assert coded("weight `a < b` & more") == "weight <code>a &lt; b</code> &amp; more"
