"""The demonstration's department signs and encrypts its packages as any department can: with the stock `openssl` command."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

SEALED = ".p7m"
CERTIFICATE = "land-bureau.pem"
"""The department's signing certificate beside its registration."""


def can_seal() -> bool:
    """Whether the `openssl` command is there."""
    return shutil.which("openssl") is not None


def seal(department: Path, folder: Path, registration: Path, keys: Path, marker: str) -> None:
    """Seal every package in `folder`, with marker and name; truth and registration speak of sealed packages afterwards.

    The department's key stays in its own folder, its certificate goes beside the registration; the hub's key for opening
    is made below `keys`. The same bytes are sealed once: a file that is sent twice stays the same file.
    """
    own, hub = department / "keys", keys / "envelope"
    for each in (own, keys, hub):
        each.mkdir(mode=0o700, exist_ok=True)
    _new_key(own / "sign.key", own / "sign.crt", "land-bureau", "digitalSignature,nonRepudiation")
    _new_key(hub / "demo.key", hub / "demo.crt", "Supervision Hub", "keyEncipherment")
    shutil.copyfile(own / "sign.crt", registration.with_name(CERTIFICATE))
    sealed: dict[str, Path] = {}
    told: dict[str, str] = {}
    for path in sorted(_packages(folder, marker)):
        target = path.with_name(path.name + SEALED)
        digest = _digest(path)
        if digest in sealed:
            shutil.copyfile(sealed[digest], target)
        else:
            _seal(path, target, own, hub / "demo.crt")
            sealed[digest] = target
        told[path.name] = _digest(target)
        path.unlink()
        path.with_name(path.name + marker).rename(target.with_name(target.name + marker))
    _tell(department / "truth.json", told)
    _require(registration)


def _packages(folder: Path, marker: str) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file() and not path.name.endswith(marker))


def _new_key(key: Path, certificate: Path, name: str, usage: str) -> None:
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-sha256", "-nodes", "-days", "3650", "-subj", f"/CN={name}",
             "-addext", f"keyUsage=critical,{usage}", "-keyout", str(key), "-out", str(certificate))  # fmt: skip
    key.chmod(0o600)


def _seal(path: Path, target: Path, own: Path, hub: Path) -> None:
    signed = target.with_name(target.name + ".signed")
    _openssl("cms", "-sign", "-binary", "-nodetach", "-md", "sha256", "-in", str(path), "-signer", str(own / "sign.crt"),
             "-inkey", str(own / "sign.key"), "-outform", "DER", "-out", str(signed))  # fmt: skip
    _openssl("cms", "-encrypt", "-binary", "-aes-256-gcm", "-in", str(signed), "-outform", "DER", "-out", str(target),
             "-recip", str(hub), "-keyopt", "rsa_padding_mode:oaep")  # fmt: skip
    signed.unlink()


def _openssl(*arguments: str) -> None:
    """Raises CalledProcessError with what openssl said."""
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL)


def _tell(path: Path, digests: Mapping[str, str]) -> None:
    truth: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for entry in (*truth["packages"], *truth["repeats"]):
        name = entry["file"]
        entry["file"] = name + SEALED
        if "digest" in entry:
            entry["digest"] = digests[name]
        if "same_as" in entry:
            entry["same_as"] += SEALED
    path.write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _require(registration: Path) -> None:
    said = yaml.safe_load(registration.read_text(encoding="utf-8"))
    said["envelope"] = {"signed": "required", "encrypted": "required", "certificates": [CERTIFICATE]}
    registration.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
