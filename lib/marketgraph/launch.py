"""What spark-submit.sh runs: one job of jobs/ through Spark's own spark-submit, on any master.

    ./spark-submit.sh JOB [options of spark-submit] [options of the job] [-- more options of the job]

The job's own options (--config, --as-of, --source, --data, --set) may stand on either side of the `--`.
The job may come after the options of spark-submit, and as a file, so that a command line written for
spark-submit (Airflow's operator writes one) does here as well.

--dry-run prints the command and runs nothing. What goes along to a cluster is in it: the package as a zip,
the jars of conf/jars.lock, this environment's packages as an archive, and, where the driver runs elsewhere,
the config with its files.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pyspark

from marketgraph.archive import package_zip
from marketgraph.cache import cache_dir, checkout
from marketgraph.driver_elsewhere import for_driver
from marketgraph.errors import ConfigError, MarketgraphError
from marketgraph.jars import jar_paths
from marketgraph.java import find_java
from marketgraph.nodes import joined, python_of_nodes, sends_packages
from marketgraph.object_stores import jar_parts
from marketgraph.packed_environment import FOLDER, pack_environment, packed_path
from marketgraph.session import EXECUTOR_JAVA_OPTIONS, driver_java_options, local_environment
from marketgraph.spark_settings import is_local_master
from marketgraph.submission import PASSED, Submission, known_jobs, read_command

_CACHE = "the zip of the code goes to the cache: name a folder that you may write to by MARKETGRAPH_CACHE"


def spark_command(submission: Submission) -> list[str]:
    """The spark-submit command. Zips what goes along, so it needs a cache that can be written.

    Raises ConfigError where the driver runs elsewhere and the config names what is only here.
    """
    told = submission.spark
    command = [str(spark_home(submission.master) / "bin" / "spark-submit"), "--master", submission.master]
    command += ["--deploy-mode", submission.deploy_mode]
    command += ["--name", told.name or f"marketgraph {submission.job.stem}"]
    command += ["--driver-memory", told.driver_memory or submission.settings.driver_memory]
    package = None if _all_in_image(submission) else str(package_zip())
    command += _joined("--py-files", [package, told.py_files])
    command += _joined("--jars", [*_jars(submission), told.jars])
    archives, job, arguments = for_driver(submission)
    command += _joined("--archives", [*_environment(submission), *archives, told.archives])
    for option in PASSED:
        value = getattr(told, option[2:].replace("-", "_"))
        command += [option, value] if value else []
    for key, value in _conf(submission).items():
        command += ["--conf", f"{key}={value}"]
    return [*command, job, *arguments]


def environment(submission: Submission) -> dict[str, str]:
    """The variables to set for spark-submit, over those of this process."""
    variables = {"JAVA_HOME": str(find_java().home), "MARKETGRAPH_CACHE": str(cache_dir())}
    if is_local_master(submission.master):
        return variables | local_environment()
    if submission.workers_here:
        variables["PYSPARK_PYTHON"] = sys.executable
    if submission.runs_here:
        variables["PYSPARK_DRIVER_PYTHON"] = sys.executable
    return variables


def spark_home(master: str) -> Path:
    """The installed pyspark for a local master; on a cluster that cluster's SPARK_HOME, if set.

    Raises ConfigError where that is no Spark.
    """
    named = os.environ.get("SPARK_HOME")
    here = Path(pyspark.__file__).parent
    home = here if is_local_master(master) or not named else Path(named)
    if not (home / "bin" / "spark-submit").is_file():
        raise ConfigError(
            f"SPARK_HOME {home}: there is no bin/spark-submit",
            fix="name a Spark, or unset it: ours is taken then",
        )
    return home


def _joined(option: str, parts: Sequence[str | None]) -> list[str]:
    told = joined(*parts)
    return [option, told] if told else []


def _all_in_image(submission: Submission) -> bool:
    return submission.in_image and not submission.runs_here


def _jars(submission: Submission) -> list[str]:
    bundled = submission.settings.jars == "bundled" and not _all_in_image(submission)
    parts = jar_parts((*submission.locations, *submission.job_arguments))
    return [str(path) for path in jar_paths(parts)] if bundled else []


def _environment(submission: Submission) -> list[str]:
    if not sends_packages(submission.settings, submission.master, submission.spark.archives):
        return []
    place = packed_path() if submission.dry_run else pack_environment()
    return [f"{place}#{FOLDER}"]


def _conf(submission: Submission) -> dict[str, str]:
    """All --conf: the config's, then the command line's; JVM options of ours come before those of a user."""
    options = {
        "spark.driver.extraJavaOptions": driver_java_options(submission.master)
        if submission.runs_here
        else EXECUTOR_JAVA_OPTIONS,
        "spark.executor.extraJavaOptions": EXECUTOR_JAVA_OPTIONS,
    }
    given = submission.extra | dict(_pair(text) for text in submission.spark.conf)
    with_ours = {key: f"{value} {given[key]}" if key in given else value for key, value in options.items()}
    return _python(submission) | given | with_ours


def _python(submission: Submission) -> dict[str, str]:
    """Which interpreter the nodes take: that of the environment beside them, or the image's.

    An image names its own to a driver in it, and that driver to the executors; one that runs here has another.
    """
    nodes = python_of_nodes(submission.settings, submission.master)
    if nodes is None or submission.workers_here or _all_in_image(submission):
        return {}
    driver = sys.executable if submission.runs_here else nodes
    return {"spark.pyspark.python": nodes, "spark.pyspark.driver.python": driver}


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
    except OSError as error:
        sys.stderr.write(f"error: {_of_file(error)}\n")
        return ConfigError.exit_code
    if not submission.dry_run:
        os.execve(command[0], command, os.environ | variables)  # noqa: S606 - a list of words  # nosec B606
    told = [f"{key}={shlex.quote(value)}" for key, value in variables.items()]
    sys.stdout.write(" ".join([*told, shlex.join(command)]) + "\n")
    return 0


def _of_file(error: OSError) -> str:
    """What the system has said of a file that goes along, and what to do."""
    if error.filename is None:
        return f"{error.strerror}\n  what to do: {_CACHE}"
    in_cache = Path(str(error.filename)).is_relative_to(cache_dir())
    fix = _CACHE if in_cache else "it goes along to the cluster: let it be there, and be readable"
    return f"{error.filename}: {error.strerror}\n  what to do: {fix}"


def _jobs_folder() -> Path:
    return (checkout() or Path.cwd()) / "jobs"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
