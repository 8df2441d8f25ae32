"""A command line of spark-submit.sh taken apart: the job, its own options, and those of spark-submit."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from marketgraph.errors import ConfigError
from marketgraph.nodes import has_image, has_workers_here
from marketgraph.spark_settings import SparkSettings, is_local_master

# Handed to spark-submit as they are.
PASSED = (
    "--driver-class-path",
    "--driver-cores",
    "--driver-library-path",
    "--exclude-packages",
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
    "--repositories",
    "--total-executor-cores",
)
# Handed on too, with something of ours beside.
_JOINED = ("--master", "--deploy-mode", "--name", "--driver-memory", "--archives", "--jars", "--py-files")
# Options under the names that --conf has for them. Of both spark-submit takes the option, and some of them are ours.
_AS_CONF = {
    "spark.master": "--master",
    "spark.app.name": "--name",
    "spark.driver.memory": "--driver-memory",
    "spark.archives": "--archives",
    "spark.jars": "--jars",
    "spark.submit.pyFiles": "--py-files",
    "spark.submit.deployMode": "--deploy-mode",
}


@dataclass(frozen=True)
class Submission:
    """A command line taken apart. config: the file that the job is told, None without one. locations: that it names."""

    job: Path
    settings: SparkSettings
    spark: argparse.Namespace
    job_arguments: tuple[str, ...]
    config: Path | None = None
    locations: tuple[str, ...] = ()
    dry_run: bool = field(default=False)

    @property
    def master(self) -> str:
        return str(self.spark.master or self.settings.master)

    @property
    def deploy_mode(self) -> str:
        """Always told to spark-submit: what goes along is chosen by it, and a cluster's own defaults may differ."""
        return self.spark.deploy_mode or "client"

    @property
    def extra(self) -> dict[str, str]:
        """The config's other settings of Spark, but for those that are options here."""
        return {key: value for key, value in self.settings.extra.items() if key not in _AS_CONF}

    @property
    def runs_here(self) -> bool:
        """Whether the driver's process is on this machine, so that it reads this machine's files."""
        return is_local_master(self.master) or self.deploy_mode == "client"

    @property
    def workers_here(self) -> bool:
        """Whether Python's workers are on this machine too, in processes that this command begins."""
        return has_workers_here(self.master)

    @property
    def in_image(self) -> bool:
        """Whether the nodes are containers, whose image has what jobs need."""
        return has_image(self.master)


def read_command(words: Sequence[str], *, jobs: Path) -> Submission:
    """Take a command line apart. Raises ConfigError for an unknown job or a config that can't be used."""
    before, after = _split(list(words))
    spark, own = _spark_parser().parse_known_args(before)
    if not own or own[0].startswith("-"):
        raise ConfigError(
            "no job is named", fix=f"./spark-submit.sh JOB …, one of: {', '.join(known_jobs(jobs))}"
        )
    job = _job_file(own[0], jobs)
    job_arguments = tuple(_parted([*own[1:], *after]))
    config, settings, locations = _settings(job_arguments)
    _take_options(spark, settings.extra)
    told = Submission(job, settings, spark, job_arguments, config, locations, dry_run=bool(spark.dry_run))
    _refuse_impossible(told)
    return told


def known_jobs(jobs: Path) -> list[str]:
    """The names of the mains in `jobs`."""
    return sorted(path.stem for path in jobs.glob("[!_]*.py"))


def _refuse_impossible(told: Submission) -> None:
    """Raises ConfigError for what Spark would refuse later, with less to go by."""
    if told.master.startswith("spark://") and not told.runs_here:
        raise ConfigError(
            f"--deploy-mode cluster: {told.master} is a standalone cluster, which takes no Python driver",
            fix="leave --deploy-mode out: the driver then runs here",
        )
    image = "spark.kubernetes.container.image"
    named = [text.partition("=")[0] for text in told.spark.conf]
    if told.in_image and image not in {*named, *told.settings.extra}:
        raise ConfigError(
            f"{told.master}: no image is named",
            fix=f"build one from the Dockerfile, and name it by --conf {image}=NAME or in spark.extra",
        )


def _job_file(named: str, jobs: Path) -> Path:
    """The job's file, from its name or from that file as spark-submit would be told it."""
    name = Path(named).stem if Path(named).resolve().parent == jobs.resolve() else named
    if name not in known_jobs(jobs):
        raise ConfigError(f"there is no job {named}", fix=f"name one of: {', '.join(known_jobs(jobs))}")
    return jobs / f"{name}.py"


def _take_options(spark: argparse.Namespace, extra: Mapping[str, str]) -> None:
    """Options that were given by --conf, of several the last, or by the config, as options; an option stands above."""
    told, others = {key: value for key, value in extra.items() if key in _AS_CONF}, []
    for text in spark.conf:
        key, separator, value = text.partition("=")
        if key in _AS_CONF and separator:
            told[key] = value
        else:
            others.append(text)
    for key, value in told.items():
        name = _AS_CONF[key][2:].replace("-", "_")
        if getattr(spark, name) is None:
            setattr(spark, name, value)
    spark.conf = others


def _parted(words: Sequence[str]) -> list[str]:
    """`--config=FILE` as two words, so that each option is found in one form."""
    parted: list[str] = []
    for word in words:
        option, separator, value = word.partition("=")
        parted += [option, value] if separator and option.startswith("--") else [word]
    return parted


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in words:
        return words, []
    at = words.index("--")
    return words[:at], words[at + 1 :]


def _spark_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False, usage=argparse.SUPPRESS)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("--conf", action="append", default=[])
    for option in (*_JOINED, *PASSED):
        parser.add_argument(option)
    return parser


def _settings(job_arguments: Sequence[str]) -> tuple[Path | None, SparkSettings, tuple[str, ...]]:
    """The job's config, its Spark part and its locations, for what has to be known before the JVM starts."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False, usage=argparse.SUPPRESS)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    told, _ = parser.parse_known_args(list(job_arguments))
    if told.config is None:
        return None, SparkSettings(), ()
    from marketgraph.config_file import (
        load_config,
    )  # here: `--help` and a wrong name of a job need none of it

    config = load_config(told.config, overrides=tuple(told.overrides))
    return told.config, config.spark, config.locations
