"""Pages as a browser's parser sees them: elements in order, and the rules that any page of ours keeps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img"}
DRAWN = ("svg", "figure")


@dataclass
class Page(HTMLParser):
    """One page. elements: (tag, attributes) in order; words: its text; broken: tags that do not match."""

    text: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)
        self.feed(self.text)
        self.close()
        self.broken += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.broken.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> Counter[str]:
        return Counter(a["id"] for _, a in self.elements if "id" in a)

    @property
    def links(self) -> list[str]:
        """Everything that a browser would fetch or go to."""
        return [a[key] for _, a in self.elements for key in ("href", "src", "action") if a.get(key)]


def faults(page: Page) -> list[str]:
    """What is wrong with a page for those who read it by ear or by keyboard; nothing, it is hoped."""
    found = [f"{tag} does not match" for tag in page.broken]
    found += [f"id {name} {count} times" for name, count in page.ids.items() if count > 1]
    for tag, wanted in (("main", 1), ("h1", 1), ("header", 1), ("footer", 1), ("nav", 1), ("title", 1)):
        # drawings have titles of their own, in the body
        count = page.text.partition("</head>")[0].count("<title>") if tag == "title" else len(page.all(tag))
        found += [] if count == wanted else [f"{count} of <{tag}>"]
    found += [] if page.all("html")[0].get("lang") else ["no language"]
    found += (
        [] if page.all("a")[0].get("href") == "#main" else ["the first link does not skip to the content"]
    )
    for svg in page.all("svg"):
        told = svg.get("aria-labelledby", "").split()
        named = svg.get("role") == "img" and len(told) == 2 and all(page.ids[name] for name in told)
        found += [] if named or svg.get("aria-hidden") == "true" else [f"a drawing without words: {svg}"]
    found += [f"a table without a caption: {page.text.count('<table')}"] * (
        page.text.count("<table") != page.text.count("<caption>")
    )
    found += ["a heading of a table without scope" for th in page.all("th") if "scope" not in th]
    found += [f"named by what is not there: {a}" for _, a in page.elements
              if not set(a.get("aria-labelledby", "").split()) <= set(page.ids)]  # fmt: skip
    return found
