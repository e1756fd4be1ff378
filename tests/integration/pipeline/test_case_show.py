"""`suphub case list|show`: every value of a case with where it came from, and what a case waits for."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import update

from hub import wiring
from hub.central.engine import writing
from hub.central.tables import exchange
from hub.clock import now_us
from hub.items import FeeFacts, ItemFacts, Limit
from tests.integration.pipeline.conftest import Hub
from tests.support.command import Suphub
from tests.support.message import SYSTEM, USCC, case, line_of, package
from tests.support.pieces import (
    ACCEPT,
    ACCEPTED,
    APPLY,
    CASE_NO,
    CLOSED,
    CORRECTED,
    NATIONAL,
    NOTICE,
    PINYIN,
    RESULT,
    SPECIAL,
    STEP,
    document,
    message,
    row,
    row_set,
)

HUNAN = {"Acceptance/Status": "Y", "Completion/Result": "5001", "ServiceItem/CaseType": "1"}
ORIGIN = {
    "value", "source", "package_id", "digest", "file", "piece", "line", "place", "written", "crosswalk", "list", "changed",
    "item_version", "meaning_zh", "meaning_en",
}  # fmt: skip
DAY = 86_400_000_000


@pytest.fixture
def suphub(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Suphub:
    return Suphub(monkeypatch, capfdbinary)


def shown(suphub: Suphub, name: str) -> Any:
    said = suphub("case", "show", name, "--json")
    assert (said.code, said.err) == (0, "")
    return said.document


def test_every_value_of_a_whole_case_stands_where_it_is_said_to_stand(suphub: Suphub, hub: Hub) -> None:
    hub.register(codes="hunan-2011")
    text = package([case("C0", HUNAN), case("C1", HUNAN)], "P-7").decode()
    sent = text.replace("UTF-8", "GB18030").encode("gb18030")
    hub.exchange("a.xml", sent)
    found = shown(suphub, f"{SYSTEM}/C1")
    lines = text.splitlines()
    assert len(found["origins"]) > 60
    for name, origin in found["origins"].items():
        assert set(origin) >= ORIGIN, name
        field = name.rpartition(".")[2]
        assert (origin["package_id"], origin["file"]) == ("P-7", "a.xml"), name
        assert origin["place"].startswith("/ExchangePackage/Body/Case[2]/"), name
        assert origin["place"].endswith(f"/{field}"), name
        assert f"<{field}>" in lines[origin["line"] - 1], name
        assert origin["source"] == "message", name
    status = found["origins"]["Acceptance.Status"]
    assert (status["written"], status["value"], status["crosswalk"], status["list"], status["meaning_zh"]) == (
        "Y", "1", "hunan-2011", "ACCEPT_STATUS", "受理",
    )  # fmt: skip
    assert status["line"] == line_of(text.encode(), "<Status>Y</Status>", 2)
    assert found["origins"]["Fee.1.ChargedAmount"]["value"] == 1000
    assert found["unread"] == []
    assert found["waiting"] is None


def test_every_value_that_a_case_holds_has_an_origin(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.exchange("a.xml", package([case("C1")]))
    found = shown(suphub, f"{SYSTEM}/C1")
    held = [
        column
        for rows in found["elements"].values()
        for each in rows
        for column in each
        if column not in ("case_id", "derived", "ordinal") and not (column.endswith("_day") and f"{column[:-4]}_at" in each)
    ]  # fmt: skip
    assert len(found["origins"]) == len(held)


def test_what_the_hub_added_says_from_where(suphub: Suphub, sqlite_hub: Hub) -> None:
    changes = {
        "Organization/Uscc": USCC[8:17], "Organization/RegionCode": None, "ServiceItem/ItemType": None,
        "Process/Step/Seq": None,
    }  # fmt: skip
    more = "<Step><Seq>7</Seq><StepName>归档</StepName><EndedAt>2026-05-01</EndedAt></Step></Process>"
    sqlite_hub.exchange("a.xml", package([case("C1", changes).replace("</Process>", more)]))
    found = shown(suphub, f"{SYSTEM}/C1")["origins"]
    told = {
        name: (found[name]["source"], found[name]["written"], found[name]["value"])
        for name in (
            "Organization.Uscc",
            "Organization.RegionCode",
            "ServiceItem.ItemType",
            "Step.1.Seq",
            "Step.7.Seq",
        )
    }
    assert told == {
        "Organization.Uscc": ("registration", USCC[8:17], USCC),
        "Organization.RegionCode": ("registration", None, "430100"),
        "ServiceItem.ItemType": ("item code", None, "01"),
        "Step.1.Seq": ("order", None, 1),
        "Step.7.Seq": ("message", "7", 7),
    }


class Catalogue:
    """An item catalogue of one item."""

    digest = "1"

    def find(self, code: str, on: date | None) -> ItemFacts | None:
        fee = FeeFacts("F1", "工本费", "湘发改〔2019〕1号", 1500)
        return ItemFacts(code, 3, "建设用地规划许可证核发", statutory=Limit(20, "W"), fees=(fee,))

    def organization(self, uscc: str, on: date | None) -> str | None:
        return "长沙市自然资源和规划局"

    def lists(self, organization: str) -> bool:
        return True


def test_what_the_catalogue_added_says_so_with_the_version(
    suphub: Suphub, sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = wiring.bench()
    monkeypatch.setattr(wiring, "bench", lambda: replace(bench, items=Catalogue()))
    monkeypatch.setattr("hub.catalogue.lookup.lookup", lambda engine: Catalogue())
    fee = {"Fees/Fee/StepSeq": None, "Organization/Name": None}
    more = "<Fee><Seq>2</Seq><Name>其他</Name><ChargedAmount>1</ChargedAmount></Fee></Fees>"
    sqlite_hub.exchange("a.xml", package([case("C1", fee).replace("</Fees>", more)]))
    found = shown(suphub, f"{SYSTEM}/C1")["origins"]
    versions = {
        "ServiceItem.StatutoryLimit": 3, "ServiceItem.Version": 3, "Fee.1.StandardAmount": 3, "Organization.Name": None,
    }  # fmt: skip
    assert {name: (found[name]["source"], found[name]["item_version"]) for name in versions} == {
        name: ("catalogue", version) for name, version in versions.items()
    }
    assert {found[name]["line"] for name in versions} == {None}
    assert found["Fee.2.Name"]["source"] == "message"
    assert "Fee.2.StandardAmount" not in found
    text = " ".join(suphub("case", "show", f"{SYSTEM}/C1").text.split())
    assert "法定时限 StatutoryLimit 20 事项库 第 3 版 catalogue v3" in text


def test_the_newest_version_tells_its_own_package(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.exchange("a.xml", package([case("C1")], "P-1", serial=1))
    second = package(
        [case("C0"), case("C1", {"Process/Step/Opinion": "不同意。"}, version=2)], "P-2", serial=2
    )
    sqlite_hub.exchange("b.xml.gz", gzip.compress(second))
    origin = shown(suphub, f"{SYSTEM}/C1")["origins"]["Step.1.Opinion"]
    assert (origin["package_id"], origin["file"], origin["written"]) == ("P-2", "b.xml.gz", "不同意。")
    assert origin["line"] == line_of(second, "<Opinion>不同意。")


def test_rows_of_a_table_are_told_one_by_one(suphub: Suphub, hub: Hub) -> None:
    hub.register(**NATIONAL)
    hub.exchange(
        "a.jsonl",
        row_set(
            row("up_pro_accept", ACCEPT), row("up_pro_process", STEP, row_guid="s2"), row("up_pro_process", STEP),
            row("up_pro_special_procedure", SPECIAL), row("up_pro_result", RESULT),
        ),
    )  # fmt: skip
    found = shown(suphub, f"{SYSTEM}/{CASE_NO}")
    origins = found["origins"]
    assert {name: (each["line"], each["place"]) for name, each in origins.items() if name.endswith("Opinion")} == {
        # Of two rows that say the same the lower key comes first.
        "Step.1.Opinion": (4, "up_pro_process/s1/handle_explain"),
        "Step.2.Opinion": (3, "up_pro_process/s2/handle_explain"),
    }  # fmt: skip
    kind = origins["SpecialProcedure.1.Kind"]
    assert (kind["place"], kind["written"], kind["value"], kind["crosswalk"]) == (
        "up_pro_special_procedure/t%2F1/special_type", "2", "10", "gbt-39046",
    )  # fmt: skip
    assert unquote(kind["place"]).split("/")[1:3] == ["t", "1"]
    assert origins["SpecialProcedureResult.1.ProcedureSeq"]["source"] == "same piece"
    assert (origins["Acceptance.Status"]["source"], origins["Acceptance.Status"]["written"]) == (
        "dialect",
        None,
    )
    assert origins["Applicant.Mobile"]["written"] == "138******00"
    assert [(each["kind"], each["line"]) for each in found["pieces"]] == [
        ("accept", 2), ("process", 4), ("process", 3), ("result", 6), ("special", 5),
    ]  # fmt: skip


def test_stage_messages_of_several_packages_are_told_with_their_own(suphub: Suphub, hub: Hub) -> None:
    hub.register(**PINYIN)
    first = document(message(0, APPLY), message(4, CLOSED), encoding="gb2312")
    hub.exchange("a.xml", first)
    second = document(message(2, ACCEPTED))
    hub.exchange("b.xml", second)
    origins = shown(suphub, f"{SYSTEM}/{CASE_NO}")["origins"]
    code = origins["Organization.Uscc"]
    assert (code["source"], code["file"], code["written"], code["value"]) == (
        "registration", "b.xml", USCC[8:17], USCC,
    )  # fmt: skip
    assert code["line"] == line_of(second, "<SLBMZZJDDM>")
    assert code["place"] == "/BWJ/BW[1]/SLBMZZJDDM"
    who = origins["Applicant.IdType"]
    assert (who["file"], who["written"], who["value"], who["crosswalk"], who["list"], who["changed"]) == (
        "a.xml", "5", "001", "guangdong", "ZJLX", False,
    )  # fmt: skip
    fee = origins["Fee.1.ChargedAmount"]
    assert (fee["written"], fee["value"], fee["line"]) == (
        "SFJE=0.001; JEDWDM=2", 1000, line_of(first.decode("gb18030").encode(), "<SFJE>"),
    )  # fmt: skip
    assert origins["Application.AppliedAt"]["value"] == "2026-03-23"


def test_a_pending_case_tells_what_it_waits_for_and_since_when(suphub: Suphub, hub: Hub) -> None:
    hub.register(**PINYIN)
    hub.exchange("a.xml", document(message(8, CORRECTED)))
    found = shown(suphub, f"{SYSTEM}/{CASE_NO}")
    waiting = found["waiting"]
    assert (found["state"], waiting["incomplete"], waiting["missing"][-1]) == (
        "pending",
        False,
        "Application",
    )
    assert datetime.fromisoformat(waiting["since"]).utcoffset() == timedelta(hours=8)
    assert found["origins"] == {}
    text = suphub("case", "show", f"{SYSTEM}/{CASE_NO}").text
    assert "审批基本信息(申办) Application" in text
    [listed] = suphub("case", "list", "--state", "pending", "--json").document
    assert listed | {"since": 0, "changed_at": 0} == {
        "system": SYSTEM, "case_no": CASE_NO, "state": "pending", "level": 0, "version": 1, "changed_at": 0, "since": 0,
        "missing": waiting["missing"], "incomplete": False,
    }  # fmt: skip
    assert suphub("case", "list", "--state", "incomplete", "--json").document == []


def test_after_seven_days_it_is_incomplete(suphub: Suphub, hub: Hub) -> None:
    hub.register(**PINYIN)
    hub.exchange("a.xml", document(message(8, CORRECTED)))
    with writing(hub.engine) as connection:
        connection.execute(update(exchange.waiting_case).values(since_at=now_us() - 7 * DAY - 1_000_000))
    assert shown(suphub, f"{SYSTEM}/{CASE_NO}")["waiting"]["incomplete"] is True
    [listed] = suphub("case", "list", "--state", "incomplete", "--json").document
    assert (listed["case_no"], listed["incomplete"]) == (CASE_NO, True)
    assert "逾期" in suphub("case", "list").text


def test_a_piece_that_waits_for_another_is_no_reason_to_call_the_case_incomplete(
    suphub: Suphub, sqlite_hub: Hub
) -> None:
    sqlite_hub.register(**PINYIN)
    sqlite_hub.exchange("a.xml", document(message(0, APPLY), message(2, ACCEPTED), message(8, CORRECTED)))
    with writing(sqlite_hub.engine) as connection:
        connection.execute(update(exchange.waiting_case).values(since_at=now_us() - 9 * DAY))
    found = shown(suphub, f"{SYSTEM}/{CASE_NO}")
    assert found["state"] == "current"
    assert found["waiting"]["pieces"] == [{"kind": "notice-receipt", "source_key": "n8"}]
    assert (found["waiting"]["missing"], found["waiting"]["incomplete"]) == ([], False)
    assert [each["kind"] for each in found["pieces"] if each["waits"]] == ["notice-receipt"]
    sqlite_hub.exchange("b.xml", document(message(7, NOTICE)))
    found = shown(suphub, f"{SYSTEM}/{CASE_NO}")
    assert found["waiting"] is None
    assert found["origins"]["CorrectionReceipt.1.ReceivedAt"]["file"] == "a.xml"
    assert found["origins"]["CorrectionNotice.1.NotifiedAt"]["file"] == "b.xml"


@pytest.mark.parametrize(("spoil", "code"), [("remove", "RAW_STORE_IO"), ("alter", "RAW_ALTERED")])
def test_raw_bytes_that_are_gone_or_altered_are_told_and_the_rest_is_shown(
    suphub: Suphub, sqlite_hub: Hub, spoil: str, code: str
) -> None:
    digest = sqlite_hub.send("a.xml", package([case("C1")], "P-1"))
    sqlite_hub.run()
    raw = wiring.raw_store().path(digest)
    raw.chmod(0o600)
    raw.write_bytes(raw.read_bytes().replace("某地块".encode(), "另地块".encode()))
    if spoil == "remove":
        raw.unlink()
    found = shown(suphub, f"{SYSTEM}/C1")
    assert [(each["code"], each["package_id"]) for each in found["unread"]] == [(code, "P-1")]
    origin = found["origins"]["Application.Subject"]
    assert (origin["value"], origin["package_id"], origin["written"], origin["line"]) == (
        "某地块规划许可", "P-1", None, None,
    )  # fmt: skip
    assert "某地块规划许可" in suphub("case", "show", f"{SYSTEM}/C1").text


def test_a_lost_package_hides_the_words_of_its_own_pieces_only(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(**PINYIN)
    digest = sqlite_hub.send("a.xml", document(message(0, APPLY)))
    sqlite_hub.run()
    sqlite_hub.exchange("b.xml", document(message(2, ACCEPTED)))
    wiring.raw_store().path(digest).unlink()
    found = shown(suphub, f"{SYSTEM}/{CASE_NO}")
    assert [each["digest"] for each in found["unread"]] == [digest]
    lost, kept = found["origins"]["Applicant.Name"], found["origins"]["Acceptance.HandlerName"]
    assert (lost["file"], lost["line"], lost["written"]) == ("a.xml", 3, None)
    assert (kept["file"], kept["written"]) == ("b.xml", "李受理")


def test_without_its_registration_a_case_is_still_shown(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.exchange("a.xml", package([case("C1")]))
    (sqlite_hub.systems / f"{SYSTEM}.yaml").unlink()
    found = shown(suphub, f"{SYSTEM}/C1")
    assert found["unread"][0]["code"] == "SYSTEM_UNKNOWN"
    assert found["origins"]["Applicant.Name"]["value"] == "长沙𠮷祥置业有限公司"


def test_a_code_that_the_crosswalk_reads_otherwise_by_now_is_marked(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(codes="hunan-2011")
    sqlite_hub.exchange("a.xml", package([case("C1", HUNAN)]))
    sqlite_hub.register()
    origins = shown(suphub, f"{SYSTEM}/C1")["origins"]
    assert {name for name, each in origins.items() if each["changed"]} == {
        "Acceptance.Status", "Completion.Result", "ServiceItem.CaseType",
    }  # fmt: skip


@pytest.mark.parametrize("words", [{}, NATIONAL, PINYIN])
def test_nothing_personal_is_printed_in_full(suphub: Suphub, sqlite_hub: Hub, words: dict[str, str]) -> None:
    sqlite_hub.register(**words)
    bodies = {
        None: package([case(CASE_NO)]),
        "national-exchange-db": row_set(row("up_pro_accept", ACCEPT)),
        "pinyin-stages": document(message(0, APPLY), message(2, ACCEPTED)),
    }
    sqlite_hub.exchange("a", bodies[words.get("dialect")])
    for arguments in ((), ("--json",)):
        text = suphub("case", "show", f"{SYSTEM}/{CASE_NO}", *arguments).text
        assert "914*************6D" in text
        for secret in ("91430100MA4L12346D", "430102198503174518", "13800000000"):
            assert secret not in text


def test_people_read_the_value_its_meaning_and_its_place(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(codes="hunan-2011")
    sent = package([case("C1", HUNAN)], "P-1")
    sqlite_hub.exchange("a.xml", sent)
    text = " ".join(suphub("case", "show", f"{SYSTEM}/C1").text.split())
    line = line_of(sent, "<Status>Y")
    assert f"受理状态 Status 1 受理 行 {line} Y → 1 (hunan-2011)" in text
    assert "实收金额 ChargedAmount 10.00 元 行" in text
    assert "申办时间 AppliedAt 2026-03-23 09:12:00 行" in text


def test_values_point_at_their_piece_though_all_stand_in_one_line(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(**PINYIN)
    sent = document(message(2, ACCEPTED), message(0, APPLY)).replace(b"\n", b"")
    sqlite_hub.exchange("a.xml", sent)
    found = shown(suphub, f"{SYSTEM}/{CASE_NO}")
    assert found["origins"]["Applicant.Name"]["piece"] == {"kind": "apply", "source_key": ""}
    number = 1 + [each["kind"] for each in found["pieces"]].index("apply")
    text = " ".join(suphub("case", "show", f"{SYSTEM}/{CASE_NO}").text.split())
    assert f"申请人名称 Name 长沙祥置业有限公司 [{number}] 行 1 SQRMC" in text


def test_the_list_can_be_narrowed(suphub: Suphub, hub: Hub) -> None:
    hub.register("water-bureau", **PINYIN)
    hub.exchange("a.xml", package([case("C1"), case("C2", operation="D")]))
    hub.exchange("b.xml", document(message(8, CORRECTED)), "water-bureau")

    def listed(*arguments: str) -> list[str]:
        return [each["case_no"] for each in suphub("case", "list", *arguments, "--json").document]

    assert sorted(listed()) == sorted([CASE_NO, "C1", "C2"])
    assert listed()[0] == CASE_NO
    assert listed("--state", "deleted") == ["C2"]
    assert listed("--system", "water-bureau") == [CASE_NO]
    assert listed("--limit", "1") == [CASE_NO]
    assert suphub("case", "list", "--state", "lost").code == 2
    assert json.loads(suphub("case", "list", "--system", "nobody", "--json").out) == []


def test_a_step_that_is_a_risk_point_is_marked(suphub: Suphub, sqlite_hub: Hub) -> None:
    risk = "<RiskCategory>审查</RiskCategory><RiskDescription>不按标准审查</RiskDescription><RiskControl>双人复核</RiskControl></Step>"
    sqlite_hub.exchange("a.xml", package([case("C1").replace("</Step>", risk, 1), case("C2")]))
    found = shown(suphub, f"{SYSTEM}/C1")
    assert found["risk_points"] == [
        {
            "seq": 1,
            "step": "决定",
            "category": "审查",
            "description": "不按标准审查",
            "control": "双人复核",
            "source": "message",
        }
    ]
    said = suphub("case", "show", f"{SYSTEM}/C1").text
    assert "Step #1  ⚠ 廉政风险点 risk point" in said
    assert "不按标准审查" in said
    assert shown(suphub, f"{SYSTEM}/C2")["risk_points"] == []
    assert "⚠" not in suphub("case", "show", f"{SYSTEM}/C2").text
