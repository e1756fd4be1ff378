"""A registration, an empty database in memory, and ways to make credentials; the clock stands where a test puts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine

from hub.central.engine import create_engine
from hub.central.tables import metadata
from hub.nodes import doors, tokens
from tests.support.nodes import NOW


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = create_engine("sqlite://")
    metadata.create_all(made)
    monkeypatch.setattr(
        doors, "_checker", tokens.Checker()
    )  # what one test has proved, another does not remember
    return made


def certificate(
    *,
    key: Any = None,
    name: str = "front",
    days: tuple[int, int] = (-10, 300),
    extensions: tuple[Any, ...] = (),
    algorithm: Any = None,
    encoding: Encoding = Encoding.PEM,
) -> bytes:
    """A self-signed certificate; `days` are counted from NOW."""
    signer = key or ec.generate_private_key(ec.SECP256R1())
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=NOW)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(signer.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start + timedelta(days=days[0]))
        .not_valid_after(start + timedelta(days=days[1]))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, algorithm or hashes.SHA256()).public_bytes(encoding)
