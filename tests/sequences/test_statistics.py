from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketgraph.sequences.statistics import sequence_statistics
from marketgraph.tables.sequences import SEQUENCES, STATISTICS

MOMENT = datetime(1970, 1, 3)


def statistics(spark: SparkSession, verbs, objects, prices, times) -> dict:
    gaps = [0, *[(late - early) // 1000 for early, late in pairwise(times)]]
    row = (1, "buyer", len(verbs), verbs, [2] * len(verbs), objects, prices, gaps, times)
    frame = sequence_statistics(spark.createDataFrame([row], SEQUENCES.schema), F.lit(MOMENT))
    assert [(f.name, f.dataType) for f in frame.schema.fields[1:]] == [(c.name, c.type) for c in STATISTICS]
    (told,) = frame.collect()
    return {name.removeprefix("seq_"): value for name, value in told.asDict().items() if name != "vertex_id"}


def test_what_is_said_of_a_sequence(spark: SparkSession) -> None:
    times = [0, 30_500, 90_500, 86_400_000]
    told = statistics(spark, [2, 3, 2, 2], [7, 8, 7, 7], [1, 4, 5, 1], times)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert told.pop("verb_entropy") == pytest.approx(entropy, abs=1e-12)
    assert told.pop("quick") == pytest.approx(1 / 3)
    assert told == {
        "length": 4, "verbs": 2, "objects": 2, "repeats": 0.5, "prices": 2, "priced": 0.5, "gap_mean": 28_800.0,
        "gap_median": 60.0, "gap_least": 30.0, "days_since": 1.0,
    }  # fmt: skip


def test_one_act_has_no_gaps(spark: SparkSession) -> None:
    told = statistics(spark, [2], [7], [1], [86_400_000])
    assert {name for name, value in told.items() if value is None} == { "gap_mean", "gap_median", "gap_least", "quick"
    }  # fmt: skip
    assert (told["length"], told["repeats"], told["verb_entropy"], told["days_since"]) == (1, 0.0, 0.0, 1.0)
