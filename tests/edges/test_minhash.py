from __future__ import annotations

import random

import numpy as np
import pytest

from marketgraph.edges.look_alike_titles import TitleRule
from marketgraph.edges.minhash import band_hashes, shingle_hashes
from marketgraph.synth.words import ADJECTIVES, COLOURS, FEATURES, FILLER


def shingles(text: str, size: int = 3) -> set[str]:
    return {text[n : n + size] for n in range(len(text) - size + 1)}


def similarity(left: str, right: str) -> float:
    return len(shingles(left) & shingles(right)) / len(shingles(left) | shingles(right))


def titles(count: int, seed: int) -> list[str]:
    drawn = random.Random(seed)
    words = (ADJECTIVES, ("Cotton", "Linen", "Wool"), ("Jacket", "Dress", "Hoodie"), FEATURES, COLOURS)
    return [
        " ".join([*(drawn.choice(w) for w in words), f"{drawn.getrandbits(16):04x}"]) for _ in range(count)
    ]


def edited(title: str, rule: int, start: int) -> str:
    """A copy by one of the generator's three rules (synth/titles.py)."""
    count = len(title) - 2
    quarter, fifth, ninth = round(count / 4), round(count / 5), round(count / 9)
    if rule == 0:
        return f"{title} {FILLER[start : start + quarter - 1]}"
    if rule == 1:
        return title[: len(title) - fifth]
    return f"{FILLER[start : start + ninth - 1]} {title[: len(title) - ninth]}"


def copies(count: int, seed: int) -> tuple[list[str], list[str]]:
    originals, drawn = titles(count, seed), random.Random(seed + 1)
    return originals, [edited(t, n % 3, drawn.randrange(len(FILLER) // 2)) for n, t in enumerate(originals)]


def told(texts: list[str], rows: int, bands: int) -> np.ndarray:
    return band_hashes(texts, shingle=3, rows=rows, bands=bands)


def test_the_same_shingles_have_the_same_hashes_wherever_they_stand() -> None:
    texts = ["abcd", "xabc", "日本語のTシャツ", "b😀c😀b", "abcabc"]
    hashes, starts = shingle_hashes(texts, 3)
    of = [set(part.tolist()) for part in np.split(hashes, starts[1:])]
    assert [len(found) for found in of] == [len(shingles(text)) for text in texts]
    assert len(of[0] & of[1]) == 1
    assert len(set.union(*of)) == len(set.union(*map(shingles, texts)))


def test_a_batch_changes_no_text_s_hashes() -> None:
    texts = titles(50, seed=1)
    alone = np.concatenate([told([text], 2, 3) for text in texts])
    assert np.array_equal(told(texts, 2, 3), alone)
    assert told([], 2, 3).shape == (0, 3)


def test_the_hashes_are_those_of_every_other_process() -> None:
    # as a process of its own gave them: what one worker proposes must meet what the next one does
    assert told(["slim cotton jacket"], 2, 2).tolist() == [[-3861370513321645533, 5402116280750917557]]


def test_a_text_shorter_than_a_shingle_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter than a shingle"):
        told(["abc", "ab"], 2, 2)


def test_bands_agree_as_often_as_the_s_curve_says() -> None:
    originals, copied = copies(600, seed=3)
    for rows in (1, 3, 5):
        expected = np.mean([similarity(a, b) ** rows for a, b in zip(originals, copied, strict=True)])
        agreed = np.mean(told(originals, rows, 40) == told(copied, rows, 40))
        assert agreed == pytest.approx(expected, abs=0.02)


def test_nearly_every_copy_has_a_band_in_common_with_its_original() -> None:
    originals, copied = copies(600, seed=5)
    found = [similarity(a, b) for a, b in zip(originals, copied, strict=True)]
    assert min(found) > 0.75
    assert np.mean(found) == pytest.approx(0.8, abs=0.02)
    rule = TitleRule()
    same = told(originals, rule.rows_per_band, rule.bands) == told(copied, rule.rows_per_band, rule.bands)
    assert same.any(axis=1).mean() >= 0.98


def test_few_others_have() -> None:
    texts, rule = titles(150, seed=9), TitleRule()
    hashes = told(texts, rule.rows_per_band, rule.bands)
    pairs = [(a, b) for a in range(150) for b in range(a) if similarity(texts[a], texts[b]) < 0.4]
    proposed = np.mean([(hashes[a] == hashes[b]).any() for a, b in pairs])
    assert proposed < 0.1
