"""How releases stand, as pure functions of their rows and marks: no Spark."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import Row

from marketgraph.releases.needs import kept_releases
from marketgraph.releases.standing import Listed, Mark, standing

MONDAY, TUESDAY = date(2024, 1, 1), date(2024, 1, 2)
NOON = datetime(2024, 1, 5, 12)


def row(name: str, as_of: date = MONDAY, published_at: datetime = NOON) -> Row:
    return Row(release_id=name, as_of=as_of, pins=[], published_at=published_at)


def marks(*told: tuple) -> list[Mark]:
    """(action, release[, known])"""
    return [
        Mark(n, action, release, 1, tuple(known[0]) if known else (), None, NOON)
        for n, (action, release, *known) in enumerate(told, start=1)
    ]


def states(rows: list[Row], made: list[Mark]) -> dict[str, str]:
    return {one.id: one.state for one in standing(rows, made)}


def given_of(rows: list[Row], made: list[Mark]) -> str:
    (current,) = [one.id for one in standing(rows, made) if one.current]
    return current


def test_readers_of_a_date_get_what_was_published_last() -> None:
    assert states([row("c"), row("b"), row("a", TUESDAY)], []) == {"c": "current", "b": "", "a": "current"}


def test_a_rollback_gives_an_earlier_one_and_the_newer_id_gives_that_again() -> None:
    rows = [row("c"), row("b"), row("a")]
    back = ("rollback", "a", "abc")
    assert states(rows, marks(back)) == {"c": "rolled back", "b": "rolled back", "a": "current"}
    assert states(rows, marks(back, ("rollback", "c", "abc"))) == {"c": "current", "b": "", "a": ""}


def test_what_is_published_after_a_rollback_is_what_readers_get() -> None:
    rows = [row("d"), row("c"), row("b"), row("a")]
    assert states(rows, marks(("rollback", "a", "abc"))) == {"d": "current", "c": "", "b": "", "a": ""}


def test_a_sandbox_reads_the_publications_since_it_was_cloned_and_readers_those_of_late() -> None:
    hours = [NOON + timedelta(hours=n) for n in range(4)]
    rows = [row("a", published_at=hour) for hour in reversed(hours)]

    def read(made: list[Mark], since: datetime = datetime.max) -> list[int]:
        (one,) = standing(rows, made)
        return [hours.index(told["published_at"]) for told in one.read_since(since)]

    cloned = replace(marks(("pin", "a"))[0], reason="cloned to /sandbox; of the paper")
    later = replace(cloned, publications=3)
    removed = replace(marks(("remove", "a"))[0], publications=1)  # and published anew after that
    assert read([]) == [3]
    assert read([cloned]) == [0, 1, 2, 3]
    assert read([removed, cloned]) == [1, 2, 3]
    assert read([later]) == [2, 3]  # what was replaced before is read by no sandbox
    assert read([cloned, later]) == [0, 1, 2, 3]
    assert read([cloned, *marks(("unpin", "a")), later]) == [2, 3]
    assert read(marks(("pin", "a"))) == [3]
    # the second was replaced at the third hour, until when who loaded the release got it
    assert read([], since=hours[2]) == [1, 2, 3]
    assert read([], since=hours[2] + timedelta(minutes=1)) == [2, 3]


def test_a_mark_of_another_date_changes_nothing() -> None:
    rows = [row("b"), row("a"), row("t", TUESDAY)]
    assert given_of([r for r in rows if r["as_of"] == MONDAY], marks(("rollback", "t", "t"))) == "b"


def test_the_last_of_pin_and_unpin_stands() -> None:
    rows = [row("b"), row("a")]
    assert states(rows, marks(("pin", "a"), ("pin", "b"), ("unpin", "b")))["a"] == "pinned"
    assert states(rows, marks(("pin", "b")))["b"] == "current, pinned"
    assert states(rows, marks(("pin", "a"), ("unpin", "a"), ("pin", "a")))["a"] == "pinned"


def test_a_removed_release_is_nobodys_until_it_is_published_anew() -> None:
    rows = [row("b"), row("a")]
    gone = marks(("rollback", "b", "ab"), ("remove", "a"))
    assert states(rows, gone) == {"b": "current", "a": "removed"}
    again = [row("a"), *rows]
    assert [(one.id, one.publications) for one in standing(again, gone)] == [("a", 2), ("b", 1)]
    # it was known to the rollback under the same id, so a person's choice still holds
    assert states(again, gone) == {"b": "current", "a": "rolled back"}


def test_a_release_that_an_erasure_published_anew_is_no_newer_than_it_was() -> None:
    rows = [row("b"), row("a"), row("c"), row("b"), row("a")]
    back = marks(("rollback", "b", "abc"))
    assert states(rows, back) == {"c": "rolled back", "b": "current", "a": ""}
    assert [(one.id, one.publications) for one in standing(rows, back)] == [("c", 1), ("b", 2), ("a", 2)]


@given(st.data())
def test_whatever_the_marks_each_date_has_exactly_one_release_that_readers_get(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1))
    rows = [row(name, data.draw(st.sampled_from([MONDAY, TUESDAY]))) for name in names]
    made: list[Mark] = []
    for n in range(data.draw(st.integers(0, 6))):
        listed = standing(rows, made)
        one = data.draw(st.sampled_from([x for x in listed if not x.removed]))
        action = data.draw(st.sampled_from(["pin", "unpin", "rollback", "remove"]))
        if action == "remove" and (one.current or one.pinned):
            continue  # maintenance never does
        known = tuple(x.id for x in listed if x.as_of == one.as_of)
        made.append(Mark(n + 1, action, one.id, one.publications, known, None, NOON))
    listed = standing(rows, made)
    assert [one.id for one in listed] == names
    for day in {one.as_of for one in listed}:
        assert len([one for one in listed if one.as_of == day and one.current]) == 1
    assert not any((one.current or one.rolled_back or one.pinned) and one.removed for one in listed)
    assert all(isinstance(one, Listed) for one in listed)


def test_maintenance_keeps_the_newest_the_current_and_the_pinned() -> None:
    rows = [row("e"), row("d"), row("c"), row("b", TUESDAY), row("a")]
    assert [one.id for one in kept_releases(rows, marks(("pin", "c")), keep=0)] == ["e", "c", "b"]
    assert [one.id for one in kept_releases(rows, [], keep=2)] == ["e", "d", "b"]
    gone = marks(("remove", "d"))
    assert [one.id for one in kept_releases(rows, gone, keep=2)] == ["e", "c", "b"]


def test_what_was_kept_within_the_safety_age_is_kept() -> None:
    hour = timedelta(hours=1)
    rows = [
        row("c", published_at=NOON + 2 * hour),
        row("b", published_at=NOON),
        row("a", published_at=NOON - hour),
    ]
    unpinned = marks(("pin", "a"), ("unpin", "a"))
    unpinned[1] = replace(unpinned[1], marked_at=NOON + 2 * hour)

    def kept(made: list[Mark], since: datetime) -> str:
        return "".join(one.id for one in kept_releases(rows, made, keep=0, since=since))

    assert kept([], NOON + 3 * hour) == "c"
    assert kept([], NOON + hour) == "cb"  # readers of the date got b until an hour later
    assert kept([], NOON - 2 * hour) == "cba"
    assert kept(unpinned, NOON + 3 * hour) == "c"
    assert kept(unpinned, NOON + hour) == "cba"
