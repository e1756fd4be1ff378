"""Reads what a registration says of its envelope: the policy, with the certificates, authorities and revocation lists it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from asn1crypto import pem  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from hub.clock import now_us
from hub.envelope.certificates import FAULTS, Certificate, certificates_of, file_error
from hub.envelope.sm2 import Sm2Key, sm2_point
from hub.envelope.trust import Policy
from hub.errors import Place, StopError
from hub.register import Registration

Bound = Callable[[str, int], Iterable[str]]
"""Fingerprints (SHA-256, hex) of the certificates bound to a system at an instant (µs) in the registry of nodes."""
Revoked = Callable[[str, str, int], int | None]
"""When (µs) the certificate of that fingerprint of a system's nodes was revoked, if it was at an instant."""
Read = TypeVar("Read")
_FILES = ("certificates", "authorities", "crls")


def never(system: str, fingerprint: str, at: int) -> int | None:
    """For where no registry of nodes is asked."""
    return None


def nothing_public(system: str, at: int) -> Iterable[str]:
    """For where no registry of nodes is asked."""
    return ()


def policy_of(
    registration: Registration,
    bound: Bound,
    authorities: tuple[Path, ...] = (),
    revoked: Revoked = never,
    public: Bound = nothing_public,
) -> Policy:
    """The policy of a system, its files read anew when they change; `authorities` are trusted beside its own, if there.

    `public` gives what the registry of nodes holds of those that are bound: certificates and SM2 keys, as PEM.

    Raises StopError ENVELOPE_FILE (a file is missing or none of its kind), ENVELOPE_CRL (a list has run out, or is of no
    authority named), ENVELOPE_TRUST (signatures are required and none could be trusted).
    """
    said = registration.envelope
    folder = Path(registration.path).parent if registration.path else Path()
    files = {name: tuple(folder / each for each in said.get(name, ())) for name in _FILES}
    files["authorities"] += tuple(file for file in authorities if file.is_file())
    stamps = tuple(_stamp(file, registration.code) for name in _FILES for file in files[name])
    read = _read(registration.code, files["certificates"], files["authorities"], files["crls"], stamps)
    policy = Policy(
        registration.code, said.get("signed", "allowed"), said.get("encrypted", "allowed"), *read,
        lambda at: frozenset(bound(registration.code, at)), said.get("triple_des") == "true",
        lambda fingerprint, at: revoked(registration.code, fingerprint, at),
        lambda at: tuple(key for text in public(registration.code, at) if (key := sm2_key(text)) is not None),
    )  # fmt: skip
    _check_current(policy, registration)
    if policy.signed == "required" and not policy.trusts(now_us()):
        raise nobody_trusted(registration)
    return policy


def _stamp(file: Path, system: str) -> tuple[int, int]:
    try:
        state = file.stat()
    except OSError as error:
        raise file_error(file, system, error.strerror) from error
    return state.st_mtime_ns, state.st_size


_Files = tuple[Path, ...]


@lru_cache(maxsize=256)
def _read(
    system: str, certificates: _Files, authorities: _Files, crls: _Files, stamps: tuple[tuple[int, int], ...]
) -> tuple[
    tuple[Certificate, ...],
    tuple[Certificate, ...],
    tuple[x509.CertificateRevocationList, ...],
    tuple[Sm2Key, ...],
]:
    """The contents of the files, the same for as long as they stay as they are."""
    signers, keys = list[Certificate](), list[Sm2Key]()
    for file in certificates:
        for found in _parsed(file, system, _signers):
            (keys if isinstance(found, Sm2Key) else signers).append(found)  # type: ignore[arg-type]
    above = [found for file in authorities for found in _parsed(file, system, certificates_of)]
    lists = [found for file in crls for found in _parsed(file, system, _lists)]
    for each in lists:
        _check_list(each, [*above, *signers], system)
    return tuple(signers), tuple(above), tuple(lists), tuple(keys)


def _parsed(file: Path, system: str, parse: Callable[[bytes], Iterable[Read]]) -> list[Read]:
    try:
        found = list(parse(file.read_bytes()))
    except FAULTS as error:
        raise file_error(file, system, error) from error
    if not found:
        raise file_error(file, system, "其中没有所需的内容, nothing of the kind in it")
    return found


def _signers(data: bytes) -> Iterator[Certificate | Sm2Key]:
    for found in certificates_of(data):
        point = sm2_point(found.key)
        yield found if point is None else Sm2Key(*point, found)
    if pem.detect(data):
        for label, _, der in pem.unarmor(data, multiple=True):
            if label == "PUBLIC KEY":
                point = sm2_point(der)
                if point is None:
                    raise ValueError(
                        "a bare public key must be of SM2; for RSA and ECDSA give the certificate"
                    )
                yield Sm2Key(*point)


@lru_cache(maxsize=256)
def sm2_key(text: str) -> Sm2Key | None:
    """The SM2 key in what a node was issued as PEM; None for a certificate of another kind, or what cannot be read."""
    try:
        return next((found for found in _signers(text.encode()) if isinstance(found, Sm2Key)), None)
    except FAULTS:
        return None


def _lists(data: bytes) -> Iterator[x509.CertificateRevocationList]:
    if not pem.detect(data):
        yield x509.load_der_x509_crl(data)
        return
    for label, _, der in pem.unarmor(data, multiple=True):
        if label == "X509 CRL":
            yield x509.load_der_x509_crl(der)


def _check_list(found: x509.CertificateRevocationList, known: Iterable[Certificate], system: str) -> None:
    for authority in known:
        try:
            key: Any = authority.parsed.public_key()  # one that cannot sign raises TypeError
            if authority.parsed.subject == found.issuer and found.is_signature_valid(key):
                return
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    raise _bad_list(
        found, system, "不是 authorities 中任何机构所签", "it is signed by none of the authorities"
    )


def _check_current(policy: Policy, registration: Registration) -> None:
    now = datetime.now(UTC)
    for each in policy.crls:
        if each.next_update_utc is not None and each.next_update_utc < now:
            until = f"{each.next_update_utc:%Y-%m-%d %H:%M} UTC"
            raise _bad_list(each, registration.code, f"已于 {until} 过期", f"it ran out at {until}")


def _bad_list(found: x509.CertificateRevocationList, system: str, zh: str, en: str) -> StopError:
    return StopError(
        "ENVELOPE_CRL",
        zh=f"{found.issuer.rfc4514_string()} 的吊销列表不能使用:{zh}",
        en=f"The revocation list of {found.issuer.rfc4514_string()} cannot be used: {en}",
        remedy_zh="取得最新的吊销列表放入原处;签发机构的证书列入 envelope.authorities。没有丢失报文,之后自动继续",
        remedy_en="Put the newest list in its place and name its authority under envelope.authorities. No package is lost; the hub goes on by itself",
        place=Place(system=system, field="envelope.crls"),
    )


def nobody_trusted(registration: Registration) -> StopError:
    """The error for a registration that requires signatures of which none could be accepted."""
    return StopError(
        "ENVELOPE_TRUST",
        zh="登记要求签名(signed: required),却没有可信的签名证书",
        en="The registration requires signatures (signed: required), and no certificate could be trusted",
        remedy_zh="在 envelope.certificates 中列出部门的签名证书;或列出 authorities 并把证书绑定到该系统",
        remedy_en="List the department's signing certificate under envelope.certificates; or list authorities and bind a "
        "certificate to the system",
        place=Place(system=registration.code, file=registration.path or None, field="envelope"),
    )
