"""Draws an item's flow (权力运行流程图) as SVG from the data: steps, branches, posts, limits, fees and risk points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from hub.catalogue.flow import Branch, Flow, flow_of
from hub.catalogue.layout import MARGIN, Layout, Node, Way, arrange

WIDTH, PAD = 240.0, 14.0
_HEAD = 92.0
_RISK_GAP = 12.0
_UNITS = {"W": "个工作日", "D": "个自然日", "H": "小时", "M": "个月"}
_TYPES = {"1": "开始", "2": "办理", "3": "结束"}
_FILL = {"1": ("#e8f5ee", "#2e7d5b"), "2": ("#f3f6fb", "#3b5b8c"), "3": ("#fdf1e3", "#b26a1f")}
_RISK_FILL, _RISK_LINE, _RISK_TEXT = "#fdecea", "#c0392b", "#8e2a1e"
_FONT = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in a box."""

    text: str
    size: float
    color: str
    bold: bool = False
    risk: bool = False

    @property
    def height(self) -> float:
        return self.size * 1.45


def drawn(item: Mapping[str, Any], posts: Mapping[str, str] | None = None) -> str:
    """The flow of an item (a document of it) as one SVG text; `posts` are names of posts by code."""
    flow = flow_of(item.get("steps", ()))
    head = _head(item)
    if not flow.steps:
        return _svg(
            item, 640.0, _HEAD + 60, [*head, _text(MARGIN, _HEAD + 24, "没有流程 · no flow", 14, "#666")]
        )
    texts = {code: _lines(code, step, item, posts or {}) for code, step in flow.steps.items()}
    sizes = {code: (WIDTH, _height(lines)) for code, lines in texts.items()}
    layout = arrange(
        flow, sizes, {branch: _label_size(branch) for branch in flow.branches if branch.condition}
    )
    width = max(layout.width, 640.0, _text_width(str(item["name"]), 22) + 2 * MARGIN)
    shift = (width - layout.width) / 2
    parts = [*head, f'<g transform="translate({shift:.1f},{_HEAD:.1f})">']
    parts += [_way(way) for way in layout.ways]
    parts += [each for code in flow.steps for each in _box(layout.boxes[code], flow.steps[code], texts[code])]
    parts += [each for way in layout.ways for each in _label(way)]
    parts.append("</g>")
    bottom = _HEAD + layout.height + 30
    parts += _legend(bottom, flow, layout)
    return _svg(item, width, bottom + 40, parts)


def _lines(
    code: str, step: Mapping[str, Any], item: Mapping[str, Any], posts: Mapping[str, str]
) -> list[Line]:
    dark = _FILL[step.get("step_type") or "2"][1]
    lines = [Line(part, 16, "#1c2733", bold=True) for part in _wrapped(str(step["name"]), 16, 3)]
    kind = _TYPES.get(step.get("step_type") or "", "")
    lines += [Line(f"{code} · {kind}" if kind else code, 12, dark)]
    if step.get("posts"):
        named = "、".join(posts.get(post, post) for post in step["posts"])
        lines += [Line(part, 13, "#44515e") for part in _wrapped(f"岗位：{named}", 13, 3)]
    if step.get("step_limit"):
        unit = _UNITS.get(step.get("step_limit_unit", ""), "")
        lines.append(Line(f"时限：{step['step_limit']} {unit}", 13, "#44515e"))
    for fee in item.get("fees", ()):
        if fee.get("step_code") == code:
            amount = f" {fee['standard_amount']} 元" if fee.get("standard_amount") else ""
            lines += [Line(part, 13, "#44515e") for part in _wrapped(f"收费：{fee['name']}{amount}", 13, 2)]
    if step.get("apart_from"):
        apart = "、".join(step["apart_from"])
        lines += [Line(part, 13, "#44515e") for part in _wrapped(f"不得与 {apart} 同一人办理", 13, 2)]
    return lines + _risk_lines(step)


def _risk_lines(step: Mapping[str, Any]) -> list[Line]:
    category, described, control = (
        step.get(f"risk_{name}") for name in ("category", "description", "control")
    )
    if not (category or described or control):
        return []
    told = [(f"风险点：{category}" if category else "风险点", True)]
    told += [(described, False)] if described else []
    told += [(f"防控：{control}", False)] if control else []
    return [
        Line(part, 12, _RISK_TEXT, bold=bold, risk=True)
        for text, bold in told
        for part in _wrapped(text, 12, 3)
    ]


