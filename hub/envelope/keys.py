"""The hub's own keys for envelopes: several at once, so that a new one is in use while departments still seal for the old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from hub.clock import iso
from hub.envelope.certificates import FAULTS, Certificate, certificates_of, labels
from hub.errors import Place, StopError

ENVELOPE, RECEIPTS = "envelope", "receipts"
"""Folders below SUPHUB_HOME/keys: keys that open packages, keys that sign receipts."""
_SUFFIXES = (".pem", ".key", ".crt", ".cer")

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class HubKey:
    """A private key of the hub with its certificate; `source` is where it was read."""

    certificate: Certificate
    private: PrivateKey = field(repr=False)
    source: str


def state_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells whether the key files have changed: name, time and size of each."""
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix in _SUFFIXES)
        return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unusable(str(folder), error.strerror or str(error)) from error


def keys_in(folder: Path) -> tuple[HubKey, ...]:
    """Every key in a folder, with its certificate (in the same file or another one). None where there is no folder.

    Raises StopError ENVELOPE_KEY: unreadable, readable by others, a key without certificate or the reverse.
    """
    names = [name for name, _, _ in state_of(folder)]
    if not names:
        return ()
    _check_mode(folder, 0o700)
    texts = []
    for name in names:
        file = folder / name
        try:
            content = file.read_bytes()
        except OSError as error:
            raise _unusable(str(file), error.strerror or str(error)) from error
        if b"PRIVATE KEY" in content:
            _check_mode(file, 0o600)
        texts.append((content, str(file)))
    return paired(texts)


def paired(texts: Sequence[tuple[bytes, str]], password: str | None = None) -> tuple[HubKey, ...]:
    """Keys and certificates out of PEM texts (each with where it was read), brought together by their public key."""
    privates: dict[bytes, tuple[PrivateKey, str]] = {}
    known: list[tuple[Certificate, str]] = []
    for content, source in texts:
        try:
            known += (
                [(found, source) for found in certificates_of(content)] if b"CERTIFICATE-" in content else []
            )
        except FAULTS as error:
            raise _unusable(source, f"证书读不懂, unreadable certificate ({error})") from error
        for block in _private_blocks(content):
            private = _private(block, source, password)
            privates[_public(private)] = (private, source)
    if lone := [source for found, source in known if found.key not in privates]:
        raise _unusable(lone[0], "证书没有对应的私钥, a certificate without its private key")
    held = {found.key for found, _ in known}
    if lost := [source for key, (_, source) in privates.items() if key not in held]:
        raise _unusable(lost[0], "私钥没有对应的证书, a private key without its certificate")
    return tuple(HubKey(found, *privates[found.key]) for found, _ in known)


def newest(keys: Sequence[HubKey], at: int) -> HubKey | None:
    """The key whose certificate is valid at `at` (µs) and began last; None where none is valid."""
    valid = [
        key
        for key in keys
        if key.certificate.parsed.not_valid_before_utc.timestamp() * 1e6 <= at
        <= key.certificate.parsed.not_valid_after_utc.timestamp() * 1e6
    ]  # fmt: skip
    return max(valid, key=lambda key: key.certificate.parsed.not_valid_before_utc, default=None)


def no_key(folder: Path, system: str) -> StopError:
    """The error for an encrypted package while the hub has no key at all."""
    return StopError(
        "ENVELOPE_NO_KEY",
        zh=f"需要解密,但枢纽没有解密密钥(目录 {folder})",
        en=f"Decryption is needed, and the hub has no key for it (folder {folder})",
        remedy_zh="按 docs/envelope.md 生成密钥和证书并放入该目录(chmod 700 目录,chmod 600 私钥),或建立 Airflow 连接 suphub_envelope",
        remedy_en="Make a key and certificate as docs/envelope.md shows and put them there (chmod 700 the folder, chmod 600 the "
        "key), or make the Airflow Connection suphub_envelope",
        place=Place(system=system, file=str(folder), field="envelope"),
    )


def none_valid(source: str, at: int) -> StopError:
    """The error for receipt keys of which no certificate is valid now."""
    return StopError(
        "RECEIPT_KEY",
        zh=f"{source} 中没有在 {iso(at)} 有效的回执签名证书",
        en=f"{source} holds no certificate for receipts that is valid at {iso(at)}",
        remedy_zh="按 docs/envelope.md 生成新的回执密钥放入该目录,并把新证书发给各部门;旧的保留",
        remedy_en="Make a new key as docs/envelope.md shows, put it there beside the old one, and give departments the certificate",
        place=Place(file=source),
    )


def _private_blocks(content: bytes) -> list[bytes]:
    blocks = []
    for label in labels(content):
        if label.endswith("PRIVATE KEY"):
            mark = f"-----BEGIN {label}-----".encode(), f"-----END {label}-----".encode()
            start = content.index(mark[0])
            end = content.find(mark[1], start)
            stop = len(content) if end < 0 else end + len(mark[1])
            blocks.append(content[start:stop] + b"\n")
            content = content[stop:]
    return blocks


def _private(block: bytes, source: str, password: str | None) -> PrivateKey:
    try:
        secret = password.encode() if password and b"ENCRYPTED" in block else None
        key = load_pem_private_key(block, password=secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The parser's words may quote the key: they are not shown.
        raise _unusable(
            source,
            f"私钥读不懂或有口令, unreadable private key, or one with a password ({type(error).__name__})",
        ) from None
    if isinstance(key, RSAPrivateKey) and key.key_size >= 2048:
        return key
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.key_size >= 256:
        return key
    raise _unusable(
        source, "应为 2048 位以上的 RSA 或 256 位以上的 EC 密钥, RSA of 2048 bits or EC of 256 at least"
    )


def _public(private: PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _check_mode(path: Path, wanted: int) -> None:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise _unusable(
            str(path),
            f"其他用户可读(权限 {mode:o}), others may read it (mode {mode:o}): chmod {wanted:o} {path}",
        )


def _unusable(source: str, why: str) -> StopError:
    return StopError(
        "ENVELOPE_KEY",
        zh=f"枢纽的信封密钥 {source} 不能使用:{why}",
        en=f"The hub's envelope key {source} cannot be used: {why}",
        remedy_zh="目录权限 700、私钥权限 600(chmod);私钥为无口令的 PEM,证书与它成对;见 docs/envelope.md",
        remedy_en="chmod 700 the folder and chmod 600 the private key; PEM without a password, with its certificate; see "
        "docs/envelope.md",
        place=Place(file=source),
    )
