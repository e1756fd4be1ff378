"""The item catalogue (事项库) of a simulated department: what its items really are, and what it made public, as YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from itertools import chain

from hub.simulate.days import walk
from hub.simulate.disclosed import Results
from hub.simulate.elements import STEPS, handler
from hub.simulate.standing_truth import FLOW_LIMIT, GUIDES, LIMITED_PLACE
from hub.simulate.words import (
    FEE,
    FEE_BASIS,
    FEE_CODE,
    GREATEST_FEE,
    ITEMS,
    LEAST_FEE,
    LIMITED_FLOW,
    LONG_PROMISE,
    MATERIALS,
    PLAIN,
)
from hub.simulate.world import Options

Row = dict[str, object]
FILE = "catalogue.yaml"
VERSION = 2
SINCE = date(2020, 1, 1)
POSTS = {
    "window": "窗口受理岗",
    "clerk": "承办岗",
    "expert": "现场核查岗",
    "reviewer": "复核岗",
    "chief": "决定岗",
}
FLOW = (
    ("HJ01", STEPS[0], "1", "window", "HJ02", "", ""),
    ("HJ02", STEPS[1], "2", "clerk", "HJ03", "", ""),
    ("HJ03", STEPS[2], "2", "clerk", "HJ04=须现场核查;HJ05=不须现场核查", "审查", "不按标准审查"),
    ("HJ04", STEPS[3], "2", "expert", "HJ05", "核查", "核查走过场"),
    ("HJ05", STEPS[4], "2", "reviewer", "HJ06=通过;HJ03=退回审查", "复核", "超越权限"),
    ("HJ06", STEPS[5], "3", "chief", "", "决定", "违规决定"),
)
"""Code, name, type, post, what may follow, risk category, risk."""
LEVEL = "3"
NEEDED = 2  # so many materials, the first ones, must be there
_STAFF = 7
GUIDE_TERM = 20  # working days from an item's begin to the publication of its guide
_ON_THE_LAST_DAY = 1  # index of an item
_LIMIT: Row = {"step_limit": FLOW_LIMIT, "step_limit_unit": "W"}


def item_code(options: Options, index: int) -> tuple[str, str]:
    """The implementation code and the catalogue code of an item."""
    catalog = f"43{int(ITEMS[index].item_type):02d}{index + 1:05d}001"
    return f"{options.organization.uscc}{LEVEL}{catalog}", catalog


def found_of_items(options: Options) -> set[tuple[str, str]]:
    """What must be found of the items in the catalogue, whether anybody applies for them or not, as (rule, subject)."""
    items = {index: f"{item_code(options, index)[0]}@{VERSION}" for index in listed(options)}
    found = {(GUIDES[index], subject) for index, subject in items.items() if index in GUIDES}
    return found | ({("T13", items[LONG_PROMISE])} if LONG_PROMISE in items else set())


def write_catalogue(options: Options, results: Results | None = None) -> None:
    """Write DIR/catalogue.yaml: organisations, regions, posts, staff, what is public, and each item with its parts.

    `results` knows the cases whose results are public; without it none is.
    """
    uscc = options.organization.uscc
    posts: Iterator[Row] = (
        {"org_uscc": uscc, "post_code": code, "name": name, "office": _office(code)}
        for code, name in POSTS.items()
    )
    lines = [f"# {options.organization.name}事项库(模拟)· item catalogue of a simulated department"]
    for name, rows in (
        ("organizations", _organizations(options)),
        ("regions", _regions(options)),
        ("posts", posts),
        ("staff", _staff(options)),
        ("disclosures", chain(_guides(options), _results(options, results))),
    ):
        lines += [f"{name}:", *(f"  - {_flow(row)}" for row in rows)]
    lines.append("items:")
    for index in listed(options):
        lines.append("  - " + "\n    ".join(_pairs(_item(options, index))))
        for name, rows in (("materials", _materials()), ("fees", _fees(index)), ("steps", _steps(index))):
            written = [f"      - {_flow(row)}" for row in rows]
            lines += [f"    {name}:", *written] if written else [f"    {name}: []"]
    (options.out / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def listed(options: Options) -> list[int]:
    """Indexes of the items of the department; the planted ones only where something is planted."""
    plain = options.clean or options.fabricate
    return [index for index in range(len(ITEMS)) if not (plain and index in (LONG_PROMISE, LIMITED_FLOW))]


def _flow(row: Row) -> str:
    return "{" + ", ".join(_pairs(row)) + "}"


def _pairs(row: Row) -> list[str]:
    return [f"{name}: {_scalar(value)}" for name, value in row.items() if value is not None]


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, date) else value.isoformat()


def _organizations(options: Options) -> Iterator[Row]:
    own = options.organization
    yield {"org_uscc": own.parent, "name": "湖南省人民政府(模拟)", "region_code": "430000", "org_level": "2"}
    yield {
        "org_uscc": own.uscc,
        "name": own.name,
        "parent_uscc": own.parent,
        "region_code": own.region,
        "org_level": LEVEL,
    }


def _regions(options: Options) -> Iterator[Row]:
    yield {"region_code": "430000", "name": "湖南省", "region_level": "2"}
    name = options.organization.name[:3]
    yield {
        "region_code": options.organization.region,
        "name": name,
        "parent_code": "430000",
        "region_level": LEVEL,
    }


def _staff(options: Options) -> Iterator[Row]:
    """The people who handle cases: window and clerks by turns, and the one who decides."""
    for number in range(_STAFF + 1):
        name, person = handler(number)
        posts = ["chief"] if number == _STAFF else ["window", "clerk", "expert", "reviewer"]
        yield {
            "org_uscc": options.organization.uscc,
            "person_no": person,
            "name": name,
            "office": "局领导" if number == _STAFF else "业务科",
            "posts": ";".join(posts),
            "valid_from": SINCE,
        }


def _guides(options: Options) -> Iterator[Row]:
    """The published guides: one on the last day of its term, one a day later, one never, the others at once."""
    last = walk(SINCE.toordinal(), GUIDE_TERM)
    days = {_ON_THE_LAST_DAY: last, LONG_PROMISE: walk(last, 1)}
    for index in listed(options):
        if index != LIMITED_FLOW:
            code, _ = item_code(options, index)
            published = date.fromordinal(days.get(index, walk(SINCE.toordinal(), 1)))
            yield {
                "org_uscc": options.organization.uscc,
                "index_no": f"G-{index + 1:03d}",
                "matter": "guide",
                "name": f"{ITEMS[index].name}办事指南",
                "published_on": published,
                "department": options.organization.name,
                "item_code": code,
            }


def _results(options: Options, results: Results | None) -> Iterator[Row]:
    for each, published in results.rows() if results is not None else ():
        yield {
            "org_uscc": options.organization.uscc,
            "index_no": f"R-{options.code}-{each.case_no}",
            "matter": "result",
            "name": f"{each.item}决定",
            "published_on": date.fromordinal(published),
            "department": options.organization.name,
            "case_no": each.case_no,
        }


def _office(post: str) -> str:
    return {"window": "政务服务窗口", "chief": "局领导"}.get(post, "业务科")


def _item(options: Options, index: int) -> Row:
    item = ITEMS[index]
    code, catalog = item_code(options, index)
    row: Row = {
        "item_code": code,
        "version": VERSION,
        "valid_from": SINCE,
        "catalog_code": catalog,
        "name": item.name,
        "org_uscc": options.organization.uscc,
        "org_name": options.organization.name,
        "item_type": item.item_type,
        "case_type": item.case_type,
        "exercise_level": LEVEL,
    }
    if options.lawful or not (options.dialect == "canonical" and index == PLAIN):
        # Else the department of the canonical messages plants limits of its own in this item, and tells them itself.
        row |= _limit("statutory_limit", item.statutory) | _limit("promised_limit", item.promised)
    return row | {
        "is_charged": item.charged,
        "issues_certificate": item.certificate is not None,
        "certificate_name": item.certificate,
        "online_depth": "apply",
        "basis": "《中华人民共和国行政许可法》",
        "conditions": "申请材料齐全,符合法定形式",
        "place": "政务服务中心",
        "telephone": "0731-80000000",
        "supervision_telephone": "0731-80000001",
    }


def _limit(name: str, limit: tuple[int, str] | None) -> Row:
    return {} if limit is None else {name: limit[0], f"{name}_unit": limit[1]}


def _materials() -> Iterator[Row]:
    for number, name in enumerate(MATERIALS):
        yield {"name": name, "is_required": number < NEEDED, "form": "纸质或电子"}


def _fees(index: int) -> Iterator[Row]:
    if ITEMS[index].charged:
        yield {
            "fee_code": FEE_CODE,
            "name": FEE,
            "basis": FEE_BASIS,
            "minimum_amount": _yuan(LEAST_FEE),
            "maximum_amount": _yuan(GREATEST_FEE),
            "step_code": "HJ01",
            "is_reducible": False,
        }


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _steps(index: int) -> Iterator[Row]:
    """The flow of an item; a 即办件 is decided at the window by whoever accepts it."""
    if ITEMS[index].case_type == "1":
        yield {"step_code": "HJ01", "name": STEPS[0], "step_type": "1", "posts": "window", "next": "HJ06"}
        yield {"step_code": "HJ06", "name": STEPS[5], "step_type": "3", "posts": "window"}
        return
    for step, name, kind, post, following, category, risk in FLOW:
        yield {
            "step_code": step,
            "name": name,
            "step_type": kind,
            "posts": post,
            "next": following or None,
            "apart_from": "HJ01" if step == "HJ06" else None,
            "risk_category": category or None,
            "risk_description": risk or None,
            "risk_control": "双人复核" if risk else None,
        } | (_LIMIT if index == LIMITED_FLOW and step == FLOW[LIMITED_PLACE][0] else {})