def _box(node: Node, step: Mapping[str, Any], lines: Sequence[Line]) -> list[str]:
    fill, line_color = _FILL[step.get("step_type") or "2"]
    left, round_ = node.x - node.width / 2, 22 if step.get("step_type") in {"1", "3"} else 8
    tip = "\n".join(line.text for line in lines)
    parts = [
        f"<g><title>{escape(tip)}</title>",
        f'<rect x="{left:.1f}" y="{node.y:.1f}" width="{node.width:.1f}" height="{node.height:.1f}" rx="{round_}"'
        f' fill="{fill}" stroke="{line_color}" stroke-width="1.6" filter="url(#shadow)"/>',
    ]
    y = node.y + PAD
    risk = sum(line.height for line in lines if line.risk)
    if risk:
        top = node.y + node.height - PAD - risk - 4
        parts.append(
            f'<rect x="{left + 8:.1f}" y="{top:.1f}" width="{node.width - 16:.1f}" height="{risk + 8:.1f}" rx="6"'
            f' fill="{_RISK_FILL}" stroke="{_RISK_LINE}" stroke-width="0.8" stroke-dasharray="3 2"/>'
        )
        parts += _badge(left + 4, node.y + 4)
    before = False
    for line in lines:
        y += _RISK_GAP if line.risk and not before else 0
        before = line.risk
        parts.append(
            _text(node.x, y + line.size * 1.08, line.text, line.size, line.color, bold=line.bold, middle=True)
        )
        y += line.height
    return [*parts, "</g>"]


def _height(lines: Sequence[Line]) -> float:
    gap = _RISK_GAP if any(line.risk for line in lines) else 0
    return sum(line.height for line in lines) + 2 * PAD + gap


def _badge(x: float, y: float) -> list[str]:
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="12" fill="{_RISK_LINE}" stroke="#fff" stroke-width="1.5"/>',
        _text(x, y + 4.5, "险", 12, "#fff", bold=True, middle=True),
    ]


def _way(way: Way) -> str:
    if way.back:
        return (
            f'<path d="{_straight(way.points)}" fill="none" stroke="#b26a1f" stroke-width="1.6"'
            ' stroke-dasharray="6 4" marker-end="url(#back)"/>'
        )
    (x, y), *rest = way.points
    path = [f"M{x:.1f},{y:.1f}"]
    for number, (to_x, to_y) in enumerate(rest):
        if number == len(rest) - 1:
            to_y -= 2
        middle = (y + to_y) / 2
        path.append(f"C{x:.1f},{middle:.1f} {to_x:.1f},{middle:.1f} {to_x:.1f},{to_y:.1f}")
        x, y = to_x, to_y
    return (
        f'<path d="{" ".join(path)}" fill="none" stroke="#5b6b7c" stroke-width="1.6" marker-end="url(#on)"/>'
    )


def _straight(points: Sequence[tuple[float, float]]) -> str:
    """Straight pieces with rounded corners."""
    path = [f"M{points[0][0]:.1f},{points[0][1]:.1f}"]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        one, two = _towards(at, before), _towards(at, after)
        path.append(f"L{one[0]:.1f},{one[1]:.1f} Q{at[0]:.1f},{at[1]:.1f} {two[0]:.1f},{two[1]:.1f}")
    path.append(f"L{points[-1][0]:.1f},{points[-1][1]:.1f}")
    return " ".join(path)


def _towards(at: tuple[float, float], other: tuple[float, float], by: float = 8.0) -> tuple[float, float]:
    dx, dy = other[0] - at[0], other[1] - at[1]
    length = max(abs(dx), abs(dy), 0.001)
    part = min(by, length / 2) / length
    return at[0] + dx * part, at[1] + dy * part


def _label(way: Way) -> list[str]:
    if way.label is None or not way.branch.condition:
        return []
    lines = _wrapped(way.branch.condition, 12, 3, 150)
    width, height = _label_size(way.branch)
    x, y = way.label
    color = "#b26a1f" if way.back else "#3b4a5a"
    parts = [
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5"'
        f' fill="#ffffff" stroke="#d5dbe2" stroke-width="0.8"/>'
    ]
    top = y - len(lines) * 17 / 2
    parts += [
        _text(x, top + number * 17 + 13, line, 12, color, middle=True) for number, line in enumerate(lines)
    ]
    return parts


