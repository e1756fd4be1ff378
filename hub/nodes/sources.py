"""Where a new credential comes from: made here (token, key and certificate) or handed in by the department."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from hub.errors import Place, StopError
from hub.nodes import authority, files
from hub.nodes.certificates import read_certificate
from hub.nodes.shapes import Material
from hub.nodes.ssh_keys import read_ssh_key
from hub.nodes.tokens import new_token
from hub.register import Registration
from schemas.numbers import region_within


@dataclass(frozen=True, slots=True)
class Source:
    """What the user gave. `certificate`, `request`, `public_key` are read; `key_out`, `certificate_out` are written."""

    kind: str
    certificate: Path | None = None
    request: Path | None = None
    public_key: Path | None = None
    key_out: Path | None = None
    certificate_out: Path | None = None
    key_type: str = "rsa"

    def fault(self) -> str | None:
        """What is wrong with the combination, in both languages; None if it says where the credential comes from."""
        given = {
            "--certificate": self.certificate, "--request": self.request, "--public-key": self.public_key,
            "--key-out": self.key_out, "--certificate-out": self.certificate_out,
        }  # fmt: skip
        names = {name for name, value in given.items() if value is not None}
        if self.key_out is not None and self.key_out == self.certificate_out:
            return f"--key-out, --certificate-out: 须是两个文件 · must be two files: {self.key_out}"
        if names in _COMBINATIONS[self.kind]:
            return None
        wanted = " | ".join(
            " ".join(f"{name} FILE" for name in sorted(each, reverse=True)) or "-"
            for each in _COMBINATIONS[self.kind]
        )
        return f"{self.kind}: 用 · use {wanted}; 给出的 · given: {' '.join(sorted(names)) or '-'}"


_FROM_AUTHORITY = [{"--key-out", "--certificate-out"}, {"--request", "--certificate-out"}]
_COMBINATIONS: dict[str, list[set[str]]] = {
    "token": [set()],
    "ssh-key": [{"--public-key"}],
    "certificate": [{"--certificate"}, *_FROM_AUTHORITY],
    "signing": [{"--certificate"}, *_FROM_AUTHORITY],
}


@dataclass(slots=True)
class Obtained:
    """The new credential: what is kept, and what goes to the department (a token is told once, files are named)."""

    material: Material
    token: str | None = None
    files: dict[str, str] = field(default_factory=dict)  # what → path


@contextmanager
def obtain(
    source: Source, node: str, organization: str, span: tuple[int, int], keys: Path, now: int
) -> Iterator[Obtained]:
    """A new credential for the node `SYSTEM/NAME`. Files that were written are taken away again if the block fails.

    `span` µs from and to, for what the hub's authority issues; `keys` its folder. Raises StopError NODE_….
    """
    if source.kind == "token":
        token, material = new_token()
        yield Obtained(material, token)
    elif source.public_key is not None:
        yield Obtained(read_ssh_key(files.read(source.public_key), source.public_key))
    elif source.certificate is not None:
        yield Obtained(read_certificate(files.read(source.certificate), source.kind, source.certificate, now))
    else:
        with _issued(source, node, organization, span, keys, now) as obtained:
            yield obtained


@contextmanager
def _issued(
    source: Source, node: str, organization: str, span: tuple[int, int], keys: Path, now: int
) -> Iterator[Obtained]:
    """By the hub's authority: for a key that is made now, or for that of a request."""
    assert source.certificate_out is not None
    files.check_free(source.key_out, source.certificate_out)
    issuer = authority.authority(keys, now)
    told = {"certificate": str(source.certificate_out), "authority": str(issuer.file)}
    written: list[Path] = []
    public: PublicKeyTypes
    try:
        if source.request is not None:
            public = authority.requested_key(files.read(source.request), source.request)
        else:
            assert source.key_out is not None
            key = authority.new_key(source.key_type)
            files.place(source.key_out, authority.private_pem(key), 0o600)
            written.append(source.key_out)
            told["key"] = str(source.key_out)
            public = key.public_key()
        pem = issuer.issue(public, node, organization, source.kind, span)
        files.place(source.certificate_out, pem, 0o644)
        written.append(source.certificate_out)
        yield Obtained(read_certificate(pem, source.kind, source.certificate_out, now), files=told)
    except BaseException:
        for file in written:
            file.unlink(missing_ok=True)
        raise


def check_bounds(
    registration: Registration, organizations: tuple[str, ...] | None, regions: tuple[str, ...] | None
) -> None:
    """Raises StopError: NODE_ORGANIZATION, NODE_REGION for what lies outside the registration."""
    for each in organizations or ():
        if each not in registration.organizations:
            raise StopError(
                "NODE_ORGANIZATION",
                zh=f"机构 {each} 不在系统 {registration.code} 的登记中",
                en=f"The organisation {each} is not in the registration of {registration.code}",
                remedy_zh=f"登记的机构：{'、'.join(registration.organizations)}；需要时先改登记",
                remedy_en=f"Registered: {', '.join(registration.organizations)}; change the registration first if need be",
                place=Place(system=registration.code, file=registration.path or None, field="organization"),
            )
    for each in regions or ():
        digits = each.isascii() and each.isdigit() and len(each) in (6, 9, 12)
        if not digits or not region_within(each, registration.region):
            raise StopError(
                "NODE_REGION",
                zh=f"区划 {each} 不是 {registration.region} 或其下的 6、9、12 位代码",
                en=f"The region {each} is not a code of 6, 9 or 12 digits at or below {registration.region}",
                remedy_zh="写登记的区划之内的代码",
                remedy_en="Give a code within the registration's region",
                place=Place(system=registration.code, file=registration.path or None, field="region"),
            )
