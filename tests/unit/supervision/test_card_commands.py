"""`suphub card …` and `suphub order …` as people use them, and what others are told of it: in the log and by messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import Engine, delete, select
from typer.testing import CliRunner

from hub.central.engine import reading, writing
from hub.central.tables.exchange import exchange_log
from hub.central.tables.watch import outbox
from hub.cli import cards as card_commands
from hub.cli import orders, supervise
from hub.clock import now_us
from hub.errors import StopError
from hub.messages.outbox import NOBODY
from hub.supervision import cards, hands, states
from hub.supervision.change import Change
from hub.supervision.rules import current_rules
from hub.wiring.card_messages import message_of
from hub.wiring.cards import teller
from tests.oracle.lives import Life, on
from tests.oracle.loading import clear, put
from tests.support.cards import ORGANIZATION

ROOT = Path(__file__).resolve().parents[3]
BOOK = f"""\
channels:
  mail: {{kind: smtp, connection: hub_mail, from: hub@example.gov.cn}}
recipients:
  department: {{channel: mail, to: [office@land.example.gov.cn], roles: [department], organizations: [{ORGANIZATION}]}}
  stranger: {{channel: mail, to: [office@sea.example.gov.cn], roles: [department], organizations: [11430100006121779X]}}
  supervisor: {{channel: mail, to: [desk@example.gov.cn], roles: [supervisor]}}
  leader: {{channel: mail, to: [leader@example.gov.cn], level: 3}}
"""


@pytest.fixture
def suphub(yellow: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command on a database with one yellow card and returns its standard output."""
    app = typer.Typer()
    for family in (supervise, card_commands, orders):
        family.add_to(app)
    (tmp_path / "systems").mkdir()
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path / "systems"))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(yellow.url))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "messages.yaml").write_text(BOOK, "utf-8")

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    return run


def messages(engine: Engine) -> list[tuple[str, str, int]]:
    """(kind, recipient, level) of what waits to be sent, which is then forgotten."""
    with writing(engine) as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
        connection.execute(delete(outbox))
    return [(row.kind, row.recipient, row.level) for row in rows]


def test_a_card_is_answered_with_a_file_that_can_be_had_back(suphub: Any, tmp_path: Path) -> None:
    file = tmp_path / "情况说明.txt"
    file.write_bytes("已整改".encode())
    done = json.loads(
        suphub("card", "answer", "1", "--text", "见附件", "--attach", str(file), "--by", "李承办", "--json")
    )
    assert done == {"card_id": 1, "state": "已反馈", "level": 2, "version": 2}
    shown = suphub("card", "show", "1")
    assert "李承办 (department)" in shown
    assert "情况说明.txt" in shown
    assert json.loads(suphub("card", "attachment", "1", "--json"))[0]["name"] == "情况说明.txt"
    suphub("card", "attachment", "1", "1", "--out", str(tmp_path / "again.txt"))
    assert (tmp_path / "again.txt").read_bytes() == "已整改".encode()
    suphub("card", "attachment", "1", "2", "--out", str(tmp_path / "none"), code=2)


def test_the_whole_way_from_a_card_by_hand_to_the_end_of_its_order(suphub: Any) -> None:
    issued = json.loads(
        suphub("card", "issue", "land-bureau/C1", "--level", "2", "--reason", "暗访", "--basis", "监察法", "--by", "王监察", "--json")
    )  # fmt: skip
    number = str(issued["card_id"])
    assert json.loads(suphub("card", "list", "--rule", "H", "--json"))[0]["card_id"] == issued["card_id"]
    suphub("card", "appeal", number, "--text", "已按期")
    suphub("card", "uphold", number, "--reason", "无凭证")
    suphub("card", "escalate", number, "--reason", "情节较重")
    started = json.loads(
        suphub("order", "start", "--card", number, "--reason", "未整改", "--supervisor", "监察局", "--json")
    )
    order = str(started["order_id"])
    assert "监察局" in suphub("order", "show", order)
    suphub("order", "approve", order, "--opinion", "同意")
    suphub("order", "sign", order)
    suphub("order", "feedback", order, "--opinion", "已整改")
    suphub("order", "return", order, "--opinion", "附凭证")
    suphub("order", "feedback", order, "--opinion", "已附")
    suphub("card", "consequence", number, "--kind", "限期整改", "--text", "整改", "--due", "2099-01-01")
    suphub("order", "finish", order, "--opinion", "整改到位")
    assert json.loads(suphub("order", "list", "--state", "已办结", "--json"))[0]["result"] == "整改到位"
    shown = suphub("card", "show", number)
    assert "限期整改" in shown
    assert "办结" in shown
    suphub("order", "list")
    suphub("card", "list", "--overdue", "--today", "2099-12-31")


