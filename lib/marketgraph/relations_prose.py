"""What docs/relations.md says of all relations at once; relations_page.py puts it before the rules of each."""

from __future__ import annotations

ROW = """
An edge row says that two entities have to do with each other, how, how often and when. Each relation has a Delta
table of its own, `edges.<relation>`, all with the same columns; `as_of` is the slice. A pair is one row, whatever
number of facts speaks for it. Of two of one kind `src` is the smaller vertex id, so that no pair comes twice; of two
kinds the one that a pair's name begins with (`merchant-buyer`: the merchant is `src`). `src_kind` and `dst_kind` stand
in the row, so that one pair of kinds is a filter and not another table.
"""

WEIGHT = """
`weight = evidence x recency x rarity`, each factor a column beside it, so that a weight can be explained and done
again with other choices.

- `evidence`: `evidence_count`, or `log2(1 + evidence_count)` where the rule says `log`: the tenth purchase says less
  than the first. Where two listings were compared it is their similarity, 0 to 1.
- `recency`: `2^(-days / half_life_days)`, days from `last_seen` to midnight UTC of the run's date, in steps of 2^-20.
  1 without a half-life, and for facts from before the data begins (`last_seen` is null).
- `rarity`: the mean, over the evidence, of `1/log2(1 + holders)`: 1 for one holder, 0.63 for two, 0.15 for a hundred.
  Of an activity, holders are the `src` that its `dst` has in the relation (a product that all buy says little of a
  buyer); of a group, its members. With evidence `count` and no half-life the weight is the sum of Adamic and Adar
  (2003) over what two have in common. Sums are of whole 2^-20, so that no order of rows changes a bit.

A pair with less than `min_evidence` is no edge.
"""

TIME = """
A run sees only what was known before its `--as-of` date; with `window_days` a relation also leaves out facts older
than so many days before it, and those without a time (of a shared value it is the end of a sighting that counts).
`first_seen` and `last_seen` are of the facts that are left; a fact that stands since before the data has no first time.
Of a pair of a group `first_seen` is when the later of the two came: the tie is no older.
"""

HUBS = """
A kiosk's device is held by hundreds who have never met, and n holders make n x (n - 1) / 2 pairs. So each grouped
relation says what becomes of a group of more than `max_holders` members (where acts must be near in time, each act of a
bucket is a member, for it is acts that are compared):

- `drop`: it joins nobody.
- `cap`: its `max_holders` most recent members are joined, of equally recent ones the smaller vertex ids.
- `inverse`: all are joined, and each pair weighs as little as its rarity says. Only `max_pairs` bounds it.
- `virtual`: each member of a kind that the relation joins is joined to a vertex that stands for the value (`dst_kind`
  is `hub`, `dst` a hash of 2^62 or more): n edges in place of n x (n - 1) / 2. Communities never take their name from
  it. Not for relations whose pairs are compared.
- `sentinel`: not a choice, but what becomes of a hub that more than `max_share` of all merchants, creators and buyers
  hold, whatever the policy: such a value is a default of some form, and nobody's. It joins nobody.

`edges.suppressed` has a row for each group that was not joined in pairs: relation, value (of an identifier the first
16 digits of its hash), holders, pairs not made, and which of these was done. `inverse` leaves nothing out, and so
nothing there.
"""

BUDGET = """
Before any pair is made, the groups are counted: `edges.group_sizes` says for each relation how many have how many
members. What follows from it, the median, 99th percentile and largest size, the pairs before and after the policy, and
about how many bytes go through shuffles, is shown without a run, for rules that are still to be chosen too:

```bash
.venv/bin/marketgraph estimate --config conf/local.yml --as-of 2024-06-29 --set edges.shares_ip.policy=inverse
```

It needs the sources and entities of that date, writes nothing, and marks what is over its budget. A run that would
make more than a relation's `max_pairs` pairs ends with exit code 3 before it makes one, and names the relation and its
largest groups. What helps: a smaller `max_holders`, another policy, a larger `max_pairs`, or the value's name in
`conf/sentinels.yml`.
"""

DAYS = """
A run goes on from the edges of the latest of the seven days before it, where the same code made them by the same rules,
where the sources of that day are still what they were, and where there are so many edges that it may pay (a hundred
million; at fifteen million it does not). What has come since is added to the relations whose evidence adds up, and the
others are built whole. The rows are the same as without, which `--full` does
([decision 0010](decisions/0010-edges-from-day-to-day.md)).
"""

OFF = """
`on: false` leaves a relation's table empty, and its work is not done; no rule may be left out, so that a config says
what it does without. A pair of kinds taken out of `between` is not joined. `sources` is for readers: it must be what
the relation is made of. Which relations make the graph of communities, and with what factor, is said in
`conf/communities.yml`: by name, or as `shares_device:merchant-buyer` for one pair of kinds.
"""

PASSES = """
All relations are built in two passes, not one by one ([decision 0008](decisions/0008-edges-in-two-passes.md)). The
counts are read off the physical plans by `tests/edges/test_plans.py`, for tables too large to be sent to every task.

- Sources get vertex ids by joins with the id map, once for all relations.
- Facts of all activity relations together: one exchange by pair, summed up before it, and one by `dst`, to count
  holders.
- Members of all grouped relations together: one exchange by group, in which each member moves once, and
  one by pair, summed up before it.
- What a relation pays beyond that is in its section.
- The audit and the tables are read from what the passes hold in memory: nothing moves again for them. For the estimates
  counts move, one row per task and relation.

Pairs are made of a group's sorted list against its own tail: no relation is joined with itself, and no plan has a
product of two tables. Only look-alike titles run Python, on Arrow batches.
"""
