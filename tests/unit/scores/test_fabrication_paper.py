"""The report on the authenticity of data on paper: whole, with its charts, and without a word that accuses anybody."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hub.scores.fabrication_paper import fabrication_document
from hub.scores.paper import pdf_bytes
from hub.supervision.fabrication_page import MISFITS, page
from hub.wiring.fabrication import written
from tests.support.pdf_text import read_pdf

ACCUSING = re.compile(
    r"造假|伪造|虚假|作弊|弄虚|违法|违规|fabricat|fraud|fake|falsif|guilt|cheat", re.IGNORECASE
)


def found(rule: str, **more: Any) -> dict[str, Any]:
    group = {
        "subject": f"land {rule}", "sample": 40, "hits": 12, "share_percent": 30.0, "threshold_percent": 10, "found": True,
        "cases": [{"case_no": "430100-2026-1", "applied": "2026-10-08", "handled": "2026-10-09", "completed": None}],
    }  # fmt: skip
    return {
        "rule": rule,
        "zh": "规则",
        "en": "rule",
        "judged": True,
        "reason": None,
        "findings": [group | more],
    }


def report(*rules: dict[str, Any]) -> dict[str, Any]:
    charts = {
        "hours": [0] * 9 + [5, 7] + [0] * 13, "seconds": [{"at": "2026-10-09T10:00:00+08:00", "cases": 12}],
        "names": [{"name": "李**", "steps": 9}], "delays": {"entered": {"0": 3}},
    }  # fmt: skip
    return {
        "system": "land", "name": "甲局审批系统", "month": "2026-10", "ended": True, "made_at": "2026-11-01T09:00:00+08:00",
        "rules": rules, "charts": charts,
    }  # fmt: skip


def test_the_paper_tells_what_does_not_fit_with_cases_and_charts() -> None:
    unjudged = {
        "rule": "X2",
        "zh": "名册",
        "en": "staff",
        "judged": False,
        "reason": "no_staff_list",
        "findings": [],
    }
    text = read_pdf(written(report(found("X1"), unjudged), ".pdf")).text
    for word in (
        "甲局审批系统",
        "430100-2026-1",
        "12 / 40",
        "建议核实",
        "未导入人员名册",
        "同一秒内的办结",
        "10-09 10:00:00",
        "李**",
    ):
        assert word in text, word
    assert "不构成对任何单位或个人的认定" in text


def test_every_font_of_the_paper_lies_in_it_and_the_same_report_gives_the_same_bytes() -> None:
    made = written(report(found("X1")), ".pdf")
    assert all(face.embedded for face in read_pdf(made).faces.values())
    assert made == pdf_bytes(fabrication_document(report(found("X1"))))


@pytest.mark.parametrize("rule", sorted(MISFITS))
def test_nothing_on_paper_or_page_accuses_anybody(rule: str) -> None:
    told = report(found(rule, peer_share_percent=5.0))
    texts = [*fabrication_document(told).texts(), page(told)]
    assert [text for text in texts if ACCUSING.search(text)] == []
