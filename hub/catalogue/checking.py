"""Whether the catalogue is complete and consistent (数据完整性校验): one item by itself, across levels, and its people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, func, or_, select

from hub.catalogue.columns import KINDS
from hub.catalogue.documents import document
from hub.catalogue.flow import flow_of
from hub.central.tables import items

WANTED = (
    "item_type", "case_type", "exercise_level", "basis", "conditions", "statutory_limit", "promised_limit", "is_charged",
    "place", "telephone", "supervision_telephone",
)  # fmt: skip
"""What a guide to an item must tell."""
_ITEM_TABLE = items.service_item


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: `subject` is the key of what it is wrong with."""

    code: str
    kind: str
    subject: str
    zh: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """As plain data."""
        return asdict(self)


def check_items(connection: Connection, today: date, organization: str | None = None) -> Iterator[Finding]:
    """Findings on the newest versions of items that are neither cancelled nor past: each alone, then across levels."""
    posts = _posts(connection, today)
    for code in _codes(connection, today, organization):
        found = document(connection, KINDS["item"], (code,))
        yield from check_item(found)
        yield from _check_posts(found, posts)
    yield from _across_levels(connection, today, organization)


def check_item(item: Mapping[str, Any]) -> Iterator[Finding]:
    """One item by itself."""
    for check in (_complete, _limits, _charges, _codes_agree, _flow):
        for code, zh, en in check(item):
            yield Finding(code, "item", str(item["item_code"]), zh, en)


