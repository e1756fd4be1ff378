"""The life of a card as one table: from which state which action leads where, who may do it, and what it needs.

Everything that changes a card, people and the hub alike, asks `step`; docs/cards.md shows the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.errors import Place, StopError

PENDING, ISSUED, ANSWERED, APPEALED = "待发", "已发", "已反馈", "申诉中"
UPHELD, WITHDRAWN, ORDERED, CLOSED = "维持", "撤销", "督办", "办结"
STATES = (PENDING, ISSUED, ANSWERED, APPEALED, UPHELD, WITHDRAWN, ORDERED, CLOSED)
STATES_EN: Mapping[str, str] = {
    PENDING: "pending", ISSUED: "issued", ANSWERED: "answered", APPEALED: "under appeal", UPHELD: "upheld",
    WITHDRAWN: "withdrawn", ORDERED: "under an order", CLOSED: "closed",
}  # fmt: skip
"""Each state in the English half of a text."""
ENDED = (WITHDRAWN, CLOSED)
"""A card in one of these is over: nothing leads out of them."""
OPEN = tuple(state for state in STATES if state not in ENDED)

LEVEL_NAMES: Mapping[int, str] = {1: "预警", 2: "黄牌", 3: "红牌"}

HUB, SUPERVISOR, DEPARTMENT, OPS = "hub", "supervisor", "department", "ops"
ROLES: Mapping[str, tuple[str, str]] = {
    HUB: ("枢纽自动", "the hub itself"),
    SUPERVISOR: ("监察部门", "supervisor"),
    DEPARTMENT: ("被监察部门", "department"),
    OPS: ("运维代录", "ops, entering what came on paper"),
}
"""Who acts, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Action:
    """What may be done with a card; `event` is its entry in the log, `needs` what whoever does it must give."""

    name: str
    zh: str
    en: str
    event: str
    needs: tuple[str, ...] = ()


NEEDS: Mapping[str, tuple[str, str]] = {
    "text": ("内容", "a text"),
    "reason": ("理由", "a reason"),
    "finding": ("判定结果", "a finding"),
    "order": ("督办单", "the order"),
}
_ACTIONS = (
    Action("raise", "发牌", "raise", "card.raised", ("reason",)),
    Action("settle", "确定", "settle", "card.settled", ("finding",)),
    Action("answer", "反馈", "answer", "card.answered", ("text",)),
    Action("appeal", "申诉", "appeal", "card.appealed", ("text",)),
    Action("uphold", "维持", "uphold", "card.upheld", ("reason",)),
    Action("withdraw", "撤销", "withdraw", "card.withdrawn", ("reason",)),
    Action("escalate", "升级", "escalate", "card.escalated", ("reason",)),
    Action("relevel", "调级", "change the level", "card.relevelled", ("finding",)),
    Action("refigure", "重算", "count anew", "card.refigured", ("finding",)),
    Action("move", "改期", "move the deadline", "card.moved", ("reason",)),
    Action("order", "转督办", "turn into an order", "card.ordered", ("order", "reason")),
    Action("recall", "撤回督办", "recall the order", "card.recalled", ("order", "reason")),
    Action("consequence", "处理", "record a consequence", "card.consequence", ("text",)),
    Action("close", "办结", "close", "card.closed", ("reason",)),
    Action("finish", "督办办结", "finish the order", "card.closed", ("order", "reason")),
)
ACTIONS: Mapping[str, Action] = {action.name: action for action in _ACTIONS}


@dataclass(frozen=True, slots=True)
class Transition:
    """From `origin` (None: no card yet) `action` leads to one of `to`; who may do it. `to` has several only for `recall`
    (the state before the order) and `raise` (待发 where the days are presumed)."""

    origin: str | None
    action: str
    to: tuple[str, ...]
    roles: tuple[str, ...]


def _each(
    origins: Iterable[str], action: str, roles: tuple[str, ...], to: str | None = None
) -> list[Transition]:
    return [Transition(origin, action, (to or origin,), roles) for origin in origins]


TRANSITIONS: Sequence[Transition] = (
    Transition(None, "raise", (PENDING, ISSUED), (HUB, SUPERVISOR)),
    *_each((PENDING,), "settle", (HUB,), ISSUED),
    *_each((ISSUED, ANSWERED, APPEALED, UPHELD, ORDERED), "settle", (HUB,)),
    *_each((ISSUED, ANSWERED), "answer", (DEPARTMENT, OPS), ANSWERED),
    # An appeal is decided once: what a department adds afterwards is kept, and opens no second one.
    *_each((UPHELD,), "answer", (DEPARTMENT, OPS)),
    *_each((ISSUED, ANSWERED), "appeal", (DEPARTMENT, OPS), APPEALED),
    *_each((APPEALED,), "uphold", (SUPERVISOR,), UPHELD),
    *_each(OPEN, "withdraw", (HUB, SUPERVISOR), WITHDRAWN),
    *_each((ISSUED, ANSWERED, UPHELD), "escalate", (SUPERVISOR,)),
    *_each(OPEN, "relevel", (HUB,)),
    # The calendar has changed: the last day of the limit, or of the answer, is another one.
    *_each(OPEN, "refigure", (HUB,)),
    *_each((ISSUED, ANSWERED, APPEALED, UPHELD, ORDERED, CLOSED), "move", (HUB,)),
    *_each((ISSUED,), "order", (HUB, SUPERVISOR), ORDERED),
    *_each((ANSWERED, UPHELD), "order", (SUPERVISOR,), ORDERED),
    Transition(ORDERED, "recall", (ISSUED, ANSWERED, UPHELD), (SUPERVISOR,)),
    *_each((ISSUED, ANSWERED, UPHELD, ORDERED, CLOSED), "consequence", (SUPERVISOR,)),
    # The hub closes what was a passing condition. While an appeal or an order runs, people come first.
    *_each((PENDING, ISSUED), "close", (HUB,), CLOSED),
    *_each((ANSWERED, UPHELD), "close", (HUB, SUPERVISOR), CLOSED),
    *_each((ORDERED,), "finish", (SUPERVISOR,), CLOSED),
)
"""The whole life of a card."""

