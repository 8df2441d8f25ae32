"""The exports that a run ends with."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from marketgraph.errors import ConfigError
from marketgraph.exports.manifest import read_manifest, verify
from marketgraph.exports.settings import ExportsConfig
from marketgraph.reporter import Reporter
from marketgraph.run_exports import export_run
from marketgraph.stages.stage import Context

pytestmark = pytest.mark.slow


def asked(context: Context, **words: object) -> Context:
    exports = ExportsConfig.model_validate(words)
    return replace(context, config=context.config.model_copy(update={"exports": exports}))


def test_a_run_ends_with_its_release_in_each_format_and_writes_none_twice(published, tmp_path: Path) -> None:
    _, context = published
    told = Console(record=True, width=120, file=StringIO())
    wanted = asked(context, folder=str(tmp_path), formats=["pyg", "sequences"])
    folders = export_run(wanted, Reporter(told))
    assert [folder.name for folder in folders] == ["pyg", "sequences"]
    assert {read_manifest(folder).release for folder in folders} == {folders[0].parent.name}
    before = [(verify(folder), (folder / "manifest.json").stat().st_mtime_ns) for folder in folders]
    assert export_run(wanted, Reporter(told)) == folders
    assert [(verify(folder), (folder / "manifest.json").stat().st_mtime_ns) for folder in folders] == before
    assert "unchanged" in told.export_text()


def test_exports_lie_in_the_warehouse_unless_told_otherwise(published) -> None:
    root, context = published
    (folder,) = export_run(asked(context, formats=["sequences"]), Reporter(Console(quiet=True)))
    assert folder.parent.parent == root / "exports"


def test_no_formats_no_exports(published) -> None:
    _, context = published
    assert export_run(asked(context), Reporter(Console(quiet=True))) == []


def test_a_folder_that_is_no_local_one_is_refused(published) -> None:
    _, context = published
    with pytest.raises(ConfigError, match="local folder"):
        export_run(asked(context, folder="s3a://bucket/x", formats=["pyg"]), Reporter(Console(quiet=True)))
