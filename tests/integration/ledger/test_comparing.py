"""What was changed beside the log is told by table, key and column; what only lived is as the log says."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub import wiring
from hub.audit.findings import Difference, Tally
from hub.central.engine import reading
from hub.clock import local_day, now_us
from hub.rawstore import RawStore
from hub.wiring import auditing
from tests.support.command import Suphub

TODAY = "2026-11-20"
NUMBER = f"{local_day(now_us()).year}000001"
OFFICER = ("--by", "王监察")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An installation whose cards have been raised, answered, appealed against, withdrawn and escalated, with letters."""
    home = tmp_path_factory.mktemp("lived")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPHUB_HOME", str(home / "home"))
        patch.setenv("SUPHUB_SYSTEMS", str(home / "land"))
        patch.setenv("SUPHUB_TODAY", TODAY)
        patch.delenv("SUPHUB_DATABASE_URL", raising=False)
        from typer.testing import CliRunner

        from hub.cli import build

        def run(*words: str) -> None:
            done = CliRunner().invoke(build(), list(words))
            assert done.exit_code == 0, (words, done.output, done.exception)

        run("simulate", "--cases", "20", "--seed", "3", "--today", TODAY, "--out", str(home / "land"))
        run("db", "upgrade")
        run("exchange", "run", "land-bureau")
        run("supervise", "run", "--today", TODAY)
        run("letter", "due", "--today", TODAY)
        yellow = cards(2)
        run("card", "answer", yellow[0], "--text", "已整改", "--by", "李承办", "--role", "department")
        run("card", "appeal", yellow[1], "--text", "理由成立", "--by", "李承办", "--role", "department")
        run("card", "withdraw", yellow[1], "--reason", "申诉成立", *OFFICER)
        run("card", "escalate", yellow[2], "--reason", "情节严重", *OFFICER)
        run("order", "start", "--card", yellow[3], "--reason", "未整改", "--supervisor", "监察局", *OFFICER)
        run("order", "approve", "1", "--opinion", "同意", *OFFICER)
        complained = ("--topic", "服务态度", "--title", "态度生硬", "--text", "窗口推诿，让我来回跑")
        person = ("--name", "赵投诉", "--phone", "13800001111", "--organization-name", "国土资源局")
        run("complaint", "register", "--channel", "来电", *complained, *person, "--by", "王监察")
        run("complaint", "accept", NUMBER, "--by", "王监察")
        run("incident", "add", "B", "交换中断", "--system", "land-bureau", "--as", "运维")
        run("score", "publish", "--month", "2026-10", "--as", "赵主任")
        yield home


def cards(level: int) -> list[str]:
    with reading(wiring.engine()) as connection:
        rows = connection.exec_driver_sql(
            "SELECT card_id FROM card WHERE level = ? AND state = '已发' ORDER BY card_id", (level,)
        )
        return [str(row[0]) for row in rows]


@pytest.fixture
def copy(lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that installation, to be tampered with."""
    home = tmp_path / "home"
    shutil.copytree(lived / "home", home)
    monkeypatch.setenv("SUPHUB_HOME", str(home))
    monkeypatch.delenv("SUPHUB_DATABASE_URL", raising=False)
    return home


def compared(home: Path) -> tuple[list[Difference], Tally]:
    differences: list[Difference] = []
    return differences, auditing.compare(differences.append)


def found(home: Path) -> list[Difference]:
    return compared(home)[0]


def change(home: Path, *statements: str) -> None:
    """As somebody who owns the database: triggers are dropped first."""
    with sqlite3.connect(home / "suphub.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert database.execute(statement).rowcount > 0
    database.close()


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
    (f"DELETE FROM package WHERE id = {CLOSED}", {("package", "row"), ("receipt", "entry")}),
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
    change(home, "UPDATE exchange_log SET body = json_remove(body, '$.seals', '$.contents', '$.signature')")


def test_what_older_entries_do_not_hold_is_counted_and_said(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    older(copy)
    differences, tally = compared(copy)
    assert differences == []
    kinds = {kind for kind, _, _ in tally.not_held}
    assert kinds - {"receipt"} == {"card", "order", "complaint", "letter", "incident", "score"}
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
    assert suphub("log", "compare", "--system", "another").code == 0
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
