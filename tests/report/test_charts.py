"""Charts as geometry: places, ticks, bands and labels, against arithmetic done by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from math import hypot

from hypothesis import given, settings
from hypothesis import strategies as st

from marketgraph.report.caps import Caps
from marketgraph.report.charts.drawing import HEIGHT, WIDTH, drawing_of
from marketgraph.report.charts.flow import churn_flow, title
from marketgraph.report.charts.labels import label_places
from marketgraph.report.charts.layout import places_of
from marketgraph.report.charts.plot import bins_plot, sizes_plot
from marketgraph.report.charts.scale import Scale, day_ticks
from marketgraph.report.charts.timeline import timeline_of
from marketgraph.report.overview_facts import Event
from tests.report import story


def test_a_log_axis_has_powers_of_ten_at_equal_steps() -> None:
    scale = Scale(1, 1000, 0, 300, log=True)
    assert [(tick.at, tick.label) for tick in scale.ticks()] == [
        (0, "1"),
        (100, "10"),
        (200, "100"),
        (300, "1,000"),
    ]


def test_a_plain_axis_has_round_steps() -> None:
    assert [tick.label for tick in Scale(0, 43, 0, 100).ticks()] == ["0", "10", "20", "30", "40"]
    assert [tick.label for tick in Scale(0, 0.5, 0, 100).ticks()] == ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]


@settings(max_examples=50, deadline=None)
@given(st.floats(0.001, 1e9), st.floats(0.001, 1e9), st.booleans())
def test_values_stay_on_the_axis_in_their_order(one: float, other: float, log: bool) -> None:
    low, high = sorted((one, other))
    scale = Scale(low, high, 10, 110, log=log)
    places = [scale.at(low), scale.at((low + high) / 2), scale.at(high)]
    assert places == sorted(places)
    assert all(9.9 <= place <= 110.1 for place in places)
    assert all(9.8 <= tick.at <= 110.2 for tick in scale.ticks())


def test_a_span_of_one_day_has_its_two_ends() -> None:
    first, last = date(2024, 6, 28), date(2024, 6, 29)
    scale = Scale(first.toordinal(), last.toordinal(), 0, 10)
    assert [tick.label for tick in day_ticks(first, last, scale)] == ["2024-06-28", "2024-06-29"]


def test_a_single_community_is_a_chart_too() -> None:
    plot = sizes_plot([(2, 1)])
    assert [dot.words for dot in plot.dots] == ["1 community of 2"]


def test_bins_say_from_where_to_where() -> None:
    plot = bins_plot("w", [(-1, 3), (0, 1)], x_label="weight", y_label="edges", what="edges")
    assert [bar.words for bar in plot.bars] == ["1/2 to below 1: 3 edges", "1 to below 2: 1 edges"]


def test_a_rare_event_stays_visible_and_what_did_not_take_place_is_left_out() -> None:
    flow = churn_flow(
        [Event("continued", 100_000, 1, 1, 1), Event("died", 1, 9, 0, 0), Event("born", 0, 0, 0, 0)]
    )
    thick = {band.event: band.left[1] for band in flow.bands if band.left}
    assert thick == {"continued": 110.0, "died": 3.0}
    assert [band.label for band in flow.bands] == ["100,000 went on, same size", "1 ended"]


def test_what_is_new_comes_from_nowhere_and_what_ended_goes_nowhere() -> None:
    flow = churn_flow([Event(name, 2, 1, 1, 1) for name in ("born", "continued", "died")])
    sides = {band.event: (band.left is not None, band.right is not None) for band in flow.bands}
    assert sides == {"born": (False, True), "continued": (True, True), "died": (True, False)}
    assert title([Event("born", 1, 0, 0, 1), Event("died", 2, 1, 0, 0)]) == "1 new and 2 ended"
    assert title([Event("continued", 1, 1, 1, 1)]) == "none is new and none ended"


def test_a_drawing_shows_members_that_ties_hold_and_says_which_tie_is_strongest() -> None:
    drawing = drawing_of(story.ring(), Caps())
    assert drawing
    assert len(drawing.nodes) == 9
    # eight of the circle, seven spokes, of which that to the third merchant's neighbour joins no pair twice
    assert len(drawing.lines) == 15
    assert all(0 < node.x < WIDTH and 0 < node.y < HEIGHT for node in drawing.nodes)
    assert "3 merchants" in drawing.told
    assert "weight 0.80" in drawing.told
    assert max(drawing.lines, key=lambda line: line.thick).words.startswith("B7 and B8")


def test_a_drawing_is_the_same_whatever_order_ties_come_in() -> None:
    ring = story.ring()
    assert drawing_of(replace(ring, ties=ring.ties[::-1]), Caps()) == drawing_of(ring, Caps())


def test_relations_that_name_a_pair_from_either_end_are_one_line() -> None:
    ring = story.ring()
    strongest = max(ring.ties, key=lambda tie: tie.weight)
    back = replace(strongest, src=strongest.dst, dst=strongest.src, relation="bought_merchant")
    before, after = drawing_of(ring, Caps()), drawing_of(replace(ring, ties=(*ring.ties, back)), Caps())
    assert before
    assert after
    assert len(after.lines) == len(before.lines)
    assert sum("bought" in line.words for line in after.lines) == 1


def test_a_drawing_is_bounded() -> None:
    drawing = drawing_of(story.ring(150), Caps(drawn=20, lines=15))
    assert drawing
    assert len(drawing.nodes) <= 20
    assert len(drawing.lines) == 15


def test_a_community_without_ties_is_not_drawn() -> None:
    assert drawing_of(replace(story.ring(), ties=()), Caps()) is None


def test_labels_cover_neither_vertices_nor_each_other() -> None:
    circles = {n: (50.0 + 24 * n, 50.0, 9.0) for n in range(6)}
    places = label_places([(n, f"merchant {n}") for n in range(6)], circles, width=200, height=100)
    # there is room above every second and below every second but one, and at the ends
    assert 0 < len(places) < 6
    spots = [(place.y, place.x) for place in places.values() if place.anchor == "middle"]
    assert all(y < 41 or y > 59 for y, _ in spots)
    assert all(abs(x - other) > 60 for y, x in spots for row, other in spots if row == y and x != other)


def test_joins_have_a_lane_for_each_kind_and_a_cross_for_what_became_known() -> None:
    ring = story.ring()
    chart = timeline_of(ring.members, story.DAY)
    assert chart
    assert [lane.label for lane in chart.lanes] == ["merchants", "buyers"]
    assert sum(not mark.known for mark in chart.marks) == 9
    assert [mark.words for mark in chart.marks if mark.known] == ["M0: fraud known since 2024-05-01"]
    assert chart.undated == 1
    assert "8 members joined from 2024-03-04 to 2024-03-25" in chart.told


def test_many_who_join_at_once_stay_within_their_lane() -> None:
    at_once = datetime(2024, 3, 1)
    crowd = [story.member(n, kind="buyer", joined=at_once) for n in range(80)]
    chart = timeline_of(crowd, story.DAY)
    assert chart
    assert all(0 <= mark.y <= chart.bottom for mark in chart.marks)


def test_parts_that_hang_apart_are_laid_out_beside_each_other() -> None:
    ring = {(n, (n + 1) % 12): 1.0 for n in range(11)} | {(0, 11): 1.0}
    apart = {(20, 21): 1.0, (30, 31): 2.0, (40, 41): 0.5}
    places = places_of(ring | apart, (0, 0, 600, 400))
    assert max(places[n][0] for n in range(12)) < min(places[n][0] for n in (20, 21, 30, 31, 40, 41))
    assert len(set(places.values())) == 18


def test_no_two_vertices_of_a_drawing_lie_on_each_other() -> None:
    # a star's leaves all pull alike
    places = list(places_of({(0, n): 1.0 for n in range(1, 40)}, (0, 0, 600, 400)).values())
    near = [(a, b) for n, a in enumerate(places) for b in places[:n] if hypot(a[0] - b[0], a[1] - b[1]) < 12]
    assert near == []
    assert all(0 <= x <= 600 and 0 <= y <= 400 for x, y in places)
