"""The kinds of letter (文书种类): what each is called, what it is about, and which fields its template may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hub.errors import Place, StopError

ALWAYS = {
    "issuer": ("发文机关", "who issues it"),
    "reference": ("文号", "its number"),
    "date": ("成文日期", "its date"),
    "organization": ("主送机关", "to whom"),
    "organization_code": ("统一社会信用代码", "USCC of the addressee"),
}
CARD = {
    "card": ("牌号", "number of the card"),
    "level": ("级别", "level of the card: 预警, 黄牌 or 红牌"),
    "rule": ("规则代码", "code of the rule"),
    "rule_name": ("规则", "name of the rule"),
    "basis": ("监察依据", "the law or source"),
    "matter": ("事由", "item and case in one phrase"),
    "item": ("事项名称", "name of the item"),
    "item_code": ("事项编码", "code of the item"),
    "case_no": ("办件编号", "number of the case"),
    "system": ("系统", "code of the system"),
    "finding": ("认定情况", "what was found, in one sentence"),
    "used": ("已用时间", "time used"),
    "limit": ("时限", "the limit"),
    "excess": ("超过时间", "time beyond it"),
    "due_on": ("期限最后一日", "last day of the limit"),
    "accepted_on": ("受理日期", "day of acceptance"),
    "raised_on": ("判定日期", "day on which the card was raised"),
    "issued_on": ("发牌日期", "day on which the card was issued"),
    "step": ("责任环节", "the step that is responsible"),
    "handler": ("责任人", "the official who is responsible"),
    "answer_by": ("反馈期限", "last day for an answer; 即日: the same day"),
}
FORMER = {
    "former_title": ("原文书", "title of the letter that is corrected"),
    "former_reference": ("原文号", "its number"),
    "former_date": ("原日期", "its date"),
    "change": ("更正事项", "what has changed"),
    "reason": ("更正理由", "why"),
}
ORDER = {
    "order": ("督办单号", "number of the order"),
    "matter": ("事由", "item and case in one phrase"),
    "item": ("事项名称", "name of the item"),
    "item_code": ("事项编码", "code of the item"),
    "case_no": ("办件编号", "number of the case"),
    "level": ("级别", "level of the order"),
    "reason": ("督办事由", "why"),
    "basis": ("监察依据", "the law or source"),
    "monitor": ("监察监控人员", "who watches over it"),
    "started_on": ("发起日期", "day on which it began"),
    "answer_by": ("反馈期限", "last day for the feedback"),
}
FREE = {
    "matter": ("事由", "what it is about"),
    "facts": ("查明情况", "what was found"),
    "basis": ("依据", "the law or source"),
    "requirement": ("要求", "what is asked for"),
    "answer_by": ("反馈期限", "last day for an answer"),
}
MEETING = {
    "matter": ("议题", "what it is about"),
    "time": ("时间", "when"),
    "place": ("地点", "where"),
    "chair": ("主持人", "who chairs"),
    "participants": ("参加单位", "who takes part"),
    "requirement": ("要求", "what to bring"),
    "contact": ("联系人", "whom to call"),
}
COMPLAINT = {
    "complaint": ("登记编号", "number of the complaint"),
    "channel": ("投诉方式", "how it came"),
    "received_on": ("登记日期", "day of registration"),
    "complainant": ("投诉人", "who complains"),
    "contact": ("联系方式", "how to reach them"),
    "against": ("被投诉单位", "about whom"),
    "matter": ("投诉事项", "what about"),
    "content": ("投诉内容", "in their words"),
    "case_no": ("相关办件", "case it concerns"),
    "accepted_on": ("受理日期", "day of acceptance"),
    "due_on": ("办理期限", "last day"),
    "opinion": ("拟办意见", "what is to be done"),
    "handler": ("经办人", "who handles it"),
    "result": ("办理结果", "what became of it"),
}
COMPLAINT_STEP = {
    "complaint": ("登记编号", "number of the complaint"),
    "complainant": ("投诉人", "who complained"),
    "received_on": ("登记日期", "day of registration"),
    "done_on": ("办理日期", "day of the step that the letter tells"),
    "channel": ("投诉方式", "how it came"),
    "against": ("被投诉单位", "about whom"),
    "matter": ("投诉事项", "what about"),
    "words": ("内容", "the reason, question, decision or answer of the step"),
    "due_on": ("办理期限", "last day for the decision"),
    "answer_on": ("反馈期限", "last day for the answer to the complainant"),
    "handling": ("承办单位", "to whom it was transferred"),
    "approver": ("批准人", "who approved an extension"),
    "people": ("人数", "how many complain"),
    "handler": ("经办人", "who handles it"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of letter. `about` is what it is written from: card, letter, order, complaint, a step of a complaint, or nothing (fields by hand)."""

    code: str
    zh: str
    en: str
    about: str
    fields: Mapping[str, tuple[str, str]]
    required: tuple[str, ...] = ()  # fields that may not be empty
    personal: tuple[str, ...] = ()  # fields that stand in full on the paper alone
    called: tuple[str, ...] = ()  # fields with an official's telephone, which the paper tells

    @property
    def on_paper(self) -> tuple[str, ...]:
        """Fields whose numbers of persons are printed; in all others they are masked."""
        return (*self.personal, *self.called)


