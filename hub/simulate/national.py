"""A life as rows of the national exchange tables, each version of a row with the time at which it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from hub.simulate.codes import foreign
from hub.simulate.elements import STEPS, handler, material_name
from hub.simulate.life import Life, Limit, Special, Step
from hub.simulate.piece import Piece, Value
from hub.simulate.words import KINDS

CODES = foreign("gbt-39046")
_LAG = 1800
"""Seconds between an event and the row that tells it."""


def moment(time: int) -> datetime:
    """Local seconds as the date-time of a column, without offset."""
    day, second = divmod(time, 86_400)
    return datetime.fromordinal(day).replace(
        hour=second // 3600, minute=second // 60 % 60, second=second % 60
    )


def rows(life: Life, number: int, source: str) -> Iterator[Piece]:
    """All versions of all rows of a case, in the order in which they are written for each row.

    The tables know accepted cases only: one that was not accepted stays applied for.
    """
    writer = _Writer(life, number, source)
    yield from writer.accept()
    yield from writer.materials()
    for step in life.steps:
        yield from writer.step(step)
    for special in life.specials:
        yield from writer.special(special)
    if life.completed is not None:
        yield writer.result(life.completed)


def step_name(life: Life, step: Step) -> str:
    """The name of a step, the same in every dialect."""
    return STEPS[step.place]


def action(life: Life, step: Step) -> str:
    """What the handler of a finished step did, in our codes."""
    refused = step.kind == "3" and life.result == "7"
    if step.action is not None:
        return step.action
    return "4" if step.kind == "1" else "0" if refused else "1"


def opinion(life: Life, step: Step) -> str | None:
    """What the handler of a finished step wrote."""
    last = step.kind == "3"
    if step.ended is None or step.kind == "1" or (last and not life.decided):
        return None
    return "同意。" if last else "材料齐全,符合法定条件。"


class _Writer:
    """Writes the rows of one life; holds what all of them need."""

    def __init__(self, life: Life, number: int, source: str) -> None:
        self.life = life
        self.number = number
        self.source = source

    def row(self, table: str, kind: str, place: int, time: int, fields: dict[str, Value]) -> Piece:
        """A row with its envelope; its number is the same in all its versions."""
        guid = sha256(f"{self.source}:{self.life.case_no}:{table}".encode()).hexdigest()[:26] + f"{place:06d}"
        written = moment(time + _LAG)
        fields = {
            "row_guid": guid,
            "project_no": self.life.case_no,
            **fields,
            "cd_operation": "I",
            "cd_time": written,
            "cd_batch": f"{written:%Y%m%d}",
            "data_source": self.source,
        }
        key = "" if kind in ("accept", "result") else guid
        root = kind == "accept"
        return Piece(
            self.life.case_no, self.number, table, kind, key, time + _LAG, time + _LAG, fields, root=root
        )

    def accept(self) -> Iterator[Piece]:
        life, item, who = self.life, self.life.item, self.life.applicant
        catalog = f"43{int(item.item_type):02d}{life.item_index + 1:05d}001"
        told_type = CODES["CASE_TYPE"].get(life.case_type)
        fields: dict[str, Value] = {
            "catalog_code": catalog,
            "task_code": f"{life.organization.uscc}3{catalog}",
            "task_name": item.name,
            "task_version": str(life.version),
            "applyer_name": who.name,
            "applyer_type": who.kind,
            "applyer_page_type": who.id_type,
            "applyer_page_code": who.id_no,
            "apply_date": moment(life.applied),
            "apply_type": life.channel,
            "legal": who.legal,
            "contact_name": who.contact,
            "contact_type": "111",
            "contact_code": who.contact_id,
            "contact_mobile": who.mobile,
            "address": who.address,
            "org_name": life.organization.name,
            "org_code": life.organization.uscc[8:17] if life.by_code9 else life.organization.uscc,
            "project_name": life.subject,
            "project_type": told_type,  # null where the standard has no code: the catalogue tells it
        }
        first = self.row("up_pro_accept", "accept", 1, life.applied, fields)
        first.facts = {"case_type": life.case_type} if told_type else {}
        yield first
        if life.status != "1" or life.handled is None:
            return
        fields |= {
            "handle_user_name": handler(life.salt % 7)[0],
            "accept_date": moment(life.handled),
            "accept_doc_no": f"受理〔{life.case_no[7:11]}〕{life.case_no[-7:]}号",
            "promise_date": None if life.promised_at is None else moment(life.promised_at),
        }
        second = self.row("up_pro_accept", "accept", 1, max(life.handled, life.applied + 1), fields)
        second.facts = {
            **first.facts,
            "status": "1",
            "handled": life.handled,
            "promised_at": life.promised_at,
        }
        yield self.updated(second)

    def updated(self, row: Piece) -> Piece:
        row.fields["cd_operation"] = "U"
        return row

    def materials(self) -> Iterator[Piece]:
        life = self.life
        for number in range(1, life.materials + 1):
            name = material_name(life, number)
            fields: dict[str, Value] = {
                "material_name": name,
                "get_type": str(1 + (life.salt + number) % 4),
                "get_name": life.applicant.contact,
            }
            yield self.row("up_pro_material", "material", number, life.applied, fields)

    def step(self, step: Step) -> Iterator[Piece]:
        name = step_name(self.life, step)
        fields: dict[str, Value] = {
            "process_name": name,
            "handle_user_name": handler(step.handler)[0],
            "event_start_time": moment(step.started),
        }
        first = self.row("up_pro_process", "process", step.seq, step.started, fields)
        first.facts = {"step": replace(step, ended=None)}
        yield first
        if step.ended is not None:
            told: dict[str, Value] = {
                "event_name": action(self.life, step),
                "handle_explain": opinion(self.life, step),
                "event_end_time": moment(step.ended),
            }
            ended = max(step.ended, step.started + 1)
            second = self.row("up_pro_process", "process", step.seq, ended, fields | told)
            second.facts = {"step": step}
            yield self.updated(second)

    def special(self, special: Special) -> Iterator[Piece]:
        article = "四十二" if special.kind == "1" else "四十五"
        fields: dict[str, Value] = {
            "special_type": CODES["SPECIAL_KIND"][special.kind],
            "special_name": KINDS[special.kind],
            "special_time": moment(special.started),
            "special_reason": f"《行政许可法》第{article}条" if special.approved else None,
        }
        place = special.seq
        known = Special(
            special.seq, _known_kind(special.kind), special.started, Limit(None, None), special.approved
        )
        first = self.row("up_pro_special_procedure", "special", place, special.started, fields)
        first.facts = {"special": known}
        yield first
        ends = [time for seq, time in self.life.results if seq == special.seq]
        if ends:
            end = min(ends)
            fields |= {"end_time": moment(end), "result": "已完成"}
            at = max(end, special.started + 1)
            second = self.row("up_pro_special_procedure", "special", place, at, fields)
            second.facts = {"special": known, "result": (special.seq, end)}
            yield self.updated(second)

    def result(self, completed: int) -> Piece:
        life = self.life
        fields: dict[str, Value] = {
            "handle_user_name": handler(7)[0],
            "result_type": life.result,
            "result_date": moment(completed),
            "is_delivery_results": "1" if life.result == "0" and life.item.certificate else "0",
        }
        if life.result not in ("0", "6") and life.explained:
            fields["result_explain"] = "申请人撤回申请" if life.result == "2" else "不符合法定条件"
        if life.result == "0" and life.item.certificate and life.certified:
            fields["result_cetr_name"] = life.item.certificate
            fields["result_cetr_no"] = f"第{life.case_no.replace('-', '')}号"
        grades = [(grade, completed) for grade, _ in life.evaluations[-1:]]
        if grades:
            fields["satisfaction"] = grades[0][0]
        row = self.row("up_pro_result", "result", 1, completed, fields)
        row.facts = {"completed": completed, "finished_as": life.result, "evaluations": grades}
        return row


def _known_kind(kind: str) -> str:
    """The standard knows extensions and others only."""
    return "1" if kind == "1" else "10"
