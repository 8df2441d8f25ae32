"""What docs/features.md says of all features at once; features_page.py puts it before the dictionary."""

from __future__ import annotations

TABLES = """
`features.<kind>s` (merchants, products, creators, contents, buyers) has one row per entity of the kind as of the
run's date, keyed by `vertex_id`; `as_of` is the slice. Windowed features are declared in `conf/features.yml`, a
column `<feature>_<window>` each; those of the graph come of edges and communities. Counts are LONG, and sums of whole
numbers; everything else is DOUBLE. Features that are added to the config are added to the stored table, where slices
of before have null. One that changes its type is refused: it needs another name. A release has the columns that the
table had at the version it pins.
"""

TIME = """
A window ends at the moment that is asked of, and is half-open: a row counts when `moment - window <= time < moment`,
in UTC and to the microsecond. What a row says must have been known before the moment too: a decision counts from when
it became known, a review not before its order. A snapshot asks of all entities at midnight of the run's date. A table
of (question, vertex_id, moment) asks of some at moments of their own (`windowed_at` in
`lib/marketgraph/features/windowed.py`), and is answered by the same engine: what is computed of a moment now is what
would be computed if nothing had come after it.

The state of an order is in no stream: it is that of the run's date and no event dates it, so that a feature of an
earlier moment would see the future. That an order came back is an event (`verb = 'return'`).
"""

COST = """
The rows of all streams of a kind that may be seen are brought together by entity in one exchange (for moments of
their own, in two), whatever the number of streams, features and windows: each row carries the number of its stream,
and sums and categories are two groupings of the same rows. Each row falls into the one ring between two adjacent
window edges; rings are added up once, then put together for each window. A value is in a trailing window when its
latest row is, so that one grouping by entity and value gives all exact distinct counts. Sums are of whole numbers,
money in ten-thousandths: no order of rows changes a bit. Their limit is 2^63, 9 x 10^14 in money, and 10^8 for what a
standard deviation is of; a sum beyond it is null, which the gate does not let pass.
"""

CURRENCY = """
`currency` says what happens when orders carry more than one currency: `refuse` ends the run (exit code 4), `convert`
multiplies each amount by its factor in `to_base` and rounds it to four decimals, `ignore` adds amounts up as they
are. An order without a currency counts as of the base. What is converted or ignored is told as a warning, with
counts.
"""

UNUSED = """
Rows without a time are in no window, nor are rows at or after the moment; a run counts them by stream and tells it as
a warning. What an entity did before it is said to have existed counts as any other row, since registrations are often
entered late; how many entities did so is told.
"""

READING = """
Grain: one row per entity. Source: the stream, its column with the entity's id, and the condition. *Null* says when
there is no value; where it is never null, an entity without such rows has 0.
"""
