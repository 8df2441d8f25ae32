"""A process of its own with S3 jars: stages of the small pipeline on s3a://, and what is told where S3 says no.

    python -m tests.object_stores.on_s3 ADDRESS DENYING_ADDRESS KEY_FILE OUT.json [whole]

The `spark` of the other tests has no jars for S3, and a JVM takes them only as it starts.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from rich.console import Console

from marketgraph import hadoop_files, one_writer
from marketgraph.cli import exit_with
from marketgraph.errors import StoreError
from marketgraph.jobs import command_session
from marketgraph.pipeline import STAGES, Order, open_context, run_stages
from marketgraph.releases.load import load_release
from marketgraph.releases_job import show_releases
from marketgraph.reporter import Reporter
from marketgraph.stages import entities
from marketgraph.stages.stage import Stage
from tests.object_stores.contents import SOME, of_release, of_stages
from tests.published import DATES, NO_SETS, ROOT, SIZE

BUCKET = "s3a://market"
WAREHOUSE = f"{BUCKET}/warehouse"
KEYLESS = "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"  # of a session, and none was begun


def overrides(address: str, denying: str, key_file: str) -> tuple[str, ...]:
    """The config of tests.published, with sources and warehouse in a bucket of the server at `address`."""
    s3 = {
        "spark.sql.adaptive.enabled": "false",
        "spark.hadoop.fs.s3a.endpoint": address,
        "spark.hadoop.fs.s3a.bucket.denied.endpoint": denying,
        "spark.hadoop.fs.s3a.bucket.keyless.aws.credentials.provider": KEYLESS,
        "spark.hadoop.fs.s3a.path.style.access": "true",
    }
    places = (f"store.root={WAREHOUSE}", f"sources.data={WAREHOUSE}/raw", f"identifiers.key_file={key_file}")
    return (*SIZE, NO_SETS, *places, f"spark.extra={json.dumps(s3)}")


def stages_of(whole: bool) -> Sequence[Stage]:
    """All, or those up to the entities: they read files of the bucket and write a fourth of the tables."""
    return STAGES if whole else STAGES[: STAGES.index(entities.STAGE) + 1]


def main(address: str, denying: str, key_file: str, out: str, *whole: str) -> None:
    """Write to `out` what was found, as JSON. The warehouse has a release already, unless the whole pipeline runs."""
    stages = stages_of(bool(whole))
    told = overrides(address, denying, key_file)
    config, as_of = Order(ROOT / "conf" / "local.yml", DATES[0], None, None, told).read()
    with command_session(config, app_name="a warehouse on S3", writes=True) as spark:
        reporter = Reporter(Console(quiet=True))
        runs = []
        for _ in range(2):  # a context knows of the books what stood when it was opened
            context = open_context(spark, config, as_of, reporter)
            runs.append(run_stages(stages, context, reporter))
        release = load_release(spark, str(as_of), root=WAREHOUSE)
        found: dict[str, Any] = {
            "built": [[stage.name for stage in run if not stage.unchanged] for run in runs],
            "written": of_stages(context, stages),
            "release": of_release(release, list(release.pins) if whole else SOME),
            "second_writer": second_writer(spark),
            "left_flag": left_flag(spark),
            "top": sorted(hadoop_files.names_in(spark, BUCKET)),
            "missing": refusal(told, "s3a://not-there/w"),
            "denied": refusal(told, "s3a://denied/w"),
            "keyless": refusal(told, "s3a://keyless/w"),
        }
    Path(out).write_text(json.dumps(found), encoding="utf-8")


def second_writer(spark: SparkSession) -> str:
    """What another driver is told while this one writes."""
    one_writer.RENEWED_S, one_writer._LOOKED_S = 0.5, 1.0
    with one_writer.one_writer(spark, f"{BUCKET}/other"):
        try:
            with one_writer.one_writer(spark, f"{BUCKET}/other"):
                return "it may write"
        except StoreError as error:
            return str(error)


def left_flag(spark: SparkSession) -> bool:
    """Whether the flag of a driver that was killed is gone once another one has begun and ended."""
    one_writer.DEAD_S = 3.0
    left = one_writer.Flag(spark, f"{BUCKET}/other")
    left.put()
    with one_writer.one_writer(spark, f"{BUCKET}/other"):
        return left.name not in left.others()


def refusal(told: tuple[str, ...], root: str) -> list[Any]:
    """Exit code and message of a command whose warehouse is `root`."""
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            exit_with(lambda: show_releases(ROOT / "conf" / "local.yml", (*told, f"store.root={root}")))
    except SystemExit as ended:
        return [ended.code, said.getvalue()]


if __name__ == "__main__":
    main(*sys.argv[1:])
