"""The life of a complaint as one table: which action leads from where to where, who may take it, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.errors import Place, StopError

REGISTERED, UNCLEAR, ACCEPTED, REFUSED = "登记", "待说明", "受理", "不予受理"
TRANSFERRED, OPINION, AGREED = "转办", "待审核", "已同意"
DECIDED, ANSWERED, CLOSED, WITHDRAWN = "已决定", "已反馈", "办结", "撤回"
STATES: Mapping[str, str] = {
    REGISTERED: "registered",
    UNCLEAR: "unclear, the complainant was told",
    ACCEPTED: "accepted, handled by oneself",
    REFUSED: "refused",
    TRANSFERRED: "transferred",
    OPINION: "opinion given, to be agreed",
    AGREED: "opinion agreed",
    DECIDED: "decided",
    ANSWERED: "complainant answered",
    CLOSED: "closed",
    WITHDRAWN: "withdrawn by the complainant",
}
ENDED = frozenset({REFUSED, CLOSED, WITHDRAWN})
OPEN = tuple(state for state in STATES if state not in ENDED)
ROLES: Mapping[str, str] = {"supervisor": "监察", "department": "部门", "hotline": "热线"}


@dataclass(frozen=True, slots=True)
class Action:
    """One row of the table. `to` None: the state stays. `needs` are names of what must be given with it."""

    name: str
    zh: str
    en: str
    sources: tuple[str, ...]
    to: str | None
    roles: tuple[str, ...] = ("supervisor",)
    needs: tuple[str, ...] = ()


_EITHER = ("supervisor", "department")
_ANY = tuple(STATES)
ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action("clarify", "告知说明", "tell the complainant what is unclear", (REGISTERED,), UNCLEAR, needs=("words",)),
        Action("supplement", "投诉人说明", "the complainant has made it clear", (UNCLEAR,), REGISTERED, needs=("words",)),
        Action("accept", "受理", "accept", (REGISTERED, UNCLEAR), ACCEPTED),
        Action("refuse", "不予受理", "refuse, with the reason", (REGISTERED, UNCLEAR), REFUSED, needs=("words",)),
        Action("extend", "延期", "extend, with approval", (ACCEPTED,), None, needs=("words", "days", "approver")),
        Action("transfer", "转办", "transfer to another organisation", (ACCEPTED, TRANSFERRED), TRANSFERRED, needs=("organization",)),
        Action("opinion", "承办意见", "give the handling organisation's opinion", (TRANSFERRED,), OPINION, _EITHER, ("words",)),
        Action("agree", "同意意见", "agree to the opinion", (OPINION,), AGREED),
        Action("disagree", "退回重办", "send the opinion back", (OPINION,), TRANSFERRED, needs=("words",)),
        Action("decide", "决定", "decide", (ACCEPTED, AGREED), DECIDED, needs=("words",)),
        Action("feedback", "反馈", "answer the complainant", (DECIDED,), ANSWERED, needs=("words",)),
        Action("close", "办结", "close", (ANSWERED,), CLOSED),
        Action("reopen", "复查", "re-investigate", (ANSWERED, CLOSED), ACCEPTED, needs=("words",)),
        Action("withdraw", "撤回", "withdrawn by the complainant", OPEN, WITHDRAWN, needs=("words",)),
        Action("explain", "说明延误", "explain a delay", _ANY, None, _EITHER, ("words",)),
        Action("report", "上报", "report upward", _ANY, None, needs=("words",)),
        Action("link", "关联", "link a case, item, organisation or card", _ANY, None, needs=("link",)),
    )
}  # fmt: skip
WORDS: Mapping[str, tuple[str, str]] = {
    "words": ("文字(--text)", "the text (--text)"),
    "days": ("延期到第几个工作日(--to)", "the working day to extend to (--to)"),
    "approver": ("批准人(--approver)", "who approved it (--approver)"),
    "organization": ("承办单位(--organization)", "the organisation (--organization)"),
    "link": ("关联对象(--case 等)", "what to link (--case and the like)"),
}


def find(name: str) -> Action:
    """An action by its name. Raises StopError COMPLAINT_WORD."""
    return ACTIONS[word("action", name, tuple(ACTIONS))]


def word(field: str, given: str, known: tuple[str, ...]) -> str:
    """A word of a closed list; an unknown one is refused. Raises StopError COMPLAINT_WORD."""
    if given not in known:
        raise StopError(
            "COMPLAINT_WORD",
            # What was given is not repeated: in the wrong column it may be somebody's name.
            zh=f"{field} 的词不认识；可用 {'、'.join(known)}",
            en=f"The word for {field} is not known; it is one of {', '.join(known)}",
            remedy_zh="改用其中一个词",
            remedy_en="Use one of these words",
            place=Place(field=field),
        )
    return given


def allowed(state: str, role: str | None = None) -> list[str]:
    """The actions that are possible in a state, of those that a role may take."""
    return [a.name for a in ACTIONS.values() if state in a.sources and (role is None or role in a.roles)]


def move(
    number: int,
    state: str,
    name: str,
    role: str,
    given: frozenset[str],
    last: Callable[[], tuple[str, str]] | None = None,
) -> Action:
    """The row of the table for an action, if it may be taken now, by this role, with what is given; `last` looks up what was
    done last, in Chinese and English, where it may not.

    Raises StopError COMPLAINT_WORD, COMPLAINT_TRANSITION, COMPLAINT_ROLE, COMPLAINT_NEEDS.
    """
    action = find(name)
    word("role", role, tuple(ROLES))
    if state not in action.sources:
        possible = allowed(state)
        done_zh, done_en = ("", "") if last is None else last()
        raise StopError(
            "COMPLAINT_TRANSITION",
            zh=f"投诉 {number} 现在是“{state}”{done_zh and f'({done_zh})'}，不能{action.zh}({name})；现在可以 {'、'.join(possible)}",
            en=f"Complaint {number} is {STATES[state]} now{done_en and f' ({done_en})'}; {name} is not possible, but {', '.join(possible)}",
            remedy_zh=f"{name} 只在 {'、'.join(action.sources)} 时可以；用 suphub complaint show {number} 查看经过",
            remedy_en=f"{name} is for complaints that are {', '.join(action.sources)}; see: suphub complaint show {number}",
            place=Place(case=str(number), field="action"),
        )
    if role not in action.roles:
        raise StopError(
            "COMPLAINT_ROLE",
            zh=f"{ROLES[role]}({role})不能{action.zh}({name})；可以的是 {'、'.join(action.roles)}",
            en=f"{name} is not for the role {role}; it is for {', '.join(action.roles)}",
            remedy_zh="由有此权限的人办理",
            remedy_en="Let somebody with that role do it",
            place=Place(case=str(number), field="role"),
        )
    for need in action.needs:
        if need not in given:
            zh, en = WORDS[need]
            raise StopError(
                "COMPLAINT_NEEDS",
                zh=f"{action.zh}({name})必须写明{zh}",
                en=f"{name} needs {en}",
                remedy_zh="补上后再办",
                remedy_en="Give it and do it again",
                place=Place(case=str(number), field=need),
            )
    return action
