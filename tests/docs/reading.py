"""The repository's pages, read as GitHub reads them: headings, links, and what stands in code."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.conftest import ROOT

AT_ROOT = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
_FENCE = re.compile(r"^ *(?:\d+\. +|- +)?```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Page:
    """One page of Markdown."""

    path: Path

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """What is left without fenced code."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        """Targets within the repository: `page.md`, `page.md#part`, `#part`, pictures too."""
        told = re.findall(r"\]\(([^)\s]+)\)", _SPAN.sub("", self.prose))
        return [target for target in told if not re.match(r"[a-z]+:", target)]

    @property
    def spans(self) -> list[str]:
        """What stands in backticks."""
        return _SPAN.findall(self.prose)

    def fenced(self, *languages: str) -> list[str]:
        """Fenced code in these languages."""
        return [code for language, code in _FENCE.findall(self.text) if language in languages]

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command in backticks or in code for a shell, without what follows # or |."""
        shell = "\n".join(self.fenced("bash", "sh")).replace("\\\n", " ")
        lines = [*shell.splitlines(), *(span for span in self.spans if " " in span)]
        return [words for line in lines if (words := _words(line))]

    @cached_property
    def anchors(self) -> set[str]:
        """What a link may name behind #: on GitHub and on the site alike."""
        headings = re.findall(r"^#{1,6} +(.+?) *$", self.prose, flags=re.MULTILINE)
        given = re.findall(r'<a (?:id|name)="([^"]+)"', self.prose)
        return (_slugs(headings, r"\s", "-") & _slugs(headings, r"[-\s]+", "_")) | set(given)


def pages() -> list[Page]:
    """All of them: those at the root, then docs/."""
    return [Page(ROOT / name) for name in AT_ROOT] + [Page(p) for p in sorted((ROOT / "docs").rglob("*.md"))]


def _slugs(headings: list[str], blank: str, joint: str) -> set[str]:
    """Anchors of headings; of equal ones the second is told apart by `joint` and 1."""
    found: Counter[str] = Counter()
    slugs = set()
    for heading in headings:
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(blank, "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())
        slugs.add(f"{slug}{joint}{found[slug]}" if found[slug] else slug)
        found[slug] += 1
    return slugs


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # a quote that is none of a shell's
        words = line.split()
    return list(_before_a_pipe(words))


def _before_a_pipe(words: list[str]) -> Iterator[str]:
    for word in words:
        if word in ("|", "&&", ";"):
            return
        yield word
