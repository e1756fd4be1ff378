"""A card goes to its department and back: letter and XML in the receipts, an answer, late data, a correction; on real folders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hub.central.engine import create_engine, writing
from hub.returning.documents import NAMESPACE
from hub.supervision.seed import ensure_seeded
from hub.wiring.letters import issue_due
from hub.wiring.returning import run as run_returning
from tests.support.command import Suphub
from tests.support.message import USCC, case, package
from tests.support.pdf_text import read_pdf

TODAY = "2026-03-31"
NUMBER = "430100-2026-77"
KEPT = ("Organization", "ServiceItem", "Applicant", "Application", "Acceptance", "Materials", "Process")
SCHEMA = etree.XMLSchema(
    etree.parse(str(Path(__file__).parents[3] / "hub" / "returning" / "card.xsd"), etree.XMLParser())
)


@dataclass
class Office:
    """The department's folders and the hub's commands."""

    suphub: Suphub
    root: Path

    def run(self, *arguments: object) -> Any:
        said = self.suphub(*arguments, "--json")
        assert said.code == 0, said.err
        return said.document

    def send(self, name: str, *cases: str, serial: int = 1) -> None:
        (self.root / "out" / name).write_bytes(package(cases, name, serial=serial))
        (self.root / "out" / f"{name}.ok").touch()
        self.run("exchange", "run", "land-bureau")

    def supervise(self) -> None:
        self.run("supervise", "run", "--today", TODAY)
        issue_due(date.fromisoformat(TODAY))
        self.hand_over()

    def hand_over(self) -> dict[str, Any]:
        return run_returning("land-bureau")

    def t2(self) -> dict[str, Any]:
        [found] = [each for each in self.run("card", "list") if each["rule"] == "T2"]
        return dict(self.run("card", "show", found["card_id"]))

    def notices(self) -> dict[str, etree._Element]:
        """Every document that lies among the receipts, each held to the schema."""
        found = {}
        for path in (self.root / "receipts").glob("*.xml"):
            if path.name.endswith(".receipt.xml"):
                continue
            document = etree.fromstring(path.read_bytes())
            SCHEMA.assertValid(document)
            found[path.stem] = document
        return found

    def answer(self, name: str, kind: str = "answer", **changes: object) -> None:
        """Lay an answer down, in the encoding of an old program."""
        fields = {"AnswerId": name, "SystemCode": "land-bureau", "Kind": kind, "CardId": 1, "OrgCode": USCC,
                  "Person": "李四", "Text": "已整改，责任人已约谈。", **changes}  # fmt: skip
        inner = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items())
        attached = '<Attachment name="报告.txt">5oql5ZGK</Attachment>'
        text = (
            f'<?xml version="1.0" encoding="gb2312"?><Answer xmlns="{NAMESPACE}">{inner}{attached}</Answer>'
        )
        (self.root / "answers" / f"{name}.xml").write_bytes(text.encode("gb18030"))
        (self.root / "answers" / f"{name}.xml.ok").touch()

    def answered(self, name: str, kind: str = "answer", **changes: object) -> str:
        """The same, taken at once; what its receipt says of it."""
        self.answer(name, kind, **changes)
        self.hand_over()
        return self.outcome(name)

    def outcome(self, name: str) -> str:
        """What the receipt of an answer says."""
        receipt = etree.fromstring(
            (self.root / "answers" / "receipts" / f"{name}.xml.receipt.xml").read_bytes()
        )
        SCHEMA.assertValid(receipt)
        outcome, code = receipt.findtext(f"{{{NAMESPACE}}}Outcome"), receipt.findtext(f"{{{NAMESPACE}}}Code")
        return f"{outcome} {code}" if code else str(outcome)


@pytest.fixture(scope="module")
def seeded(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with calendar and rules, for copying."""
    file = tmp_path_factory.mktemp("seeded") / "hub.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    engine = create_engine(f"sqlite:///{file}")
    with writing(engine) as connection:
        ensure_seeded(connection)
    engine.dispose()
    return file


