"""A small public key infrastructure, and packages sealed with the stock `openssl` command, as departments do."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Holder:
    """A key with its certificate, and the files they lie in."""

    name: str
    private: Any
    certificate: x509.Certificate
    key_file: Path
    file: Path

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


def holder(
    folder: Path,
    name: str,
    private: Any,
    issuer: Holder | None = None,
    *,
    ca: bool = False,
    start: datetime = NOW - DAY,
    end: datetime = NOW + 365 * DAY,
    signs: bool = True,
    uses: list[x509.ObjectIdentifier] | None = None,
    digest: hashes.HashAlgorithm | None = None,
    path_length: int | None = None,
    critical: x509.UnrecognizedExtension | None = None,
) -> Holder:
    """A certificate for `private`, self-signed or by `issuer`, written with its key into `folder` (key 0600)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca, path_length if ca else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(_usage(ca=ca, signs=signs), critical=True)
    )
    if uses is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    if critical is not None:
        builder = builder.add_extension(critical, critical=True)
    made = builder.sign(issuer.private if issuer else private, digest or hashes.SHA256())
    return written(folder, name, private, made)


def written(folder: Path, name: str, private: Any, made: x509.Certificate) -> Holder:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_file, file = folder / f"{name}.key", folder / f"{name}.crt"
    key_file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key_file.chmod(0o600)
    file.write_bytes(made.public_bytes(Encoding.PEM))
    return Holder(name, private, made, key_file, file)


def _usage(*, ca: bool, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs, content_commitment=signs, key_encipherment=not signs, data_encipherment=False,
        key_agreement=not signs, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def revocations(
    file: Path, issuer: Holder, revoked: dict[int, datetime], *, until: datetime = NOW + 30 * DAY
) -> Path:
    """A revocation list of `issuer` (serial → when), as PEM."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(min(NOW - DAY, until - DAY)).next_update(until)
    for serial, when in revoked.items():
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when).build()
        builder = builder.add_revoked_certificate(entry)
    file.write_bytes(builder.sign(issuer.private, hashes.SHA256()).public_bytes(Encoding.PEM))
    return file


def openssl(*args: str | Path) -> bytes:
    """Run the stock command; what it says goes into the failure."""
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def signed(
    content: Path, signer: Holder, *options: str | Path, form: str = "DER", to: Path | None = None
) -> Path:
    """`openssl cms -sign` with the content inside."""
    target = to or content.with_name(f"{content.name}.signed")
    openssl("cms", "-sign", "-binary", "-nodetach", "-in", content, "-signer", signer.file, "-inkey", signer.key_file,
            "-outform", form, "-out", target, *options)  # fmt: skip
    return target


def encrypted(
    content: Path, recipient: Holder, *options: str | Path, cipher: str = "-aes-256-cbc", form: str = "DER",
    to: Path | None = None,
) -> Path:  # fmt: skip
    """`openssl cms -encrypt` for one recipient (`-recip` first, so that `-keyopt` speaks of it)."""
    target = to or content.with_name(f"{content.name}.p7m")
    openssl("cms", "-encrypt", "-binary", cipher, "-in", content, "-outform", form, "-out", target, "-recip", recipient.file,
            *options)  # fmt: skip
    return target


def usage_server() -> list[x509.ObjectIdentifier]:
    return [ExtendedKeyUsageOID.SERVER_AUTH]
