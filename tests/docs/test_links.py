"""Every page is in the navigation, and every link leads to something, on GitHub as on the site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from marketgraph import commands_page
from tests.conftest import ROOT
from tests.docs.reading import AT_ROOT, Page, pages

PAGES = pages()
SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def leaves(nav: Any) -> Iterator[str]:
    """The pages of a navigation in their order."""
    if isinstance(nav, str):
        yield nav
    for part in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from leaves(part)


def test_every_page_is_in_the_navigation_once() -> None:
    docs = [p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")]
    # the README stands for docs/index.md on GitHub, the others become pages of the site by docs/root_pages.py
    assert sorted(leaves(SITE["nav"])) == sorted([*docs, *(set(AT_ROOT) - {"README.md"})])


def test_the_site_loads_no_font_of_others() -> None:
    assert SITE["theme"]["font"] is False


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_something(page: Page) -> None:
    assert [target for target in page.links if fault(page, target)] == []


def fault(page: Page, target: str) -> bool:
    """Whether there is no such file, or no such part of the page."""
    name, _, part = target.partition("#")
    file = (page.path.parent / name).resolve() if name else page.path
    if not file.is_relative_to(ROOT) or not file.exists():
        return True
    return bool(part) and part not in Page(file).anchors


def test_links_and_anchors_are_found_where_they_are(tmp_path: Any) -> None:
    file = tmp_path / "page.md"
    file.write_text(
        "# One `two`, three\n## Same\n## Same\n[a](#same) `[b](no)` [c](x.md#p)\n1. ```bash\n[d](no)\n# no\n   ```\n"
    )
    page = Page(file)
    assert page.links == ["#same", "x.md#p"]
    assert page.anchors == {"one-two-three", "same"}  # the second `Same` has two names: a link to it is none


def test_the_page_of_the_commands_is_up_to_date() -> None:
    kept = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    told = "make it anew: python -m marketgraph.commands_page > docs/reference/commands.md"
    assert commands_page.page() == kept, told