def _label_size(branch: Branch) -> tuple[float, float]:
    lines = _wrapped(branch.condition or "", 12, 3, 150)
    return max(_text_width(line, 12) for line in lines) + 14, len(lines) * 17 + 6


def _head(item: Mapping[str, Any]) -> list[str]:
    limits = []
    for name, told in (("statutory", "法定"), ("promised", "承诺")):
        if item.get(f"{name}_limit") is not None:
            unit = _UNITS.get(item.get(f"{name}_limit_unit", ""), "")
            limits.append(f"{told} {item[f'{name}_limit']} {unit}")
    shown = [
        str(item["item_code"]),
        f"第 {item.get('version', 1)} 版",
        str(item.get("org_name") or ""),
        *limits,
    ]
    return [
        _text(MARGIN, 42, str(item["name"]), 22, "#16202b", bold=True),
        _text(MARGIN, 66, "　".join(each for each in shown if each), 13, "#5b6b7c"),
    ]


def _legend(y: float, flow: Flow, layout: Layout) -> list[str]:
    entries: list[tuple[str, str, str]] = []
    present = {step.get("step_type") or "2" for step in flow.steps.values()}
    entries += [(_FILL[kind][0], _FILL[kind][1], _TYPES[kind]) for kind in sorted(present)]
    parts, x = [f'<g transform="translate({MARGIN:.1f},{y:.1f})">'], 0.0
    for fill, color, text in entries:
        parts.append(
            f'<rect x="{x:.1f}" y="-10" width="22" height="14" rx="4" fill="{fill}" stroke="{color}"/>'
        )
        parts.append(_text(x + 28, 2, text, 12, "#5b6b7c"))
        x += 76
    if any(_risk_lines(step) for step in flow.steps.values()):
        parts += _badge(x + 11, -3)
        parts.append(_text(x + 28, 2, "廉政风险点", 12, "#5b6b7c"))
        x += 116
    if any(way.back for way in layout.ways):
        parts.append(
            f'<path d="M{x:.1f},-3 h26" stroke="#b26a1f" stroke-width="1.6" stroke-dasharray="6 4"/>'
        )
        parts.append(_text(x + 32, 2, "退回", 12, "#5b6b7c"))
    return [*parts, "</g>"]


def _svg(item: Mapping[str, Any], width: float, height: float, parts: Iterable[str]) -> str:
    title = escape(f"{item['name']} 权力运行流程图")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title, {chr(34): "&quot;"})}"'
        f' font-family="{_FONT}">\n<title>{title}</title>\n{_DEFS}\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


_DEFS = """<defs>
<marker id="on" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">\
<path d="M0,0 L10,5 L0,10 L2.5,5 z" fill="#5b6b7c"/></marker>
<marker id="back" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">\
<path d="M0,0 L10,5 L0,10 L2.5,5 z" fill="#b26a1f"/></marker>
<filter id="shadow" x="-10%" y="-10%" width="120%" height="130%">\
<feDropShadow dx="0" dy="1.5" stdDeviation="2" flood-color="#1c2733" flood-opacity="0.14"/></filter>
</defs>"""


def _text(
    x: float, y: float, text: str, size: float, color: str, *, bold: bool = False, middle: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    clean = "".join(c if c >= " " else " " for c in text)
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{color}"{weight}{anchor}>{escape(clean)}</text>'


def _text_width(text: str, size: float) -> float:
    """A careful guess: full width beyond Latin, a little over half of it else."""
    return sum(1.0 if c > "\u2e7f" or c in "·—…“”" else 0.62 for c in text) * size


def _wrapped(text: str, size: float, lines: int, width: float = WIDTH - 2 * PAD - 4) -> list[str]:
    """A text in lines no wider than `width`; what does not fit into so many lines is cut with …."""
    found, line = [], ""
    for c in " ".join(text.split()):
        if line and _text_width(line + c, size) > width:
            found.append(line)
            line = ""
        line += c
    found.append(line)
    if len(found) > lines:
        last = found[lines - 1]
        while _text_width(last + "…", size) > width:
            last = last[:-1]
        found = [*found[: lines - 1], last + "…"]
    return found
