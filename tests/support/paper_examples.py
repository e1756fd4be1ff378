"""Examples of the rules about the process and the content of cases: just inside, just outside, by the written rule."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from tests.support.papers import Rows, catalogue, found, person, store

Example = tuple[str, str, Rows, list[str]]
"""Rule, name, case, subjects found as of the end of 31 March 2025."""
TODAY = "2025-03-31"


def steps(*told: Rows) -> list[dict[str, Any]]:
    """Steps of type 2, ended on 4 March unless they say otherwise."""
    return [
        {"step_type": "2", "started": "2025-03-03 11:00", "ended": "2025-03-04 11:00", **row} for row in told
    ]


def finished(at: str = "2025-03-10 16:00", result: str = "0", **more: Any) -> dict[str, Any]:
    return {"completed": at, "result": result, **more}


ONE = {"correction_notice": [{"notified": "2025-03-05 10:00"}]}
SPECIAL = {"kind": "2", "started": "2025-03-05 10:00", "basis": "第四十五条", "approver": "王"}

PROCESS: tuple[Example, ...] = (
    ("L1", "finished before it was accepted", {"completion": finished("2025-03-03 09:59:59")}, [""]),
    ("L1", "finished at the instant of acceptance", {"completion": finished("2025-03-03 10:00")}, []),
    ("L1", "finished on the day, without a time", {"completion": finished("2025-03-03")}, []),
    ("L1", "finished the day before, without a time", {"completion": finished("2025-03-02")}, [""]),
    ("L1", "finished after today is not known", {"completion": finished("2025-04-01 09:00")}, []),
    ("L1", "not accepted", {"acceptance": {"status": "2"}, "completion": finished("2025-03-03 09:00")}, []),
    ("L2", "received before it was asked for",
     {**ONE, "correction_receipt": [{"notice_seq": 1, "received": "2025-03-05 09:59"}]}, ["notice 1"]),
    ("L2", "received at the same instant",
     {**ONE, "correction_receipt": [{"notice_seq": 1, "received": "2025-03-05 10:00"}]}, []),
    ("L2", "received on the day, without a time",
     {**ONE, "correction_receipt": [{"notice_seq": 1, "received": "2025-03-05"}]}, []),
    ("L2", "one receipt of several is too early",
     {**ONE, "correction_receipt": [{"notice_seq": 1, "received": "2025-03-04"}, {"notice_seq": 1, "received": "2025-03-06"}]},
     ["notice 1"]),
    ("L2", "a receipt that names no notice, before all", {**ONE, "correction_receipt": [{"received": "2025-03-04 10:00"}]},
     ["receipt"]),
    ("L2", "a receipt that names no notice, after one", {**ONE, "correction_receipt": [{"received": "2025-03-06 10:00"}]}, []),
    ("L3", "ended before it began",
     {"special_procedure": [SPECIAL], "special_procedure_result": [{"procedure_seq": 1, "ended": "2025-03-05 09:00"}]},
     ["procedure 1"]),
    ("L3", "ended at the instant of its beginning",
     {"special_procedure": [SPECIAL], "special_procedure_result": [{"procedure_seq": 1, "ended": "2025-03-05 10:00"}]}, []),
    ("L3", "ended on the day of its beginning",
     {"special_procedure": [SPECIAL], "special_procedure_result": [{"procedure_seq": 1, "ended": "2025-03-05"}]}, []),
    ("L4", "a second earlier than the previous step", {"step": steps({"started": "2025-03-03 11:00:01"}, {})}, ["step 2"]),
    ("L4", "at the same instant", {"step": steps({}, {})}, []),
    ("L4", "on the same day, one without a time", {"step": steps({"started": "2025-03-03 17:00"}, {"started": "2025-03-03"})}, []),
    ("L4", "by Seq, not by the order in which they came",
     {"step": steps({"seq": 2, "started": "2025-03-04 09:00"}, {"seq": 1})}, []),
    ("L4", "a step without a beginning begins at its end",
     {"step": steps({"started": "2025-03-05 11:00", "ended": "2025-03-06"}, {"started": None, "ended": "2025-03-04 11:00"})},
     ["step 2"]),
    ("L4", "a step without a beginning that ends later", {"step": steps({}, {"started": None})}, []),
    ("L4", "numbered by the hub",
     {"approval_case": {"derived": '{"Step.Seq": "order"}'}, "step": steps({"started": "2025-03-05"}, {})}, []),
    ("L6", "asked twice", {"correction_notice": [{"notified": "2025-03-05"}, {"notified": "2025-03-05"}]}, [""]),
    ("L6", "asked once", ONE, []),
    ("L6", "the second time lies after today", {"correction_notice": [{"notified": "2025-03-05"}, {"notified": "2025-04-01"}]}, []),
    ("L7", "no step at all", {"step": None}, [""]),
    ("L7", "accepted today", {"step": None, "acceptance": {"handled": "2025-03-31 09:00"}}, []),
    ("L7", "accepted on the Friday before a Sunday", {"step": None, "acceptance": {"handled": "2025-03-28 09:00"}}, [""]),
    ("L7", "finished on the day", {"step": None, "acceptance": {"handled": "2025-03-31 09:00"},
     "completion": finished("2025-03-31 10:00")}, [""]),
    ("L7", "the opening step alone", {"step": steps({"step_type": "1"})}, [""]),
    ("L7", "a step without a type", {"step": steps({"step_type": None})}, []),
    ("L7", "refused", {"step": None, "acceptance": {"status": "2"}}, []),
    ("L8", "a step without an end", {"step": steps({"ended": None}), "completion": finished()}, ["step 1"]),
    ("L8", "a step that ended with the case", {"step": steps({"ended": "2025-03-10 16:00"}), "completion": finished()}, []),
    ("L8", "a step that ended a second later",
     {"step": steps({"ended": "2025-03-10 16:00:01"}), "completion": finished()}, ["step 1"]),
    ("L8", "a step that ended on the day", {"step": steps({"ended": "2025-03-10"}), "completion": finished()}, []),
    ("L8", "not finished", {"step": steps({"ended": None})}, []),
    ("L8", "a procedure without an end", {"special_procedure": [SPECIAL], "completion": finished()}, ["procedure 1"]),
    ("L8", "a procedure that ended later", {"special_procedure": [SPECIAL], "completion": finished(),
     "special_procedure_result": [{"procedure_seq": 1, "ended": "2025-03-11"}]}, ["procedure 1"]),
    ("L8", "a procedure that ended in time", {"special_procedure": [SPECIAL], "completion": finished(),
     "special_procedure_result": [{"procedure_seq": 1, "ended": "2025-03-10"}]}, []),
    ("L8", "an extension is never open", {"special_procedure": [{**SPECIAL, "kind": "1"}], "completion": finished()}, []),
    ("L9", "applied after it was accepted", {"application": {"applied": "2025-03-03 10:00:01"}}, [""]),
    ("L9", "applied at the instant", {"application": {"applied": "2025-03-03 10:00"}}, []),
    ("L9", "applied later on a day-precise day of acceptance",
     {"application": {"applied": "2025-03-03 23:00"}, "acceptance": {"handled": "2025-03-03"}}, []),
    ("L10", "type 1 agrees", {"step": steps({"step_type": "1", "action": "1"})}, ["step 1"]),
    ("L10", "type 1 accepts", {"step": steps({"step_type": "1", "action": "4"})}, []),
    ("L10", "type 2 accepts", {"step": steps({"action": "4"})}, ["step 1"]),
    ("L10", "type 2 returns", {"step": steps({"action": "7"})}, []),
    ("L10", "type 3 returns", {"step": steps({"step_type": "3", "action": "7"})}, ["step 1"]),
    ("L10", "type 3 disagrees", {"step": steps({"step_type": "3", "action": "0"})}, []),
    ("L10", "no type", {"step": steps({"step_type": None, "action": "7"})}, []),
    ("L10", "no action", {"step": steps({"step_type": "3", "action": None})}, []),
    ("L12", "a step after the refusal", {"acceptance": {"status": "2"}}, [""]),
    ("L12", "a step before the refusal", {"acceptance": {"status": "2", "handled": "2025-03-03 11:00"}}, []),
    ("L12", "an opening step after the refusal", {"acceptance": {"status": "2"}, "step": steps({"step_type": "1"})}, []),
    ("L12", "an approval after the refusal",
     {"acceptance": {"status": "2"}, "step": None, "completion": finished()}, [""]),
    ("L12", "another result after the refusal",
     {"acceptance": {"status": "2"}, "step": None, "completion": finished(result="1")}, []),
    ("L12", "corrections wanted, then a step", {"acceptance": {"status": "3"}}, []),
    ("L13", "finished the same day",
     {"approval_case": {"case_type": "1"}, "completion": finished("2025-03-03 23:59:59")}, []),
    ("L13", "finished at 00:00 of the next day",
     {"approval_case": {"case_type": "1"}, "completion": finished("2025-03-04 00:00")}, [""]),
    ("L13", "still open", {"approval_case": {"case_type": "1"}}, [""]),
    ("L13", "accepted today and open",
     {"approval_case": {"case_type": "1"}, "acceptance": {"handled": "2025-03-31 09:00"}}, []),
    ("L13", "with a special procedure", {"approval_case": {"case_type": "1"}, "completion": finished("2025-03-03"),
     "special_procedure": [{**SPECIAL, "started": "2025-03-03 10:30"}]}, ["procedure 1"]),
    ("L13", "another type of case", {}, []),
)  # fmt: skip
"""Without the catalogue."""

LEGAL = {"applicant_type": "2", "id_type": "999", "id_no": "1"}


def number(kind: str, value: str) -> Rows:
    return {"applicant": {"applicant_type": "1", "id_type": kind, "id_no": value}}


CONTENT: tuple[Example, ...] = (
    ("C1", "not accepted, no reason", {"acceptance": {"status": "2"}}, [""]),
    ("C1", "not accepted, blank reason", {"acceptance": {"status": "2", "reason": "  "}}, [""]),
    ("C1", "not accepted, a reason", {"acceptance": {"status": "2", "reason": "不属于职权"}}, []),
    ("C1", "corrections wanted", {"acceptance": {"status": "3"}}, []),
    *(("C2", f"result {each} without a reason", {"completion": finished(result=each)}, [""]) for each in "123457"),
    *(("C2", f"result {each} needs none", {"completion": finished(result=each)}, []) for each in "06"),
    ("C2", "a reason is given", {"completion": finished(result="7", explanation="不符合条件")}, []),
    ("C2", "a blank one", {"completion": finished(result="7", explanation=" ")}, [""]),
    *(("C5", f"type {each} without one", {"applicant": {**LEGAL, "applicant_type": each}}, [""]) for each in "234"),
    *(("C5", f"type {each} needs none", {"applicant": {**LEGAL, "applicant_type": each}}, []) for each in "156"),
    ("C5", "named", {"applicant": {**LEGAL, "legal_representative": "王"}}, []),
    ("C5", "blank", {"applicant": {**LEGAL, "legal_representative": " "}}, [""]),
    ("C6", "a right number", number("111", "11010519491231002X"), []),
    ("C6", "a right number with a small x", number("111", " 11010519491231002x "), []),
    ("C6", "a wrong check digit", number("111", "110105194912310021"), ["applicant"]),
    ("C6", "a right check digit and no such day", number("111", "430102199002300015"), ["applicant"]),
    ("C6", "a letter within", number("111", "11010519491A31002X"), ["applicant"]),
    ("C6", "17 characters", number("111", "11010519491231002"), ["applicant"]),
    ("C6", "19 characters", number("111", "11010519491231002X1"), ["applicant"]),
    ("C6", "a digit in full width", number("111", "1101051949123１002X"), ["applicant"]),
    ("C6", "an old number of 15", number("111", "110105491231002"), []),
    ("C6", "an old number with no such day", number("111", "110105490231002"), ["applicant"]),
    ("C6", "a residence permit", number("111", "810000199408230021"), []),
    ("C6", "born after the application", number("111", "430102202503040017"), ["applicant"]),
    ("C6", "born on its day", number("111", "430102202503030011"), []),
    ("C6", "a right credit code", number("001", "11430100006121778E"), []),
    ("C6", "a credit code with a wrong check", number("001", "11430100006121778F"), ["applicant"]),
    ("C6", "a credit code with an I", number("001", "1143010000612177I8"), ["applicant"]),
    ("C6", "a credit code in small letters", number("001", "11430100006121778e"), ["applicant"]),
    ("C6", "another kind of document", number("414", "E1"), []),
    ("C6", "the contact's", {"applicant": {"contact_id_type": "111", "contact_id_no": "1"}}, ["contact"]),
    ("C6", "the agent's", {"applicant": {"agent_id_type": "111", "agent_id_no": "1"}}, ["agent"]),
    ("C6", "the recipient's", {"delivery": {"delivered": "2025-03-12", "method": "1", "recipient_id_type": "111",
     "recipient_id_no": "1"}}, ["recipient"]),
    ("C7", "both given", {"special_procedure": [SPECIAL]}, []),
    ("C7", "no basis", {"special_procedure": [{**SPECIAL, "basis": None}]}, ["procedure 1"]),
    ("C7", "no approver", {"special_procedure": [SPECIAL, {**SPECIAL, "approver": " "}]}, ["procedure 2"]),
    ("C8", "a decision without an opinion", {"step": steps({"step_type": "3"})}, ["step 1"]),
    ("C8", "a decision with an opinion", {"step": steps({"step_type": "3", "opinion": "同意"})}, []),
    ("C8", "still open", {"step": steps({"step_type": "3", "ended": None})}, []),
    ("C8", "done, without an end", {"step": steps({"step_type": "3", "ended": None, "status": "2"})}, ["step 1"]),
    ("C8", "another type", {"step": steps({})}, []),
    ("C9", "decided without acceptance", {"acceptance": None, "step": None, "completion": finished()}, ["Acceptance"]),
    ("C9", "lapsed without acceptance", {"acceptance": None, "step": None, "completion": finished(result="5")}, []),
    ("C9", "examined without acceptance", {"acceptance": None}, ["Acceptance"]),
    ("C9", "delivered without completion", {"delivery": {"delivered": "2025-03-12", "method": "1"}}, ["Completion"]),
    ("C9", "delivered and finished", {"completion": finished(), "delivery": {"delivered": "2025-03-12", "method": "1"}}, []),
    ("C9", "received without a notice", {"correction_receipt": [{"received": "2025-03-05"}]}, ["CorrectionNotice"]),
    ("C9", "ended without a procedure", {"special_procedure_result": [{"ended": "2025-03-05"}]}, ["SpecialProcedure"]),
    ("C9", "whole", {}, []),
)  # fmt: skip
"""Without the catalogue."""

MATERIALS: tuple[Rows, ...] = (
    {"name": "申请表", "is_received": 1},
    {"name": "营业执照", "is_received": 1},
)
FLOW = {
    "steps": [("A", "受理", "1"), ("B", "审查", "2"), ("C", "核查", "2"), ("D", "决定", "3")],
    "next": [("A", "B"), ("A", "C"), ("B", "D"), ("C", "D"), ("D", "B")],
    "posts": [("B", "clerk"), ("D", "chief")],
    "apart": [("D", "A")],
    "materials": [("申请表", 1), ("营业执照", 1), ("照片", 0)],
    "issues_certificate": 1,
    "promised_limit": 12,
    "promised_limit_unit": "W",
    "statutory_limit": 20,
    "statutory_limit_unit": "W",
    "valid_from": "2025-03-03",
    "valid_to": "2025-03-10",
}


def took(*codes: str, result: str = "0", **more: Any) -> dict[str, Any]:
    """A case that took these steps of the flow and was finished."""
    return {
        "step": steps(*({"step_code": code} for code in codes)),
        "completion": finished(result=result, **more),
    }


def by(code: str, no: str | None, name: str, *others: Rows) -> dict[str, Any]:
    return {"step": steps({"step_code": code, "handler_no": no, "handler_name": name}, *others)}


WITH_CATALOGUE: tuple[Example, ...] = (
    ("L5", "one branch", took("A", "B", "D"), []),
    ("L5", "the other branch", took("A", "C", "D"), []),
    ("L5", "the acceptance tells the opening step", took("B", "D"), []),
    ("L5", "neither branch", took("A", "D"), [""]),
    ("L5", "no decision", took("A", "B", "C"), [""]),
    ("L5", "by name", {"step": steps({"step_name": "核查"}, {"step_name": "决定"}), "completion": finished()}, []),
    ("L5", "refused after all", took("A", "D", result="7"), [""]),
    ("L5", "given up", took("A", "D", result="2"), []),
    ("L5", "still open", {"step": steps({"step_code": "A"})}, []),
    ("L11", "a clerk decides", by("D", "1", ""), ["step 1"]),
    ("L11", "the chief decides", by("D", "2", ""), []),
    ("L11", "a clerk decides, by name", by("D", None, "甲"), ["step 1"]),
    ("L11", "somebody who is not on the list", by("D", "9", "甲"), []),
    ("L11", "of two people of one name one holds the post", by("D", "", "同名"), []),
    ("L11", "the post is no longer held", by("B", "3", ""), ["step 1"]),
    ("L11", "any post will do", by("C", "1", ""), []),
    ("L11", "one person in steps that are apart", by("A", "2", "", {"step_code": "D", "handler_no": "2"}), ["step 2"]),
    ("L11", "one person in other steps", by("B", "1", "", {"step_code": "C", "handler_no": "1"}), []),
    ("L14", "the first day of the version", {}, []),
    ("L14", "the last day of the version", {"application": {"applied": "2025-03-10 23:59"}}, []),
    ("L14", "a day after", {"application": {"applied": "2025-03-11 00:00"}}, [""]),
    ("L14", "another version is stated", {"approval_case": {"item_version": 2}}, [""]),
    ("L14", "no version is stated", {"approval_case": {"item_version": None}}, []),
    ("L14", "not in the catalogue", {"approval_case": {"item_code": "I9"}}, [""]),
    ("L14", "cancelled", {"approval_case": {"item_code": "GONE"}}, [""]),
    ("L14", "an organisation without a catalogue", {"approval_case": {"org_uscc": "X", "item_code": "I9"}}, []),
    ("L15", "all required materials", {"acceptance": {"status": "2"}, "material": list(MATERIALS)}, [""]),
    ("L15", "one not received",
     {"acceptance": {"status": "2"}, "material": [MATERIALS[0], {"name": "营业执照", "is_received": 0}]}, []),
    ("L15", "one not there", {"acceptance": {"status": "2"}, "material": [MATERIALS[0]]}, []),
    ("L15", "accepted", {"material": list(MATERIALS)}, []),
    ("C3", "all required materials", {"material": list(MATERIALS)}, []),
    ("C3", "one not received", {"material": [MATERIALS[0], {"name": "营业执照", "is_received": 0}]}, [""]),
    ("C3", "one not there", {"material": [MATERIALS[0]]}, [""]),
    ("C3", "one that does not say", {"material": [MATERIALS[0], {"name": " 营业执照 ", "is_received": None}]}, []),
    ("C3", "received at the instant of acceptance",
     {"material": [MATERIALS[0], {**MATERIALS[1], "received": "2025-03-03 10:00"}]}, []),
    ("C3", "received later",
     {"material": [MATERIALS[0], {**MATERIALS[1], "received": "2025-03-03 10:01"}]}, [""]),
    ("C3", "not accepted", {"acceptance": {"status": "2"}}, []),
    ("C4", "no certificate", took("B", "D"), [""]),
    ("C4", "named", took("B", "D", certificate_name="许可证"), []),
    ("C4", "not approved", took("B", "D", result="6"), []),
    ("C10", "as long", {"approval_case": {"promised_limit": 12, "promised_limit_unit": "W", "statutory_limit": 20}}, []),
    ("C10", "longer", {"approval_case": {"promised_limit": 13, "statutory_limit": 21, "statutory_limit_unit": "W"}},
     ["promised", "statutory"]),
    ("C10", "in another unit", {"approval_case": {"promised_limit": 30, "promised_limit_unit": "D"}}, []),
)  # fmt: skip


EVALUATED: tuple[Example, ...] = (
    ("S1", "very satisfied", {"evaluation": [{"grade": "1", "evaluated": "2025-03-12 10:00"}]}, []),
    ("S1", "fairly satisfied", {"evaluation": [{"grade": "3", "evaluated": "2025-03-12 10:00"}]}, []),
    ("S1", "dissatisfied", {"evaluation": [{"grade": "4", "evaluated": "2025-03-12 10:00"}]}, ["evaluation 1"]),
    ("S1", "very dissatisfied", {"evaluation": [{"grade": "5", "evaluated": "2025-03-12"}]}, ["evaluation 1"]),
    ("S1", "without a time", {"evaluation": [{"grade": "5"}]}, ["evaluation 1"]),
    ("S1", "one of two", {"evaluation": [{"grade": "2"}, {"grade": "4", "step_seq": 1}]}, ["evaluation 2"]),
    ("S1", "given in the last second of the day", {"evaluation": [{"grade": "4", "evaluated": "2025-03-31 23:59:59"}]},
     ["evaluation 1"]),
    ("S1", "given after today is not known", {"evaluation": [{"grade": "4", "evaluated": "2025-04-01 00:00"}]}, []),
    ("S1", "not evaluated", {}, []),
)  # fmt: skip

ALL = (*PROCESS, *CONTENT, *WITH_CATALOGUE, *EVALUATED)


def with_catalogue(connection: Connection) -> None:
    """The item and the people that the examples above speak of."""
    catalogue(connection, **FLOW)
    catalogue(connection, "GONE", state="cancelled")
    person(connection, "1", "甲", "clerk")
    person(connection, "2", "乙", "chief")
    person(connection, "3", "丙", "clerk", until="2025-03-02")
    person(connection, "4", "同名", "clerk")
    person(connection, "5", "同名", "chief")


def held(connection: Connection, rule: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The examples of a rule, stored and judged together: what was found and what must be, by the examples' names."""
    mine = [example for example in ALL if example[0] == rule]
    if any(example in WITH_CATALOGUE for example in mine):
        with_catalogue(connection)
    store(connection, *(case for _, _, case, _ in mine))
    seen = found(connection, rule, TODAY)
    names = [name for _, name, _, _ in mine]
    assert len(set(names)) == len(names)
    return (
        {name: seen.get(number, []) for number, name in enumerate(names, 1)},
        {name: subjects for _, name, _, subjects in mine},
    )
