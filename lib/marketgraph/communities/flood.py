"""Connected components between blocks: each tells the others the smallest vertex that it has heard of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from marketgraph.communities.letters import COUNT, Mail, Step, letter, owner_of, told
from marketgraph.communities.shards import Shard
from marketgraph.communities.union_find import join_rows, roots_of
from marketgraph.communities.votes import Ints, Longs


def flood(step: Step, shard: Shard, block: int, mail: Mail) -> Iterator[dict[str, Any]]:
    """The smallest label that any vertex of a local component has heard of, for all of the component.

    A ghost with a larger label at home is told there by its owner, which hears one of our own vertices beside it; only
    the owner of a hub hears none of them, so the hub's smaller label is sent to it.
    """
    own, labels = shard.own.size, mail.labels.copy()
    for row, rank in zip(shard.owned_hubs, shard.owned_ranks, strict=True):
        heard = [count[0] for count in mail.counts.get(int(rank), [])]
        labels[row] = min([labels[row], *np.concatenate([*heard, labels[:0]]).tolist()])
    roots = _local_components(shard, mail.within)
    least = np.full(roots.size, np.iinfo(np.int64).max)
    np.minimum.at(least, roots, labels)
    labels = least[roots]
    smaller = labels != mail.labels
    for at, rank in zip(shard.hubs, shard.ranks, strict=True):
        if at >= own and smaller[at]:
            yield letter(step, owner_of(step, rank), COUNT, int(rank), labels[at : at + 1], labels[:0])
    changed = smaller[:own].astype(np.uint8)
    yield from told(step, shard, block, labels, mail.moved, changed, counted_as=int(smaller.sum()))


def _local_components(shard: Shard, within: Longs) -> Ints:
    """For each own vertex and ghost a number of its component within the block."""
    forest = np.arange(shard.own.size + shard.ghosts.size, dtype=np.int32)
    vertices = np.concatenate([np.arange(shard.own.size, dtype=np.int32), shard.hubs])
    join_rows(forest, shard.rows._replace(indptr=shard.indptr), vertices, within)
    return roots_of(forest)
