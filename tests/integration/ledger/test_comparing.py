"""What was changed beside the log is told by table, key and column; what only lived is as the log says."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from hub.audit.findings import Difference, Tally
from hub.rawstore import RawStore
from hub.wiring import auditing
from tests.support.command import Suphub
from tests.support.lived import NUMBER, OFFICER, REFUSING, cards, change


def compared(home: Path) -> tuple[list[Difference], Tally]:
    differences: list[Difference] = []
    return differences, auditing.compare(differences.append)


def found(home: Path) -> list[Difference]:
    return compared(home)[0]


def test_what_only_lived_is_as_the_log_says(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    assert found(copy) == []
    said = Suphub(monkeypatch, capfdbinary)("log", "compare")
    assert (said.code, "as the log says" in said.text) == (0, True)


CLOSED = "(SELECT min(id) FROM package WHERE state = 'closed')"


NEWEST = "(SELECT max(card_id) FROM card)"
CASE = "(SELECT min(case_id) FROM completion)"
PLAIN_CARD = "(SELECT max(card_id) FROM card WHERE state = '已发' AND level = 2)"
TAMPERED: list[tuple[str, set[tuple[str, str]]]] = [
    # packages and receipts
    (f"UPDATE package SET accepted = accepted + 1 WHERE id = {CLOSED}", {("package", "accepted")}),
    (f"UPDATE package SET state = 'received' WHERE id = {CLOSED}", {("package", "state")}),
    (f"UPDATE package SET serial = serial + 7 WHERE id = {CLOSED}", {("package", "serial")}),
    (f"UPDATE package SET root = digest WHERE id = {CLOSED}", {("package", "root")}),
    (f"DELETE FROM package WHERE id = {CLOSED}", {("package", "row"), ("receipt", "entry"), ("arrival", "row"), ("arrival", "answered_at")}),
    (f"UPDATE receipt SET digest = replace(digest, 'a', 'b') WHERE package = {CLOSED}", {("receipt", "digest")}),
    (f"UPDATE receipt SET body = body || x'20' WHERE package = {CLOSED}", {("receipt", "body")}),
    (f"UPDATE receipt SET made_at = made_at - 1 WHERE package = {CLOSED}", {("receipt", "made_at")}),
    (f"UPDATE receipt SET delivered_at = delivered_at - 1 WHERE package = {CLOSED}", {("receipt", "delivered_at")}),
    (f"UPDATE receipt SET delivered_at = NULL WHERE package = {CLOSED}", {("receipt", "delivered_at")}),
    (f"UPDATE receipt SET signature = x'00' WHERE package = {CLOSED}", {("receipt", "signature")}),
    (f"DELETE FROM receipt WHERE package = {CLOSED}", {("receipt", "row")}),
    # cases
    (f"UPDATE completion SET result = '9' WHERE case_id = {CASE}", {("completion", "result")}),
    (f"UPDATE completion SET completed_day = '2026-01-01' WHERE case_id = {CASE}", {("completion", "completed_day")}),
    (f"UPDATE approval_case SET item_code = 'X' WHERE case_id = {CASE}", {("approval_case", "item_code")}),
    (f"UPDATE approval_case SET derived = json('{{}}') WHERE case_id = {CASE}", {("approval_case", "derived")}),
    ("UPDATE step SET handler_name = '他人' WHERE case_id = (SELECT min(case_id) FROM step) AND seq = 1", {("step", "handler_name")}),
    ("DELETE FROM fee WHERE case_id = (SELECT min(case_id) FROM fee) AND seq = 1", {("fee", "row")}),
    (f"DELETE FROM completion WHERE case_id = {CASE}", {("completion", "row")}),
    (f"INSERT INTO evaluation (case_id, seq, grade) VALUES ({CASE}, 1, '5')", {("evaluation", "row")}),
    (f"UPDATE case_head SET version = version + 1 WHERE id = {CASE}", {("case_head", "version")}),
    (f"UPDATE case_head SET digest = raw_digest WHERE id = {CASE}", {("case_head", "digest")}),
    (f"UPDATE case_head SET value = value + 1 WHERE id = {CASE}", {("case_head", "value")}),
    (f"UPDATE case_head SET raw_digest = digest WHERE id = {CASE}", {("case_head", "value")}),
    (f"UPDATE case_head SET state = 'deleted' WHERE id = {CASE}", {("case_head", "state")}),
    (f"UPDATE case_version SET digest = replace(digest, 'a', 'b') WHERE case_id = {CASE}",
     {("case_version", "digest"), ("case_head", "digest"), ("approval_case", "*")}),
    (f"DELETE FROM case_head WHERE id = {CASE}", {("case_head", "row"), *((name, "row") for name in (
        "approval_case", "applicant", "application", "acceptance", "material", "step", "completion"))}),
    # cards
    ("UPDATE card SET level = 1 WHERE card_id = (SELECT max(card_id) FROM card WHERE level = 3)", {("card", "level")}),
    (f"UPDATE card SET state = '撤销' WHERE card_id = {PLAIN_CARD}", {("card", "state")}),
    ("UPDATE card SET case_no = 'X' WHERE card_id = (SELECT max(card_id) FROM card WHERE case_no IS NOT NULL)", {("card", "case_no")}),
    (f"UPDATE card SET feedback_due_on = '2027-01-01' WHERE card_id = {PLAIN_CARD}", {("card", "feedback_due_on")}),
    (f"UPDATE card SET snapshot = '{{}}' WHERE card_id = {NEWEST}", {("card", "snapshot")}),
    (f"UPDATE card_event SET reason = '另有缘由' WHERE card_id = {NEWEST} AND number = 1", {("card_event", "reason")}),
    (f"DELETE FROM card_event WHERE card_id = {NEWEST} AND number = 1", {("card_event", "row")}),
    (f"DELETE FROM card WHERE card_id = {NEWEST}", {("card", "row")}),
    (f"UPDATE card SET card_id = 99999 WHERE card_id = {NEWEST}", {("card", "row"), ("card", "entry")}),
    # orders
    ("UPDATE supervision_order SET org_name = '他局' WHERE order_id = 1", {("supervision_order", "org_name")}),
    ("UPDATE order_hand SET due_on = '2027-01-01' WHERE order_id = 1 AND number = 3", {("order_hand", "due_on")}),
    ("DELETE FROM order_hand WHERE order_id = 1 AND number = 1", {("order_hand", "row")}),
    ("DELETE FROM supervision_order WHERE order_id = 1", {("supervision_order", "row")}),
    # complaints
    ("UPDATE complaint SET title = '无事'", {("complaint", "title")}),
    ("UPDATE complaint SET state = '已撤回'", {("complaint", "state")}),
    ("UPDATE complaint_person SET phone = '13900002222'", {("complaint_person", "*")}),
    ("DELETE FROM complaint_person", {("complaint_person", "row")}),
    ("UPDATE complaint_event SET words = '改写' WHERE number = 1", {("complaint_event", "words")}),
    ("UPDATE complaint_term SET started_day = '2020-01-01' WHERE kind = 'own'", {("complaint_term", "started_day")}),
    ("INSERT INTO complaint_link SELECT complaint_id, 'card', '1' FROM complaint", {("complaint_link", "entry")}),
    # letters
    ("UPDATE letter SET pdf = docx WHERE letter_id = 1", {("letter", "pdf")}),
    ("UPDATE letter SET org_name = '他局' WHERE letter_id = 1", {("letter", "org_name")}),
    ("DELETE FROM letter WHERE letter_id = 1", {("letter", "row")}),
    # faults and scores
    ("UPDATE incident SET grade = 'C'", {("incident", "grade")}),
    ("UPDATE score_publication SET content = replace(content, '2026-10', '2026-11')", {("score_publication", "content")}),
    ("UPDATE score_publication SET who = '他人'", {("score_publication", "who")}),
    ("UPDATE score SET points = 99.5 WHERE subject = (SELECT min(subject) FROM score)", {("score", "points")}),
    ("DELETE FROM score WHERE subject = (SELECT min(subject) FROM score)", {("score", "row")}),
    ("UPDATE score_list SET digest = replace(digest, 'a', 'b') WHERE indicator = (SELECT min(indicator) FROM score_list WHERE digest LIKE '%a%')", {("score_list", "digest")}),
    ("DELETE FROM score_publication", {("score_publication", "row")}),
    ("UPDATE score_parameters SET definition = replace(definition, '1', '2')", {("score_parameters", "definition")}),
    # what a package has left beside its cases
    (f"UPDATE package SET origin = 'x' WHERE id = {CLOSED}", {("package", "origin")}),
    (f"UPDATE case_version SET known_at = known_at - 1 WHERE case_id = {CASE}", {("case_version", "digest")}),
    (f"UPDATE fragment SET value = value + 1 WHERE case_id = {CASE}", {("fragment", "*"), ("case_head", "value")}),
    (f"DELETE FROM fragment WHERE case_id = {CASE}", {("fragment", "*"), ("case_head", "value")}),
    (f"UPDATE rejection SET code = 'X' WHERE package = {REFUSING}", {("rejection", "*")}),
    (f"DELETE FROM rejection WHERE package = {REFUSING}", {("rejection", "*")}),
    (f"UPDATE quarantine SET content = x'00' WHERE package = {REFUSING}", {("rejection", "*")}),
    (f"INSERT INTO quarantine SELECT {CLOSED}, 99, content FROM quarantine LIMIT 1", {("rejection", "*")}),
    (f"INSERT INTO case_pieces VALUES ({CASE}, (SELECT package FROM fragment WHERE case_id = {CASE}), 1, '[]')", {("case_pieces", "*")}),
    ("UPDATE arrival SET arrived_at = 1 WHERE id = 1", {("arrival", "entry"), ("arrival", "row")}),
    ("UPDATE arrival SET answered_at = 1 WHERE id = 1", {("arrival", "answered_at")}),
    ("DELETE FROM arrival WHERE id = 1", {("arrival", "row"), ("arrival", "answered_at")}),
    # what cases are judged by
    ("UPDATE rule_version SET definition = '{}' WHERE rule = 'T1' AND version = 2", {("rule_version", "definition")}),
    ("UPDATE rule_version SET definition = '{}' WHERE rule = 'T2' AND version = 1", {("rule_version", "definition")}),
    ("INSERT INTO rule_version SELECT rule, 3, definition, reason, valid_from FROM rule_version WHERE rule = 'T2'", {("rule_version", "entry")}),
    ("UPDATE rule_profile SET profile = 'default'", {("rule_profile", "profile")}),
    ("UPDATE rule_proposal SET decided_by = proposed_by WHERE id = 1", {("rule_proposal", "decided_by")}),
    ("UPDATE calendar_day SET is_workday = 1 - is_workday WHERE region = '4331'", {("calendar_day", "*"), *((  # and all that it makes
        "work_calendar", name) for name in ("is_workday", "workday_number", "strict_workday", "strict_number"))}),
    ("DELETE FROM calendar_year WHERE year = (SELECT max(year) FROM calendar_year)", {("calendar_day", "*"), *((
        "work_calendar", name) for name in ("published", "strict_workday", "strict_number"))}),
    ("UPDATE work_calendar SET is_workday = 1 WHERE day = '2026-10-01'", {("work_calendar", "is_workday")}),
    ("DELETE FROM work_calendar WHERE scope = '4331' AND day = '2026-10-01'", {("work_calendar", "row")}),
    ("UPDATE system SET supervise_from = '2030-01-01'", {("system", "supervise_from")}),
    ("UPDATE node_credential SET organizations = '*'", {("node_credential", "organizations")}),
    ("UPDATE node_credential SET secret_hash = 'x'", {("node_credential", "*")}),
    # the item catalogue
    ("UPDATE service_item SET promised_limit = 99 WHERE version = 2", {("service_item", "*")}),
    ("DELETE FROM item_fee WHERE seq = 1", {("item_fee", "*")}),
    ("UPDATE item_flow_next SET next_code = 'HJ99' WHERE step_code = 'HJ02'", {("item_flow_next", "*")}),
    ("INSERT INTO staff_post SELECT org_uscc, person_no, version, 'all' FROM staff", {("staff_post", "*")}),
    ("INSERT INTO staff_post VALUES ('x', 'y', 1, 'all')", {("staff_post", "row")}),
    ("UPDATE disclosure SET published_on = '2020-01-01'", {("disclosure", "*")}),
    ("UPDATE catalogue_change SET who = '他人'", {("catalogue_change", "who")}),
    ("DELETE FROM catalogue_change", {("catalogue_change", "row"), *((name, "row") for name in (
        "organization", "region", "post", "staff", "service_item", "disclosure"))}),
    # to departments and back
    ("UPDATE handover SET document = replace(document, 'a', 'b') WHERE handover_id = 1", {("handover", "document")}),
    ("UPDATE handover SET state = 'waiting' WHERE handover_id = 1", {("handover", "state")}),
    ("DELETE FROM handover WHERE handover_id = 1", {("handover", "row")}),
    ("UPDATE card_answer SET outcome = 'accepted'", {("card_answer", "outcome")}),
    ("DELETE FROM card_answer", {("card_answer", "row")}),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "told"), TAMPERED)
def test_a_row_that_was_changed_is_told(copy: Path, statement: str, told: set[tuple[str, str]]) -> None:
    change(copy, statement)
    assert {(each.table, each.column) for each in found(copy)} == told


def test_a_finding_of_a_case_tells_both_values_and_masks_personal_ones(copy: Path) -> None:
    change(
        copy,
        f"UPDATE completion SET result = '9' WHERE case_id = {CASE}",
        "UPDATE applicant SET id_no = '430101199001011239' WHERE id_no IS NOT NULL AND case_id ="
        " (SELECT min(case_id) FROM applicant WHERE id_no IS NOT NULL)",
    )
    told = {each.table: each for each in found(copy)}
    assert set(told) == {"completion", "applicant"}
    assert told["completion"].found == "9"
    assert told["completion"].logged in set("012345678")
    assert told["completion"].key.startswith("land-bureau/")
    assert told["applicant"].found == "430*************39"
    assert "*" in told["applicant"].logged


def older(home: Path) -> None:
    """As after an upgrade from a program whose entries sealed no rows and held no contents."""
    change(
        home,
        "UPDATE exchange_log SET body = json_remove(body, '$.seals', '$.contents', '$.signature',"
        " '$.kept', '$.sealed', '$.stored')",
    )


def test_what_older_entries_do_not_hold_is_counted_and_said(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    older(copy)
    differences, tally = compared(copy)
    assert differences == []
    kinds = {kind for kind, _, _ in tally.not_held}
    sealed = {
        "card",
        "order",
        "complaint",
        "letter",
        "incident",
        "score",
        "rule",
        "node",
        "handover",
        "answer",
    }
    imported = {"package", "calendar", "catalogue"}
    assert kinds - {"receipt"} == {*sealed, *imported, "registration"}
    said = Suphub(monkeypatch, capfdbinary)("log", "compare", "--no-bytes")
    assert (said.code, "case 20" in said.text or "not held by the log: case" in said.text) == (0, True)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (f"UPDATE completion SET result = '9' WHERE case_id = {CASE}", {("completion", "result")}),
        ("UPDATE card SET level = 1 WHERE card_id = (SELECT max(card_id) FROM card WHERE level = 3)", {("card", "level")}),
        ("UPDATE supervision_order SET state = '待签收', level = 3 WHERE order_id = 1", {("supervision_order", "level")}),
        ("UPDATE complaint SET state = '已撤回'", {("complaint", "state")}),
        ("UPDATE letter SET pdf = docx WHERE letter_id = 1", {("letter", "pdf")}),
    ],
)  # fmt: skip
def test_of_older_entries_the_columns_that_they_name_and_the_stored_bytes_are_held(
    copy: Path, statement: str, told: set[tuple[str, str]]
) -> None:
    older(copy)
    change(copy, statement)
    assert {(each.table, each.column) for each in found(copy)} == told


def test_a_later_change_that_the_hub_made_itself_is_no_finding(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    suphub = Suphub(monkeypatch, capfdbinary)
    [appealed] = cards(2)[:1]
    for words in (
        ("card", "appeal", appealed, "--text", "理由成立", "--by", "李承办", "--role", "department"),
        ("card", "uphold", appealed, "--reason", "事实清楚", *OFFICER),
        ("order", "sign", "1", "--opinion", "收到", "--by", "李承办", "--role", "department"),
        ("complaint", "decide", NUMBER, "--text", "已批评教育", "--by", "王监察"),
        ("incident", "respond", "1", "--as", "运维"),
        ("supervise", "run", "--today", "2026-11-24"),
    ):
        assert suphub(*words).code == 0, words
    assert found(copy) == []


def test_a_system_and_days_bound_what_is_compared(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    suphub = Suphub(monkeypatch, capfdbinary)
    change(
        copy, "UPDATE incident SET grade = 'C'", f"UPDATE completion SET result = '9' WHERE case_id = {CASE}"
    )
    whole = suphub("log", "compare", "--json")
    assert (whole.code, whole.document["count"], whole.document["ok"]) == (1, 2, False)
    assert {each["message_en"] for each in whole.document["differences"]} == {
        "is not as the log says", "is not what the stored package says",
    }  # fmt: skip
    assert suphub("log", "compare", "--system", "land-bureau").code == 1
    unknown = suphub("log", "compare", "--system", "another")
    assert (unknown.code, "SYSTEM_UNKNOWN" in unknown.err, "land-bureau" in unknown.err) == (3, True, True)
    assert suphub("log", "compare", "--from", "2026-12-02", "--to", "2026-12-01").code == 2
    assert suphub("log", "compare", "--to", "2020-01-01").code == 0
    assert suphub("log", "compare", "--from", "2020-01-01").code == 1
    one = suphub("log", "compare", "--limit", "1")
    assert (one.code, "2 处与日志不符" in one.text, "--limit" in one.text) == (1, True, True)


@pytest.mark.parametrize("gone", [True, False])
def test_stored_bytes_that_were_changed_or_are_gone_are_told(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any, gone: bool
) -> None:
    [digest] = (
        sqlite3.connect(copy / "suphub.db")
        .execute(f"SELECT digest FROM package WHERE id = {CLOSED}")
        .fetchone()
    )
    file = RawStore(copy / "raw").path(digest)
    if gone:
        file.unlink()
    else:
        file.chmod(0o600)
        file.write_bytes(file.read_bytes() + b" ")
    [only] = found(copy)
    assert (only.kind, only.column, only.logged, only.found == "-") == ("bytes", str(file), digest, gone)
    suphub = Suphub(monkeypatch, capfdbinary)
    assert suphub("log", "compare").code == 1
    assert suphub("log", "compare", "--no-bytes").code == 0
