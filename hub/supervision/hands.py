"""The hands that a supervision order (督办) goes through, 发起→审核→签收→反馈→办结, and what each may do, as one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.errors import Place, StopError
from hub.supervision.states import DEPARTMENT, HUB, OPS, ROLES, SUPERVISOR, Last

FINISHED, GONE = "已办结", "已撤销"


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand: whose it is, the action that passes the order on, and the parameter of rule T11 with its working days."""

    name: str
    en: str
    role: str
    action: str
    parameter: str

    @property
    def state(self) -> str:
        """The order's state while this hand has it."""
        return f"待{self.name}"


HANDS: Sequence[Hand] = (
    Hand("发起", "begun", SUPERVISOR, "submit", "initiate_workdays"),
    Hand("审核", "reviewed", SUPERVISOR, "approve", "review_workdays"),
    Hand("签收", "signed for", DEPARTMENT, "sign", "sign_workdays"),
    Hand("反馈", "answered", DEPARTMENT, "feedback", "feedback_workdays"),
    Hand("办结", "finished", SUPERVISOR, "finish", "finish_workdays"),
)
STATES = (*(hand.state for hand in HANDS), FINISHED, GONE)
OPEN_STATES = STATES[: len(HANDS)]

ACTIONS: Mapping[str, tuple[str, str, str]] = {
    "start": ("发起", "start", "order.started"),
    "submit": ("重新提交", "submit again", "order.passed"),
    "approve": ("审核通过", "approve", "order.passed"),
    "sign": ("签收", "sign for", "order.passed"),
    "feedback": ("反馈", "answer", "order.passed"),
    "finish": ("办结", "finish", "order.finished"),
    "return": ("退回上一环节", "return to the hand before", "order.returned"),
    "recall": ("撤回", "recall", "order.recalled"),
    "withdraw": ("随牌撤销", "withdraw with its card", "order.withdrawn"),
}
"""Action → Chinese, English, its event in the log."""


@dataclass(frozen=True, slots=True)
class Passing:
    """From `state` by `action` to `to`, by one of `roles`."""

    state: str
    action: str
    to: str
    roles: tuple[str, ...]


def _passings() -> list[Passing]:
    found = []
    for number, hand in enumerate(HANDS):
        # What comes on paper is entered by ops.
        theirs = (DEPARTMENT, OPS) if hand.role == DEPARTMENT else (SUPERVISOR,)
        onward = HANDS[number + 1].state if number + 1 < len(HANDS) else FINISHED
        found.append(Passing(hand.state, hand.action, onward, theirs))
        if number > 0:
            found.append(Passing(hand.state, "return", HANDS[number - 1].state, theirs))
        if number < 3:  # until the department has signed
            found.append(Passing(hand.state, "recall", GONE, (SUPERVISOR,)))
        found.append(Passing(hand.state, "withdraw", GONE, (HUB,)))  # with its card, whoever withdrew that
    return found


PASSINGS: Sequence[Passing] = _passings()
_TABLE = {(each.state, each.action): each for each in PASSINGS}
_HANDS = {hand.state: hand for hand in HANDS}


def hand_of(state: str) -> Hand | None:
    """The hand that has an order in this state; None once it is over."""
    return _HANDS.get(state)


def pass_on(state: str, action: str, role: str, order_id: int, last: Last | None = None) -> Passing:
    """Where `action` leads from `state`; `last` is asked where that is refused.

    Raises StopError ORDER_TRANSITION (what happened and what is possible now is told), ORDER_ROLE.
    """
    found = _TABLE.get((state, action))
    if found is not None and role in found.roles:
        return found
    zh, en, _ = ACTIONS[action]
    done_zh, done_en = ("", "") if last is None else last()
    now_zh = f"督办单 {order_id} 处于“{state}”{done_zh and f'({done_zh})'}"
    now_en = f"Order {order_id} is {state_en(state)}{done_en and f' ({done_en})'}"
    if found is None:
        now = [ACTIONS[each.action] for each in PASSINGS if each.state == state and each.action != "withdraw"]
        raise StopError(
            "ORDER_TRANSITION",
            zh=f"{now_zh}，不能{zh}({action})",
            en=f"{now_en}; not possible: {en} ({action})",
            remedy_zh=f"现在可以：{'、'.join(each[0] for each in now) or '没有'}。经过见 suphub order show {order_id}",
            remedy_en=f"Possible now: {', '.join(each[1] for each in now) or 'nothing'}. What happened: suphub order show {order_id}",
            place=Place(field=f"order {order_id}"),
        )
    raise StopError(
        "ORDER_ROLE",
        zh=f"{now_zh}，{role} 不能{zh}({action})",
        en=f"{now_en}; {role} may not do this: {en} ({action})",
        remedy_zh=f"由 {'、'.join(ROLES[each][0] for each in found.roles)} 办理",
        remedy_en=f"It is for: {', '.join(found.roles)}",
        place=Place(field=f"order {order_id}"),
    )


def state_en(state: str) -> str:
    """The state in English: which hand is waited for, or how the order ended."""
    hand = hand_of(state)
    return f"to be {hand.en}" if hand else {FINISHED: "finished", GONE: "withdrawn"}.get(state, state)


def table() -> str:
    """The hands and what they may do, as the table of docs/cards.md."""
    lines = ["| 状态 State | 动作 Action | 之后 To | 何人 Who |", "|---|---|---|---|"]
    for each in PASSINGS:
        who = "、".join(ROLES[role][0] for role in each.roles) + " " + ", ".join(each.roles)
        lines.append(f"| {each.state} | {ACTIONS[each.action][0]} `{each.action}` | {each.to} | {who} |")
    return "\n".join(lines) + "\n"
