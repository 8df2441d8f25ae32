"""What the end of a run says: tables, communities, what was found of what was planted, where it all lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from marketgraph.reporter import Reporter
from marketgraph.stages.planted import truth_of
from marketgraph.stages.release import id_of
from marketgraph.stages.stage import Context, StageResult
from marketgraph.synth.edge_recovery import TARGETS
from marketgraph.synth.recovery import ring_recovery
from marketgraph.synth.ring_ranking import LOOK_ALIKES, RINGS
from marketgraph.tables.communities import CHURN, EVENTS, LABELS
from marketgraph.tables.entities import VERTEX_IDS
from marketgraph.tables.quality import EDGE_RECOVERY, RING_RANKING
from marketgraph.tables.risk import CALIBRATION

Facts = list[tuple[str, str]]


def summarise(
    context: Context, results: Sequence[StageResult], reporter: Reporter, *, exports: Sequence[Path] = ()
) -> None:
    """Print the tables of the run, then what is worth knowing of it. exports: the folders that were written."""
    reporter.tables(results, as_of=str(context.run.as_of))
    planted = [*_rings(context), *_edges(context), *_ranking(context)]
    found = [*_communities(context), *_lineage(context), *_risk(context), *planted]
    reporter.facts("run", [*found, *_seconds(results), *_places(context, exports)])


def _communities(context: Context) -> Facts:
    sizes = _pinned(context).groupBy("label").count()
    row = sizes.agg(
        F.count(F.lit(1)).alias("all"),
        F.sum((F.col("count") > 1).cast("int")).alias("joined"),
        F.max("count").alias("largest"),
    ).collect()[0]
    return [
        ("communities", f"{row['joined']:,} of two or more, the largest of {row['largest']:,} vertices"),
        (
            "alone",
            f"{row['all'] - row['joined']:,} vertices that no relation of the communities joins to another",
        ),
    ]


def _lineage(context: Context) -> Facts:
    """What became of the communities of the slice before; nothing to say of a first slice."""
    row = context.store.read_slice(CHURN, context.books.slice(CHURN)).collect()[0]
    if row["previous_as_of"] is None:
        return [("since", "there is no slice before: all communities are new")]
    events = ", ".join(f"{row[event]:,} {event}" for event in EVENTS if row[event])
    churn = "" if row["churn"] is None else f"; {row['churn']:.2%} of the vertices changed their community"
    return [(f"since {row['previous_as_of']}", f"{events or 'no communities'}{churn}")]


def _rings(context: Context) -> Facts:
    """Recall and precision against the planted truth; nothing to say of a marketplace that was not made up."""
    truth = truth_of(context)
    if truth is None:
        return []
    found = merchant_rings(context, truth)
    rings = f"{found['recovered']} of {found['planted']} found (recall {_share(found['recall'])})"
    candidates = (
        f"{found['matched']} of {found['candidates']} are rings (precision {_share(found['precision'])})"
    )
    return [
        ("planted merchant rings", rings),
        ("candidate communities", candidates),
        (
            "pairs of merchants",
            f"recall {_share(found['pair_recall'])}, precision {_share(found['pair_precision'])}",
        ),
    ]


def _edges(context: Context) -> Facts:
    """Recall and precision of each relation that is to find something planted; nothing where nothing was."""
    recovery = context.store.read_slice(EDGE_RECOVERY, context.books.slice(EDGE_RECOVERY))
    found = {row["relation"]: row for row in recovery.collect()}
    return [(relation, _line(found[relation])) for relation in TARGETS if relation in found]


def _line(found: Row) -> str:
    shares = f"recall {_share(found['recall'])}, precision {_share(found['precision'])}"
    return f"edges, {found['group_kind']}: {shares}"


def _risk(context: Context) -> Facts:
    """How held-out seeds are ranked, by domain, beside the plain baseline."""
    found = context.store.read_slice(CALIBRATION, context.books.slice(CALIBRATION)).orderBy("domain")
    return [(f"risk: {row['domain']}", _held_out(row)) for row in found.collect()]


def _held_out(row: Row) -> str:
    precision = f"precision at 1 % {row['precision_at_1pct']:.3f}, baseline {row['baseline_at_1pct']:.3f}"
    brier = f"Brier {row['brier_before']:.5f} to {row['brier_after']:.5f}"
    return f"{row['seeds']} held-out seeds: {precision}; {row['method']}, {brier}"


def _ranking(context: Context) -> Facts:
    """What stands in the communities of the highest risk, against the planted truth."""
    found = context.store.read_slice(RING_RANKING, context.books.slice(RING_RANKING)).collect()
    rows = {row["group_kind"]: row for row in found}
    if not rows:
        return []
    kinds = ", ".join(f"{r['found']} of {r['planted']} {kind}" for kind, r in rows.items() if r["guilty"])
    planted = sum(rows[kind]["planted"] for kind in RINGS)
    recall = sum(rows[kind]["found"] for kind in RINGS) / planted if planted else None
    top = rows[RINGS[0]]["top"]
    guilty = sum(row["communities"] for row in found if row["guilty"])
    alike = sum(rows[kind]["communities"] for kind in LOOK_ALIKES)
    precision = _share(guilty / top if top else None)
    return [
        (f"top {top} communities", f"rings: recall {_share(recall)}; {kinds}"),
        ("", f"precision {precision}; {alike} innocent look-alikes"),
    ]


def _share(value: float | None) -> str:
    return "of nothing" if value is None else f"{value:.2f}"


def merchant_rings(context: Context, truth: DataFrame) -> Row:
    """How the run's communities of merchants match the planted rings: the one row of RingRecovery.summary."""
    ids = context.store.read(VERTEX_IDS, version=context.books.slice(VERTEX_IDS).delta_version)
    # one id to one label
    named = _pinned(context).join(ids, "vertex_id", "inner")
    communities = named.select("entity_kind", "entity_id", F.col("label").alias("community"))
    found = ring_recovery(communities, truth, group_kind="merchant_ring", entity_kind="merchant")
    return found.summary.collect()[0]


def _pinned(context: Context) -> DataFrame:
    return context.store.read_slice(LABELS, context.books.slice(LABELS))


def _seconds(results: Sequence[StageResult]) -> Facts:
    told = ", ".join(f"{result.name} {result.seconds:.1f}" for result in results)
    return [("seconds", f"{sum(r.seconds for r in results):.1f} in all: {told}")]


def _places(context: Context, exports: Sequence[Path]) -> Facts:
    release = id_of(context)
    written = [(f"export {folder.name}", str(folder)) for folder in exports]
    return [("release", release), ("warehouse", context.store.root), *written]
