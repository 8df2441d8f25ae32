"""The marketgraph pipeline as an Airflow DAG: one spark-submit per job, one run per day.

Copy or link this file into the DAGs folder; it is one file so that one link will do. It imports Airflow and nothing
else, so Airflow's own environment needs neither marketgraph nor pyspark; the jobs go through the spark-submit.sh of
the checkout that `MARKETGRAPH_HOME` names. docs/airflow.md has every variable and how to try it on a laptop.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG, Asset, CronDataIntervalTimetable, Param, RetryDecision, RetryPolicy, chain
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

# The date whose eve is the last day seen. A scheduled run has the interval [d, d + 1 day) and works as of
# d + 1; a run without an interval (triggered by hand with no date, or by an asset) works as of the day it was
# due, which a retry does not change; a person may name another date.
AS_OF = "{{ params.as_of or ((dag_run.data_interval_end or dag_run.run_after) | ds) }}"

# In their order, each with what the UI says of it.
JOBS = {
    "make_marketplace": "Makes a synthetic marketplace's raw tables (`MARKETGRAPH_SYNTHETIC` is true).",
    "conform_sources": "Raw tables to canonical ones; identifiers are hashed, bad rows quarantined.",
    "build_entities": "One row per merchant, product, creator, content, buyer; ids never change.",
    "build_edges": "The relations between them, typed, weighted and dated, under the hub policy.",
    "find_communities": "A community label per vertex, and how the labels were found.",
    "name_communities": "Ids of communities that stay from day to day, and what became of those of the day before.",
    "profile_communities": "One row per community: who, held together by what, shared identifiers, money.",
    "build_features": "Features as of the date: trailing windows, graph measures.",
    "build_risk": "Risk spread from known violations: scores of vertices and communities.",
    "find_motifs": "Small patterns of edges by name, such as self-dealing: counts and instances.",
    "collect_evidence": "Why the top of each ranking stands there: edges, identifiers, paths, reasons.",
    "build_sequences": "The last acts of each entity, and of each live session, in stable ids.",
    "build_training": "Examples as of earlier dates, which it builds when they are not there, with labels of since.",
    "check_quality": "The gate. Exit code 3 says a table broke its contract: nothing is published.",
    "publish_release": "Pins the versions of all tables under one release id, once the gate is passed.",
    "write_exports": "The release as files for trainers, in the formats of the config's `exports`.",
    "write_report": "The release as pages for people, in `reports/` of the warehouse.",
}

# Every table that a release can pin, by room, in the order of the data dictionary; a test holds it equal to the
# catalogue. Those that a config leaves out (training sets, sources.rehashed) get no event: publish_release says so.
TABLES = {
    "sources": "merchants products creators contents content_products buyers orders order_items reviews payments "
    "identifiers events violations rehashed",
    "entities": "vertex_ids merchants products creators contents buyers",
    "edges": "sells hosts features bought_product bought_merchant reviewed_product reviewed_merchant viewed_product "
    "viewed_merchant returned_product returned_merchant shares_device shares_payment shares_phone shares_address "
    "shares_ip shares_bank bought_together same_buyers features_same_merchants reviewed_together bursts "
    "look_alike_titles look_alike_images look_alike_measures group_sizes suppressed",
    "communities": "labels components iterations partition community_ids members lineage churn profiles",
    "risk": "scores communities calibration",
    "motifs": "instances counts",
    "evidence": "subjects edges identifiers paths reasons",
    "sequences": "vocabulary events sessions",
    "features": "merchants products creators contents buyers",
    "training": "merchants products creators contents buyers leakage",
    "quality": "quarantine checks profiles edge_recovery ring_ranking",
}
# What downstream DAGs are scheduled on: the release as a whole, or single tables. A scheme that begins with x- has no
# meaning of its own to Airflow, and no address stands in it: where the warehouse is stays in the config.
RELEASE = Asset("x-marketgraph://release")
PUBLISHED = {
    f"{room}.{name}": Asset(f"x-marketgraph://{room}/{name}")
    for room, names in TABLES.items()
    for name in names.split()
}

DAG_DOC = """
Governance graph of the marketplace, built day by day.

