"""The spread of all domains: folds, the baseline, vertices without ties, and a budget that changes no bit."""

from __future__ import annotations

import numpy as np
import pytest

from marketgraph.errors import BudgetError
from marketgraph.risk.folds import fold_of
from marketgraph.risk.origins import Origins
from marketgraph.risk.settings import RiskConfig
from marketgraph.risk.spread import Spread, spread
from tests.risk.graphs import hearing, solved

FACTORS = np.array([[1.0, 0.5]])


def spread_of(size: int, ties, known, hints=None, *, alone: int = 0, **choices: object) -> list[Spread]:
    """The spread of two domains over `size` vertices with ties; as many more as `alone` have none."""
    ids = np.arange(size + alone, dtype=np.int64)
    told = [np.array(part, float) if part is not None else np.zeros((2, ids.size)) for part in (known, hints)]
    config = RiskConfig.model_validate({"tolerance": 1e-7, **choices})
    graph = hearing(ties, size, factors=FACTORS)
    return spread(graph, ids[:size], Origins(ids, *told), config, lambda _: None)


def random_graph(size: int, seed: int = 3):
    dice = np.random.default_rng(seed)
    ties = [(int(a), int(b), 0.5 + (a + b) % 3, 0) for a, b in dice.integers(0, size, (3 * size, 2))]
    return ties, (dice.random((2, size)) < 0.1).astype(float)


def test_each_vertex_is_judged_by_the_seeds_of_other_folds_than_its_own() -> None:
    ties, known = random_graph(40)
    (one, other) = spread_of(40, ties, known)
    folds = fold_of(np.arange(40, dtype=np.int64), 4)
    for domain, found in enumerate((one, other)):
        assert np.allclose(
            found.visits, solved(ties, known[domain], factors=FACTORS, domain=domain), atol=1e-6
        )
        for fold in range(4):
            wanted = solved(ties, np.where(folds == fold, 0, known[domain]), factors=FACTORS, domain=domain)
            own = folds == fold
            assert np.allclose(found.held_out[own], wanted[own], atol=1e-6)


def test_the_baseline_is_the_share_of_neighbours_that_are_seeds_of_other_folds() -> None:
    folds = fold_of(np.arange(40, dtype=np.int64), 4)
    centre, fellow, stranger = (
        0,
        *(int(np.flatnonzero((folds == folds[0]) == same)[-1]) for same in (True, False)),
    )
    known = np.zeros((2, 40))
    known[0, [fellow, stranger]] = 0.4
    (found,) = spread_of(40, [(centre, fellow, 1.0, 0), (centre, stranger, 3.0, 0)], known)
    assert found.baseline[centre] == 0.75
    assert found.baseline[fellow] == 0.0


def test_as_many_walks_at_a_time_as_the_budget_holds_change_no_bit() -> None:
    ties, known = random_graph(4_000)
    roomy, tight = (spread_of(4_000, ties, known, tolerance=1e-3, budget_mb=mb) for mb in (64, 1))
    for one, other in zip(roomy, tight, strict=True):
        for name in ("visits", "held_out", "baseline"):
            assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
        assert (one.iterations, one.error) == (other.iterations, other.error)


def test_a_budget_that_holds_no_walk_is_refused() -> None:
    known = np.zeros((2, 20_000))
    known[0, 0] = 1
    with pytest.raises(BudgetError, match="one walk over 20,000 vertices needs 1 MB"):
        spread_of(20_000, [(0, 1, 1.0, 0)], known, budget_mb=1)


def test_a_vertex_without_ties_keeps_what_it_is_worth_and_is_judged_by_its_hint_alone() -> None:
    known, hints = np.zeros((2, 4)), np.zeros((2, 4))
    known[0, 3], hints[0, 3] = 0.8, 0.1
    (found,) = spread_of(2, [(0, 1, 1.0, 0)], known, hints, alone=2)
    assert found.visits.tolist() == [0.0, 0.0, 0.0, 0.8]
    assert found.held_out.tolist() == [0.0, 0.0, 0.0, 0.1]


def test_hints_alone_are_no_domain() -> None:
    assert spread_of(2, [(0, 1, 1.0, 0)], np.zeros((2, 2)), np.full((2, 2), 0.1)) == []
