"""How cards are printed for people: one card, what became of it, its attachments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typer

from hub.cli.acting import LEVELS
from hub.cli.output import print_json, print_table, say

UNITS = {"W": "工作日", "D": "自然日", "H": "小时", "M": "月"}


def hand_out(found: list[dict[str, Any]], number: int | None, out: Path | None, as_json: bool) -> None:
    """List attachments, or write one of them out."""
    from hub.wiring.cards import written_out

    if number is None:
        if as_json:
            print_json(found)
            return
        rows = [(each["number"], each["name"], each["size"], each["digest"]) for each in found]
        print_table(
            f"{len(rows)} 个附件 · attachments", ("序号 number", "文件 name", "字节 bytes", "SHA-256"), rows
        )
        return
    if not 1 <= number <= len(found) or out is None:
        raise typer.BadParameter(f"1..{len(found)}，并写 --out 文件 · and --out FILE", param_hint="NUMBER")
    written_out(found[number - 1]["digest"], out)
    say(f"已写入 · written: {out}")


def report_card(found: dict[str, Any], as_json: bool) -> None:
    """What a card has become."""
    if as_json:
        print_json(found)
        return
    say(
        f"牌 {found['card_id']}：{LEVELS[found['level']]}，{found['state']}，第 {found['version']} 版"
        f" · card {found['card_id']} is now in version {found['version']}"
    )


def card_state(found: dict[str, Any]) -> str:
    """Its state, marked where it is provisional."""
    return f"{found['state']}{' (暂定 provisional)' if found['provisional'] else ''}"


def card_figures(found: dict[str, Any]) -> str:
    """Used and limit in their unit."""
    if found["unit"] is None:
        return "-"
    return f"{found['used_days']}/{found['limit_days']} {UNITS.get(found['unit'], '')}"


def print_card(found: dict[str, Any]) -> None:
    """All of a card."""
    say(
        f"牌 · card       {found['card_id']}  {LEVELS[found['level']]}  {card_state(found)}  (第 {found['version']} 版)"
    )
    if found["case_no"]:
        say(f"办件 · case     {found['system']}/{found['case_no']} (第 {found['case_version']} 版)")
    if found["subject"]:
        say(f"事由 · subject  {found['subject']}")
    say(
        f"规则 · rule     {found['rule']} 第 {found['rule_version']} 版，日历第 {found['calendar_version']} 版"
    )
    say(f"依据 · basis    {found['basis']}")
    say(f"责任 · answers  {found['org_name'] or '-'}  {found['step'] or '-'}  {found['handler'] or '-'}")
    if found["unit"] is not None:
        say(
            f"时限 · limit    {card_figures(found)}，超 {found['excess_days']}，最后一日 {found['due_on'] or '-'}"
        )
    say(
        f"反馈 · answer   期限 due {found['feedback_due_on'] or '-'}，反馈于 answered {found['answered_on'] or '-'}"
    )
    for event in found["events"]:
        who_did = f"{event['by']} ({event['role']})" if event["by"] else ""
        say(
            f"  {event['at']}  {event['from_state'] or '-'} → {event['to_state']}  {who_did}  {event['reason']}"
        )
        for each in event["attachments"]:
            say(f"      附件 · attachment  {each['name']}  {each['size']} B  {each['digest'][:12]}…")
    for each in found["consequences"]:
        due = f"  期限 {each['due_on']}" if each["due_on"] else ""
        say(
            f"处理 · consequence  {each['recorded_on']}  {each['kind']}  {each['person'] or ''}{due}  {each['text']}"
        )
    for order_id in found["orders"]:
        say(f"督办 · order    {order_id}  (suphub order show {order_id})")
    for card_id in found["escalated_by"]:
        say(f"升级 · escalated by card {card_id}  (suphub card show {card_id})")
    say(f"现在可以 · possible now  {', '.join(found['possible']) or '-'}")
    say("判定所据 · judged by:")
    say(json.dumps(found["snapshot"], ensure_ascii=False, indent=2))
