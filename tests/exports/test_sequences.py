"""The format sequences, read back: lists of one length, padded on the right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketgraph.errors import ConfigError, StoreError
from marketgraph.exports.export import export
from marketgraph.exports.manifest import read_manifest
from marketgraph.exports.sequences import padded
from marketgraph.exports.snapshot import Snapshot
from tests.exports.shop import ACTS, WORDS, without

Exported = Callable[[str], Path]
LISTS = {
    **dict.fromkeys(("verbs", "object_kinds", "prices"), "int32"),
    **dict.fromkeys(("objects", "gaps", "times"), "int64"),
}


def table(folder: Path, name: str) -> pa.Table:
    entry = {entry.name: entry for entry in read_manifest(folder).tables}[name]
    return pa.concat_tables([pq.read_table(folder / file) for file in entry.files])


@pytest.mark.parametrize("name", ["events", "sessions"])
def test_every_list_has_the_steps_of_the_longest_padded_with_0(exported: Exported, name: str) -> None:
    folder = exported("sequences")
    found = table(folder, name)
    assert read_manifest(folder).steps[name] == 3
    for column, of in LISTS.items():
        assert found.schema.field(column).type == pa.list_(pa.field("element", getattr(pa, of)()), 3)
    told = {row["vertex_id"]: row for row in found.to_pylist()}
    for vertex, acts in ACTS.items():
        own = told[vertex]
        pad = [0] * (3 - len(acts))
        assert own["length"] == len(acts)
        assert own["verbs"] == [verb for verb, _ in acts] + pad
        assert own["objects"] == [thing for _, thing in acts] + pad


def test_rows_are_in_the_order_of_kind_and_vertex(exported: Exported) -> None:
    rows = table(exported("sequences"), "events").to_pylist()
    assert [(row["kind"], row["vertex_id"]) for row in rows] == [("buyer", 0), ("buyer", 9), ("merchant", 7)]


def test_the_vocabulary_tells_each_number(exported: Exported) -> None:
    found = table(exported("sequences"), "vocabulary").to_pylist()
    assert [(row["field"], row["token"], row["id"]) for row in found] == sorted(
        WORDS, key=lambda word: (word[0], word[2])
    )


def test_of_a_sequence_that_is_too_long_the_latest_steps_are_kept(snapshot: Snapshot, tmp_path: Path) -> None:
    export(snapshot, "sequences", tmp_path / "out", steps=2)
    told = {row["vertex_id"]: row for row in table(tmp_path / "out", "events").to_pylist()}
    assert (told[9]["length"], told[9]["verbs"], told[9]["objects"]) == (2, [3, 2], [3, 5])
    assert told[9]["gaps"] == [0, 2]
    assert (told[0]["length"], told[0]["verbs"]) == (1, [2, 0])


def test_a_release_without_sequences_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"has no table sequences\.events, sequences\.vocabulary"):
        export(without(snapshot, "sequences"), "sequences", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_steps_are_a_number_of_sequences_only(snapshot: Snapshot, tmp_path: Path) -> None:
    for name, steps in (("pyg", 3), ("sequences", 0)):
        with pytest.raises(ConfigError, match="--steps"):
            export(snapshot, name, tmp_path / "out", steps=steps)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.none() | st.integers(0, 9), max_size=4), max_size=6), st.integers(0, 3))
def test_padding_is_what_plain_python_pads(lists: list[list[int | None]], skipped: int) -> None:
    told = pa.array(lists, type=pa.list_(pa.int32()))[min(skipped, len(lists)) :]
    wanted = [[n or 0 for n in one] + [0] * (4 - len(one)) for one in lists[min(skipped, len(lists)) :]]
    assert padded(told, 4).to_pylist() == wanted
