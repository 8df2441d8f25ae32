"""What makes S3 safe is set, and what does not is refused before Spark starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketgraph.config_file import load_config
from marketgraph.errors import ConfigError
from marketgraph.object_stores import (
    LOG_STORE,
    SEVERAL_DRIVERS,
    SINGLE_DRIVER,
    for_hadoop,
    jar_parts,
    s3_conf,
)
from marketgraph.pipeline import Order
from marketgraph.run_exports import require_exportable

LOCAL = Path(__file__).resolve().parents[2] / "conf" / "local.yml"
PLACES = ("s3a://market/w", "/data/raw")


def test_a_warehouse_in_a_bucket_gets_the_jars_and_the_log_store_for_one_driver() -> None:
    assert jar_parts(PLACES) == ["s3a"]
    assert s3_conf(PLACES, {})[LOG_STORE] == SINGLE_DRIVER
    assert LOG_STORE not in s3_conf(PLACES, {LOG_STORE: SEVERAL_DRIVERS})


def test_a_bucket_alone_is_its_top_folder() -> None:
    assert for_hadoop("s3a://market") == "s3a://market/"
    assert for_hadoop("s3a://market/w") == "s3a://market/w"
    assert for_hadoop("/w") == "/w"


def test_a_local_warehouse_gets_neither() -> None:
    assert jar_parts(["/w", "hdfs://x/raw"]) == []
    assert (
        s3_conf(["/w", "hdfs://x/raw"], {"spark.delta.logStore.class": "io.delta.storage.HDFSLogStore"}) == {}
    )


@pytest.mark.parametrize("name", ["HDFSLogStore", "AzureLogStore", "LocalLogStore", "GCSLogStore"])
def test_a_log_store_that_loses_commits_is_refused(name: str) -> None:
    told = {LOG_STORE: f"io.delta.storage.{name}"}
    with pytest.raises(ConfigError, match=f"{name} is not safe on S3"):
        s3_conf(PLACES, told)


def test_a_log_store_for_every_scheme_is_refused() -> None:
    with pytest.raises(ConfigError, match="is for every scheme"):
        s3_conf(PLACES, {"spark.delta.logStore.class": SINGLE_DRIVER})


@pytest.mark.parametrize("place", ["s3://market/w", "s3n://market/w", "s3a:///w", "s3a://AKID:Lk9q@market/w"])
def test_a_location_that_hadoop_can_t_use_is_refused_and_its_credentials_are_not_shown(place: str) -> None:
    with pytest.raises(ConfigError, match="s3a://") as caught:
        s3_conf([place], {})
    assert "Lk9q" not in str(caught.value)


@pytest.mark.parametrize(
    "key",
    [
        "spark.hadoop.fs.s3a.access.key",
        "spark.hadoop.fs.s3a.secret.key",
        "spark.hadoop.fs.s3a.bucket.market.session.token",
        "spark.hadoop.fs.azure.account.key.market.dfs.core.windows.net",
        "spark.hadoop.fs.azure.sas.fixed.token.market.dfs.core.windows.net",
        "spark.hadoop.fs.azure.sas.raw.market.blob.core.windows.net",
        "spark.hadoop.fs.azure.account.oauth2.refresh.token.market",
        "spark.hadoop.javax.jdo.option.ConnectionPassword",
    ],
)
def test_a_credential_in_a_config_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigError, match="is a credential") as caught:
        load_config(LOCAL, overrides=(f"spark.extra={{{key}: Lk9q}}",))
    assert key in str(caught.value)
    assert "Lk9q" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fs.s3a.aws.credentials.provider", "com.amazonaws.auth.profile.ProfileCredentialsProvider"),
        ("fs.azure.sas.token.provider.type.market.dfs.core.windows.net", "org.example.Tokens"),
        ("fs.azure.sas.token.renew.period.for.streams", "120"),
    ],
)
def test_how_credentials_are_found_may_stand_in_a_config(key: str, value: str) -> None:
    found = load_config(LOCAL, overrides=(f"spark.extra.spark.hadoop.{key}={value}",)).spark.extra
    assert found[f"spark.hadoop.{key}"] == value


@pytest.mark.parametrize("key", ["sources.mapping", "identifiers.key_file", "identifiers.previous_key_file"])
def test_what_this_process_reads_itself_is_a_local_file(key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key}: not a file of this machine"):
        load_config(LOCAL, overrides=(f"{key}=s3a://market/file",))
    with pytest.raises(ConfigError, match="--source s3a://market/file: not a file of this machine"):
        Order(LOCAL, source="s3a://market/file").read()


def test_a_run_in_a_bucket_says_before_it_begins_that_exports_need_a_local_folder() -> None:
    remote = "store.root=s3a://market/w"
    with pytest.raises(ConfigError, match="s3a://market/w/exports: an export is written to a local folder"):
        require_exportable(load_config(LOCAL, overrides=(remote,)))
    require_exportable(load_config(LOCAL, overrides=(remote, "exports.folder=/exports")))
    require_exportable(load_config(LOCAL, overrides=(remote, "exports.formats=[]")))
