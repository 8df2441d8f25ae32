"""How pages of Data Docs look: what Great Expectations' renderers say, as plain HTML that needs nothing else.

Its own templates load scripts, fonts and styles from a dozen hosts and show nothing without them. Great Expectations
takes a view by name (`view` of a site's config): these get the same documents, and their templates escape all text.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import Template
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

_FAILED = "text-danger"  # what marks the icon of a result that did not pass


class GateView:
    """A page of the site. The arguments are those that Great Expectations gives; it has no more to say."""

    template = ""

    def __init__(self, **_: Any) -> None:
        environment = Environment(
            loader=PackageLoader("marketgraph.quality", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._page = environment.get_template(self.template)

    def render(self, document: Any, **_: Any) -> str:
        """The page's HTML. document: of one of GX's page renderers."""
        return self._page.render(**self.told(document.to_json_dict()))

    def told(self, document: dict[str, Any]) -> dict[str, Any]:
        """What the template shows."""
        raise NotImplementedError


class ResultsView(GateView):
    """The results of one table: a row per check, those that failed first."""

    template = "results.html"

    def told(self, document: dict[str, Any]) -> dict[str, Any]:
        suite = document["expectation_suite_name"]
        rows = sorted(_results(document), key=lambda row: row["passed"])
        return {
            "suite": suite,
            "run": document["page_title"].rpartition(" / ")[2][:10],  # of the run time its date
            "rows": rows,
            "failed": sum(not row["passed"] for row in rows),
            # validations/, a folder per part of the name, run name and run time
            "root": "../" * (suite.count(".") + 4),
        }


class IndexView(GateView):
    """The first page: a row per table, those that failed first."""

    template = "index.html"

    def told(self, document: dict[str, Any]) -> dict[str, Any]:
        rows = [
            {
                "suite": row["_expectation_suite_name_sort"],
                "link": row["_table_row_link_path"],
                "run": row["run_name"],
                "passed": row["_validation_success_text"] == "Success",
            }
            for row in _links(document)
        ]
        rows.sort(key=lambda row: (row["passed"], row["suite"]))
        return {"rows": rows, "failed": sum(not row["passed"] for row in rows)}


def plain(block: Any) -> str:
    """A block of a document as text."""
    if not isinstance(block, dict):
        return str(block)
    told = block.get("string_template", {})
    text, params = str(told.get("template", "")), told.get("params")
    return Template(text).safe_substitute({k: str(v) for k, v in params.items()}) if params else text


def _results(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in document["sections"][1:]:
        for block in section["content_blocks"]:
            for status, asked, found in block.get("table", ()) if block.get("header_row") else ():
                yield {
                    "check": section["section_name"],
                    "passed": _FAILED not in str(status),
                    "asked": plain(asked),
                    "found": plain(found),
                }


def _links(block: Any) -> Iterator[dict[str, Any]]:
    """The rows of the tables that link to results, wherever in the document they are."""
    if isinstance(block, dict):
        yield from block.get("table_data", ())
    inner = block.values() if isinstance(block, dict) else block if isinstance(block, list) else ()
    for part in inner:
        yield from _links(part)
