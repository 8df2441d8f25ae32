"""What a score would be without an edge: what begins at a vertex, and the curve from visits to scores."""

from __future__ import annotations

import numpy as np
import pytest

from marketgraph.evidence.leave_out import Curve, Origin, community_score, visits_without

IDENTITY = Curve(np.array([0.0, 1.0]), np.array([0.0, 1.0]))


def test_a_hint_that_another_edge_gives_too_stays() -> None:
    origin = Origin(hints=((0.1, 2),))
    assert visits_without(1.0, origin, brings=0.25, hint=0.1) == 0.75


def test_a_hint_goes_with_its_only_edge() -> None:
    origin = Origin(hints=((0.5, 1), (0.25, 3)))
    assert visits_without(1.0, origin, brings=0.25, hint=0.5) == 0.5


def test_a_known_violation_stays_whatever_edge_goes() -> None:
    origin = Origin(known=0.9, hints=((0.1, 1),))
    assert origin.own == 0.9
    assert visits_without(1.0, origin, brings=0.0, hint=0.1) == 1.0


def test_nothing_is_less_than_no_visit() -> None:
    assert visits_without(0.1, Origin(), brings=0.2, hint=0.0) == 0.0


def test_a_score_is_read_off_between_the_nearest_two() -> None:
    curve = Curve(np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.1, 0.9]))
    assert curve.score(1.0) == 0.1  # one visit is a spread of a half
    assert curve.score(3.0) == pytest.approx(0.5)
    assert IDENTITY.score(0.0) == 0.0


def test_a_community_scores_as_the_table_has_it() -> None:
    # the upper half of four, and one more of score 0
    assert community_score(np.array([0.9, 0.6, 0.1, 0.0]), top_share=0.5, shrink=1) == pytest.approx(0.5)