_TABLE = {(each.origin, each.action): each for each in TRANSITIONS}


Last = Callable[[], tuple[str, str]]
"""Looks up what was done last, when, and by whom, in Chinese and English."""


def step(
    state: str | None, action: str, role: str, *, card_id: int | None = None, last: Last | None = None
) -> Transition:
    """The transition of `action` from `state` by somebody of `role`; `last` is asked where that is refused.

    Raises StopError CARD_TRANSITION (what happened and what is possible now is told) or CARD_ROLE.
    """
    found = _TABLE.get((state, action))
    if found is None:
        raise _impossible(state, ACTIONS[action], card_id, last)
    if role not in found.roles:
        raise _not_theirs(found, role, card_id)
    return found


def possible(state: str | None, role: str | None = None) -> list[str]:
    """The actions that people (of `role`; None: anybody) may do now, by name."""
    people = {SUPERVISOR, DEPARTMENT, OPS} if role is None else {role}
    return [each.action for each in TRANSITIONS if each.origin == state and people.intersection(each.roles)]


def automatic(action: str) -> tuple[str, ...]:
    """The states from which the hub itself may do it."""
    return tuple(
        each.origin for each in TRANSITIONS if each.action == action and each.origin and HUB in each.roles
    )


def table() -> str:
    """The transitions as the table of docs/cards.md."""
    lines = ["| 状态 From | 动作 Action | 之后 To | 何人 Who | 须有 Needs |", "|---|---|---|---|---|"]
    for each in TRANSITIONS:
        action = ACTIONS[each.action]
        to = "不变 unchanged" if each.to == (each.origin,) else " / ".join(each.to)
        who = "、".join(ROLES[role][0] for role in each.roles) + " " + ", ".join(each.roles)
        needs = (
            "、".join(NEEDS[need][0] for need in action.needs)
            + " "
            + ", ".join(NEEDS[need][1] for need in action.needs)
        )
        lines.append(f"| {each.origin or '—'} | {action.zh} `{action.name}` | {to} | {who} | {needs} |")
    return "\n".join(lines) + "\n"


def _impossible(state: str | None, action: Action, card_id: int | None, last: Last | None) -> StopError:
    names = [ACTIONS[name] for name in possible(state)]
    zh = "、".join(f"{each.zh}({each.name})" for each in names) or "没有"
    en = ", ".join(f"{each.en} ({each.name})" for each in names) or "nothing"
    extra_zh, extra_en = _hint(state)
    done_zh, done_en = ("", "") if last is None else last()
    return StopError(
        "CARD_TRANSITION",
        zh=f"牌 {card_id} 处于“{state}”{done_zh and f'({done_zh})'}，不能{action.zh}({action.name})",
        en=f"Card {card_id} is {STATES_EN.get(state or '', 'not there yet')}{done_en and f' ({done_en})'};"
        f" not possible: {action.en} ({action.name})",
        remedy_zh=f"现在可以：{zh}。{extra_zh}经过见 suphub card show {card_id}",
        remedy_en=f"Possible now: {en}. {extra_en}What happened: suphub card show {card_id}",
        place=Place(field=f"card {card_id}"),
    )


def _hint(state: str | None) -> tuple[str, str]:
    return {
        PENDING: (
            "所涉年度日历公布后自动发出。",
            "It is issued once the calendar of its year is published. ",
        ),
        APPEALED: ("先对申诉作出维持或撤销的决定。", "The appeal is to be decided first. "),
        ORDERED: ("反馈和办结在督办单上进行。", "Answer and end are given on its order. "),
        WITHDRAWN: ("已撤销的牌不再改变。", "A withdrawn card does not change any more. "),
        CLOSED: ("已办结的牌不再打开。", "A closed card is not opened again. "),
    }.get(state or "", ("", ""))


def _not_theirs(found: Transition, role: str, card_id: int | None) -> StopError:
    action = ACTIONS[found.action]
    zh = "、".join(f"{ROLES[each][0]}({each})" for each in found.roles)
    en = ", ".join(found.roles)
    return StopError(
        "CARD_ROLE",
        zh=f"{role} 不能对牌 {card_id} {action.zh}({action.name})",
        en=f"{role} may not do this with card {card_id}: {action.en} ({action.name})",
        remedy_zh=f"由 {zh} 办理",
        remedy_en=f"It is for: {en}",
        place=Place(field=f"card {card_id}"),
    )
