"""What runs did and what they took: no release pins these, and nothing in them changes a row of another table."""

from __future__ import annotations

from pyspark.sql.types import DateType, DoubleType, LongType, StringType, TimestampType

from marketgraph.tables.contract import Column, Table

STRING, LONG, DOUBLE, TIME = StringType(), LongType(), DoubleType(), TimestampType()
RUN_STATES = {
    "ended": "it did all that it was asked to",
    "failed": "an error ended it, of the class in `error`",
}
STAGE_STATES = {
    "ended": "it wrote its slices anew",
    "unchanged": "its slices came of the same inputs, config and code: nothing was to do",
    "failed": "an error ended it, and the run with it",
}

RUNS = Table(
    room="runs",
    name="runs",
    grain="one row per run of the pipeline or of one of its jobs, written when it ends; append-only. A run that was"
    " killed has none",
    key=("run_id",),
    sliced=False,
    may_be_empty=True,
    columns=(
        Column("run_id", STRING, "date, moment and four hex digits; slices in the books name it too"),
        Column("command", STRING, "`run`, or the job"),
        Column("as_of", DateType(), "the date it sees the marketplace at"),
        Column("state", STRING, "how it ended", allowed=tuple(RUN_STATES)),
        Column("exit_code", LONG, "what its scheduler was given", minimum=0),
        Column("error", STRING, "class of the error, never its message; null: none", nullable=True),
        Column("release_id", STRING, "release that it ended with; null: none", nullable=True),
        Column("started_at", TIME, "when it began, Spark being there", "UTC"),
        Column("ended_at", TIME, "when it ended", "UTC"),
        Column("seconds", DOUBLE, "from the one to the other", "seconds", minimum=0),
        Column("config_hash", STRING, "hash of the config in force"),
        Column("code_version", STRING, "package version and hash of its sources"),
        Column("spark_version", STRING, "of the Spark that it ran on"),
        Column("spark_application", STRING, "id by which Spark's event log and its pages know it"),
        Column("spark_master", STRING, "where it ran"),
    ),
)

STAGES = Table(
    room="runs",
    name="stages",
    grain="one row per run and stage, of the run's date or of one that its training set looks back at; append-only",
    key=("run_id", "position"),
    sliced=False,
    may_be_empty=True,
    columns=(
        Column("run_id", STRING, "the run"),
        Column("position", LONG, "which stage of the run it was, from 1", minimum=1),
        Column("as_of", DateType(), "the date that it worked for"),
        Column("stage", STRING, "its name; `export` and `reports` are what a run ends with"),
        Column("state", STRING, "how it ended", allowed=tuple(STAGE_STATES)),
        Column("error", STRING, "class of the error, never its message; null: none", nullable=True),
        Column("started_at", TIME, "when it began", "UTC"),
        Column("seconds", DOUBLE, "how long it took", "seconds", minimum=0),
        Column(
            "tables", LONG, "slices that stand after it, of those that are its to write", "slices", minimum=0
        ),
        Column("rows", LONG, "their rows", "rows", minimum=0),
        Column(
            "spark_jobs", LONG, "jobs of Spark; null, as all below: Spark could not be asked", "jobs", True
        ),
        Column("spark_stages", LONG, "stages of Spark that had tasks to do", "stages", True),
        Column(
            "spark_stages_unseen",
            LONG,
            "stages that Spark had forgotten when asked, and that are in no sum: spark.ui.retainedStages",
            "stages",
            True,
        ),
        Column("tasks", LONG, "tasks that ended well", "tasks", True),
        Column("tasks_failed", LONG, "tasks that failed or were killed", "tasks", True),
        Column("executor_seconds", DOUBLE, "time in tasks, summed over cores", "seconds", True),
        Column("gc_seconds", DOUBLE, "time of it in which the JVM collected garbage", "seconds", True),
        Column("input_bytes", LONG, "read from files and caches", "bytes", True),
        Column("output_bytes", LONG, "written to files", "bytes", True),
        Column("shuffle_read_bytes", LONG, "read from shuffles, compressed", "bytes", True),
        Column("shuffle_written_bytes", LONG, "written to shuffles, compressed", "bytes", True),
        Column(
            "memory_spilled_bytes", LONG, "of what did not fit into memory, as it was there", "bytes", True
        ),
        Column("disk_spilled_bytes", LONG, "the same, as it was written to disk", "bytes", True),
        Column(
            "peak_execution_bytes",
            LONG,
            "of the largest of Spark's stages: what its tasks held at most for shuffles, sorts and joins, summed",
            "bytes",
            True,
        ),
        Column(
            "driver_peak_bytes",
            LONG,
            "most memory that the driver's two processes, JVM and Python, have held since they began; null: no Linux",
            "bytes",
            True,
        ),
    ),
)
