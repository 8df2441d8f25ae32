"""build_training: labelled examples of entities at earlier moments, and the report of what leaks into them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial, reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketgraph.books import Books
from marketgraph.config import Config
from marketgraph.edges.vertices import any_in_vertices
from marketgraph.errors import SourceError
from marketgraph.sequences.statistics import sequence_statistics
from marketgraph.slices import Slice
from marketgraph.sources.visibility import midnight
from marketgraph.stages.held import Held
from marketgraph.stages.stage import Context, Stage, Work
from marketgraph.tables import Table, training_sets
from marketgraph.tables.communities import COMPONENTS, LABELS
from marketgraph.tables.entities import ENTITY_TABLES, VERTEX_IDS
from marketgraph.tables.features import feature_tables
from marketgraph.tables.sequences import SEQUENCES
from marketgraph.tables.sources import CORE_TABLES, IDENTIFIERS, VIOLATIONS
from marketgraph.tables.training import LEAKAGE, OWN
from marketgraph.training import examples, labels, leakage, negatives, splits
from marketgraph.training.rules import TrainingConfig, cutoffs

Past = dict[date, Work]


@dataclass(frozen=True)
class Set:
    """The training set of one kind: its rows, and what its report is made of."""

    kind: str
    table: Table
    chosen: DataFrame
    judged: DataFrame
    absent: DataFrame
    features: dict[date, DataFrame]


def build_training(work: Work) -> None:
    """Write one training set per kind of the config, then the report on all of them; empty without a past."""
    tables = training_sets(work.config)
    if not looks_back(work.context):
        empty = {table: partial(_nothing, work, table) for table in (*tables.values(), LEAKAGE)}
        work.write_all(empty)
        return
    past = past_of(work.context)
    with Held() as held:
        made = [_set_of(work, kind, table, past, held) for kind, table in tables.items()]
        work.write_all({one.table: partial(_rows, one) for one in made})
        identifiers = held.frame(_identifiers(work))
        report = held.frame(reduce(DataFrame.unionAll, [_report(work, one, identifiers) for one in made]))
        work.write(LEAKAGE, report)
        _warn(work, report)


def looks_back(context: Context) -> bool:
    """Whether the run makes training sets: it is to, and there was a marketplace at the earliest of their moments."""
    if not is_to_look_back(context):
        return False
    first = cutoffs(context.config.training, context.run.as_of)[0]
    return Books(context.store, first).has(VIOLATIONS) or _has_begun(context, first)


def is_to_look_back(context: Context) -> bool:
    """Whether the config names kinds, and somebody was judged before the run's date."""
    return bool(context.config.training.kinds) and context.books.slice(VIOLATIONS).rows > 0


def _has_begun(context: Context, day: date) -> bool:
    """Whether a run of that date would find what a run can't be without (`conform_sources`)."""

    def there(table: Table) -> bool:
        rows = context.store.read_slice(table, context.books.slice(table))
        at = F.col(str(table.event_time))
        return not rows.where(at.isNull() | (at < F.lit(midnight(day)))).isEmpty()

    return all(map(there, CORE_TABLES))


def past_of(context: Context) -> Past:
    """What was written for the cutoffs' dates, oldest first. Nothing of it is read here but the books."""
    days = cutoffs(context.config.training, context.run.as_of)
    return {day: Work(at(context, day), fingerprint="") for day in days}


def at(context: Context, day: date) -> Context:
    """The same run for another date."""
    run = replace(context.run, as_of=day)
    return replace(context, run=run, books=Books(context.store, day))


