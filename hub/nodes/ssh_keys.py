"""Reads an SSH public key that a department hands in, one line as in id_ed25519.pub or authorized_keys."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from hub.errors import Place, StopError
from hub.nodes.certificates import check_public_key, private_key_given
from hub.nodes.shapes import Material
from hub.nodes.tokens import new_id


def read_ssh_key(content: bytes, file: Path) -> Material:
    """What is kept of the key: its line without the comment, and its fingerprint as `ssh-keygen -l` shows it.

    Raises StopError: NODE_PRIVATE_KEY, NODE_SSH_KEY, NODE_WEAK_KEY.
    """
    if b"PRIVATE KEY-----" in content:
        raise private_key_given(file)
    lines = [line for line in content.splitlines() if line.strip() and not line.lstrip().startswith(b"#")]
    if len(lines) != 1:
        raise _no_key(file, f"{len(lines)} lines, {len(lines)} 行")
    words = lines[0].split()
    if len(words) < 2:
        raise _no_key(file, "应为:类型 公钥 [备注], expected: type key [comment]")
    try:
        key: PublicKeyTypes = load_ssh_public_key(b" ".join(words[:2]))
        blob = b64decode(words[1], validate=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(file, str(error)) from error
    check_public_key(key, file)
    name = words[0].decode("ascii")
    fingerprint = "SHA256:" + b64encode(sha256(blob).digest()).decode("ascii").rstrip("=")
    line = f"{name} {words[1].decode('ascii')}"
    return Material("ssh-key", new_id(), fingerprint=fingerprint, subject=name, public=line)


def _no_key(file: Path, why: str) -> StopError:
    return StopError(
        "NODE_SSH_KEY",
        zh=f"{file} 不是可用的 SSH 公钥：{why}",
        en=f"{file} is no SSH public key that can be used: {why}",
        remedy_zh="给出 .pub 文件(一行);PuTTY 格式先用 ssh-keygen -i 转换",
        remedy_en="Give the .pub file (one line); convert one of PuTTY first with ssh-keygen -i",
        place=Place(file=str(file)),
    )
