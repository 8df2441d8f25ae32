"""Vertices with too many neighbours for one block: each block counts what it hears, and the counts are put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from marketgraph.communities.votes import ALL, Heard, Labels, Longs, Rows, Rule, Seeds, tally, vote

Count = tuple[Labels, Longs]  # labels, each once, and the votes for each


def counted(rows: Rows, labels: Labels) -> Iterator[Count]:
    """For each row, a hub, the labels that it hears in this block, and their votes."""
    begins, heard, votes = tally(rows, labels)
    for row in range(begins.size - 1):
        own = slice(begins[row], begins[row + 1])
        yield heard[own], votes[own]


def elected(counts: Sequence[Count], own: int, seeds: Seeds, rule: Rule, may_change: bool) -> tuple[int, int]:
    """A hub's next label, and the votes for its own label: as `vote` gives them. counts: one per block."""
    labels = np.concatenate([np.array([own], counts[0][0].dtype), *(count[0] for count in counts)])
    votes = np.concatenate([count[1] for count in counts])
    rows = Rows(np.array([0, votes.size]), np.arange(1, labels.size, dtype=np.int32), votes)
    turn = np.array([may_change] + [1] * (labels.size - 1), np.uint8)
    chosen, inner = vote(rows, Heard(labels, ALL, turn, 0, 1), seeds, rule)
    return int(chosen[0]), int(inner)