def test_what_was_not_seen_so_is_not_done(suphub: Any) -> None:
    with pytest.raises(StopError, match="CARD_CHANGED"):
        suphub("card", "withdraw", "1", "--reason", "x", "--if-version", "2")
    with pytest.raises(StopError, match="CARD_CHANGED"):
        suphub("card", "withdraw", "1", "--reason", "x", "--if-state", "已反馈")
    suphub("card", "withdraw", "1", "--reason", "x", "--if-state", "已发", "--if-version", "1")


@pytest.mark.parametrize(
    "arguments",
    [
        ("card", "list", "--state", "发"),
        ("card", "list", "--level", "4"),
        ("card", "answer", "1"),
        ("card", "answer", "1", "--text", "x", "--attach", "/no/such/file"),
        ("order", "list", "--state", "待"),
        ("order", "start"),
    ],
)
def test_a_wrong_word_is_a_matter_of_usage(suphub: Any, arguments: tuple[str, ...]) -> None:
    suphub(*arguments, code=2)


def test_no_command_shows_numbers_of_persons_that_people_wrote_into_a_card(suphub: Any) -> None:
    said = "群众110101199003078515（13812345678）反映"
    given = ("--level", "1", "--reason", said, "--basis", said, "--subject", "投诉人 13812345678", "--json")
    issued = json.loads(suphub("card", "issue", "114301000061217784", *given))
    number = str(issued["card_id"])
    for shown in (
        suphub("card", "show", number),
        suphub("card", "show", number, "--json"),
        suphub("card", "list", "--json"),
    ):
        assert "110101199003078515" not in shown
        assert "13812345678" not in shown
    card = json.loads(suphub("card", "show", number, "--json"))
    assert card["snapshot"]["by_hand"]["reason"] == "群众110*************15（138******78）反映"
    assert card["subject"] == "114301000061217784 投诉人 138******78"
    assert card["org_uscc"] == "114301000061217784"


# In English, English words


@pytest.mark.parametrize("state", [*states.STATES])
def test_the_english_half_of_a_message_says_a_cards_state_in_english(state: str) -> None:
    body = {"card": 5, "rule": "H", "level": 2, "state": state, "from": "已发", "feedback_due_on": "2025-04-01",
            "reason": "x", "system": "", "case_no": None, "organization": ORGANIZATION}  # fmt: skip
    told = message_of("card.closed", body)
    assert told is not None
    assert state in told.body_zh
    assert told.body_en.isascii()


# Messages: once at the start, once at the end


def test_people_are_told_of_a_card_once_when_it_comes_and_once_when_it_is_over(
    suphub: Any, yellow: Engine
) -> None:
    with writing(yellow) as connection:
        clear(connection)
        put(connection, [Life(on("2025-03-03 09:00"), promised=4), Life(on("2025-03-03 09:00"), statutory=4)])
    suphub("supervise", "run", "--today", "2025-03-10")
    told = [each for each in messages(yellow) if each[2] == 3]
    assert told == [("card.issued", name, 3) for name in ("department", "supervisor", "leader")]
    suphub("supervise", "run", "--today", "2025-03-10")
    assert messages(yellow) == []
    suphub("card", "answer", "1", "--text", "x")
    assert messages(yellow) == []
    suphub("card", "close", "1", "--reason", "x")
    assert messages(yellow) == [("card.closed", "department", 2), ("card.closed", "supervisor", 2)]


