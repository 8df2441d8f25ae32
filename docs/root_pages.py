"""A hook of MkDocs: pages that stand at the root of the repository become pages of the site, links and all.

GitHub looks for them at the root, and a link of docs/ to one of them is `../NAME.md` there.
"""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
AT_ROOT = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the root to those of docs/."""
    for name in AT_ROOT:
        files.append(File.generated(config, name, content=_within_docs((ROOT / name).read_text("utf-8"))))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Links of docs/ to a page of the root lead one folder less far up on the site."""
    names = "|".join(map(re.escape, AT_ROOT))
    return re.sub(rf"\]\(((?:\.\./)*)\.\./({names})", r"](\1\2", markdown)


def _within_docs(text: str) -> str:
    return text.replace("](docs/", "](")