@pytest.fixture
def office(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    seeded: Path,
) -> Office:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "suphub.db").write_bytes(seeded.read_bytes())
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path / "systems"))
    monkeypatch.delenv("SUPHUB_DATABASE_URL", raising=False)
    (tmp_path / "systems").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "systems" / "land-bureau.yaml").write_text(
        f'code: land-bureau\nname: 国土局\norganization: {USCC}\nregion: "430100"\n'
        f"connector: {{kind: directory, inbox: {tmp_path}/out, ready: {{marker: .ok}}}}\n"
        'dialect: canonical\ncodes: canonical\nschema: "1.0"\nstatus: live\n'
        "cards: {deliver: [cards, letters, orders]}\n",
        encoding="utf-8",
    )
    return Office(Suphub(monkeypatch, capfdbinary), tmp_path)


def late(version: int, **changes: str) -> str:
    """A case accepted on Tuesday 24 March with two working days; open at first."""
    only = KEPT + (("Completion",) if version > 1 else ())
    return case(NUMBER, {"ServiceItem/PromisedLimit": "2", **changes}, version=version, only=only)


def texts(document: etree._Element) -> dict[str, str]:
    return {each.tag.split("}")[1]: each.text or "" for each in document.iter() if len(each) == 0}


def test_a_card_reaches_its_department_is_answered_and_withdrawn_and_corrected(office: Office) -> None:
    office.send("P1", late(1))
    office.supervise()
    card = office.t2()
    number = card["card_id"]

    # The card and its letter lie beside the receipts, the letter as PDF with its text.
    told = texts(office.notices()[f"card-{number}-1"])
    assert (told["State"], told["RuleCode"], told["CaseNo"], told["LevelName"]) == (
        "已发",
        "T2",
        NUMBER,
        "黄牌",
    )
    [letter] = office.run("letter", "list", "--card", number)
    pdf = (office.root / "receipts" / f"letter-{letter['letter_id']}.pdf").read_bytes()
    assert letter["reference"] in read_pdf(pdf).text
    assert texts(office.notices()[f"letter-{letter['letter_id']}"])["Reference"] == letter["reference"]
    assert told["AnswerBy"] == TODAY, "the answer to a letter is due on the same day"

    # It is answered, once; the answer goes back as the card's next event.
    assert office.answered("a-1", CardId=number) == "accepted"
    assert office.t2()["state"] == "已反馈"
    assert office.answered("a-1", CardId=number) == "accepted", "the same file again is the same answer"
    assert office.answered("a-1", CardId=number, Text="另一份") == "refused ANSWER_REPEATED"
    events = [event["to_state"] for event in office.t2()["events"]]
    assert events == ["已发", "已反馈"]
    office.hand_over()
    assert texts(office.notices()[f"card-{number}-2"])["To"] == "已反馈"

    # Late data show that the case had been finished in time: the card is withdrawn, and the letter corrected.
    office.send("P2", late(2, **{"Completion/CompletedAt": "2026-03-25T10:00:00+08:00"}), serial=2)
    office.supervise()
    assert office.t2()["state"] == "撤销"
    [_, correction] = office.run("letter", "list", "--card", number)
    assert (correction["kind"], correction["follows"]) == ("correction", letter["letter_id"])
    shown = texts(office.notices()[f"letter-{correction['letter_id']}"])
    assert shown["Follows"] == str(letter["letter_id"])
    assert texts(office.notices()[f"card-{number}-3"])["To"] == "撤销"
    assert office.answered("a-9", CardId=number) == "refused CARD_TRANSITION"

    # What a supervisor writes to the organisation itself goes the same way.
    said = ("matter=提速", "facts=多次超期", "basis=行政监察法", "requirement=整改", "organization=国土局")
    given = [part for each in said for part in ("--set", each)]
    own = office.run("letter", "issue", "suggestion", "--org", USCC, *given)["letter_id"]
    [waiting] = office.run("handover", "list", "--state", "waiting")
    assert waiting["name"] == f"letter-{own}"

    # Nothing more is due, nothing is delivered twice, and the log is whole.
    office.hand_over()
    assert texts(office.notices()[f"letter-{own}"])["Title"] == "监察建议书"
    before = sorted(path.name for path in (office.root / "receipts").iterdir())
    office.supervise()
    assert sorted(path.name for path in (office.root / "receipts").iterdir()) == before
    assert office.suphub("log", "verify").code == 0