def test_each_turn_of_an_order_is_told_to_whose_turn_it_is(suphub: Any, yellow: Engine) -> None:
    suphub("order", "start", "--card", "1", "--reason", "x")
    assert messages(yellow) == [("order.started", "supervisor", 2)]
    suphub("order", "approve", "1", "--opinion", "x")
    assert messages(yellow) == [("order.issued", "department", 2)]
    suphub("order", "sign", "1")
    assert messages(yellow) == [("order.signed", "supervisor", 2)]
    suphub("order", "feedback", "1", "--opinion", "x")
    assert messages(yellow) == [("order.answered", "supervisor", 2)]
    suphub("card", "withdraw", "1", "--reason", "x")
    assert messages(yellow) == [
        (kind, name, 2)
        for kind in ("card.withdrawn", "order.withdrawn")
        for name in ("department", "supervisor")
    ]


def test_who_gets_an_order_back_is_told_once(suphub: Any, yellow: Engine) -> None:
    suphub("order", "start", "--card", "1", "--reason", "x")
    turns = (
        ("return", "order.returned", "supervisor"),  # to who began it
        ("submit", "order.started", "supervisor"),
        ("approve", "order.issued", "department"),
        ("return", "order.returned", "supervisor"),  # not signed for
        ("approve", "order.issued", "department"),
        ("sign", "order.signed", "supervisor"),
        ("feedback", "order.answered", "supervisor"),
        ("return", "order.returned", "department"),  # the answer does not do
    )
    messages(yellow)
    for number, (action, kind, told) in enumerate(turns):
        role = "department" if action in ("sign", "feedback") or number == 3 else "supervisor"
        suphub("order", action, "1", "--opinion", "x", "--role", role)
        assert messages(yellow) == [(kind, told, 2)], number


def test_an_escalation_is_told_and_an_appeal_to_the_supervisor(suphub: Any, yellow: Engine) -> None:
    suphub("card", "escalate", "1", "--reason", "x")
    assert messages(yellow) == [
        ("card.escalated", name, 3) for name in ("department", "supervisor", "leader")
    ]
    suphub("card", "appeal", "1", "--text", "x")
    assert messages(yellow) == [("card.appealed", "supervisor", 3), ("card.appealed", "leader", 3)]


def test_whoever_was_told_of_a_red_card_hears_that_it_is_lowered(suphub: Any, yellow: Engine) -> None:
    suphub("card", "escalate", "1", "--reason", "x")
    messages(yellow)
    with writing(yellow) as connection:
        change = Change(connection, now_us())
        change.lock()
        rule = current_rules(connection)["T2"]
        cards.relevel(change, {**cards.find(change, 1), "escalated": 0}, 1, rule)
        change.log(teller())
    assert messages(yellow) == [("card.lowered", name, 3) for name in ("department", "supervisor", "leader")]


def test_a_faulty_book_holds_up_neither_judging_nor_people(
    suphub: Any, yellow: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "messages.yaml").write_text("channels: {mail: {kind: pigeon}}", "utf-8")
    suphub("supervise", "run", "--today", "2025-03-14")
    suphub("card", "answer", "1", "--text", "x")
    assert {recipient for _, recipient, _ in messages(yellow)} == {NOBODY}  # what is to be told waits
    assert "MESSAGES_FILE" in caplog.text
    with reading(yellow) as connection:
        assert "card.answered" in connection.execute(select(exchange_log.c.event)).scalars().all()


def test_a_deed_that_is_not_in_the_log_is_not_done(
    suphub: Any, yellow: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.ledger import chain

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(chain, "append", fail)
    with pytest.raises(OSError, match="disk full"):
        suphub("card", "answer", "1", "--text", "x")
    assert json.loads(suphub("card", "show", "1", "--json"))["state"] == "已发"
    assert messages(yellow) == []


def test_the_page_shows_the_tables_of_the_program() -> None:
    page = (ROOT / "docs" / "cards.md").read_text("utf-8")
    assert f"<!-- states: begin -->\n{states.table()}<!-- states: end -->" in page
    assert f"<!-- hands: begin -->\n{hands.table()}<!-- hands: end -->" in page
