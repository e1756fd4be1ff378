"""Complaints on the terminal: a list of them, and one with its terms, events and links."""

from __future__ import annotations

from typing import Any

from hub.cli.output import plain, print_table, say

TERMS = {
    "first": "登记答复 first answer",
    "own": "自办 own",
    "transfer": "转办 transferred",
    "feedback": "反馈 feedback",
}

HEADS = {
    "key": "代码", "name": "名称", "complaints": "件数", "withdrawn": "撤回", "answered": "已答复", "decided": "已决定", "ended": "已结",
    "overdue": "逾期", "group_or_major": "群体或重大", "mean_answer_hours": "平均答复小时",
}  # fmt: skip
"""The figures of `complaint figures` in Chinese, beside the names that scripts know."""


def print_list(found: list[dict[str, Any]]) -> None:
    """Rows of hub.complaints.listing."""
    columns = ("投诉 complaint", "登记 registered", "渠道 channel", "状态 state", "类别 topic", "事由 title",
               "被投诉单位 about", "当前责任 turn", "期限 due", "")  # fmt: skip
    rows = [
        (
            c["complaint_id"], (c["registered_at"] or "")[:10], c["channel"], c["state"], c["topic"], c["title"],
            c["org_name"] or c["org_uscc"], c["duty_name"] or c["duty_uscc"], _due(c), "逾期 overdue" if c["overdue"] else "",
        )
        for c in found
    ]  # fmt: skip
    print_table(f"{len(found)} 件投诉 · complaints", columns, rows)


def _due(row: dict[str, Any]) -> str:
    if row["due_on"] is None:
        return ""
    return f"{row['due_on']} {TERMS[row['due_term']]}{' (暂定 provisional)' if row['provisional'] else ''}"


def print_one(found: dict[str, Any]) -> None:
    """One complaint, as hub.wiring.complaints shows it."""
    marks = [
        zh for zh, there in (("群体 group", found["is_group"]), ("重大 major", found["is_major"])) if there
    ]
    upward = f"已上报 reported {found['reported_at']}" if found["reported_at"] else ""
    say(
        f"投诉 · complaint  {found['complaint_id']}  {found['state']}  第 {found['round']} 轮  {' '.join(marks)} {upward}"
    )
    say(
        f"来源 · from       {found['channel']} {found['hotline'] or ''} {found['hotline_no'] or ''}  {found['registered_at']}"
    )
    say(f"事由 · title      [{found['topic']}] {found['title']}")
    say(f"被投诉 · about    {found['org_name'] or ''} {found['org_uscc'] or ''}")
    person = {name: value for name, value in found["complainant"].items() if value}
    say(
        f"投诉人 · who      {'匿名 anonymous' if found['anonymous'] else plain(list(person.values()))}  {found['people']} 人"
    )
    say(f"责任 · turn       {found['duty_name'] or found['duty_uscc'] or '-'}  {found['handler'] or '-'}")
    say(found["content"])
    for term in found["terms"]:
        late = "  逾期 overdue" if term["overdue"] else ""
        ended = f"  {term['ended_on']} {term['ended_by']}" if term["ended_on"] else ""
        presumed = " (暂定 provisional)" if term["provisional"] else ""
        again = f"(第 {term['ordinal']} 次 · time {term['ordinal']})" if term["ordinal"] > 1 else ""
        say(
            f"  期限 {TERMS[term['term']]}{again}, {term['started_on']} 起: {term['used']}/{term['limit']} 工作日,最后一日 {term['due_on']}{presumed}{ended}{late}"
        )
    for event in found["events"]:
        text = f"  {event['text']}" if event["text"] else ""
        say(
            f"  {event['number']}. {event['at']}  {event['action']} → {event['to_state']}  {event['by']}({event['role']}){text}"
        )
    for link in found["links"]:
        say(f"  关联 · link     {link['kind']} {link['target']}")
    for card in found["cards"]:
        say(f"  牌 · card       {card['card_id']} {card['rule']} {card['state']} {card['raised_on']}")
    say(f"可办 · possible   {', '.join(found['possible'])}")
