"""A warehouse and its sources in a bucket, on a real S3 server of this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from marketgraph.jars import read_lock
from marketgraph.object_stores import JARS
from marketgraph.releases.load import load_release
from tests.object_stores.contents import SOME, of_release, of_stages
from tests.object_stores.on_s3 import stages_of
from tests.object_stores.server import ROOT, names_in, put_folder, s3_server
from tests.published import DATES

# The whole pipeline in the bucket takes minutes: `make test-s3` alone asks for it.
WHOLE = ["whole"] if os.environ.get("MARKETGRAPH_S3_WHOLE") else []
SECRET = "hush-k7Qm2vX9-not-to-be-seen"  # noqa: S105
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_EC2_METADATA_DISABLED": "true",
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def story(published, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the process of on_s3.py found and said, and the names of what it left in the bucket."""
    if not any(jar.part == JARS for jar in read_lock()):
        pytest.skip("the jars of this line of Spark have no part for S3")
    folder = tmp_path_factory.mktemp("s3")
    key = published[0] / "id.key"  # of another key hashes would be others
    with s3_server("market") as address, s3_server(denying=True) as denying:
        below = "raw" if WHOLE else ""
        put_folder(address, f"market/warehouse/{below}".rstrip("/"), published[0] / below)
        words = [
            "-m",
            "tests.object_stores.on_s3",
            address,
            denying,
            str(key),
            str(folder / "found.json"),
            *WHOLE,
        ]
        ended = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT, env=os.environ | KEYS, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        said = ended.stdout + ended.stderr
        assert ended.returncode == 0, said[-3000:]
        names = [n for place in ("warehouse/_writers", "other") for n in names_in(address, "market", place)]
    return {**json.loads((folder / "found.json").read_text()), "said": said, "names": names}


def test_stages_write_to_a_bucket_what_they_write_on_disk(story, published) -> None:
    _, context = published
    assert story["written"] == of_stages(context, stages_of(bool(WHOLE)))
    assert sum(int(rows) for rows, _ in story["written"].values()) > 40_000
    assert set(story["top"]) >= {"other", "warehouse"}


def test_a_release_in_a_bucket_is_read_as_one_on_disk(story, published) -> None:
    root, context = published
    release = load_release(context.spark, DATES[0], root=str(root))
    assert story["release"] == of_release(release, list(release.pins) if WHOLE else SOME)


def test_a_rerun_in_a_bucket_makes_nothing_anew(story) -> None:
    first, second = story["built"]
    assert first == [stage.name for stage in stages_of(bool(WHOLE))]
    # they have no tables, and look whether what they make is there
    assert set(second) <= {"make_marketplace", "publish_release"}


def test_a_second_driver_may_not_write_and_a_killed_one_stands_in_no_way(story) -> None:
    assert "another driver writes to it on " in story["second_writer"]
    assert story["left_flag"]
    assert [name for name in story["names"] if "/_writers/" in name and not name.endswith("/")] == []


def test_what_s3_refuses_is_one_message_that_names_the_bucket(story) -> None:
    assert [story[name][0] for name in ("missing", "denied", "keyless")] == [4, 4, 4]
    assert "s3a://not-there: there is no such bucket" in story["missing"][1]
    assert "s3a://denied: S3 denies access with the credentials that there are" in story["denied"][1]
    assert "s3a://keyless: there are no credentials for S3" in story["keyless"][1]
    assert "Traceback" not in story["missing"][1] + story["denied"][1]


def test_the_secret_is_nowhere_in_what_was_said(story) -> None:
    assert SECRET not in story["said"] + json.dumps([story["missing"], story["denied"]])
