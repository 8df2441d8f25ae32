"""spark-submit.sh: the command that it makes, and what comes back from a job."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from marketgraph import __file__ as package_file
from marketgraph.errors import ConfigError
from marketgraph.launch import environment, main, read_command, spark_command, spark_home

ROOT = Path(__file__).resolve().parents[1]

# Starts a session as every job does, and writes down what it finds.
PROBE = """
import json, sys
from pathlib import Path
import marketgraph
from marketgraph.session import build_session
from marketgraph.spark_settings import SparkSettings

settings = SparkSettings(master="local[7]", driver_memory="777m", shuffle_partitions=7)
spark = build_session(settings, app_name="probe")
frame = spark.range(6).selectExpr("id", "id % 2 as half")
frame.write.format("delta").save(sys.argv[1] + "/table")
found = {key: spark.conf.get(key) for key in sys.argv[3].split(",")}
found["rows"] = spark.read.format("delta").load(sys.argv[1] + "/table").count()
found["driver"] = marketgraph.__file__
one = spark.sparkContext.parallelize([0], 1)
found["worker"] = one.map(lambda _: __import__("marketgraph").__file__).first()
Path(sys.argv[1], "found.json").write_text(json.dumps(found))
spark.stop()
sys.exit(int(sys.argv[2]))
"""


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    """A folder of jobs: one that ends with the exit code that it is told, and the probe."""
    folder = tmp_path / "jobs"
    folder.mkdir()
    (folder / "end_with.py").write_text("import sys\nsys.exit(int(sys.argv[1]))\n")
    (folder / "probe.py").write_text(PROBE)
    (folder / "_shared.py").write_text("")
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The local config with a Spark part of its own."""
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    path = tmp_path / "conf" / "local.yml"
    path.write_text(path.read_text().replace("driver_memory: 4g", "driver_memory: 3g"))
    return path


def _command(words: str, jobs: Path) -> list[str]:
    return spark_command(read_command(words.split(), jobs=jobs))


def _run(words: str, jobs: Path, **options: object) -> subprocess.CompletedProcess[str]:
    submission = read_command(words.split(), jobs=jobs)
    variables = os.environ | environment(submission)
    return subprocess.run(
        spark_command(submission), env=variables, capture_output=True, text=True, check=False, **options
    )


def _value(command: list[str], option: str) -> str:
    return command[command.index(option) + 1]


def test_a_job_runs_here_unless_it_is_told_a_master(jobs: Path) -> None:
    command = _command("probe", jobs)
    assert Path(command[0]).is_file()
    assert _value(command, "--master") == "local[*]"
    assert _value(command, "--driver-memory") == "4g"
    assert command[-1] == str(jobs / "probe.py")
    assert _value(_command("probe --master spark://here:7077", jobs), "--master") == "spark://here:7077"


def test_options_of_spark_and_of_the_job_may_be_mixed(jobs: Path) -> None:
    words = "probe --as-of 2024-01-01 --num-executors 3 --set a.b=1 --conf spark.x=y -- --data d --master m"
    command = _command(words, jobs)
    assert command[command.index(str(jobs / "probe.py")) + 1 :] == [
        *("--as-of", "2024-01-01", "--set", "a.b=1", "--data", "d", "--master", "m")
    ]
    assert _value(command, "--num-executors") == "3"
    assert "spark.x=y" in command


def test_the_config_sizes_the_driver_and_the_command_line_wins(jobs: Path, config: Path) -> None:
    told = f"probe --config {config}"
    assert _value(_command(told, jobs), "--driver-memory") == "3g"
    assert _value(_command(f"{told} --set spark.driver_memory=2g", jobs), "--driver-memory") == "2g"
    assert _value(_command(f"{told} --driver-memory 1g", jobs), "--driver-memory") == "1g"
    assert _value(_command(f"{told} --set spark.master=yarn", jobs), "--master") == "yarn"


def test_a_cluster_with_jars_of_its_own_gets_none(jobs: Path, config: Path) -> None:
    assert "delta-storage" in _value(_command(f"probe --config {config}", jobs), "--jars")
    assert "--jars" not in _command(f"probe --config {config} --set spark.jars=provided", jobs)


