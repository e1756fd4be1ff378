"""Catalogues for tests: one whole item with its people in YAML, and imports of texts as files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from hub.catalogue.importing import Imported, import_files
from hub.central.engine import reading
from hub.clock import start_of

USCC = "11430100006121778E"
CODE = f"{USCC}4430101203001"
TODAY = date(2026, 3, 1)

WHOLE = f"""\
organizations:
  - {{org_uscc: {USCC}, name: 长沙市自然资源和规划局, region_code: "430100", org_level: 3}}
regions:
  - {{region_code: "430100", name: 长沙市}}
posts:
  - {{org_uscc: {USCC}, post_code: CK, name: 窗口岗}}
  - {{org_uscc: {USCC}, post_code: SC, name: 审查岗}}
staff:
  - {{org_uscc: {USCC}, person_no: "0731001", name: 李受理, posts: [CK], mobile: "13800000000"}}
  - {{org_uscc: {USCC}, person_no: "0731002", name: 张审查, posts: [SC], valid_from: 2024-01-01}}
items:
  - item_code: {CODE}
    catalog_code: "430101203001"
    name: 建设用地规划许可证核发
    org_uscc: {USCC}
    org_name: 长沙市自然资源和规划局
    item_type: 01
    case_type: 承诺件
    exercise_level: 4
    statutory_limit: 20
    statutory_limit_unit: W
    promised_limit: 12
    promised_limit_unit: 工作日
    is_charged: 是
    issues_certificate: 是
    certificate_name: 建设用地规划许可证
    online_depth: 全程网办
    basis: 《城乡规划法》第三十七条
    conditions: 材料齐全
    place: 政务中心
    telephone: 0731-1
    supervision_telephone: 0731-2
    materials:
      - {{name: 申请表, is_required: 是, form: 电子}}
      - {{name: 批准文件, is_required: 否}}
    fees:
      - {{fee_code: FE-001, name: 工本费, basis: 湘发改〔2019〕1号, standard_amount: "10.00", step_code: JD}}
    steps:
      - {{step_code: SL, name: 受理, step_type: 1, posts: [CK], next: [SC, {{to: BZ, when: 材料不全}}]}}
      - {{step_code: BZ, name: 补正, step_type: 2, posts: [CK], next: [SL]}}
      - {{step_code: SC, name: 审查, step_type: 2, posts: [SC], step_limit: 8, step_limit_unit: W, next: [JD]}}
      - {{step_code: JD, name: 决定, step_type: 3, apart_from: [SC]}}
"""


def bring(
    engine: Engine, folder: Path, files: Mapping[str, str | bytes], day: date = TODAY, **how: Any
) -> Imported:
    """Import texts under these file names, on a day."""
    paths = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(path)
    return import_files(engine, paths, folder / "work", by="测试", now=start_of(day), **how)


def rows(engine: Engine, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a table in the order of its key, these columns of them."""
    with reading(engine) as connection:
        wanted = select(*(table.c[name] for name in columns)).order_by(*table.primary_key.columns)
        return [tuple(row) for row in connection.execute(wanted)]


class Log:
    """What an import wrote into the log."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Mapping[str, Any]]] = []

    def __call__(self, connection: Connection, event: str, body: Mapping[str, Any]) -> None:
        self.entries.append((event, body))