def _set_of(work: Work, kind: str, table: Table, past: Past, held: Held) -> Set:
    rule, as_of = work.config.training, midnight(work.run.as_of)
    features = {day: _features(then, kind) for day, then in past.items()}
    decisions = held.frame(
        examples.decisions_on(kind, work.read(VIOLATIONS), work.read(VERTEX_IDS)),
    )
    seen = examples.seen_at(features, work.read(ENTITY_TABLES[kind]), kind)
    judged = held.frame(labels.judged(seen, decisions, as_of=as_of, rule=rule))
    _refuse_early(kind, judged, rule)
    moments = examples.moments_frame(seen, list(past))
    absent = labels.not_there_yet(decisions, seen, moments, rule=rule)
    sampled = negatives.sampled(judged, per_positive=rule.negatives_per_positive, seed=rule.seed)
    groups = splits.groups_of(work.read(LABELS), work.read(COMPONENTS), rule)
    last = examples.moment_of(max(past))
    chosen = splits.with_splits(sampled, groups, last=last, only=len(past) == 1, rule=rule)
    return Set(kind, table, held.frame(chosen), judged, absent, features)


def _features(then: Work, kind: str) -> DataFrame:
    """What the date knew of each entity of the kind: its features, and with them what its sequence says."""
    features = then.read(feature_tables(then.config.features)[kind])
    if not then.config.training.sequences:
        return features
    own = then.read(SEQUENCES).where(F.col("kind") == kind)
    return examples.with_statistics(features, sequence_statistics(own, midnight(then.run.as_of)))


def _rows(one: Set) -> DataFrame:
    return examples.with_features(one.chosen.where("split is not null"), one.features, one.table)


def _report(work: Work, one: Set, identifiers: DataFrame) -> DataFrame:
    rule = work.config.training.leakage
    rows = work.context.store.read_slice(one.table, _written(work, one.table))
    own = [column.name for column in one.table.columns[len(OWN) :]]
    return leakage.leakage(
        one.kind,
        leakage.counted(one.chosen, one.judged, one.absent),
        leakage.shared_identifiers(rows, identifiers, rule),
        leakage.telling_features(rows, own, rule),
    )


def _written(work: Work, table: Table) -> Slice:
    return next(held for held in work.slices if held.table == table.full_name)


def _identifiers(work: Work) -> DataFrame:
    told = work.read(IDENTIFIERS).select("entity_kind", "entity_id", "kind", "value").distinct()
    held = any_in_vertices(told, work.read(VERTEX_IDS), end="entity")
    return held.withColumnRenamed("entity", "vertex_id").select("vertex_id", "kind", "value")


def _nothing(work: Work, table: Table) -> DataFrame:
    return work.context.spark.createDataFrame([], table.schema)


def _refuse_early(kind: str, judged: DataFrame, rule: TrainingConfig) -> None:
    if rule.before_entity == "leave_out":
        return
    early = judged.where("status = 'decided_before_entity'").select("vertex_id").distinct().count()
    if early:
        raise SourceError(
            f"sources.violations: {early:,} {kind}s have a violation dated before they were there",
            fix="mend decided_at or the dates of the entities, or declare training.before_entity: leave_out",
        )


def _warn(work: Work, report: DataFrame) -> None:
    counts = (
        report.where("severity = 'warning'").groupBy("kind", "finding").count().orderBy("kind", "finding")
    )
    for row in counts.collect():
        work.context.warn(
            f"training.{row['kind']}s: {row['count']:,} times {row['finding']}: see training.leakage"
        )


def _depends_on(context: Context) -> list[object]:
    told: list[object] = [context.config.training.model_dump(mode="json")]
    if looks_back(context):
        told += [
            [str(day), *[then.context.books.slice(table).fingerprint for table in _looked_at(context.config)]]
            for day, then in past_of(context).items()
        ]
    return told


def _looked_at(config: Config) -> list[Table]:
    more = [SEQUENCES] if config.training.sequences else []
    features = feature_tables(config.features)
    return [*[features[kind] for kind in config.training.kinds], *more]


STAGE = Stage(
    name="build_training",
    inputs=(VIOLATIONS, IDENTIFIERS, VERTEX_IDS, *ENTITY_TABLES.values(), LABELS, COMPONENTS),
    outputs=lambda config: (*training_sets(config).values(), LEAKAGE),
    depends_on=_depends_on,
    build=build_training,
)