def test_java_options_of_a_user_come_after_ours(jobs: Path) -> None:
    command = _command("probe --conf spark.driver.extraJavaOptions=-Dmine=1", jobs)
    (options,) = [word for word in command if word.startswith("spark.driver.extraJavaOptions=")]
    assert options.endswith(" -Dmine=1")
    assert "-Dlog4j2.configurationFile=file:///" in options


def test_a_driver_elsewhere_is_given_no_path_of_this_machine(jobs: Path) -> None:
    command = _command("probe --master yarn --deploy-mode cluster", jobs)
    assert not [word for word in command if "log4j2" in word]


def test_spark_home_counts_only_on_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "spark-submit").touch()
    monkeypatch.setenv("SPARK_HOME", str(tmp_path))
    assert spark_home("yarn") == tmp_path
    assert spark_home("local[2]").name == "pyspark"


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("SPARK_HOME", "/nope", "SPARK_HOME /nope: there is no bin/spark-submit"),
        ("MARKETGRAPH_CACHE", "/dev/null/cache", "/dev/null/cache"),
    ],
)
def test_a_place_that_is_none_is_one_message(
    variable: str, value: str, named: str, jobs: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr("marketgraph.launch._jobs_folder", lambda: jobs)
    assert main(["probe", "--master", "yarn", "--dry-run"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert named in told
    assert "what to do: " in told


def test_an_unknown_job_is_answered_with_the_known_ones(jobs: Path) -> None:
    with pytest.raises(ConfigError, match="no job prob") as caught:
        read_command(["prob"], jobs=jobs)
    assert caught.value.fix == "name one of: end_with, probe"
    with pytest.raises(ConfigError, match="no job is named"):
        read_command(["--master", "yarn"], jobs=jobs)


@pytest.mark.parametrize("key", ["spark.x", "spark.master"])
def test_a_conf_without_a_value_is_named(key: str, jobs: Path) -> None:
    with pytest.raises(ConfigError, match=rf"--conf {key}: not of the form key=value"):
        _command(f"probe --conf {key}", jobs)


def _script(words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "spark-submit.sh"), *words.split()]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_script_prints_its_command_from_any_folder(tmp_path: Path) -> None:
    done = _script("build_edges --dry-run --master local[2] -- --as-of 2024-01-01", tmp_path)
    assert done.returncode == 0, done.stderr
    words = shlex.split(done.stdout)
    assert words[-3:] == [str(ROOT / "jobs" / "build_edges.py"), "--as-of", "2024-01-01"]
    assert f"PYSPARK_PYTHON={sys.executable}" in words
    package = next(word for word in words if word.endswith(".zip"))
    assert "marketgraph/session.py" in zipfile.ZipFile(package).namelist()


def test_the_script_refuses_an_unknown_job_with_exit_code_2(tmp_path: Path) -> None:
    done = _script("build_hedges", tmp_path)
    assert done.returncode == 2
    assert "build_edges" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("code", [2, 3, 4])
def test_the_exit_code_of_a_job_comes_through(code: int, jobs: Path, tmp_path: Path) -> None:
    done = _run(f"end_with {code}", jobs, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.slow
def test_under_spark_submit_its_word_counts_and_the_zip_is_the_code(jobs: Path, tmp_path: Path) -> None:
    asked = [
        "spark.master",
        "spark.driver.memory",
        "spark.sql.shuffle.partitions",
        "spark.sql.session.timeZone",
    ]
    place = tmp_path / "place"
    place.mkdir()
    done = _run(
        "probe --master local[2] --driver-memory 1g --conf spark.sql.shuffle.partitions=3 "
        "--conf spark.sql.session.timeZone=Asia/Tokyo "
        "--conf spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 "
        f"-- {place} 3 {','.join(asked)}",
        jobs,
        cwd=place,
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
    found = json.loads((place / "found.json").read_text())
    assert [found[key] for key in asked] == ["local[2]", "1g", "3", "UTC"]
    assert found["rows"] == 6
    assert {".zip" in found["driver"], ".zip" in found["worker"]} == {True}
    assert sorted(path.name for path in place.iterdir()) == ["found.json", "table"]
    zipped = zipfile.ZipFile(Path(found["driver"]).parents[1]).read("marketgraph/session.py")
    assert zipped == (Path(package_file).parent / "session.py").read_bytes()