def _kind(
    code: str, zh: str, en: str, about: str, fields: Mapping[str, tuple[str, str]], *required: str
) -> Kind:
    return Kind(code, zh, en, about, {**ALWAYS, **fields}, required)


def _to_complainant(step: str, zh: str, en: str) -> Kind:
    """A letter to who complained, named on the paper alone."""
    made = _kind(f"complaint_{step}", zh, en, "step", COMPLAINT_STEP, "complaint", "matter")
    return replace(made, personal=("complainant",))


INQUIRY, ACCOUNTABILITY, CORRECTION, SUPERVISION = "inquiry", "accountability", "correction", "supervision"
KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        _kind(INQUIRY, "效能问询通知书", "inquiry, with a yellow card", "card", CARD, "organization"),
        _kind(ACCOUNTABILITY, "效能问责通知书", "accountability, with a red card", "card", CARD, "organization"),
        _kind(SUPERVISION, "督办通知书", "order of supervision", "order", ORDER, "organization"),
        _kind("suggestion", "监察建议书", "suggestion", "free", FREE, "organization", "matter", "facts", "basis", "requirement"),
        _kind("decision", "监察决定书", "decision", "free", FREE, "organization", "matter", "facts", "basis", "requirement"),
        replace(
            _kind("complaint", "效能投诉受理登记表", "registration of a complaint", "complaint", COMPLAINT, "complaint"),
            personal=("complainant", "contact", "matter", "content", "result"),
        ),
        replace(
            _kind("meeting", "联席会议通知单", "notice of a joint meeting", "free", MEETING, "matter", "time", "place", "participants"),
            called=("contact",),
        ),
        *(_to_complainant(step, zh, en) for step, zh, en in (
            ("accept", "投诉受理告知书", "acceptance of a complaint"),
            ("refuse", "投诉不予受理告知书", "refusal of a complaint"),
            ("clarify", "投诉补充说明告知书", "what is unclear in a complaint"),
            ("extend", "投诉延期办理告知书", "extension of a complaint's term"),
            ("feedback", "投诉办理答复书", "answer to a complaint"),
            ("reopen", "投诉复查告知书", "a complaint is investigated again"),
        )),
        _kind("complaint_transfer", "投诉转办函", "a complaint is transferred", "step", COMPLAINT_STEP, "organization", "matter"),
        _kind("complaint_report", "重大投诉专报", "a major or group complaint, reported upward", "step", COMPLAINT_STEP, "matter"),
        _kind(CORRECTION, "更正通知书", "correction of a letter already sent", "letter", {**CARD, **FORMER}, "organization"),
    )
}  # fmt: skip
"""Every kind that docs/letters.md describes; a template folder has one file per kind."""
BY_LEVEL = {2: INQUIRY, 3: ACCOUNTABILITY}
"""What goes out with an issued card of that level."""


def kind_of(code: str) -> Kind:
    """The kind of that code. Raises StopError LETTER_KIND naming those there are."""
    found = KINDS.get(code)
    if found is None:
        raise StopError(
            "LETTER_KIND",
            zh=f"没有文书种类 {code!r}",
            en=f"There is no kind of letter {code!r}",
            remedy_zh=f"可用:{'、'.join(f'{k.code} {k.zh}' for k in KINDS.values())}",
            remedy_en=f"Allowed: {', '.join(KINDS)}",
            place=Place(field="kind"),
        )
    return found