def _complete(item: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    kind = KINDS["item"]
    missing = [name for name in WANTED if item.get(name) in (None, "")]
    if missing:
        shown = "、".join(kind.column(name).zh for name in missing)
        yield "INCOMPLETE", f"未填写：{shown}", f"not filled in: {', '.join(missing)}"
    if item.get("is_exempt") and not item.get("exempt_basis"):
        yield "EXEMPT_BASIS", "豁免而没有依据", "exempt without a basis"
    if item.get("issues_certificate") and not item.get("certificate_name"):
        yield "CERTIFICATE_NAME", "发证而没有证照名称", "it issues a certificate that has no name"
    if not item.get("materials"):
        yield "NO_MATERIALS", "没有申请材料", "it asks for no material"


def _limits(item: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    promised, statutory = item.get("promised_limit"), item.get("statutory_limit")
    same = item.get("promised_limit_unit") == item.get("statutory_limit_unit")
    if promised and statutory and same and promised > statutory:
        yield (
            "PROMISED_LONGER",
            f"承诺时限 {promised} 长于法定时限 {statutory}",
            f"the promised limit {promised} is longer than the statutory limit {statutory}",
        )


def _charges(item: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    fees = item.get("fees", ())
    steps = {step["step_code"] for step in item.get("steps", ())}
    if item.get("is_charged") and not fees:
        yield "NO_FEES", "标明收费而没有收费项目", "it is charged and has no fee"
    if item.get("is_charged") is False and fees:
        yield "FEES_THOUGH_FREE", "标明不收费而有收费项目", "it is free and has fees"
    for fee in fees:
        name = fee.get("fee_code") or fee["name"]
        if not fee.get("basis"):
            yield "FEE_BASIS", f"收费项目 {name} 没有依据", f"the fee {name} has no basis"
        if not any(fee.get(each) for each in ("standard_amount", "maximum_amount", "standard_text")):
            yield "FEE_STANDARD", f"收费项目 {name} 没有标准", f"the fee {name} has no standard"
        if fee.get("step_code") and fee["step_code"] not in steps:
            yield (
                "CHARGING_STEP",
                f"收费项目 {name} 的收费环节 {fee['step_code']} 不在流程中",
                f"the fee {name} is charged at {fee['step_code']}, which is no step of the flow",
            )
        if fee.get("is_reducible") and not fee.get("reduction_basis"):
            yield (
                "REDUCTION_BASIS",
                f"收费项目 {name} 可减免而没有依据",
                f"the fee {name} is reducible without a basis",
            )


def _codes_agree(item: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """A code of 31 characters holds the organisation (18), the level (1) and the catalogue code (12)."""
    code, catalogue, uscc = str(item["item_code"]), item.get("catalog_code"), item.get("org_uscc")
    if len(code) != 31:
        return
    if uscc and len(uscc) == 18 and code[:18] != uscc:
        yield (
            "CODE_ORGANIZATION",
            f"实施编码不以机构代码 {uscc} 开头",
            f"the code does not begin with the organisation {uscc}",
        )
    if catalogue and code[19:] != catalogue:
        yield (
            "CODE_CATALOGUE",
            f"实施编码不含基本编码 {catalogue}",
            f"the code does not hold the catalogue code {catalogue}",
        )


def _flow(item: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    steps = item.get("steps", ())
    if not steps:
        yield "NO_FLOW", "没有权力运行流程", "it has no flow"
        return
    flow = flow_of(steps)
    for branch in flow.broken:
        yield (
            "NEXT_UNKNOWN",
            f"环节 {branch.start} 的后续环节 {branch.end} 不存在",
            f"{branch.end}, which follows the step {branch.start}, is no step",
        )
    if not any(step.get("step_type") == "1" for step in steps):
        yield "NO_START", "流程没有开始环节（类型 1）", "the flow has no step of type 1 to begin with"
    if not flow.ends or not any(flow.steps[code].get("step_type") == "3" for code in flow.steps):
        yield "NO_END", "流程没有结束环节", "the flow has no step that ends it"
    for code in flow.unreachable():
        yield "UNREACHABLE", f"环节 {code} 无法到达", f"no way leads to the step {code}"
    for code in flow.endless() if flow.ends else ():
        yield "ENDLESS", f"从环节 {code} 无法走到结束", f"no way leads from the step {code} to an end"
    for step in steps:
        for other in step.get("apart_from", ()):
            if other not in flow.steps:
                yield (
                    "APART_UNKNOWN",
                    f"环节 {step['step_code']} 的不相容环节 {other} 不存在",
                    f"{other}, apart from which {step['step_code']} must be, is no step",
                )


def _posts(connection: Connection, today: date) -> dict[tuple[str, str], int]:
    """(organisation, post) → people in service today who hold it."""
    table, person, held = items.post, items.staff, items.staff_post
    newest = (
        select(person.c.org_uscc, person.c.person_no, func.max(person.c.version).label("version"))
        .group_by(person.c.org_uscc, person.c.person_no)
        .subquery()
    )
    serving = (
        select(held.c.org_uscc, held.c.post_code, func.count().label("people"))
        .join(newest, (held.c.org_uscc == newest.c.org_uscc) & (held.c.person_no == newest.c.person_no) & (held.c.version == newest.c.version))
        .join(person, (person.c.org_uscc == newest.c.org_uscc) & (person.c.person_no == newest.c.person_no) & (person.c.version == newest.c.version))
        .where(or_(person.c.valid_from.is_(None), person.c.valid_from <= today))
        .where(or_(person.c.valid_to.is_(None), person.c.valid_to >= today))
        .group_by(held.c.org_uscc, held.c.post_code)
    )  # fmt: skip
    found = {
        (str(row.org_uscc), str(row.post_code)): 0
        for row in connection.execute(select(table.c.org_uscc, table.c.post_code).distinct())
    }
    for row in connection.execute(serving):
        found[row.org_uscc, row.post_code] = row.people
    return found


def _check_posts(item: Mapping[str, Any], posts: Mapping[tuple[str, str], int]) -> Iterator[Finding]:
    organization = item.get("org_uscc") or ""
    told: set[str] = set()
    for step in item.get("steps", ()):
        for post in step.get("posts", ()):
            people = posts.get((organization, post))
            if people or post in told:
                continue
            told.add(post)
            code, zh, en = (
                ("POST_UNKNOWN", f"环节 {step['step_code']} 的岗位 {post} 未登记", f"the post {post} of the step {step['step_code']} is not known")
                if people is None
                else ("POST_EMPTY", f"岗位 {post} 没有在岗人员", f"nobody in service holds the post {post}")
            )  # fmt: skip
            yield Finding(code, "item", str(item["item_code"]), zh, en)


def _codes(connection: Connection, today: date, organization: str | None) -> Iterator[str]:
    """Item codes, in order, a thousand at a time."""
    last = ""
    while True:
        wanted = select(_ITEM_TABLE.c.item_code).where(
            _ITEM_TABLE.c.item_code > last, *_current(today, organization)
        )
        rows = connection.execute(wanted.order_by(_ITEM_TABLE.c.item_code).limit(1000)).scalars().all()
        if not rows:
            return
        yield from rows
        last = rows[-1]


def _current(today: date, organization: str | None) -> list[Any]:
    """Conditions: the newest version, not cancelled, not past, of the organisation."""
    later = _ITEM_TABLE.alias("later")
    newer = (
        select(later.c.version)
        .where(later.c.item_code == _ITEM_TABLE.c.item_code, later.c.version > _ITEM_TABLE.c.version)
        .exists()
    )
    found = [
        ~newer,
        _ITEM_TABLE.c.state != "cancelled",
        or_(_ITEM_TABLE.c.valid_to.is_(None), _ITEM_TABLE.c.valid_to >= today),
    ]
    return [*found, _ITEM_TABLE.c.org_uscc == organization] if organization else found


def _across_levels(connection: Connection, today: date, organization: str | None) -> Iterator[Finding]:
    """Items of one catalogue code must have one name, one type and one basis; the most frequent one is held right."""
    columns = (_ITEM_TABLE.c.catalog_code, _ITEM_TABLE.c.item_code, _ITEM_TABLE.c.org_uscc, _ITEM_TABLE.c.name, _ITEM_TABLE.c.item_type, _ITEM_TABLE.c.details)  # fmt: skip
    rows = connection.execution_options(yield_per=1000).execute(
        select(*columns)
        .where(_ITEM_TABLE.c.catalog_code.is_not(None), *_current(today, None))
        .order_by(_ITEM_TABLE.c.catalog_code, _ITEM_TABLE.c.item_code)
    )
    readers: tuple[tuple[str, str, str, Callable[[Any], str | None]], ...] = (
        ("LEVELS_NAME", "名称", "name", lambda row: row.name),
        ("LEVELS_TYPE", "事项类型", "item type", lambda row: row.item_type),
        ("LEVELS_BASIS", "行使依据", "legal basis", lambda row: json.loads(row.details).get("basis")),
    )
    for catalogue, group in groupby(rows, key=lambda row: row.catalog_code):
        same = list(islice(group, 10_000))
        if len(same) < 2:
            continue
        for code, zh, en, read in readers:
            values = [read(row) for row in same]
            usual = _usual(values)
            for row, value in zip(same, values, strict=True):
                if value is not None and value != usual and organization in (None, row.org_uscc):
                    yield Finding(
                        code, "item", row.item_code,
                        f"与同一基本编码 {catalogue} 的其他事项{zh}不同：“{_short(value)}”，多数为“{_short(usual)}”",
                        f"its {en} differs from the other items of {catalogue}: {_short(value)!r}, most have {_short(usual)!r}",
                    )  # fmt: skip


def _usual(values: Sequence[str | None]) -> str | None:
    known = [value for value in values if value is not None]
    return max(known, key=lambda value: (known.count(value), -known.index(value))) if known else None


def _short(text: str | None) -> str:
    return (text or "")[:40] + ("…" if text and len(text) > 40 else "")
