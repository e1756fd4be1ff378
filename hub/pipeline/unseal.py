"""Opens packages that may be sealed: the seal by the system's policy first, then what is packed inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.clock import now_us
from hub.envelope import Limits, open_package
from hub.envelope.fitness import bound_faults, listed_faults
from hub.envelope.keys import HubKey
from hub.envelope.policy import Revoked, never, nobody_trusted, policy_of
from hub.envelope.seal import Seal
from hub.envelope.sm2_zip import lost_signature
from hub.envelope.trust import Policy
from hub.envelope.unsealing import Unsealed
from hub.envelope.unsealing import unseal as open_seal
from hub.errors import PackageRefused, Place, StopError
from hub.pipeline.closing import Sign
from hub.register import Registration
from hub.shapes import OpenedPackage
from mappings.dialect import Dialect


def _no_keys(system: str) -> Sequence[HubKey]:
    return ()


def _nothing_bound(system: str, at: int) -> Iterable[str]:
    return ()


def _no_secret(connection: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Seals:
    """What seals are opened and receipts signed with.

    `keys` gives the hub's keys for a system's packages (StopError where there is none), `bound` the fingerprints of the
    certificates that the registry of nodes binds to a system at an instant, `authorities` are certificate files trusted
    beside those of every registration, `sign` signs receipts, `secret` gives the password of a connection, `revoked` says
    when that registry revoked a certificate, `public` gives what it holds of those that are bound, as PEM.
    """

    keys: Callable[[str], Sequence[HubKey]] = _no_keys
    bound: Callable[[str, int], Iterable[str]] = _nothing_bound
    authorities: tuple[Path, ...] = ()
    sign: Sign | None = None
    secret: Callable[[str], str | None] = _no_secret
    revoked: Revoked = never
    public: Callable[[str, int], Iterable[str]] = _nothing_bound


def policy_for(registration: Registration, seals: Seals) -> Policy:
    """The policy of a registration as it is now; for packages that are opened together, once. Raises StopError ENVELOPE_*."""
    return policy_of(registration, seals.bound, seals.authorities, seals.revoked, seals.public)


def unseal(
    file: Path,
    work: Path,
    registration: Registration,
    seals: Seals,
    at: int,
    limits: Limits,
    policy: Policy | None = None,
) -> Unsealed:
    """Open the seal of a file by the envelope of its registration (`policy`, if it is at hand); `at`: when it came, in µs.

    Raises PackageRefused ENVELOPE_*, CMS_*, CERT_*, SM2_*; StopError where the hub's own side is not in order.
    """
    policy = policy or policy_for(registration, seals)
    password = password_of(registration, seals)
    return open_seal(file, work, policy, lambda: seals.keys(registration.code), at, limits, password)


def open_sealed(
    file: Path, work: Path, registration: Registration, seals: Seals, at: int, limits: Limits
) -> OpenedPackage:
    """Open a package that may be sealed, without keeping anything of it. Raises as unseal and open_package do."""
    found = unseal(file, work, registration, seals, at, limits)
    opened = open_package(found.file, work, limits, password=password_of(registration, seals))
    check_attachments(registration, opened, found)
    return opened


def check_attachments(registration: Registration, opened: OpenedPackage, found: Unsealed) -> None:
    """Refuse a package with an SM2 signature that was not looked for, and so not checked: PackageRefused SM2_SIGNER."""
    if found.seal is not None and found.seal.signed:
        return
    name = lost_signature(opened.attachments)
    if name is not None:
        raise PackageRefused("SM2_SIGNER", name=name, system=registration.code)


def password_of(registration: Registration, seals: Seals) -> bytes | None:
    """The password of a system's zip archives; None where it has none. Raises StopError ENVELOPE_PASSWORD."""
    name = registration.envelope.get("password")
    if name is None:
        return None
    found = seals.secret(name)
    if not found:
        raise StopError(
            "ENVELOPE_PASSWORD",
            zh=f"连接 {name} 中没有密码,压缩包无法打开",
            en=f"The connection {name} holds no password to open archives with",
            remedy_zh="在该 Airflow 连接中填写密码(Password),或去掉登记中的 envelope.password",
            remedy_en="Fill in the password of that Airflow Connection, or take envelope.password out of the registration",
            place=Place(system=registration.code, file=registration.path or None, field="envelope.password"),
        )
    return found.encode()


def seal_columns(seal: Seal) -> dict[str, str | None]:
    """What is noted of a seal in the row of its package."""
    return {
        "cipher": seal.cipher,
        "signer": seal.signer,
        "signer_digest": seal.fingerprint,
        "signer_serial": seal.serial[:64] if seal.serial else None,
    }


def check_envelope(registration: Registration, dialect: Dialect, seals: Seals) -> None:
    """Raises StopError where the envelope a registration requires could not be opened: nothing is taken then.

    ENVELOPE_ROWS: tables carry no envelope; ENVELOPE_TRUST, ENVELOPE_FILE, ENVELOPE_CRL: see policy_of; ENVELOPE_NO_KEY,
    ENVELOPE_KEY: encryption is required and the hub's key is not there or not to be used.
    """
    if dialect.format == "row-set":
        if registration.sealed:
            raise _rows(registration)
        return
    policy = policy_for(registration, seals)
    if policy.encrypted == "required":
        seals.keys(registration.code)


def unfit_signers(registration: Registration, seals: Seals) -> tuple[list[PackageRefused], StopError | None]:
    """Which known certificates could sign no package now, and the error where a signature is required and none could.

    Raises StopError as policy_of does.
    """
    at = now_us()
    policy = policy_for(registration, seals)
    # Without an authority none of the nodes' counts, and there may be no database yet to ask for them.
    asked = policy.authorities and registration.envelope
    public = list(seals.public(registration.code, at)) if asked else []
    listed, bound = listed_faults(policy, at), bound_faults(policy, public, at)
    fit = len(policy.certificates) + len(policy.sm2_keys) + len(public) - len(listed) - len(bound)
    # What leads to an authority of the registration's own may do so over others, which its packages bring along.
    perhaps = "authorities" in registration.envelope and any(each.code == "CERT_UNTRUSTED" for each in bound)
    nobody = policy.signed == "required" and not fit and not perhaps
    return [*listed, *bound], nobody_trusted(registration) if nobody else None


def _rows(registration: Registration) -> StopError:
    return StopError(
        "ENVELOPE_ROWS",
        zh="交换库的行没有信封,登记却要求签名或加密",
        en="Rows of a database carry no envelope, yet the registration requires signature or encryption",
        remedy_zh="去掉登记中的 envelope;传输的安全由数据库连接(TLS)保证",
        remedy_en="Remove envelope from the registration; the database connection (TLS) secures the transfer",
        place=Place(system=registration.code, file=registration.path or None, field="envelope"),
    )
