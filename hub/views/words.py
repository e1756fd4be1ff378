"""The field's words on pages: states, hands, channels, bands and kinds as they are stored, or in English."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.complaints import shapes, states
from hub.scores.scoring import BANDS
from hub.supervision import hands
from hub.supervision.library import declared
from hub.supervision.reasons import REASONS
from schemas.contract import VERSIONS, Element, load_contract

CARD_STATES: Mapping[str, str] = {
    "待发": "to be issued",
    "已发": "issued",
    "已反馈": "answered",
    "申诉中": "under appeal",
    "维持": "upheld",
    "撤销": "withdrawn",
    "督办": "under an order",
    "办结": "closed",
}
ORDER_STATES: Mapping[str, str] = {
    **{hand.state: f"to be {hand.en}" for hand in hands.HANDS},
    hands.FINISHED: "finished",
    hands.GONE: "withdrawn",
}
CONSEQUENCES: Mapping[str, str] = {
    "书面检查": "written self-criticism",
    "限期整改": "to be put right by a day",
    "通报批评": "criticism before all",
    "约谈": "talk",
    "诫勉谈话": "admonishing talk",
}
LINKS: Mapping[str, tuple[str, str]] = {
    "case": ("办件", "case"),
    "item": ("事项", "item"),
    "organization": ("机构", "organisation"),
    "card": ("牌", "card"),
}
SUBJECTS: Mapping[str, tuple[str, str]] = {
    "card": ("牌", "card"),
    "complaint": ("投诉", "complaint"),
    "order": ("督办单", "order"),
    "incident": ("故障", "fault"),
    "evaluation": ("评价", "evaluation"),
    "step": ("环节", "step"),
    "procedure": ("特别程序", "special procedure"),
    "notice": ("补正告知", "notice of what to correct"),
    "receipt": ("补正收件", "receipt of corrections"),
    "fee": ("收费", "fee"),
    "version": ("版", "version"),
    "package": ("报文包", "package"),
    "serial": ("报文序号", "package serial"),
    "serials": ("缺报文序号", "missing package serials"),
    "silent after package": ("静默，末包", "silent after package"),
    "applicant": ("申请人", "applicant"),
    "contact": ("联系人", "contact"),
    "agent": ("代理人", "agent"),
    "recipient": ("领取人", "recipient"),
    "promised": ("承诺时限", "promised limit"),
    "statutory": ("法定时限", "statutory limit"),
}
"""What stands in the subject of a card or of a row of a list before its number, or instead of one."""
_KINDS = "|".join(sorted(SUBJECTS, key=len, reverse=True))
_SUBJECT = re.compile(
    rf"(?P<whose>\S+ )??(?P<kind>{_KINDS})(?P<number> [0-9][0-9./]*(?: #[0-9]+)?|(?<=package) \S+)?"
)
_EVENT = re.compile(r"(?P<whose>\S+) (?P<element>[A-Z]\w+)\.(?P<field>[A-Z]\w+)(?P<number> [0-9]+)?")
_WORDS: Mapping[str, Mapping[str, str]] = {
    "card": CARD_STATES,
    "order": ORDER_STATES,
    "hand": {hand.name: hand.en for hand in hands.HANDS},
    "complaint": states.STATES,
    "channel": shapes.CHANNELS,
    "topic": shapes.TOPICS,
    "band": dict(BANDS),
    "consequence": CONSEQUENCES,
}


def word_in(language: str, kind: str, word: str | None) -> str:
    """A stored Chinese word for a reader of `language`; - where there is none.

    `kind` is the list that it belongs to. A word that is not in the list stands as it is.
    """
    if not word:
        return "-"
    return word if language == "zh" else _WORDS[kind].get(word, word)


def subject_in(language: str, subject: str) -> str:
    """What a card or a row of a list is about, in the reader's language: 牌 12, card 12; another text as it stands."""
    place = 0 if language == "zh" else 1
    if (element := _element(subject)) is not None:
        return (element.zh, element.en)[place]
    if event := _EVENT.fullmatch(subject):
        return _event_in(place, event) or subject
    found = _SUBJECT.fullmatch(subject)
    if found is None:
        return subject
    whose, number = found["whose"] or "", found["number"] or ""
    if found["kind"] == "version" and place == 0:
        return f"{whose}第{number} 版"
    return f"{whose}{SUBJECTS[found['kind']][place]}{number}"


def _element(name: str) -> Element | None:
    return next((each for each in load_contract(VERSIONS[-1]).elements if each.name == name), None)


def _event_in(place: int, event: re.Match[str]) -> str | None:
    """The case, and which of its times: `land-bureau/1 环节 2 开始时间`; None where the contract has no such field."""
    element = _element(event["element"])
    field = next((each for each in element.fields if each.name == event["field"]), None) if element else None
    if element is None or field is None:
        return None
    names = ((element.zh, field.zh), (element.en, field.en))[place]
    return f"{event['whose']} {names[0]}{event['number'] or ''} {names[1]}"


def who_in(language: str, name: str | None) -> str:
    """Who did something: a name as it stands, the hub's own doing in the reader's language; - where nobody is named."""
    return {"hub": "枢纽" if language == "zh" else "the hub"}.get(name or "", name or "-")


def half_in(language: str, text: str | None) -> str:
    """The reader's half of a text that the hub wrote in both languages, Chinese · English; another text as it stands."""
    zh, two, en = (text or "").partition(" · ")
    if not two or " · " in en or not en[:1].isascii():
        return text or ""
    return zh if language == "zh" else en


def reason_in(language: str, reason: str) -> str:
    """Why something is not judged, in words; one that is not listed as it stands."""
    return half_in(language, REASONS.get(reason, reason))


def rule_in(language: str, code: str) -> str:
    """What the library calls a rule; of a card by hand that."""
    rule = declared().get(code)
    if rule is None:
        return "人工发牌" if language == "zh" else "by hand"
    return rule.zh if language == "zh" else rule.en


__all__ = ["LINKS", "half_in", "reason_in", "rule_in", "subject_in", "who_in", "word_in"]
