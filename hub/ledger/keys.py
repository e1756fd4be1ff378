"""The hub's own Ed25519 key for checkpoints: made on first use, kept under SUPHUB_HOME/keys, readable by its owner only."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from hub.errors import Place, StopError

KEY_FILE = "checkpoint.key"
PUBLIC_FILE = (
    "checkpoint.pub"  # after a change of keys the old one stays beside it as checkpoint-<anything>.pub
)


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key in `folder`, made there if there is none yet. StopError KEY_FILE: it cannot be read or trusted."""
    file = folder / KEY_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _place(file, _new_key(), 0o600)
        key = _load(file)
        public = folder / PUBLIC_FILE
        if not public.exists():
            _place(public, public_hex(key).encode() + b"\n", 0o644)
    except OSError as error:
        raise _unusable(file, str(error)) from error
    return key


def trusted_keys(folder: Path) -> frozenset[str]:
    """The public keys (64 hex digits each) whose checkpoints this installation believes; empty before the first."""
    return frozenset(read_public_key(file) for file in folder.glob("checkpoint*.pub"))


def read_public_key(file: Path) -> str:
    """A public key from a .pub file. StopError KEY_FILE: it is not there or no such key."""
    try:
        text = file.read_text(encoding="ascii").strip().lower()
    except (OSError, UnicodeDecodeError) as error:
        raise _no_public_key(file, str(error)) from error
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise _no_public_key(file, "64 hex digits expected, 应为 64 位十六进制")
    return text


def public_hex(key: Ed25519PrivateKey) -> str:
    """The raw public key as 64 hex digits."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _place(file: Path, content: bytes, mode: int) -> None:
    """Put `content` at `file` whole, unless somebody else has been quicker."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if not file.exists():
            _link(draft, file)
    finally:
        draft.unlink()


def _link(draft: Path, file: Path) -> None:
    try:
        os.link(draft, file)
    except FileExistsError:
        return  # two started at once; the first one's key is the hub's key


def _load(file: Path) -> Ed25519PrivateKey:
    if file.stat().st_mode & 0o077:
        raise _unusable(file, f"others may read it, 其他用户可读: mode {file.stat().st_mode & 0o777:o}")
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(file, str(error)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable(file, "Ed25519 expected, 应为 Ed25519")
    return key


def _no_public_key(file: Path, why: str) -> StopError:
    return StopError(
        "KEY_FILE",
        zh=f"公钥文件 {file} 不能使用：{why}",
        en=f"The public key file {file} cannot be used: {why}",
        remedy_zh="公钥文件(checkpoint.pub)是一行 64 位十六进制；给出枢纽的 checkpoint.pub，或监察机关存档的副本",
        remedy_en="A public key file (checkpoint.pub) is one line of 64 hex digits; give the hub's checkpoint.pub, or the copy that the authority keeps",
        place=Place(file=str(file)),
    )


def _unusable(file: Path, why: str) -> StopError:
    return StopError(
        "KEY_FILE",
        zh=f"密钥文件 {file} 不能使用：{why}",
        en=f"The key file {file} cannot be used: {why}",
        remedy_zh="恢复备份的密钥，并执行 chmod 600；确需更换时，把旧的 checkpoint.pub 改名为 checkpoint-旧.pub 保留",
        remedy_en="Restore the key from backup and chmod 600 it; to change it on purpose, keep the old checkpoint.pub "
        "as checkpoint-old.pub",
        place=Place(file=str(file)),
    )
