"""What people are told of a complaint, in both languages and without personal data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.complaints.shapes import Notice

# action → (level, roles, whether only the handling organisation is meant, zh, en)
_TOLD: Mapping[str, tuple[int, tuple[str, ...], bool, str, str]] = {
    "register": (1, ("supervisor",), False, "收到投诉", "A complaint has come in"),
    "transfer": (2, ("department",), True, "投诉转来承办", "A complaint is transferred to you"),
    "opinion": (1, ("supervisor",), False, "承办单位已报意见，待审核", "The handling organisation has given its opinion"),
    "disagree": (2, ("department",), True, "意见被退回，请重办", "Your opinion was sent back"),
    "reopen": (2, ("supervisor",), False, "投诉复查", "A complaint is investigated again"),
    "report": (3, ("supervisor", "province"), False, "重大或群体性投诉上报", "A major or group complaint is reported upward"),
}  # fmt: skip


def notice(action: str, row: Mapping[str, Any], title: str) -> Notice | None:
    """What is to be told of an action on a complaint as it now stands; None for most. `title` is masked already."""
    if action not in _TOLD:
        return None
    level, roles, handling, zh, en = _TOLD[action]
    number, uscc = row["complaint_id"], row["handling_uscc"] if handling else row["host_uscc"]
    about = row["org_name"] or row["org_uscc"] or "-"
    people = f"，{row['people']} 人" if row["people"] > 1 else ""
    return Notice(
        kind=f"complaint.{action}",
        level=level,
        subject_zh=f"{zh}：{number}",
        subject_en=f"{en}: {number}",
        body_zh=f"投诉 {number}({row['channel']}，{row['topic']}{people})：{title}\n被投诉单位：{about}\n状态：{row['state']}\n"
        f"查看：suphub complaint show {number}",
        body_en=f"Complaint {number}: {title}\nAbout: {about}\nState: {row['state']}\nSee: suphub complaint show {number}",
        organizations=() if uscc is None else (uscc,),
        roles=roles,
    )
