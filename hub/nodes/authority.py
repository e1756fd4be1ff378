"""The hub's own small authority: issues certificates to nodes where no official authority does.

Its key is made on first use and lies, with its certificate, in SUPHUB_HOME/keys, readable by its owner only. The
private key of a node goes into the file that the user chooses and is kept nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.clock import DAY_US, from_us, to_us
from hub.errors import Place, StopError
from hub.nodes import files
from hub.nodes.certificates import check_public_key, private_key_given

AUTHORITY_FILE = "node-authority.pem"  # key and certificate, 0600
CERTIFICATE_FILE = "node-authority.crt"  # the certificate alone, to be handed out
YEARS = 20
KEY_TYPES = ("rsa", "ec")
RSA_BITS = 3072
BACKDATED = timedelta(minutes=10)  # clocks of departments run slow

Signer = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
__all__ = ["AUTHORITY_FILE", "CERTIFICATE_FILE", "KEY_TYPES", "Authority", "Signer", "authority", "new_key"]


@dataclass(frozen=True, slots=True)
class Authority:
    """The hub's authority; `file` is the certificate by which others check what it has issued."""

    key: Signer
    certificate: x509.Certificate
    file: Path

    def issue(
        self,
        public_key: PublicKeyTypes,
        node: str,
        organization: str | None,
        kind: str,
        span: tuple[int, int],
    ) -> bytes:
        """A certificate (PEM) that names the node `SYSTEM/NAME`; `kind` certificate or signing, `span` µs from and to."""
        names = [x509.NameAttribute(NameOID.COMMON_NAME, node[-64:])]
        if organization:
            names.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]))
        end = min(from_us(span[1]), self.certificate.not_valid_after_utc)
        usage = (
            ExtendedKeyUsageOID.CLIENT_AUTH if kind == "certificate" else ExtendedKeyUsageOID.EMAIL_PROTECTION
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name(names))
            .issuer_name(self.certificate.subject)
            .public_key(public_key)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(from_us(span[0]) - BACKDATED)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False, commits=kind == "signing"), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"urn:supervision-hub:node:{node}")]),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)  # type: ignore[arg-type]
        )  # fmt: skip
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def authority(folder: Path, now: int) -> Authority:
    """The authority whose key lies in `folder`, made there if there is none. StopError NODE_AUTHORITY: not to be used."""
    file, public = folder / AUTHORITY_FILE, folder / CERTIFICATE_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _make(file, now)
        if file.stat().st_mode & 0o077:
            raise _unusable(file, f"others may read it, 其他用户可读: mode {file.stat().st_mode & 0o777:o}")
        content = file.read_bytes()
        key = load_pem_private_key(content, password=None)
        certificate = x509.load_pem_x509_certificate(content)
        if not public.exists():
            _place_once(public, certificate.public_bytes(Encoding.PEM), 0o644)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(file, str(error)) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise _unusable(file, "RSA or EC expected, 应为 RSA 或 EC")
    if to_us(certificate.not_valid_after_utc) <= now + DAY_US:
        raise _unusable(file, f"its certificate ends, 证书到期: {certificate.not_valid_after_utc:%Y-%m-%d}")
    return Authority(key, certificate, public)


def new_key(key_type: str) -> Signer:
    """A new private key for a node: `rsa` (3072 bits, which every old system knows) or `ec` (P-256)."""
    if key_type == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def private_pem(key: Signer) -> bytes:
    """The key as PKCS#8 PEM, unencrypted: the file's permissions protect it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def requested_key(content: bytes, file: Path) -> PublicKeyTypes:
    """The public key of a certificate request (PKCS#10) whose signature is right; the names it asks for are not used.

    Raises StopError: NODE_PRIVATE_KEY, NODE_REQUEST, NODE_WEAK_KEY.
    """
    if b"PRIVATE KEY-----" in content:
        raise private_key_given(file)
    try:
        load = x509.load_pem_x509_csr if b"-----BEGIN" in content else x509.load_der_x509_csr
        request = load(content)
        key = request.public_key()
        right = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise _no_request(file, str(error)) from error
    if not right or not isinstance(
        key,
        rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey,
    ):
        raise _no_request(file, "签名不对或算法不支持, wrong signature or unknown algorithm")
    check_public_key(key, file)
    return key


def _make(file: Path, now: int) -> None:
    key = new_key("rsa")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Supervision Hub node authority")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(from_us(now) - timedelta(days=1))
        .not_valid_after(from_us(now) + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True, commits=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _place_once(file, private_pem(key) + certificate.public_bytes(Encoding.PEM), 0o600)


def _place_once(file: Path, content: bytes, mode: int) -> None:
    """Of two that begin at once, the first one's file is the hub's."""
    try:
        files.place(file, content, mode)
    except StopError:
        if not file.exists():
            raise


def _usage(*, signs_certificates: bool, commits: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, content_commitment=commits, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _unusable(file: Path, why: str) -> StopError:
    return StopError(
        "NODE_AUTHORITY",
        zh=f"枢纽的签发密钥 {file} 不能使用：{why}",
        en=f"The hub's authority {file} cannot be used: {why}",
        remedy_zh="恢复备份并执行 chmod 600;确需更换时把两个 node-authority 文件改名留存,下次签发时新建",
        remedy_en="Restore it from backup and chmod 600 it; to change it on purpose, rename both node-authority files: "
        "the next issue makes new ones",
        place=Place(file=str(file)),
    )


def _no_request(file: Path, why: str) -> StopError:
    return StopError(
        "NODE_REQUEST",
        zh=f"{file} 不是可用的证书请求(PKCS#10)：{why}",
        en=f"{file} is no certificate request (PKCS#10) that can be used: {why}",
        remedy_zh="用 openssl req -new 生成,密钥 RSA 2048 位以上或 P-256 以上",
        remedy_en="Make it with openssl req -new, with a key of RSA 2048 bits or more, or from P-256 on",
        place=Place(file=str(file)),
    )
