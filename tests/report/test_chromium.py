"""The pages in a real browser, from files: no errors, no requests, and a list that sorts and filters by keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report import chromium, story
from tests.report.chromium import Chromium

PAGES = (
    "index.html",
    "communities.html",
    "relations.html",
    "community/7.html",
    "relation/shares_device.html",
)
ORDER = "[...document.querySelectorAll('tbody tr:not([hidden]) th')].map(e => e.textContent).join(' ')"
STATUS = "document.getElementById('status').textContent"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    path = chromium.found()
    if path is None:
        pytest.skip(
            "there is no Chromium here: name one by MARKETGRAPH_CHROMIUM, or install Debian's `chromium`"
        )
    opened = Chromium(path, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


def address(sites: Path, page: str, name: str = "ring") -> str:
    return (sites / name / page).as_uri()


@pytest.mark.parametrize("name", ["ring", "quiet", "bare"])
def test_pages_open_without_errors_and_ask_for_files_of_the_report_only(
    browser: Chromium, sites: Path, name: str
) -> None:
    for page in [p for p in PAGES if (sites / name / p).exists()]:
        browser.open(address(sites, page, name))
        assert browser.errors == [], page
        own = (sites / name).as_uri()
        assert [url for url in browser.requests if not url.startswith((own, "data:"))] == [], page
        assert browser.ask("document.title").endswith("marketgraph")


def test_a_hostile_name_runs_nothing_and_is_read_as_it_is(browser: Chromium, sites: Path) -> None:
    browser.open(address(sites, "community/7.html"))
    assert browser.ask("document.scripts.length") == 0
    assert story.EVIL in browser.ask("document.body.innerText")


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(browser: Chromium, sites: Path, width: int) -> None:
    browser.size(width)
    for page in PAGES:
        browser.open(address(sites, page))
        assert browser.ask("document.documentElement.scrollWidth") <= width, page


def test_the_list_is_sorted_by_the_keyboard_alone(browser: Chromium, sites: Path) -> None:
    browser.size(1280)
    browser.open(address(sites, "communities.html"))
    assert browser.ask(ORDER) == "C7 C8 C11"
    for _ in range(40):
        browser.press("Tab")
        if browser.ask("document.activeElement.textContent") == "Members":
            break
    browser.press("Enter")
    assert browser.ask(ORDER) == "C7 C11 C8"
    assert browser.ask("document.querySelector('[aria-sort]').textContent") == "Members"
    assert browser.ask(STATUS) == "3 of 3 communities shown, sorted by Members, descending"
    browser.press("Enter")
    assert browser.ask(ORDER) == "C8 C11 C7"
    assert browser.ask("document.activeElement.textContent") == "Members"


def test_what_has_no_value_comes_last_either_way(browser: Chromium, sites: Path) -> None:
    browser.open(address(sites, "communities.html"))
    growth = "[...document.querySelectorAll('thead button')].find(b => b.textContent === 'Growth').click()"
    for _ in range(2):
        browser.ask(growth)
        assert browser.ask(ORDER).endswith("C8")


def choose(browser: Chromium, field: str, value: str, event: str) -> None:
    browser.ask(
        f"(e => {{e.value = '{value}'; e.dispatchEvent(new Event('{event}'))}})(document.getElementById('{field}'))"
    )


def test_the_list_is_filtered_by_kind_relation_and_words(browser: Chromium, sites: Path) -> None:
    browser.open(address(sites, "communities.html"))
    choose(browser, "kind", "buyer", "change")
    assert browser.ask(ORDER) == "C7 C11"
    choose(browser, "relation", "reviewed_together", "change")
    assert browser.ask(STATUS).startswith("2 of 3")
    choose(browser, "words", "c11", "input")
    assert browser.ask(ORDER) == "C11"
    browser.ask("document.querySelector('button[type=reset]').click()")
    browser.ask("new Promise(done => setTimeout(done, 20))")
    assert browser.ask(ORDER) == "C7 C8 C11"


def test_the_first_tab_skips_to_the_content(browser: Chromium, sites: Path) -> None:
    browser.open(address(sites, "index.html"))
    browser.press("Tab")
    assert browser.ask("document.activeElement.textContent") == "Skip to the content"
    browser.press("Enter")
    assert browser.ask("document.activeElement.id") == "main"


CONTRAST = """
(() => {
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parts = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (e) => { for (; e; e = e.parentElement) {
    const c = parts(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c;
  } return [255, 255, 255]; };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
    if (['title', 'desc', 'option'].includes(e.tagName)) continue;
    const style = getComputedStyle(e);
    const ink = parts(e instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${e.tagName} ${e.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return poor;
})()
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(browser: Chromium, sites: Path, dark: bool) -> None:
    browser.size(1280, dark=dark)
    for page in PAGES:
        browser.open(address(sites, page))
        assert browser.ask(CONTRAST) == [], page


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)])
def test_pictures_are_made_wide_and_narrow_light_and_dark(
    browser: Chromium, sites: Path, tmp_path: Path, width: int, dark: bool
) -> None:
    browser.size(width, dark=dark)
    browser.open(address(sites, "community/7.html"))
    assert browser.shoot(tmp_path / "page.png").startswith(b"\x89PNG")
    ground = browser.ask("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(20, 23, 27)" if dark else "rgb(247, 247, 244)")
