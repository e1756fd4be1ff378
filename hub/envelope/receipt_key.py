"""The key that signs receipts where nobody has put one: made on first use, with a certificate that says what it is."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hub.clock import from_us
from hub.errors import Place, StopError

FILE = "receipts.pem"
CERTIFICATE_FILE = "receipts.crt"
"""The certificate alone, to be handed to departments; beside the folder of keys, where no private key is looked for."""
_LIFE = timedelta(days=3653)
_SLOW_CLOCKS = timedelta(days=1)


def make_receipt_key(folder: Path, at: int) -> None:
    """Put a new P-256 key with its self-signed certificate into `folder`, unless there is one. StopError RECEIPT_KEY_FILE."""
    try:
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(key, at).public_bytes(Encoding.PEM)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        draft = folder / f".{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(private + made)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, folder / FILE)
        except FileExistsError:
            return  # another worker was quicker; its key is the hub's
        finally:
            draft.unlink()
        (folder.parent / CERTIFICATE_FILE).write_bytes(made)
    except OSError as error:
        raise StopError(
            "RECEIPT_KEY_FILE",
            zh=f"无法在 {folder} 中生成回执签名密钥:{error.strerror}",
            en=f"No key for signing receipts can be made in {folder}: {error.strerror}",
            remedy_zh="检查磁盘空间和权限(SUPHUB_HOME 下的 keys),或按 docs/envelope.md 自行放入密钥",
            remedy_en="Check disk space and permissions (keys under SUPHUB_HOME), or put a key there as docs/envelope.md shows",
            place=Place(file=str(folder)),
        ) from error


def _certificate(key: ec.EllipticCurvePrivateKey, at: int) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Supervision Hub receipts")])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(from_us(at) - _SLOW_CLOCKS)
        .not_valid_after(from_us(at) + _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
