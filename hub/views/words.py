"""The field's words on pages: states, hands, channels, bands and kinds as they are stored, with their English beside them."""

from __future__ import annotations

from collections.abc import Mapping

from hub.complaints import shapes, states
from hub.scores.scoring import BANDS
from hub.supervision import hands
from hub.supervision.library import declared
from hub.supervision.reasons import REASONS

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
ROWS: Mapping[str, tuple[str, str]] = {
    "card": ("牌", "card"),
    "complaint": ("投诉", "complaint"),
    "incident": ("故障", "fault"),
    "serial": ("报文序号", "package serial"),
    "serials": ("缺报文序号", "missing package serials"),
    "evaluation": ("评价", "evaluation"),
}
"""What a row of a list is called in its subject."""
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
    """A stored Chinese word for a reader of `language`: in English with its translation before it; - where there is none.

    `kind` is the list that it belongs to. A word that is not in the list stands as it is.
    """
    if not word:
        return "-"
    english = _WORDS[kind].get(word)
    return word if language == "zh" or english is None else f"{english} {word}"


def subject_in(language: str, subject: str) -> str:
    """What a row of a list or a card is about, its leading word in the reader's language: 牌 12, card 12."""
    first, space, rest = subject.partition(" ")
    if first in ROWS and rest:
        return f"{ROWS[first][0 if language == 'zh' else 1]}{space}{rest}"
    return subject


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


__all__ = ["LINKS", "half_in", "reason_in", "rule_in", "subject_in", "word_in"]
