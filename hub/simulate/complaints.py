"""A handful of complaints about the simulated department, as a hotline hands them over, and the truth about each.

DIR/complaints.csv is the hotline's file; DIR/complaints.json tells per complaint what the office does with it and
when, the state it ends in, and the rules by whose terms it must have a card at the end of the day of judgement.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.simulate.days import back, walk
from hub.simulate.world import Options

FILE, TRUTH = "complaints.csv", "complaints.json"
HOTLINE = "12345"
COLUMNS = (
    "hotline", "hotline_no", "handed_at", "topic", "title", "content", "organization", "organization_name", "people", "name", "phone",
    "region",
)  # fmt: skip
HANDLING = "市政务服务中心"


@dataclass(frozen=True, slots=True)
class Plot:
    """One complaint: handed over `ago` working days before the day of judgement, then steps so many working days later."""

    topic: str
    title: str
    ago: int
    steps: tuple[tuple[str, int], ...]
    state: str
    overdue: tuple[str, ...] = ()  # rules, counted by hand
    people: int = 1


# From acceptance 7 working days to the decision, 15 where extended or transferred, 10 (18) to the answer; 3 to acceptance.
PLOTS = (
    Plot("服务态度", "窗口工作人员推诿", 1, (), "登记"),
    Plot("超时办理", "申请材料交了没有回音", 3, (), "登记"),
    Plot("不作为", "多次去电无人接听", 4, (), "登记", ("K1",)),
    Plot("其他", "要求退还材料原件", 6, (("clarify", 1), ("supplement", 3)), "登记"),
    Plot("其他", "反映邻里纠纷", 9, (("refuse", 2),), "不予受理"),
    Plot("服务态度", "一次性告知不清楚", 12, (("accept", 1), ("decide", 7), ("feedback", 9), ("close", 9)), "办结"),
    Plot("超时办理", "承诺时限已过仍未办结", 9, (("accept", 1),), "受理", ("K2",)),
    Plot("程序违规", "要求提供清单以外的材料", 14, (("accept", 1), ("extend", 5), ("decide", 12)), "已决定"),
    Plot("违规收费", "收费没有依据", 12, (("accept", 1), ("transfer", 2), ("opinion", 9)), "待审核"),
    Plot("服务态度", "转办后仍在办理", 16, (("accept", 1), ("transfer", 2)), "转办"),
    Plot("违规收费", "转办后久拖未决", 17, (("accept", 1), ("transfer", 2)), "转办", ("K3",)),
    Plot("乱作为", "多名企业主反映重复检查", 3, (("accept", 1),), "受理", people=8),
    Plot("廉洁自律", "反映工作人员接受宴请", 13, (("accept", 1), ("decide", 6)), "已决定", ("K4",)),
)  # fmt: skip
SAID = {
    "clarify": "请说明是哪一件申请", "supplement": "补充了受理通知书编号", "refuse": "不属于行政审批效能投诉", "decide": "情况属实，责令改正",
    "feedback": "已改正，并向您致歉", "opinion": "收费依据为旧文件，已停止收取",
}  # fmt: skip


def write_complaints(options: Options) -> None:
    """Write DIR/complaints.csv and DIR/complaints.json; with nothing planted only complaints that are on time."""
    plots = [plot for plot in PLOTS if not (options.clean and plot.overdue)]
    told = [_told(options, plot, number) for number, plot in enumerate(plots, 1)]
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_row(options, plot, each) for plot, each in zip(plots, told, strict=True))
    (options.out / FILE).write_text(out.getvalue(), encoding="utf-8", newline="")
    truth = {"today": options.today.isoformat(), "system": options.code, "complaints": told}
    text = json.dumps(truth, ensure_ascii=False, indent=1) + "\n"
    (options.out / TRUTH).write_text(text, encoding="utf-8", newline="\n")


def _told(options: Options, plot: Plot, number: int) -> dict[str, Any]:
    handed = back(options.today.toordinal(), plot.ago)
    return {
        "hotline_no": f"{options.code}-{number:03}",
        "handed_at": _written(handed, 9),
        "steps": [_step(handed, action, later, place) for place, (action, later) in enumerate(plot.steps)],
        "state": plot.state,
        "cards": list(plot.overdue),
    }


def _step(handed: int, action: str, later: int, place: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "action": action,
        "at": _written(walk(handed, later), 10 + place),
        "words": SAID.get(action),
    }
    if action == "extend":
        found |= {"words": "案情复杂，须现场核实", "days": 15, "approver": "周局长"}
    if action == "transfer":
        found["organization"] = HANDLING
    return found


def _row(options: Options, plot: Plot, told: dict[str, Any]) -> dict[str, Any]:
    rng = options.rng("complaint", told["hotline_no"])
    return {
        "hotline": HOTLINE,
        "hotline_no": told["hotline_no"],
        "handed_at": told["handed_at"],
        "topic": plot.topic,
        "title": plot.title,
        "content": f"{plot.title}，请核实处理。",
        "organization": options.organization.uscc,
        "organization_name": options.organization.name,
        "people": plot.people,
        "name": f"{rng.choice('赵钱孙李周吴')}{rng.choice(('先生', '女士'))}",
        "phone": f"139{rng.randrange(10**8):08}",
        "region": options.organization.region,
    }


def _written(day: int, hour: int) -> str:
    return f"{date.fromordinal(day)}T{hour:02}:00"
