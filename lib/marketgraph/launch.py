"""What spark-submit.sh runs: one job of jobs/ through Spark's own spark-submit, on any master.

    ./spark-submit.sh JOB [options of spark-submit] [options of the job] [-- more options of the job]

The job's own options (--config, --as-of, --source, --data, --set) may stand on either side of the `--`.
The job may come after the options of spark-submit, and as a file, so that a command line written for
spark-submit (Airflow's operator writes one) does here as well.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyspark

from marketgraph.archive import package_zip
from marketgraph.cache import cache_dir, checkout
from marketgraph.errors import ConfigError, MarketgraphError
from marketgraph.jars import jar_paths
from marketgraph.java import find_java
from marketgraph.session import EXECUTOR_JAVA_OPTIONS, driver_java_options, local_environment
from marketgraph.spark_settings import SparkSettings, is_local_master

# Handed to spark-submit as they are.
_PASSED = (
    "--archives",
    "--deploy-mode",
    "--driver-cores",
    "--executor-cores",
    "--executor-memory",
    "--files",
    "--keytab",
    "--num-executors",
    "--packages",
    "--principal",
    "--properties-file",
    "--proxy-user",
    "--queue",
    "--total-executor-cores",
)


@dataclass(frozen=True)
class Submission:
    """A command line taken apart."""

    job: Path
    settings: SparkSettings
    spark: argparse.Namespace
    job_arguments: tuple[str, ...]
    dry_run: bool = field(default=False)

    @property
    def master(self) -> str:
        return str(self.spark.master or self.settings.master)

    @property
    def runs_here(self) -> bool:
        """Whether the driver's process is on this machine, so that it reads this machine's files."""
        return is_local_master(self.master) or (self.spark.deploy_mode or "client") == "client"


def read_command(words: Sequence[str], *, jobs: Path) -> Submission:
    """Take a command line apart. Raises ConfigError for an unknown job or a config that can't be used."""
    before, after = _split(list(words))
    spark, own = _spark_parser().parse_known_args(before)
    if not own or own[0].startswith("-"):
        raise ConfigError(
            "no job is named", fix=f"./spark-submit.sh JOB …, one of: {', '.join(known_jobs(jobs))}"
        )
    job = _job_file(own[0], jobs)
    job_arguments = (*own[1:], *after)
    return Submission(job, _settings(job_arguments), spark, job_arguments, dry_run=bool(spark.dry_run))


def known_jobs(jobs: Path) -> list[str]:
    """The names of the mains in `jobs`."""
    return sorted(path.stem for path in jobs.glob("[!_]*.py"))


def spark_command(submission: Submission) -> list[str]:
    """The spark-submit command. Zips this package for it, so it needs a cache that can be written."""
    told = submission.spark
    command = [str(spark_home(submission.master) / "bin" / "spark-submit"), "--master", submission.master]
    command += ["--name", told.name or f"marketgraph {submission.job.stem}"]
    command += ["--driver-memory", told.driver_memory or submission.settings.driver_memory]
    command += ["--py-files", ",".join(filter(None, [str(package_zip()), told.py_files]))]
    jars = [str(path) for path in jar_paths()] if submission.settings.jars == "bundled" else []
    if jars or told.jars:
        command += ["--jars", ",".join(filter(None, [*jars, told.jars]))]
    for option in _PASSED:
        value = getattr(told, option[2:].replace("-", "_"))
        command += [option, value] if value else []
    for key, value in _conf(submission).items():
        command += ["--conf", f"{key}={value}"]
    return [*command, str(submission.job), *submission.job_arguments]


def environment(submission: Submission) -> dict[str, str]:
    """The variables to set for spark-submit, over those of this process."""
    variables = {"JAVA_HOME": str(find_java().home), "MARKETGRAPH_CACHE": str(cache_dir())}
    if is_local_master(submission.master):
        return variables | local_environment()
    if submission.runs_here:
        variables["PYSPARK_DRIVER_PYTHON"] = sys.executable
    return variables


def spark_home(master: str) -> Path:
    """The installed pyspark for a local master; on a cluster that cluster's SPARK_HOME, if set."""
    named = os.environ.get("SPARK_HOME")
    here = Path(pyspark.__file__).parent
    return here if is_local_master(master) or not named else Path(named)


def _job_file(named: str, jobs: Path) -> Path:
    """The job's file, from its name or from that file as spark-submit would be told it."""
    name = Path(named).stem if Path(named).resolve().parent == jobs.resolve() else named
    if name not in known_jobs(jobs):
        raise ConfigError(f"there is no job {named}", fix=f"name one of: {', '.join(known_jobs(jobs))}")
    return jobs / f"{name}.py"


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _spark_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False, usage=argparse.SUPPRESS)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--conf", action="append", default=[])
    for option in ("--master", "--name", "--driver-memory", "--jars", "--py-files", *_PASSED):
        parser.add_argument(option)
    return parser


def _settings(job_arguments: Sequence[str]) -> SparkSettings:
    """The Spark part of the config that the job is told, for what has to be known before the JVM starts."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False, usage=argparse.SUPPRESS)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    told, _ = parser.parse_known_args(list(job_arguments))
    if told.config is None:
        return SparkSettings()
    from marketgraph.config_file import (
        load_config,
    )  # here: `--help` and a wrong name of a job need none of it

    return load_config(told.config, overrides=tuple(told.overrides)).spark


def _conf(submission: Submission) -> dict[str, str]:
    """All --conf: the config's, then the command line's; JVM options of ours come before those of a user."""
    ours = {
        "spark.driver.extraJavaOptions": driver_java_options(submission.master)
        if submission.runs_here
        else EXECUTOR_JAVA_OPTIONS,
        "spark.executor.extraJavaOptions": EXECUTOR_JAVA_OPTIONS,
    }
    given = submission.settings.extra | dict(_pair(text) for text in submission.spark.conf)
    return given | {key: f"{value} {given[key]}" if key in given else value for key, value in ours.items()}


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise ConfigError(
            f"--conf {text}: not of the form key=value", fix="for example --conf spark.ui.enabled=true"
        )
    return key, value


def main(words: Sequence[str]) -> int:
    """Become spark-submit; returns an exit code only after --dry-run, --help or an error."""
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(f"{__doc__}\nJobs: {', '.join(known_jobs(_jobs_folder()))}\n")
        return 0 if words else 2
    try:
        submission = read_command(words, jobs=_jobs_folder())
        command, variables = spark_command(submission), environment(submission)
    except MarketgraphError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    if not submission.dry_run:
        os.execve(command[0], command, os.environ | variables)  # noqa: S606 - a list of words  # nosec B606
    told = [f"{key}={shlex.quote(value)}" for key, value in variables.items()]
    sys.stdout.write(" ".join([*told, shlex.join(command)]) + "\n")
    return 0


def _jobs_folder() -> Path:
    return (checkout() or Path.cwd()) / "jobs"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
