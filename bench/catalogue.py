"""Importing a catalogue of 200,000 items: CSV of items, materials and fees, written first, then imported on the clock."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from hub.catalogue.importing import import_files
from hub.central.engine import create_engine
from hub.central.upgrade import upgrade

ITEMS = 200_000
ITEM_HEADER = (
    "item_code", "version", "valid_from", "catalog_code", "name", "org_uscc", "org_name", "item_type", "case_type",
    "exercise_level", "statutory_limit", "statutory_limit_unit", "promised_limit", "promised_limit_unit", "is_charged",
    "issues_certificate", "certificate_name", "online_depth", "state", "is_exempt", "basis", "conditions", "place",
    "telephone", "supervision_telephone",
)  # fmt: skip


def import_200000(url: str, items: int = ITEMS) -> float:
    """Seconds that the import of `items` items, with two materials each and a fee for every second, takes.

    `url` is a database whose tables are there or may be made; it must hold no item yet.
    """
    engine = create_engine(url)
    upgrade(engine)
    with TemporaryDirectory(prefix="suphub-bench-") as folder:
        files = write_catalogue(Path(folder), items)
        begun = perf_counter()
        done = import_files(engine, files, Path(folder) / "work", by="bench")
        seconds = perf_counter() - begun
    engine.dispose()
    if done.counts["item"]["new"] != items:
        raise ValueError(f"{items} new items expected, found {done.counts}")
    return seconds


def write_catalogue(folder: Path, items: int) -> list[Path]:
    """The files of the import; the same for the same number."""
    return [
        _write(folder / "items.csv", ITEM_HEADER, _items(items)),
        _write(
            folder / "materials.csv",
            ("item_code", "name", "is_required", "form", "source"),
            _materials(items),
        ),
        _write(
            folder / "fees.csv", ("item_code", "fee_code", "name", "basis", "standard_amount"), _fees(items)
        ),
    ]


def _write(file: Path, header: Sequence[str], rows: Iterator[Sequence[str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(header)
        writer.writerows(rows)
    return file


def _code(number: int) -> str:
    return f"1143{number // 400:014d}4430101{number % 400:06d}"


def _items(count: int) -> Iterator[Sequence[str]]:
    for number in range(count):
        charged = "是" if number % 2 else "否"
        yield (
            _code(number), "1", "2024-01-01", f"430101{number % 400:06d}", f"第{number % 400}号许可事项的核发与变更",
            f"1143{number // 400:014d}", f"第{number // 400}机构", "01", "2", "4", "20", "W", str(5 + number % 15), "W",
            charged, "是", "许可证", "apply", "在用", "否", "《中华人民共和国行政许可法》第十二条、第三十七条",
            "具备法定条件，材料齐全，符合法定形式。", "政务服务中心二楼", f"0731-{80000000 + number}", "0731-12345",
        )  # fmt: skip


def _materials(count: int) -> Iterator[Sequence[str]]:
    for number in range(count):
        yield _code(number), "申请表", "是", "电子", "申请人自备"
        yield _code(number), "身份证明复印件", "否", "纸质", "公安机关"


def _fees(count: int) -> Iterator[Sequence[str]]:
    for number in range(1, count, 2):
        yield _code(number), f"FE-{number % 7}", "证照工本费", "发改价格〔2019〕1号", f"{5 + number % 7}.50"
