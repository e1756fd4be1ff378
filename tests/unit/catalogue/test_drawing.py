"""The flow is drawn from the data: every step and condition is there, nothing overlaps, and no text breaks the SVG."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.catalogue.drawing import drawn
from hub.catalogue.flow import Flow, flow_of
from hub.catalogue.layout import arrange

NS = {"s": "http://www.w3.org/2000/svg"}
STEPS: list[dict[str, Any]] = [
    {"step_code": "SL", "name": "受理", "step_type": "1", "posts": ["CK"], "next": [{"to": "SC", "when": "材料齐全"}, {"to": "BZ", "when": "不全"}]},
    {"step_code": "BZ", "name": "补正", "step_type": "2", "next": ["SL"]},
    {"step_code": "SC", "name": "审查", "step_type": "2", "step_limit": 8, "step_limit_unit": "W", "risk_category": "自由裁量",
     "risk_control": "双人审查", "next": ["XC", {"to": "JD", "when": "其他"}]},
    {"step_code": "XC", "name": "现场核查", "step_type": "2", "next": ["JD"]},
    {"step_code": "JD", "name": "决定 <&> \"'", "step_type": "3", "next": []},
]  # fmt: skip
ITEM: dict[str, Any] = {
    "item_code": "A1", "version": 1, "name": "核发<许可>", "steps": STEPS,
    "fees": [{"name": "工本费", "standard_amount": "10.00", "step_code": "JD"}],
}  # fmt: skip


def texts(svg: str) -> str:
    return "\n".join(etree.fromstring(svg.encode()).xpath("//s:text/text()", namespaces=NS))


def test_steps_conditions_posts_limits_fees_and_risks_stand_in_the_picture() -> None:
    shown = texts(drawn(ITEM, {"CK": "窗口岗"}))
    for text in ("核发<许可>", "受理", "岗位：窗口岗", "时限：8 个工作日", "材料齐全", "收费：工本费 10.00 元", "风险点：自由裁量", "防控：双人审查", "决定 <&> \"'"):  # fmt: skip
        assert text in shown


def test_an_item_without_a_flow_is_drawn_too() -> None:
    assert "没有流程" in texts(drawn({**ITEM, "steps": []}))


def test_a_step_that_leads_to_itself_or_to_nowhere_is_drawn() -> None:
    etree.fromstring(
        drawn({**ITEM, "steps": [{"step_code": "A", "name": "甲", "next": ["A", "X"]}]}).encode()
    )


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    count = draw(st.integers(1, 9))
    codes = [f"S{n}" for n in range(count)]
    following = st.lists(st.sampled_from(codes), max_size=3, unique=True)
    when = st.sampled_from([None, "同意", "材料不齐全或不符合法定形式"])
    return flow_of(
        [
            {
                "step_code": code,
                "name": code,
                "next": [{"to": to, "when": draw(when)} for to in draw(following)],
            }
            for code in codes
        ]
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(flow=flows())
def test_no_two_boxes_or_conditions_overlap_and_no_branch_runs_through_a_box(flow: Flow) -> None:
    boxes = {code: (240.0, 60.0 + 30 * (n % 3)) for n, code in enumerate(flow.steps)}
    labels = {branch: (90.0, 24.0) for branch in flow.branches if branch.condition}
    layout = arrange(flow, boxes, labels)
    areas = [(n.x - n.width / 2, n.y, n.x + n.width / 2, n.y + n.height) for n in layout.boxes.values()]
    areas += [(x - 45, y - 12, x + 45, y + 12) for way in layout.ways if way.label for x, y in [way.label]]
    for one, two in combinations(areas, 2):
        assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1], (one, two)
    inside = [(a + 1, b + 1, c - 1, d - 1) for a, b, c, d in areas[: len(layout.boxes)]]
    for way in layout.ways:
        for x, y in way.points:
            assert not any(a < x < c and b < y < d for a, b, c, d in inside), way
    assert all(a >= 0 and c <= layout.width and b >= 0 and d <= layout.height for a, b, c, d in areas)


@pytest.mark.parametrize("length", [0, 5, 400])
def test_long_texts_are_wrapped_and_cut_never_wider_than_their_box(length: int) -> None:
    svg = drawn(
        {
            **ITEM,
            "steps": [{"step_code": "A", "name": "长" * (length or 1), "risk_description": "文" * length}],
        }
    )
    assert max(len(line) for line in texts(svg).splitlines()) < 40
