"""The packages that are measured: simulated, always the same bytes, held to digests that stand in pins.json."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from hub.errors import Place, StopError
from hub.simulate import Options, simulate
from hub.simulate.world import DIALECTS
from schemas.contract import xsd_path

SYSTEM = "land-bureau"
SEED = 20260630
TODAY = date(2026, 6, 30)
CASES = 10_000
QUICK_CASES = 2_000
LARGE_COPIES = 20
PINS = Path(__file__).with_name("pins.json")

_COUNT = re.compile(rb"<CaseCount>(\d+)</CaseCount>")
_HEAD_ID = re.compile(rb"<PackageId>([^<]+)</PackageId>")
_SERIAL = re.compile(rb"<Serial>\d+</Serial>")
_CASE = re.compile(rb"[ \t]*<Case>.*?</Case>\s*", re.S)


def pins() -> dict[str, Any]:
    """The digests that input, schema and rows are held to."""
    found: dict[str, Any] = json.loads(PINS.read_text(encoding="utf-8"))
    return found


def held(what: str, found: str, path: Path | None = None) -> None:
    """Raises StopError BENCH_PIN unless `found` is the digest pinned for `what`."""
    wanted = pins().get(what)
    if found != wanted:
        raise StopError(
            "BENCH_PIN",
            zh=f"基准的 {what} 与固定的摘要不符:应为 {wanted},实为 {found}",
            en=f"The benchmark's {what} is not what is pinned: expected {wanted}, found {found}",
            remedy_zh="若模拟器、XSD 或映射确有意改动,执行 python -m bench.pin 并提交 bench/pins.json;否则查明原因",
            remedy_en="If simulator, XSD or mapping were changed on purpose, run python -m bench.pin and commit bench/pins.json; else find out why",
            place=Place(file=str(path or PINS)),
        )


def schema() -> Path:
    """The canonical XSD that xmllint validates against; held to its pin."""
    path = xsd_path("1.0", "canonical")
    held("xsd", sha256(path), path)
    return path


def base(folder: Path, cases: int) -> Path:
    """The clean package of `cases` cases, made in `folder` if it is not there yet or is an older one; held to its pin."""
    path = folder / f"clean-{cases}.xml"
    if not path.is_file() or sha256(path) != pins().get(f"input_{cases}"):
        make_base(path, cases)
    held(f"input_{cases}", sha256(path), path)
    return path


def make_base(path: Path, cases: int) -> None:
    """Simulate one clean package of `cases` cases into `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        out = Path(folder)
        options = Options(
            cases=cases, out=out, today=TODAY, seed=SEED, code=SYSTEM, package_size=cases, clean=True
        )
        simulate(options)
        [made] = (out / "out").glob("*.xml")
        made.rename(path)


def again(source: Path, target: Path) -> None:
    """The same cases, byte for byte, in a new package."""
    data = source.read_bytes()
    data = _HEAD_ID.sub(rb"<PackageId>\1-again</PackageId>", data, count=1)
    target.write_bytes(_SERIAL.sub(b"<Serial>2</Serial>", data, count=1))


def copies(source: Path, target: Path, times: int) -> int:
    """The cases of a package `times` over, each under numbers of its own; returns how many that are."""
    data = source.read_bytes()
    start, end = data.index(b"<Body>") + 6, data.rindex(b"</Body>")
    found = _COUNT.search(data)
    assert found is not None
    total = int(found[1]) * times
    with target.open("wb") as file:
        file.write(_COUNT.sub(b"<CaseCount>%d</CaseCount>" % total, data[:start], count=1))
        for number in range(times):
            file.write(data[start:end].replace(b"</CaseNo>", b"-%02d</CaseNo>" % number))
        file.write(data[end:])
    return total


DEFECTS = (
    (b"<RegionCode>", b"<RegionCode>x", "VALUE_PATTERN"),
    (b"<Channel>", b"<Channel>97", "CODE_UNKNOWN"),
    (b"<AppliedAt>", b"<AppliedAt>+", "VALUE_TYPE"),
    (b"<Uscc>", b"<Unit>1</Unit><Uscc>", "STRUCT_UNEXPECTED"),
)
"""What is planted into every hundredth case, in turn."""


def spoilt(source: Path, target: Path, every: int = 100) -> int:
    """The package with one defect in every hundredth case; returns how many are bad."""
    bad = 0
    with target.open("wb") as file:
        for number, piece in enumerate(_pieces(source.read_bytes())):
            if number and number % every == 0:
                old, new, _ = DEFECTS[bad % len(DEFECTS)]
                piece = piece.replace(old, new, 1)
                bad += 1
            file.write(piece)
    return bad


def _pieces(data: bytes) -> Iterator[bytes]:
    """Everything before the first case, each case, everything behind the last."""
    position = 0
    for case in _CASE.finditer(data):
        if not position:
            yield data[: case.start()]
        position = case.end()
        yield case[0]
    yield data[position:]


def sha256(path: Path) -> str:
    """Of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def department(folder: Path, dialect: str = "canonical") -> Path:
    """A fresh exchange directory with its registration; returns the folder of registrations."""
    from hub.simulate.registration import registration

    if folder.exists():
        shutil.rmtree(folder)
    for name in ("out", "receipts", "refused", "systems"):
        (folder / name).mkdir(parents=True)
    text = registration(Options(cases=1, out=folder, today=TODAY, code=SYSTEM))
    if dialect != "canonical":
        # Whatever way the pieces come in reality: here all dialects lie in a directory, so that they can be compared.
        text = text.replace("dialect: canonical", f"dialect: {dialect}").replace(
            "serial: source", "serial: hub"
        )
        text = text.replace("codes: canonical", f"codes: {DIALECTS[dialect]}")
    (folder / "systems" / f"{SYSTEM}.yaml").write_text(text, encoding="utf-8")
    return folder / "systems"


def put(department_folder: Path, package: Path, name: str) -> None:
    """Lay a package into the exchange directory, ready to be taken."""
    target = department_folder / "out" / name
    shutil.copyfile(package, target)
    target.with_name(f"{name}.ok").touch()
