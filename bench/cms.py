"""Opening a sealed package beside the stock openssl command, 50 MB, and the memory it takes for 50 and 200 MB."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.children import run as run_child
from bench.children import wrong
from tests.support.sealing import encrypted, signed
from tests.support.sealing_house import House, make_house

ROUNDS = 5
MEGABYTES, LARGE_MEGABYTES = 50, 200
_LINE = b"<CaseNo>430100-2026-0000043</CaseNo><ApplicantName>%08x</ApplicantName>\n"


def measure(folder: Path, tell: Callable[[str], None], rounds: int = ROUNDS) -> Mapping[str, list[float]]:
    """AES-256-CBC around an RSA signature: openssl's two commands in a pipe, then the hub, round after round."""
    folder.mkdir(parents=True)
    house = make_house(folder)
    small = _sealed(folder, house, MEGABYTES)
    values: dict[str, list[float]] = {
        "cms_open_vs_openssl": [],
        "cms_open_peak_50": [],
        "cms_open_peak_200": [],
    }
    for _ in range(rounds):
        stock = _openssl(folder, house, small)
        ours = _ours(folder, house, small)
        values["cms_open_vs_openssl"].append(stock / ours["wall"])
        values["cms_open_peak_50"].append(ours["peak"])
        tell(
            f"  cms {MEGABYTES} MB: openssl {stock:.2f}s  hub {ours['wall']:.2f}s  peak {ours['peak']:.0f} MB"
        )
    small[1].unlink()
    large = _sealed(folder, house, LARGE_MEGABYTES)
    values["cms_open_peak_200"].append(_ours(folder, house, large)["peak"])
    return values


Sealed = tuple[str, Path]
"""SHA-256 of the content, and the sealed file."""


def _sealed(folder: Path, house: House, megabytes: int) -> Sealed:
    plain, hashing = folder / "plain.xml", hashlib.sha256()
    with plain.open("wb") as file:
        for block in range(megabytes):
            lines = b"".join(_LINE % (block << 16 | number) for number in range(1_000_000 // len(_LINE % 0)))
            hashing.update(lines)
            file.write(lines)
    inside = signed(plain, house.land)
    plain.unlink()
    made = encrypted(inside, house.hub, to=folder / f"sealed-{megabytes}")
    inside.unlink()
    return hashing.hexdigest(), made


def _openssl(folder: Path, house: House, sealed: Sealed) -> float:
    out = folder / "out"
    decrypt = ["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", str(sealed[1]), "-recip", str(house.hub.file),
               "-inkey", str(house.hub.key_file)]  # fmt: skip
    verify = [
        "openssl",
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-CAfile",
        str(house.authority.file),
        "-out",
        str(out),
    ]
    start = perf_counter()
    with subprocess.Popen(decrypt, stdout=subprocess.PIPE) as first:
        second = subprocess.run(verify, stdin=first.stdout, capture_output=True)
    wall = perf_counter() - start
    with out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if first.returncode or second.returncode or digest != sealed[0]:
        raise wrong("openssl cms", second.stderr.decode(errors="replace"))
    out.unlink()
    return wall


def _ours(folder: Path, house: House, sealed: Sealed) -> dict[str, Any]:
    args = {
        "file": str(sealed[1]),
        "work": str(folder / "work"),
        "keys": str(house.hub.file.parent),
        "signer": str(house.land.file),
    }
    found = run_child("open_cms", args, {})
    if found["digest"] != sealed[0]:
        raise wrong("open_cms", "the content is not what was sealed")
    return found
