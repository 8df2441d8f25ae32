"""Data Docs below a warehouse: those on which an erased id stands go, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketgraph.erasure.copies import remove_copies


def page(root: Path, run: str, text: str) -> Path:
    file = root / "data_docs" / run / "sources" / "orders.html"
    file.parent.mkdir(parents=True)
    file.write_text(f"<table><td>{text}</td></table>")
    return root / "data_docs" / run


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("B7", "buyer_id=B7, order_id=O1"),
        ("B&7", "buyer_id=B&amp;7"),
        ("O'Neil", "creator_id=O&#39;Neil"),
        ("O'Neil", "creator_id=O&#x27;Neil"),
        ('5"', "product_id=5&#34;"),
    ],
)
def test_data_docs_that_show_the_entity_go(tmp_path: Path, name: str, shown: str) -> None:
    gone, stays = (
        page(tmp_path, "2024-01-01-aaaaaaaa", shown),
        page(tmp_path, "2024-01-02-bbbbbbbb", "B70, xB7"),
    )
    assert remove_copies(str(tmp_path), [], {name}) == [str(gone)]
    assert not gone.exists()
    assert stays.exists()
    assert remove_copies(str(tmp_path), [], {name}) == []


def test_a_warehouse_without_data_docs_has_none_to_go(tmp_path: Path) -> None:
    assert remove_copies(str(tmp_path), [], {"B7"}) == []
