"""`suphub complaint …` as a user runs it: JSON that scripts rely on, the log, the messages, and the printed form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import typer
from sqlalchemy import select, text
from typer.testing import CliRunner

from hub.central.engine import reading
from hub.central.tables.letters import letter
from hub.central.tables.watch import outbox
from hub.cli import complaints
from hub.errors import StopError
from hub.ledger.tables import exchange_log
from hub.ledger.verify_database import verify_database
from tests.support.complaints import ABOUT, ZHANG, Office, personal

REGISTER = (
    "register", "--channel", "来访", "--topic", "不作为", "--title", "窗口无人", "--text", f"{ZHANG.name}说窗口无人", "--organization-name",
    "市国土局", "--host", "114301000000000002", "--name", ZHANG.name or "", "--phone", ZHANG.phone or "", "--people", "6",
    "--at", "2025-03-03T09:00",
)  # fmt: skip
BOOK = """
channels: {chat: {kind: webhook, connection: chat}}
recipients:
  chief: {channel: chat, level: 3, roles: [province]}
  host: {channel: chat, organizations: ["114301000000000002"]}
"""


@pytest.fixture
def suphub(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `suphub complaint …` on the seeded database and returns its standard output, read where it is JSON."""
    app = typer.Typer()
    complaints.add_to(app)
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(office.engine.url))
    (tmp_path / "messages.yaml").write_text(BOOK, encoding="utf-8")

    def run(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, ["complaint", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.stdout

    return run


def log_of(office: Office) -> list[tuple[str, dict[str, Any]]]:
    with reading(office.engine) as connection:
        rows = connection.execute(
            select(exchange_log.c.event, exchange_log.c.body).order_by(exchange_log.c.seq)
        )
        return [(event, json.loads(body)) for event, body in rows]


def test_a_complaint_goes_its_way_by_commands(suphub: Any, office: Office) -> None:
    number = str(suphub(*REGISTER, "--json")["complaint_id"])
    suphub("accept", number, "--at", "2025-03-04", "--handler", "王芳")
    suphub(
        "extend",
        number,
        "--to",
        "15",
        "--approver",
        "周局长",
        "--text",
        "复杂",
        "--at",
        "2025-03-05",
        "--by",
        "李明",
    )
    suphub("transfer", number, "--organization-name", "市城管局", "--at", "2025-03-06")
    suphub("opinion", number, "--text", "属实", "--role", "department", "--at", "2025-03-07")
    suphub("agree", number, "--at", "2025-03-10")
    suphub("decide", number, "--text", "责令改正", "--at", "2025-03-11")
    suphub("feedback", number, "--text", "已改正", "--at", "2025-03-12")
    shown = suphub("close", number, "--at", "2025-03-12", "--json")
    assert (shown["state"], shown["version"], shown["handler"]) == ("办结", 10, "王芳")
    assert [term["used"] for term in shown["terms"] if term["term"] == "transfer"] == [5]
    assert personal(json.dumps(shown, ensure_ascii=False)) == []
    events = [event for event, _ in log_of(office)]
    assert events == ["complaint.registered", "complaint.reported", *["complaint.changed"] * 8]
    with reading(office.engine) as connection:
        assert verify_database(connection).ok


def test_people_are_told_by_level_role_and_organisation(suphub: Any, office: Office) -> None:
    suphub(*REGISTER)
    with reading(office.engine) as connection:
        told = connection.execute(select(outbox.c.recipient, outbox.c.kind, outbox.c.content)).all()
    assert sorted((each.recipient, each.kind) for each in told) == [
        ("chief", "complaint.report"), ("host", "complaint.register"), ("host", "complaint.report"),
    ]  # fmt: skip
    assert personal(str(told)) == []


def test_a_faulty_book_of_messages_holds_no_complaint_up(suphub: Any, tmp_path: Path) -> None:
    (tmp_path / "messages.yaml").write_text("recipients: [", encoding="utf-8")
    assert suphub(*REGISTER, "--json")["state"] == "登记"


def test_unmasking_is_for_the_supervisor_with_a_reason_and_logged(suphub: Any, office: Office) -> None:
    number = str(suphub(*REGISTER, "--json")["complaint_id"])
    with pytest.raises(StopError, match="COMPLAINT_UNMASK"):
        suphub("show", number, "--unmask", "--reason", "核实")
    shown = suphub(
        "show", number, "--unmask", "--reason", "核实", "--role", "supervisor", "--by", "李明", "--json"
    )
    assert shown["complainant"]["phone"] == ZHANG.phone
    assert log_of(office)[-1] == (
        "complaint.unmasked",
        {
            "by": "李明",
            "complaint": int(number),
            "fields": ["name", "phone"],
            "role": "supervisor",
            "state": "登记",
            "why": "核实",
        },
    )
    assert personal(suphub("show", number)) == []


def test_the_form_is_printed_numbered_and_only_the_paper_names_the_complainant(
    suphub: Any, office: Office, tmp_path: Path
) -> None:
    number = str(suphub(*REGISTER, "--json")["complaint_id"])
    out = tmp_path / "form.pdf"
    first = suphub("form", number, "--reason", "存档", "--out", str(out), "--json")
    assert out.read_bytes().startswith(b"%PDF")
    assert suphub("form", number, "--reason", "存档", "--out", str(out), "--json") == first
    assert [event for event, _ in log_of(office)].count("complaint.unmasked") == 2
    with reading(office.engine) as connection:
        rows = connection.execute(select(letter)).all()
    assert len(rows) == 1
    assert personal(str(rows) + str(log_of(office))) == []


def test_each_step_has_a_letter_of_its_own_and_only_those_to_the_complainant_name_them(
    suphub: Any, office: Office, tmp_path: Path
) -> None:
    number = str(suphub(*REGISTER, "--json")["complaint_id"])
    late = ("--explain", "人手不足")
    suphub("accept", number, "--handler", "李明", *late)
    suphub("transfer", number, "--organization-name", "市城管局", "--text", f"请联系 {ZHANG.phone}")

    def written(step: str) -> tuple[dict[str, Any], str]:
        pdf, docx = tmp_path / f"{step}.pdf", tmp_path / f"{step}.docx"
        files = ("--out", str(pdf), "--docx", str(docx))
        told = suphub("letter", number, step, *files, "--reason", "告知", "--by", "李明", "--json")
        assert pdf.read_bytes().startswith(b"%PDF")
        with ZipFile(docx) as file:
            return told, file.read("word/document.xml").decode()

    accepted, paper = written("accept")
    assert accepted["title"] == "投诉受理告知书"
    assert ZHANG.name in paper
    assert written("accept")[0] == accepted, "asked for again, it is the same letter"
    transferred, paper = written("transfer")
    assert "市城管局：" in paper
    assert personal(paper) == []
    assert transferred["reference"].startswith("监转〔")
    with pytest.raises(StopError, match="COMPLAINT_NO_STEP"):
        written("feedback")
    with pytest.raises(StopError, match="COMPLAINT_UNMASK"):
        suphub("letter", number, "accept", "--out", str(tmp_path / "x.pdf"))
    events = [event for event, _ in log_of(office)]
    assert (events.count("letter.issued"), events.count("complaint.unmasked")) == (2, 2)
    with reading(office.engine) as connection:
        assert personal(str(connection.execute(select(letter)).all()) + str(log_of(office))) == []


def test_an_import_with_a_row_that_was_not_taken_ends_with_1(suphub: Any, tmp_path: Path) -> None:
    file = tmp_path / "12345.csv"
    head = "hotline,hotline_no,handed_at,topic,title,content\n"
    file.write_text(f"{head}12345,1,2025-03-03,其他,甲,乙\n", encoding="utf-8")
    assert len(suphub("import", str(file), "--json")["registered"]) == 1
    file.write_text(f"{head}12345,2,2025-03-03,天气,甲,乙\n", encoding="utf-8")
    assert suphub("import", str(file), "--json", code=1)["refused"][0]["code"] == "COMPLAINT_WORD"
    out = tmp_path / "answers.csv"
    suphub("export", "12345", "--out", str(out))
    assert out.read_text(encoding="utf-8").splitlines()[1].startswith("12345,1,")
    assert suphub("export", "8890", "--json") == []


def test_lists_and_figures_are_narrowed_and_have_what_is_behind_them(suphub: Any) -> None:
    number = suphub(*REGISTER, "--json")["complaint_id"]
    assert [
        c["complaint_id"] for c in suphub("list", "--open", "--overdue", "--since", "2025-03-03", "--json")
    ] == [number]
    assert suphub("list", "--until", "2025-03-02", "--json") == []
    assert suphub("figures", "--by", "month", "--json")[0]["key"] == "202503"
    behind = suphub("figures", "--by", "channel", "--list", "来访", "--figure", "group_or_major", "--json")
    assert [c["complaint_id"] for c in behind] == [number]
    assert "来访" in suphub("list")
    assert "来访" in suphub("figures", "--by", "channel")


def test_a_complaint_gives_rise_to_a_card_that_does_not_tell_who_complained(
    suphub: Any, office: Office
) -> None:
    number = str(suphub(*REGISTER, "--organization", ABOUT.uscc or "", "--json")["complaint_id"])
    told = ("--level", "2", "--reason", f"{ZHANG.name}所诉属实", "--basis", "《首问负责制》", "--json")
    [card] = suphub("card", number, *told)["cards"]
    assert (card["rule"], card["level"], card["state"]) == ("H", 2, "已发")
    with reading(office.engine) as connection:
        stored = connection.execute(
            text("SELECT c.*, e.reason FROM card c JOIN card_event e ON e.card_id = c.card_id")
        ).all()
    assert (stored[0].org_uscc, stored[0].org_name) == (ABOUT.uscc, "市国土局")
    assert personal(str(stored) + str(log_of(office))) == []
    with pytest.raises(StopError, match="CARD_OPEN"):
        suphub("card", number, *told)


def test_links_are_one_at_a_time(suphub: Any) -> None:
    number = str(suphub(*REGISTER, "--json")["complaint_id"])
    assert suphub("link", number, "--organization", "1" * 18, "--json")["links"] == [
        {"kind": "organization", "target": "1" * 18}
    ]
    suphub("link", number, code=2)
    suphub("accept", number, "--at", "gestern", code=2)
