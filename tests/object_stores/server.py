"""An S3 server of one's own (moto's, from .venv-s3) on a free port of this machine, for as long as a test needs it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / ".venv-s3" / "bin" / "moto_server"
SECONDS_TO_START = 60


@contextmanager
def s3_server(*buckets: str, denying: bool = False) -> Iterator[str]:
    """The server's address. denying: it knows no key, so that it answers none."""
    if not SERVER.exists():
        pytest.fail(f"there is no S3 server in {SERVER.parents[1]}: run `make s3-env` first", pytrace=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [str(SERVER), "--host", "127.0.0.1", "--port", str(port)],
        env={"PATH": os.environ["PATH"]} | ({"INITIAL_NO_AUTH_ACTION_COUNT": "0"} if denying else {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(process, address)
        for bucket in buckets:
            _asked(address, f"/{bucket}", "PUT")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def names_in(address: str, bucket: str, prefix: str) -> list[str]:
    """The names of the objects of a bucket that begin so, at most a thousand."""
    text = _asked(address, f"/{bucket}?list-type=2&prefix={prefix}", "GET")
    return [part.partition("</Key>")[0] for part in text.split("<Key>")[1:]]


def put_folder(address: str, place: str, folder: Path) -> None:
    """Put the files of a folder below `place`, a bucket or a folder in one; hidden ones are Hadoop's own."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.name.startswith("."):
            _asked(address, f"/{place}/{quote(str(file.relative_to(folder)))}", "PUT", file.read_bytes())


def _wait_for(process: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(SECONDS_TO_START * 5):
        assert process.poll() is None, "the S3 server has ended"
        try:
            _asked(address, "/moto-api/data.json", "GET")
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the S3 server does not answer")


def _asked(address: str, path: str, method: str, data: bytes | None = None) -> str:
    kind = {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(address + path, data, kind, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(answer.read().decode())
