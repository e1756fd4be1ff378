"""Opens the seal of a package by its system's policy: decrypts, verifies, and gives the file inside to be unpacked."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hub.envelope.cms.algorithms import SIGNED
from hub.envelope.cms.ber import Walk
from hub.envelope.cms.enveloped import Encryption, decrypt
from hub.envelope.cms.signed import verify
from hub.envelope.forms import Form, form_of, unarmored
from hub.envelope.keys import HubKey
from hub.envelope.limits import Limits
from hub.envelope.seal import Seal
from hub.envelope.sm2_zip import detached_signer
from hub.envelope.trust import Policy, check_signer
from hub.errors import PackageRefused, Place, RetryError

Keys = Callable[[], Sequence[HubKey]]
"""The hub's keys for envelopes; raises StopError where it has none."""
_OF_ARCHIVES = ("ZIP_", "TAR_", "GZIP_", "ZSTD_")
_BEFORE_TRUST = ("CMS_MALFORMED", "CMS_LIMIT", "CMS_DIGEST", "CMS_SIGNATURE")


@dataclass(frozen=True, slots=True)
class Unsealed:
    """The file inside the seal (the package itself where there is none) and what the seal was."""

    file: Path
    seal: Seal | None


def unseal(
    raw: Path,
    work: Path,
    policy: Policy,
    keys: Keys,
    at: int,
    limits: Limits,
    password: bytes | None = None,
) -> Unsealed:
    """Open the seal of `raw` into new files in `work`, which the caller removes. `at`: when the package came, in µs.

    `password` is that of zip archives, if the system has one.

    Raises PackageRefused ENVELOPE_*, CMS_*, CERT_*, SM2_*; StopError as `keys` does; RetryError when a disk fails.
    """
    try:
        return _Unsealing(raw, work, policy, keys, at, limits, password).open()
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        why = error.strerror or str(error)
        raise RetryError(
            "WORK_FULL" if full else "WORK_IO",
            zh=f"在 {work} 中打开报文 {raw} 的信封失败:{'磁盘已满或超出配额' if full else '读写错误'} ({why})",
            en=f"Opening the envelope of {raw} in {work} failed: {'disk or quota full' if full else 'I/O error'} ({why})",
            remedy_zh="腾出空间或检查磁盘(SUPHUB_HOME 下的 work)。原始报文已存妥,恢复后自动继续",
            remedy_en="Free space or check the disk (work under SUPHUB_HOME). The raw package is kept; the hub goes on by itself",
            place=Place(system=policy.system, file=str(raw)),
        ) from error


