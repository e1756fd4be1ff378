"""`suphub fabrication`: what does not fit in one month of one system's data, and the cases behind each figure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.options import Json
from hub.cli.output import complain, print_json, print_table, say
from hub.errors import Place, StopError

REPORTS = (".html", ".pdf", ".json")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fabrication")(command)


def command(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="系统编码 · code of the system")],
    month: Annotated[
        str | None,
        typer.Option(help="月份，缺省为最近结束的月份 · month, 2026-10; the latest that has ended"),
    ] = None,
    cases: Annotated[
        str | None, typer.Option(metavar="RULE", help="列出某规则的全部办件 · list all cases behind a rule")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="写入文件 (.html, .pdf, .json) · write the report to a file")
    ] = None,
    as_json: Json = False,
) -> None:
    """数据真实性分析：不一致之处及其办件，供核实 · What does not fit in a system's data, to be verified."""
    from hub.wiring import fabrication

    if out is not None and out.suffix not in REPORTS:
        complain(f"--out 应为 {' 或 '.join(REPORTS)} 文件 · must be a file of {' or '.join(REPORTS)}")
        sys.exit(2)
    chosen = fabrication.month_of(month)
    if cases is not None:
        _list(fabrication.cases(system, chosen, cases), as_json=as_json)
        return
    found = fabrication.report(system, chosen)
    if out is not None:
        _write(out, found)
    if as_json:
        print_json(found)
    elif out is None:
        _show(found)
    else:
        say(f"{out}")


def _write(out: Path, found: dict[str, Any]) -> None:
    from hub.wiring.fabrication import written

    try:
        out.write_bytes(written(found, out.suffix))
    except OSError as error:
        raise StopError(
            "FABRICATION_WRITE",
            zh=f"无法写入 {out}：{error.strerror}",
            en=f"Cannot write {out}: {error.strerror}",
            remedy_zh="检查目录和权限，或换一个 --out 文件",
            remedy_en="Check the folder and its permissions, or give another --out file",
            place=Place(file=str(out)),
        ) from error


def _list(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    columns = ("对象 subject", "办件 case", "申请 applied", "受理 handled", "办结 completed")
    rows = [
        [case.get(name) for name in ("subject", "case_no", "applied", "handled", "completed")]
        for case in found
    ]
    print_table(f"{len(found)} 件 · cases", columns, rows)


def _show(found: dict[str, Any]) -> None:
    from hub.supervision.fabrication_page import peers
    from hub.supervision.reasons import REASONS

    say(f"数据真实性分析 · {found['name']} ({found['system']}) {found['month']}")
    rows: list[tuple[object, ...]] = []
    for rule in found["rules"]:
        if not rule["judged"]:
            reason = REASONS.get(rule["reason"], rule["reason"])
            rows.append((rule["rule"], rule["zh"], "", "", "", f"不判定 · not judged: {reason}"))
        for group in rule["findings"] if rule["judged"] else ():
            result = "建议核实 · please verify" if group["found"] else "未见不一致 · fits"
            kind = " ".join(group["subject"].split(" ", 2)[2:])
            shown = (
                f"{group['share_percent']} % / {group['threshold_percent']}",
                f"{group['hits']}/{group['sample']}",
                peers(group),
            )
            rows.append((rule["rule"], f"{rule['zh']} {kind}".strip(), *shown, result))
    columns = (
        "规则 rule",
        "内容 what",
        "占比/阈值 share/threshold",
        "件数/样本 cases/sample",
        "同类 peers",
        "结果 result",
    )
    print_table("不一致供核实，不构成认定 · to be verified; no judgement of anybody", columns, rows)
    say(
        "办件 · cases: suphub fabrication SYSTEM --month MONTH --cases RULE；报告 · report: --out FILE.html|.pdf"
    )
