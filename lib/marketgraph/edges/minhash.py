"""MinHash of texts in numpy: all texts of a batch at once, no loop over rows. No Spark.

Sources: Broder (1997), On the resemblance and containment of documents; Leskovec, Rajaraman and Ullman, Mining of
Massive Datasets, ch. 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

# Of splitmix64 (Steele, Lea and Flood, 2014): its increment and the two factors of its finaliser.
_GOLDEN = 0x9E3779B97F4A7C15
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)


def band_hashes(texts: Sequence[str], *, shingle: int, rows: int, bands: int) -> npt.NDArray[np.int64]:
    """One row per text, one column per band: the hash of the `rows` minima of that band.

    Two texts have a band in common with probability s^rows, s being the Jaccard index of their sets of shingles
    (substrings of `shingle` characters). The same in every process and on every machine: the seeds are constants.
    Raises ValueError when a text is shorter than a shingle.
    """
    told = np.zeros((len(texts), bands), np.uint64)
    if not len(texts):
        return told.view(np.int64)
    hashes, starts = shingle_hashes(texts, shingle)
    # A permutation is hash -> a * hash + b, a odd, modulo 2^64: on hashes that are mixed already its minima agree as
    # often as those of a full mix per permutation do, in a third of the time.
    seeds = mixed(np.arange(1, 2 * rows * bands + 1, dtype=np.uint64) * np.uint64(_GOLDEN)).reshape(
        2, bands, rows
    )
    factors, terms = seeds[0] | np.uint64(1), seeds[1]
    for band in range(bands):
        for row in range(rows):
            least = np.minimum.reduceat(hashes * factors[band, row] + terms[band, row], starts)
            told[:, band] = mixed(told[:, band] * _FACTORS[0] + least)
    return told.view(np.int64)


def shingle_hashes(texts: Sequence[str], shingle: int) -> tuple[Hashes, npt.NDArray[np.int64]]:
    """Hashes of the shingles of all texts on end, a repeated one each time, and where each text's begin."""
    # code points of all texts on end; a shingle that begins in one text and ends in the next is left out
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    counts = np.fromiter(map(len, texts), np.int64, len(texts)) - (shingle - 1)
    if counts.min() < 1:
        raise ValueError(f"a text is shorter than a shingle of {shingle} characters")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    # each text before it has shingle - 1 characters with which no shingle begins
    begins = np.arange(counts.sum()) + np.repeat(np.arange(len(texts)) * (shingle - 1), counts)
    hashes = np.zeros(begins.size, np.uint64)
    for place in range(shingle):
        hashes = mixed((hashes ^ points[begins + place]) + np.uint64(_GOLDEN))
    return hashes, starts


def mixed(bits: Any) -> Any:
    """64 bits in which each bit of the input moves about half: the finaliser of splitmix64, a bijection."""
    bits = (bits ^ bits >> _SHIFTS[0]) * _FACTORS[0]
    bits = (bits ^ bits >> _SHIFTS[1]) * _FACTORS[1]
    return bits ^ bits >> _SHIFTS[2]