@dataclass(slots=True)
class _Unsealing:
    raw: Path
    work: Path
    policy: Policy
    keys: Keys
    at: int
    limits: Limits
    password: bytes | None = None

    def open(self) -> Unsealed:
        with self.raw.open("rb") as stream:
            size = stream.seek(0, 2)
            if size > self.limits.package_bytes:
                raise PackageRefused("PKG_TOO_LARGE", size=size, limit=self.limits.package_bytes)
        file, form = self._der(self.raw)
        encrypted = form is not None and form.kind != SIGNED
        if self.policy.encrypted == "required" and not encrypted:
            raise PackageRefused("ENVELOPE_UNENCRYPTED")
        if form is None or form.kind is None:
            return self._unsigned(file, None)
        if not encrypted:
            return self._signed(file, None)
        if self.policy.encrypted == "forbidden":
            raise PackageRefused("ENVELOPE_ENCRYPTED")
        return self._encrypted(file, form.kind)

    def _encrypted(self, file: Path, kind: str) -> Unsealed:
        plain = self._new()
        with file.open("rb") as stream:
            how = decrypt(
                _walk(stream, self.limits), kind, self.keys, plain, triple_des=self.policy.triple_des
            )
        try:
            inside, form = self._der(plain)
        except PackageRefused as error:
            raise self._as_told(error, how) from error
        if form is None:
            return self._unsigned(inside, how)
        if form.kind != SIGNED:
            raise PackageRefused("ENVELOPE_ORDER")
        return self._signed(inside, how)

    def _signed(self, file: Path, how: Encryption | None) -> Unsealed:
        if self.policy.signed == "forbidden":
            raise PackageRefused("ENVELOPE_SIGNED")
        content = self._new()
        try:
            with file.open("rb") as stream:
                found = verify(_walk(stream, self.limits), content, self.policy.certificates)
        except PackageRefused as error:
            raise self._as_told(error, how) from error
        if how is not None and not how.intact:
            raise PackageRefused("CMS_DECRYPT")
        for signer in found.signers:
            try:
                check_signer(self.policy, signer, found.carried, self.at)
            except PackageRefused as error:
                error.signer = signer.fingerprint
                raise
        if self._der(content)[1] is not None:
            raise PackageRefused("ENVELOPE_ORDER")
        first = found.signers[0]
        seal = Seal(how.cipher if how else None, first.subject, first.fingerprint, first.serial_hex)
        return Unsealed(content, seal)

    def _unsigned(self, file: Path, how: Encryption | None) -> Unsealed:
        seal = self._detached(file, how)
        if seal is not None:
            self._check_intact(how)
            return Unsealed(file, Seal(how.cipher if how else None, *seal))
        if self.policy.signed == "required":
            if how is not None and not _like_a_package(file):
                raise PackageRefused("CMS_DECRYPT")
            raise PackageRefused("ENVELOPE_UNSIGNED")
        self._check_intact(how)
        return Unsealed(file, Seal(how.cipher) if how else None)

    def _detached(self, file: Path, how: Encryption | None) -> tuple[str, str, str | None] | None:
        """Who signed the document in a zip by SM2: looked for whoever is registered, for none that is there counts for nothing."""
        try:
            return detached_signer(file, self.work, self.policy, self.limits, self.at, self.password)
        except PackageRefused as error:
            of_zip = error.code.startswith(_OF_ARCHIVES)
            if of_zip and not self.policy.sm2_signers(self.at):
                return None  # told as for any package: unsigned where a signature is required, else when it is unpacked
            self._check_intact(how)
            if how is None or how.authenticated or not (of_zip or error.code.startswith("SM2_")):
                raise
            raise PackageRefused("CMS_DECRYPT") from error  # as in _as_told

    def _check_intact(self, how: Encryption | None) -> None:
        if how is not None and not how.intact:
            raise PackageRefused("CMS_DECRYPT")

    def _as_told(self, error: PackageRefused, how: Encryption | None) -> PackageRefused:
        """What is said of the inside of a package that CBC encrypted: one sentence, whatever failed before trust.

        Told apart, they would tell a sender of changed copies what the padding decrypted to, and with it the text.
        """
        if how is None or how.authenticated or error.code not in _BEFORE_TRUST:
            return error
        return PackageRefused("CMS_DECRYPT")

    def _der(self, file: Path) -> tuple[Path, Form | None]:
        with file.open("rb") as stream:
            form = form_of(stream)
            if form is None or form.kind is not None:
                return file, form
            target = self._new()
            unarmored(stream, form.label, target)
        with target.open("rb") as stream:
            form = form_of(stream)
        if form is None or form.kind is None:
            raise PackageRefused("CMS_MALFORMED", detail="PEM 中不是 CMS / the PEM holds no CMS")
        return target, form

    def _new(self) -> Path:
        self.work.mkdir(parents=True, exist_ok=True)
        return self.work / f"{secrets.token_hex(8)}.sealed"


def _walk(stream: BinaryIO, limits: Limits) -> Walk:
    return Walk(stream, stream.seek(0, 2), limits)


def _like_a_package(file: Path) -> bool:
    """Whether a file begins as packages do: XML in any encoding, zip, gzip, zstd."""
    with file.open("rb") as stream:
        head = stream.read(8)
    starts = (
        b"<",
        b"\xef\xbb\xbf<",
        b"\xff\xfe<",
        b"\xfe\xff\0<",
        b"\0<",
        b"PK",
        b"\x1f\x8b",
        b"\x28\xb5\x2f\xfd",
    )
    return head.lstrip(b" \t\r\n").startswith(starts)
