"""A development key is made by whoever comes first, and appears whole."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from marketgraph.sources.identity import IdentifierKey


def test_runs_that_begin_at_once_get_one_key(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "id.key"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: IdentifierKey.from_file(file, create=True), range(32)))
    assert {key.secret for key in made} == {file.read_bytes().strip()}
    assert list(file.parent.iterdir()) == [file]


def test_a_run_that_is_killed_while_it_makes_a_key_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    file = tmp_path / "id.key"
    with monkeypatch.context() as patched, pytest.raises(KilledError):
        patched.setattr(os, "link", killed)
        IdentifierKey.from_file(file, create=True)
    assert not file.exists()
    assert len(IdentifierKey.from_file(file, create=True).secret) == 64
