"""What the code never does. `make check` runs bandit besides; these are rules of our own."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketgraph.config import IdentifiersConfig
from marketgraph.errors import ConfigError
from marketgraph.file_modes import keep_from_others
from marketgraph.stages.sources import identifier_key
from tests.conftest import ROOT

LIB = sorted((ROOT / "lib").rglob("*.py")) + sorted((ROOT / "jobs").glob("*.py"))
# They run what a file or a text holds.
RUNS_WHAT_IT_READS = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
NEVER_CALLED = {"eval", "exec", "compile", "system", "popen"}


def nodes() -> Iterator[tuple[Path, ast.AST]]:
    for file in LIB:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            yield file, node


def test_nothing_that_runs_what_it_reads_is_imported() -> None:
    imported = [
        (file.name, name.split(".")[0])
        for file, node in nodes()
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    ]
    assert [found for found in imported if found[1] in RUNS_WHAT_IT_READS] == []


def test_no_shell_is_started_and_no_text_is_run() -> None:
    calls = [(file.name, node) for file, node in nodes() if isinstance(node, ast.Call)]
    for name, call in calls:
        words = {word.arg: getattr(word.value, "value", None) for word in call.keywords}
        assert not words.get("shell"), name
        assert not words.get("allow_pickle"), name
        called = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        # re.compile is another one
        assert called not in NEVER_CALLED or ast.unparse(call.func) == "re.compile", (
            f"{name}: {ast.unparse(call)}"
        )


@pytest.mark.parametrize("secret", ["", "short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])
def test_a_key_that_is_none_is_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("SHOP_KEY", secret)
    with pytest.raises(ConfigError, match="SHOP_KEY") as caught:
        identifier_key(IdentifiersConfig(key_env="SHOP_KEY"))
    assert not secret or secret not in str(caught.value)


def test_a_command_keeps_what_it_writes_from_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        keep_from_others()
        (tmp_path / "folder").mkdir()
        (tmp_path / "file").touch()
        assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o750
        assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640
        os.umask(0o077)
        keep_from_others()
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
