"""Data Docs: a folder of pages of what Great Expectations said of a run, whether the run goes on or not.

The site is Great Expectations' own (its site builder, its renderers, its store of validation results), shown by the
views of docs_view.py. Run name and run time are the run's date, so that equal results give equal bytes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from marketgraph.quality.checks import CheckResult
from marketgraph.quality.suites import Judge

INDEX = "index.html"
_SITE = "gate"
_VIEWS = "marketgraph.quality.docs_view"


def write_data_docs(judge: Judge, results: Iterable[CheckResult], out: Path, *, as_of: date) -> Path:
    """Write the pages of what `judge` said to `out`, whole or not at all; gives the path of the first.

    results: of the gate; they put what was found into words. What is in `out` is replaced. Raises RuntimeError when
    Great Expectations left a page out: it logs what goes wrong with one and goes on.
    """
    words = {(r.table, f"{r.check}({', '.join(r.columns)})"): r for r in results}
    for name, outcome in judge.outcomes.items():
        _put_into_words(outcome, {label: one for (table, label), one in words.items() if table == name})
        _keep(judge.context, name, outcome, as_of)
    # by process, for a twin may be at work
    part = out.absolute().with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _build(judge.context, part)
        _refuse_missing(part, len(judge.outcomes))
        _move(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return out / INDEX


def _refuse_missing(part: Path, wanted: int) -> None:
    pages = sum(1 for _ in part.glob("validations/**/*.html"))
    if pages != wanted:
        raise RuntimeError(f"{part}: Great Expectations wrote {pages} pages of {wanted}")


def _move(part: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    try:
        part.rename(out)
    except OSError:
        # a twin was quicker: its pages are these
        if not (out / INDEX).is_file():
            raise


def _put_into_words(outcome: Any, words: Mapping[str, CheckResult]) -> None:
    """What was found as the gate's messages say it, in place of a bare number, and how bad it is."""
    for result in outcome.results:
        found = words[result.expectation_config.meta["check"]]
        shown = f"; for example {'; '.join(found.examples)}" if found.examples else ""
        result.result = {"observed_value": found.observed + shown}
        result.expectation_config.description += f" ({found.severity})"


def _keep(context: Any, name: str, outcome: Any, as_of: date) -> None:
    """Put the results into the context's store, of which the site is built; when they were made is left out."""
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    midnight = datetime(as_of.year, as_of.month, as_of.day, tzinfo=timezone.utc)
    run = RunIdentifier(run_name=str(as_of), run_time=midnight)
    outcome.meta = {"run_id": run.to_json_dict()}
    key = ValidationResultIdentifier(ExpectationSuiteIdentifier(name), run_id=run, batch_identifier="numbers")
    context.validation_results_store.set(key, outcome)


def _build(context: Any, folder: Path) -> None:
    of_views = {"module_name": _VIEWS}
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {
            "class_name": "DefaultSiteIndexBuilder",
            "view": {**of_views, "class_name": "IndexView"},
        },
        "site_section_builders": {
            "expectations": "None",
            "profiling": "None",
            "validations": {"view": {**of_views, "class_name": "ResultsView"}},
        },
    }
    context.add_data_docs_site(_SITE, site)
    context.build_data_docs(site_names=[_SITE])
    context.delete_data_docs_site(_SITE)
    # fonts, styles and pictures of templates that are not used
    shutil.rmtree(folder / "static", ignore_errors=True)
