"""Host keys of SFTP servers: what a registration trusts, held against what the server shows."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.failures import option_wrong
from hub.errors import Place, StopError

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
_KEY = re.compile(r"(?:(ssh-[a-z0-9-]+|ecdsa-[a-z0-9-]+)\s+)?(AAAA[A-Za-z0-9+/]+={0,2})(?:\s+\S.*)?")
ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
}
"""Kind of a key → the algorithms it may be asked for by, the best first. SHA-1 signatures are not accepted."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A host key that is trusted; `kind` is None where only its fingerprint is known."""

    fingerprint: str
    kind: str | None = None


def fingerprint(blob: bytes) -> str:
    """As OpenSSH shows it: `SHA256:` and 43 characters."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def pins_of(system: str, option: object, extra: object) -> tuple[Pin, ...]:
    """The keys pinned by the registration (`host_keys`) and by the connection (extra `host_key`). Raises StopError."""
    given = [(text, "host_keys") for text in _texts(option)]
    given += [(text, "connection.extra.host_key") for text in _texts(extra)]
    return tuple(_pin(system, text, where) for text, where in given)


def algorithms(pins: Sequence[Pin]) -> tuple[str, ...]:
    """What to ask the server for: the pinned kinds of keys, so that it shows one of them; all where none is known."""
    kinds = [pin.kind for pin in pins if pin.kind is not None]
    if not kinds or any(pin.kind is None for pin in pins):
        kinds += [kind for kind in ALGORITHMS if kind not in kinds]
    return tuple(dict.fromkeys(name for kind in kinds for name in ALGORITHMS.get(kind, ())))


def unpinned(system: str, server: str, kind: str, blob: bytes) -> StopError:
    """The error for a server whose key nobody has pinned yet: it says which key was seen."""
    seen, line = fingerprint(blob), f"{kind} {base64.b64encode(blob).decode('ascii')}"
    return StopError(
        "SFTP_HOST_KEY_UNPINNED",
        zh=f"SFTP 服务器 {server} 的主机密钥尚未登记;所见:{kind} {seen}",
        en=f"The host key of the SFTP server {server} is not pinned; seen: {kind} {seen}",
        remedy_zh=f"请前置机管理员核对指纹(ssh-keygen -lf /etc/ssh/ssh_host_*.pub);一致时写入登记 connector.host_keys: [\"{seen}\"],"
        f"或写入连接的 extra:{{\"host_key\": \"{line}\"}}。尚未发送任何口令",
        remedy_en=f"Let the front-end machine's administrator compare the fingerprint (ssh-keygen -lf /etc/ssh/ssh_host_*.pub); if it is"
        f" the same, write connector.host_keys: [\"{seen}\"] into the registration, or {{\"host_key\": \"{line}\"}} into the"
        " connection's extra. No credential was sent",
        place=Place(system=system, field="connector.host_keys"),
    )  # fmt: skip


def changed(system: str, server: str, kind: str, blob: bytes, pins: Sequence[Pin]) -> StopError:
    """The error for a server that shows another key than the pinned ones: both are named."""
    seen, known = fingerprint(blob), "、".join(pin.fingerprint for pin in pins)
    return StopError(
        "SFTP_HOST_KEY_CHANGED",
        zh=f"SFTP 服务器 {server} 的主机密钥变了:登记的是 {known},所见是 {kind} {seen}",
        en=f"The host key of the SFTP server {server} has changed: pinned is {known}, seen is {kind} {seen}",
        remedy_zh="可能有人冒充服务器。先向前置机管理员电话核实;确为更换密钥(重装、更换机器)时,改 connector.host_keys"
        " 或连接 extra 的 host_key。尚未发送任何口令,也没有取走任何文件",
        remedy_en="Somebody may pose as the server. Ask the front-end machine's administrator by telephone first; if the key was renewed"
        " (new machine, new installation), change connector.host_keys or host_key in the connection's extra. No credential was"
        " sent and nothing was taken",
        place=Place(system=system, field="connector.host_keys"),
    )  # fmt: skip


def _texts(given: object) -> Iterable[str]:
    if given is None:
        return ()
    parts: list[Any] = list(given) if isinstance(given, (list, tuple)) else re.split(r"[,\n]", str(given))
    return [str(part).strip() for part in parts if str(part).strip()]


def _pin(system: str, text: str, where: str) -> Pin:
    if _FINGERPRINT.fullmatch(text):
        return Pin(text.rstrip("="))
    found = _KEY.search(text)  # a line of known_hosts has the host's name before the key
    if found is not None:
        try:
            blob = base64.b64decode(found[2], validate=True)
            kind = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            kind = ""
        if kind and found[1] in (None, kind) and kind in ALGORITHMS:
            return Pin(fingerprint(blob), kind)
    raise option_wrong(
        system,
        where,
        f"{text[:80]!r} 不是主机公钥或 SHA-256 指纹",
        f"{text[:80]!r} is neither a host's public key nor a SHA-256 fingerprint",
        '写成 "ssh-ed25519 AAAA…" 或 "SHA256:…"(ssh-keyscan、ssh-keygen -lf 的输出)',
        'Write "ssh-ed25519 AAAA…" or "SHA256:…" (what ssh-keyscan and ssh-keygen -lf print)',
    )
