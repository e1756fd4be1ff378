"""`suphub measure`: of planted violations, how many are found, and how many findings are planted: precision and recall per rule."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import complain, print_json, print_table, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.demo.measure import Measured

Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print as JSON")]
COLUMNS = (
    "规则/rule",
    "应发/expected",
    "已发/raised",
    "相符/right",
    "精确率/precision",
    "召回率/recall",
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family to `app`."""
    family = typer.Typer(
        help="以模拟真值衡量规则 · measure the rules by simulated truth", no_args_is_help=True
    )
    family.command("cards")(cards)
    family.command("quarter")(quarter)
    app.add_typer(family, name="measure")


def cards(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FOLDER…",
            help="模拟部门的目录(含 truth.json),缺省为演示的各部门 · folders of simulated departments; default: the demonstration's",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """本枢纽的牌与模拟真值相比,每条规则的精确率和召回率 · Cards of this hub against the truth: precision and recall per rule.

    Give all departments that are supervised together: a rule on peers looks at them side by side. Exit 0 when all are 1, else 1.
    """
    from hub import wiring
    from hub.demo.measure import departments_of, measured

    given = folders or departments_of(wiring.settings().home)
    if not given:
        complain("没有模拟部门的目录 · no folder of a simulated department: suphub measure cards FOLDER…")
        sys.exit(2)
    for folder in given:
        if not (folder / "truth.json").is_file():
            complain(f"{folder}: 没有 truth.json,不是模拟部门 · no truth.json, not a simulated department")
            sys.exit(2)
    _tell(measured(given), as_json)


def quarter(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="空目录 · an empty folder")],
    today: Annotated[
        str | None, typer.Option(help="季度的最后一日 YYYY-MM-DD,缺省今天 · last day; default: today")
    ] = None,
    as_json: Json = False,
) -> None:
    """以拨好的时钟演完三个部门的一个季度(E1、E5 至 E7、T10、T11)· Play a quarter of three departments by the hub's clock.

    What arrives when, who answers a card, who takes an order on: in a hub of its own, FOLDER/hub. Exit 0 when all are 1, else 1.
    """
    from hub.clock import local_day, now_us
    from hub.demo.quarter import perform

    if out.exists() and any(out.iterdir()):
        complain(f"{out} 不是空目录 · is not an empty folder")
        sys.exit(2)
    _tell(perform(out, _day(today) if today else local_day(now_us())), as_json)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        complain(f"--today {text!r}: 应写作 2026-11-20 · write it as 2026-11-20")
        sys.exit(2)


def _tell(found: Sequence[Measured], as_json: bool) -> None:
    from hub.demo.measure import exact

    if as_json:
        print_json([_as_data(each) for each in found])
    else:
        rows = [
            (m.rule, m.expected, m.raised, m.right, f"{m.precision:.3f}", f"{m.recall:.3f}") for m in found
        ]
        print_table("精确率与召回率 · precision and recall", COLUMNS, rows)
        if exact(found):
            say(f"{len(found)} 条规则,精确率、召回率均为 1 · {len(found)} rules, precision and recall 1")
    sys.exit(0 if exact(found) else 1)


def _as_data(each: Measured) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "expected": each.expected,
        "raised": each.raised,
        "right": each.right,
        "precision": each.precision,
        "recall": each.recall,
    }
