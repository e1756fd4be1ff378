"""What a card was judged by, in words: everything that rules tell as evidence has a name in both languages."""

from __future__ import annotations

import re
from pathlib import Path

from hub.views.judged import NAMES, _columns, lines
from hub.views.pages import OUTCOMES

LIBRARY = Path(__file__).parents[3] / "hub" / "supervision" / "library"
EVIDENCE = re.compile(r"@json\((.*?)\) AS evidence|@json\((.*?)\),?\n", re.S)
KEY = re.compile(r"'([a-z_]+)', ")

SNAPSHOT = {
    "accepted": "2026-08-24T15:25:12.000001+08:00",
    "as_of": {"day": "2026-11-20"},
    "case_state": "current",
    "case_type": "2",
    "completed": None,
    "correction_notices": [],
    "limits_counted": {"promised": {"limit": 12, "unit": "W", "source": "catalogue"}},
    "special_procedures": [{"seq": 1, "started": "2026-09-01"}, {"seq": 2, "started": None}],
    "cases": ["a", "b"],
    "odd_thing": True,
    "no_system": {"zh": "没有", "en": "none"},
}


def test_a_snapshot_is_told_line_by_line_in_one_language() -> None:
    assert lines(SNAPSHOT, "zh") == [
        ("受理", "2026-08-24 15:25:12"),
        ("判定时点 · 日", "2026-11-20"),
        ("办件状态", "现行"),
        ("办件类型", "2 承诺件"),
        ("办结", "-"),
        ("所计时限 · 承诺 · 时限", "12"),
        ("所计时限 · 承诺 · 单位", "工作日"),
        ("所计时限 · 承诺 · 来自", "事项库"),
        ("特别程序 1 · 序号", "1"),
        ("特别程序 1 · 开始", "2026-09-01"),
        ("特别程序 2 · 序号", "2"),
        ("特别程序 2 · 开始", "-"),
        ("办件", "a、b"),
        ("odd_thing", "是"),
    ]
    assert lines({"subject": "step 2"}, "zh") == [("对象", "环节 2")]
    package = {"evidence": {"accepted": 3, "stale": 0}}
    assert lines(package, "zh") == [("依据的事实 · 接收", "3"), ("依据的事实 · 陈旧", "0")]
    english = dict(lines(SNAPSHOT, "en"))
    assert english["Limits that counted".lower() + " · promised · source"] == "catalogue"
    assert english["cases"] == "a, b"
    assert not any("\u4e00" <= each <= "\u9fff" for pair in english.items() for each in "".join(pair))


def test_everything_that_rules_tell_as_evidence_has_a_name() -> None:
    told = {
        key
        for file in LIBRARY.glob("*.sql")
        for call in re.findall(r"@json\([^@]*?\)", file.read_text(encoding="utf-8"), re.S)
        for key in re.findall(r"(?:\(|, |\n\s*)'([a-z_]+)',", call)
    }
    assert len(told) > 20
    assert (
        sorted(key for key in told if key not in NAMES and key not in OUTCOMES and key not in _columns())
        == []
    )