def test_answers_that_cannot_be_taken_are_refused_with_a_reason_and_kept(office: Office) -> None:
    office.send("P1", late(1))
    office.supervise()
    number = office.t2()["card_id"]
    refusals = {
        "b-1": {"CardId": 999},
        "b-2": {"OrgCode": "91430100MA4L12346D"},
        "b-3": {"SystemCode": "hrss-bureau"},
        "b-4": {"Kind": "sign"},
        "b-5": {"Text": ""},
        "b-6": {"Kind": "agree"},
    }
    for name, changes in refusals.items():
        office.answer(name, **{"CardId": number, **changes})  # type: ignore[arg-type]
    office.hand_over()
    codes = {name: office.outcome(name) for name in refusals}
    assert codes == {
        "b-1": "refused ANSWER_NOT_YOURS", "b-2": "refused ANSWER_NOT_YOURS", "b-3": "refused ANSWER_NOT_YOURS",
        "b-4": "refused ANSWER_INVALID", "b-5": "refused ANSWER_INVALID", "b-6": "refused ANSWER_INVALID",
    }  # fmt: skip
    assert {path.name for path in (office.root / "answers" / "refused").iterdir()} == {
        f"{n}.xml" for n in refusals
    }
    assert office.t2()["state"] == "已发"
    assert len(office.suphub("log", "search", "--event", "answer", "--json").document) == len(refusals)
    # Refused, it may be mended and sent again: here as an appeal.
    assert office.answered("b-1", "appeal", CardId=number) == "accepted"
    assert office.t2()["state"] == "申诉中"


def test_files_that_are_no_answers_are_refused_and_hold_up_no_other(office: Office) -> None:
    office.send("P1", late(1))
    office.supervise()
    odd = (b"", b"<", b"\xff\xfe<x/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"MZ\x90\x00")
    for number, text in enumerate(odd):
        (office.root / "answers" / f"{number}.xml").write_bytes(text)
        (office.root / "answers" / f"{number}.xml.ok").touch()
    assert office.answered("z-1", CardId=office.t2()["card_id"]) == "accepted"
    found = {each["name"]: (each["outcome"], each["code"]) for each in office.run("handover", "answers")}
    del found["z-1.xml"]
    assert found == {f"{number}.xml": ("refused", "ANSWER_INVALID") for number in range(len(odd))}


def test_a_department_that_cannot_be_reached_gets_everything_later_and_once(office: Office) -> None:
    office.send("P1", late(1))
    office.run("supervise", "run", "--today", TODAY)
    issue_due(date.fromisoformat(TODAY))
    (office.root / "receipts").rename(office.root / "gone")
    (office.root / "receipts").write_bytes(b"a file where the folder should be")
    assert office.suphub("handover", "run").code == 3
    [waiting, *_] = office.run("handover", "list", "--state", "waiting")
    assert (waiting["attempts"], "CONNECTOR" in waiting["error"]) == (1, True)
    (office.root / "receipts").unlink()
    office.run("handover", "retry")
    office.run("handover", "run")
    assert office.run("handover", "list", "--state", "waiting") == []
    assert set(office.notices()) == {each["name"] for each in office.run("handover", "list")}


def test_what_the_registration_does_not_ask_for_is_not_handed_over(office: Office) -> None:
    file = office.root / "systems" / "land-bureau.yaml"
    asked = file.read_text(encoding="utf-8")
    file.write_text(asked.replace("cards:", "# cards:"), encoding="utf-8")
    office.send("P1", late(1))
    office.run("supervise", "run", "--today", TODAY)
    issue_due(date.fromisoformat(TODAY))
    assert office.run("handover", "run") == {}
    assert office.run("handover", "list") == []
    file.write_text(asked.replace("orders]}", "orders], from: 2199-01-01}"), encoding="utf-8")
    office.run("handover", "run")
    assert office.run("handover", "list") == []
    file.write_text(asked.replace("cards, letters, orders", "letters"), encoding="utf-8")
    office.run("handover", "run")
    assert {each["kind"] for each in office.run("handover", "list")} == {"letter"}