Each task is one `spark-submit`. It writes one slice (this date's) of its tables and a rerun of the same
inputs changes nothing, so clearing a task, retrying it or backfilling a day is always safe. A job exits with
0 done, 2 bad config, 3 quality gate, 4 missing or broken input. 2 and 3 are not retried: the same inputs
would give the same answer. `publish_release` has an asset for the release and one for each table that it pins.
"""


# Not a dataclass: Airflow loads this file for `log_late` without a place in sys.modules, which dataclasses look into.
class Deployment(NamedTuple):
    """Where the checkout is and how its jobs are submitted, as the environment of Airflow says.

    What is None is left to the launcher, spark-submit.sh: it adds the jars of conf/jars.lock, the zipped
    package, the Java and the driver's memory. A plain spark-submit in its place has to be told them.
    """

    home: Path
    config: str
    inputs: tuple[str, ...]
    synthetic: bool
    spark_submit: str
    jars: str | None
    py_files: str | None
    driver_memory: str | None
    python: str | None
    retries: int
    timeout_hours: float
    schedule: str
    pool: str
    deadline_minutes: float
    deadline_callback: str | None
    deadline_kwargs: dict[str, Any]

    @classmethod
    def from_environment(cls) -> Deployment:
        """Every variable has a default, which suits a checkout on this machine after `make setup`."""
        home = Path(os.environ.get("MARKETGRAPH_HOME") or Path(__file__).resolve().parents[2])
        inputs = (*_option("--source", "SOURCE"), *_option("--data", "DATA"))
        return cls(
            home=home,
            config=_setting("CONFIG", f"{home}/conf/local.yml"),
            inputs=inputs,
            # Who names data has data: then the jobs make nothing up, whatever the config says.
            synthetic=not inputs and _setting("SYNTHETIC", "false").lower() in ("1", "true", "yes"),
            spark_submit=_setting("SPARK_SUBMIT", f"{home}/spark-submit.sh"),
            jars=_setting("JARS") or None,
            py_files=_setting("PY_FILES") or None,
            driver_memory=_setting("DRIVER_MEMORY") or None,
            python=_setting("PYTHON") or None,
            retries=_read("RETRIES", "2", int, "a whole number"),
            timeout_hours=_read("TIMEOUT_HOURS", "6", float, "a number of hours"),
            schedule=_setting("SCHEDULE", "0 0 * * *"),
            pool=_setting("POOL", "default_pool"),
            deadline_minutes=_read("DEADLINE_MINUTES", "0", float, "a number of minutes"),
            deadline_callback=_setting("DEADLINE_CALLBACK") or None,
            deadline_kwargs=_read("DEADLINE_KWARGS", "{}", json.loads, "JSON"),
        )

    def submit(self, job: str) -> Any:
        """The task that runs one job; to be called inside a DAG."""
        publishes = job == "publish_release"
        return (PublishRelease if publishes else SparkSubmitOperator)(
            task_id=job,
            outlets=[RELEASE, *PUBLISHED.values()] if publishes else [],
            doc_md=JOBS[job],
            application=f"{self.home}/jobs/{job}.py",
            application_args=["--config", self.config, "--as-of", AS_OF, *self.inputs],
            name=f"marketgraph {job} {AS_OF}",
            spark_binary=self.spark_submit,
            jars=self.jars,
            py_files=self.py_files,
            driver_memory=self.driver_memory,
            env_vars={"PYSPARK_PYTHON": self.python} if self.python else None,
        )

    def deadline(self) -> Any:
        """What is told of a run that is not done in time; None where no time is set.

        Counted from when the run was queued, which for a scheduled one is the end of its interval: counted from
        the interval itself, every day of a backfill would be late from the start.
        """
        if not self.deadline_minutes:
            return None
        return DeadlineAlert(
            name="the release is late",
            reference=DeadlineReference.DAGRUN_QUEUED_AT,
            interval=timedelta(minutes=self.deadline_minutes),
            callback=SyncCallback(self.deadline_callback or log_late, kwargs=self.deadline_kwargs),
        )


class PublishRelease(SparkSubmitOperator):  # type: ignore[misc]  # airflow is not in mypy's environment
    """Submits publish_release; the events of its assets carry the release's id and date, and the table's rows.

    The job says in a file what it has published. Where the driver runs on another machine (cluster mode) no such file
    comes back: then every asset has an event, with the date alone.
    """

    def execute(self, context: Any) -> None:
        """Nothing is an event unless the job ended well: Airflow drops the outlets of a task that failed."""
        as_of = self.application_args[self.application_args.index("--as-of") + 1]
        with TemporaryDirectory(prefix="marketgraph-") as folder:
            file = Path(folder) / "release.json"
            self.application_args = [*self.application_args, "--release-file", str(file)]
            super().execute(context)
            told = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        release = {"as_of": as_of, **({"release": told["release"]} if told else {})}
        tables = told.get("tables", {}).items()
        rows = {PUBLISHED[name]: {"rows": rows} for name, rows in tables if name in PUBLISHED}
        self.outlets = [RELEASE, *(rows if told else PUBLISHED.values())]
        for asset in self.outlets:
            context["outlet_events"][asset].extra = release | rows.get(asset, {})
        self.log.info("published: %s", release)


def log_late(context: dict[str, Any]) -> None:
    """What is done about a late run when no callback is named: an error in the log of the callback."""
    run = context["dag_run"]
    told = "marketgraph: run %s, queued at %s, was not done within MARKETGRAPH_DEADLINE_MINUTES"
    logging.getLogger(__name__).error(told, run["dag_run_id"], run["queued_at"])


ANSWERS = {"2": "bad config (exit code 2)", "3": "quality gate or contract (exit code 3)"}


class StopOnAnswer(RetryPolicy):  # type: ignore[misc]  # airflow is not in mypy's environment
    """No retry when a job said that config or data must be mended first (exit codes 2 and 3).

    A cluster-mode driver's exit code does not reach spark-submit; such a failure is retried like any other.
    """

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> Any:  # noqa: ARG002
        """Fail at once on an answer, else leave it to the task's `retries`."""
        code = re.search(r"Error code is: (\d+)", str(exception))
        reason = ANSWERS.get(code.group(1)) if code else None
        return RetryDecision.fail(f"not retried: {reason}") if reason else RetryDecision.default()


def _setting(name: str, default: str = "") -> str:
    return os.environ.get(f"MARKETGRAPH_{name}") or default


def _read(name: str, default: str, reader: Callable[[str], Any], what: str) -> Any:
    """A setting that is no text. Airflow shows the error as the DAG's import error."""
    told = _setting(name, default)
    try:
        return reader(told)
    except ValueError as error:
        raise ValueError(f"MARKETGRAPH_{name}: not {what} (given: {told})") from error


def _option(flag: str, name: str) -> tuple[str, ...]:
    value = _setting(name)
    return (flag, value) if value else ()


def marketgraph_dag(deployment: Deployment) -> Any:
    """The DAG: the jobs in their order, one day at a time."""
    with DAG(
        dag_id="marketgraph",
        doc_md=DAG_DOC,
        tags=["marketgraph", "spark", "delta"],
        # A plain "@daily" has no interval in Airflow 3: its start and end are one moment.
        schedule=CronDataIntervalTimetable(deployment.schedule, timezone="UTC"),
        # How far a backfill may reach. History does not run by itself: catchup is off.
        start_date=datetime(2010, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        # Days write to one warehouse and share one append-only id map. A backfill has a limit of its own.
        max_active_runs=1,
        deadline=deployment.deadline(),
        params={
            "as_of": Param(
                None,
                type=["null", "string"],
                format="date",
                title="As of",
                description="Work as of this date (YYYY-MM-DD) and not of the interval's end.",
            )
        },
        default_args={
            "conn_id": "spark_default",
            "pool": deployment.pool,
            "retries": deployment.retries,
            "retry_delay": timedelta(minutes=5),
            "retry_policy": StopOnAnswer(),
            "execution_timeout": timedelta(hours=deployment.timeout_hours),
            # A driver that outlives its worker may meet its own retry: one of the two writes is a no-op.
            "durable": False,
        },
    ) as dag:
        jobs = [job for job in JOBS if job != "make_marketplace" or deployment.synthetic]
        chain(*(deployment.submit(job) for job in jobs))
    return dag


dag = marketgraph_dag(Deployment.from_environment())
