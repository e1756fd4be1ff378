"""Packages of rows and stage messages on their whole way: numbered by the hub, receipted per piece, judged anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub import wiring
from hub.errors import StopError
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM
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
    STEP,
    document,
    message,
    row,
    row_set,
)  # fmt: skip

PLACE = "up_pro_process/s1/event_start_time"


@pytest.fixture
def pinyin(hub: Hub) -> Hub:
    hub.register(**PINYIN)
    return hub


@pytest.fixture
def national(hub: Hub) -> Hub:
    hub.register(**NATIONAL)
    return hub


def test_stages_of_a_case_may_come_in_any_order_and_package(pinyin: Hub) -> None:
    early = pinyin.exchange("1.xml", document(message(4, CLOSED), message(8, CORRECTED)))
    assert early.counts == {**dict.fromkeys(early.counts, 0), "received": 2, "pending": 2}
    assert pinyin.case(CASE_NO).state == "pending"
    assert pinyin.count("approval_case") == 0
    late = pinyin.exchange("2.xml", document(message(0, APPLY), message(2, ACCEPTED), encoding="gb2312"))
    assert late.counts["accepted"] == 2
    assert pinyin.case(CASE_NO).state == "current"
    assert [
        pinyin.count(name) for name in ("application", "acceptance", "completion", "correction_receipt")
    ] == [1, 1, 1, 0]
    pinyin.exchange("3.xml", document(message(7, NOTICE)))
    assert pinyin.rows("correction_receipt", "notice_seq") == [(1,)]
    assert pinyin.count("waiting_case") == 0


def test_the_hub_numbers_what_it_takes_and_names_it_by_its_digest(pinyin: Hub) -> None:
    digests = [pinyin.send(f"{n}.xml", document(message(0, APPLY, f"4301{n:025d}"))) for n in (1, 2, 3)]
    pinyin.run()
    found = [pinyin.package(digest) for digest in digests]
    assert [package.serial for package in found] == [1, 2, 3]
    assert [package.package_id for package in found] == digests
    receipt = pinyin.receipt("2.xml")
    assert receipt.text("PackageId") == digests[1]


def test_a_refused_row_names_table_row_and_column_and_its_neighbours_go_on(national: Hub) -> None:
    body = row_set(
        row("up_pro_accept", ACCEPT), row("up_pro_process", STEP, event_start_time="gestern"),
        row("up_pro_result", RESULT),
    )  # fmt: skip
    receipt = national.exchange("rows.jsonl", body)
    assert {k: v for k, v in receipt.counts.items() if v} == {"received": 3, "accepted": 2, "rejected": 1}
    [refused] = receipt.refused
    assert (refused["XPath"], refused["Line"], refused["Code"]) == (PLACE, "3", "VALUE_TYPE")
    assert (national.count("step"), national.count("completion")) == (0, 1)


def test_the_same_rows_again_are_duplicates_and_change_nothing(national: Hub) -> None:
    rows = [row("up_pro_accept", ACCEPT), row("up_pro_process", STEP), row("up_pro_result", RESULT)]
    national.exchange("1.jsonl", row_set(*rows))
    head = national.case(CASE_NO)
    assert national.exchange("2.jsonl", row_set(*reversed(rows))).counts["duplicate"] == 3
    assert national.case(CASE_NO) == head


def test_what_the_dialect_passes_over_is_noted_with_the_package(national: Hub) -> None:
    digest = national.send("1.jsonl", row_set(row("up_pro_accept", ACCEPT, favourite_colour="blue")))
    national.run()
    assert "up_pro_accept.favourite_colour" in national.package(digest).notes
    assert national.case(CASE_NO).state == "current"


def test_a_table_that_lacks_a_column_is_refused_as_a_whole_and_the_next_package_goes_on(
    national: Hub,
) -> None:
    line = row("up_pro_accept", ACCEPT).replace('"apply_date"', '"aplly_date"')
    receipt = national.exchange("1.jsonl", row_set(line))
    assert (receipt.text("State"), receipt.text("RefusalCode")) == ("refused", "ROWS_COLUMN")
    assert "apply_date" in (receipt.text("Refusal/MessageEn") or "")
    with pytest.raises(StopError, match="REPLAY_REFUSED"):
        wiring.replay(f"{SYSTEM}/{receipt.text('Digest')}")
    assert national.count("package") == 1
    assert national.exchange("2.jsonl", row_set(row("up_pro_accept", ACCEPT))).counts["accepted"] == 1


@pytest.mark.parametrize(
    ("words", "first", "mended"),
    [
        (NATIONAL, row_set(row("up_pro_accept", ACCEPT, applyer_type="77"), row("up_pro_process", STEP)), "row"),
        (PINYIN, document(message(0, {**APPLY, "SQRLX": "77"}), message(2, ACCEPTED), encoding="gbk"), "message"),
    ],
    ids=["rows", "messages"],
)  # fmt: skip
def test_refused_pieces_are_judged_anew_as_a_package_of_their_own(
    hub: Hub, words: dict[str, str], first: bytes, mended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.register(**words)
    digest = hub.send(f"1.{mended}", first)
    hub.run()
    assert [outcome for _, outcome, _ in hub.outcomes(digest)] == ["rejected", "pending"]
    done = wiring.replay(f"{SYSTEM}/{digest}")
    assert (done["rejected"], done["cases"]) == (1, 1)
    assert hub.receipt(f"1.{mended}~1").refused[0]["Code"] == "CODE_UNKNOWN"


def test_messages_that_used_a_prefix_of_their_document_keep_it_when_they_are_judged_anew(pinyin: Hub) -> None:
    body = document(message(0, {**APPLY, "SQRLX": "77"}), message(2, ACCEPTED))
    body = body.replace(b"<BWJ", b"<BWJ xmlns:x='urn:x&amp;y'").replace(b"<BW ", b"<BW x:note='1' ")
    digest = pinyin.send("1.xml", body)
    pinyin.run()
    assert [outcome for _, outcome, _ in pinyin.outcomes(digest)] == ["rejected", "pending"]
    for times in ("~1", "~1~1"):
        done = wiring.replay(f"{SYSTEM}/{digest}")
        digest = str(done["package_id"])
        assert pinyin.receipt(f"1.xml{times}").refused[0]["Code"] == "CODE_UNKNOWN"


def test_a_conflict_tells_the_time_of_change_as_people_read_it(national: Hub) -> None:
    national.exchange("1.jsonl", row_set(row("up_pro_accept", ACCEPT)))
    receipt = national.exchange("2.jsonl", row_set(row("up_pro_accept", ACCEPT, address="别处")))
    [refused] = receipt.refused
    assert (refused["Code"], refused["Field"], refused["Value"]) == (
        "CASE_CONFLICT", "Case.UpdatedAt", "2026-04-15 08:00:00",
    )  # fmt: skip


def test_a_pending_case_tells_that_what_it_waits_for_was_refused(national: Hub) -> None:
    from hub.central.engine import reading
    from hub.views.cases import case as view
    from hub.views.cases import cases

    body = row_set(row("up_pro_accept", ACCEPT, applyer_type="77"), row("up_pro_process", STEP))
    national.exchange("1.jsonl", body)
    with reading(national.engine) as connection:
        waiting = view(connection, f"{SYSTEM}/{CASE_NO}")["waiting"]
        [listed] = cases(connection, state="waiting")
    assert [(each["code"], each["field"]) for each in waiting["refused"]] == [
        ("CODE_UNKNOWN", "Applicant.Type")
    ]
    assert listed["case_no"] == CASE_NO


def test_validate_speaks_of_the_rows_of_a_file(national: Hub, tmp_path: Path) -> None:
    from hub.pipeline.validate import validate_file

    file = tmp_path / "rows.jsonl"
    file.write_bytes(row_set(row("up_pro_accept", ACCEPT), row("up_pro_process", STEP, event_start_time="x")))
    found = next(
        each
        for each in validate_file(file, wiring.registration(SYSTEM), wiring.limits())
        if each["severity"] == "error"
    )
    assert (found["line"], found["xpath"], found["case_no"]) == (3, PLACE, CASE_NO)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ({"dialect": "pinyin-stages", "codes": "guangdong"}, "serial: hub"),
        ({"serial": "hub"}, "serial: source"),
    ],
)
def test_who_numbers_the_packages_must_fit_the_dialect(hub: Hub, words: dict[str, str], wanted: str) -> None:
    hub.register(**words)
    hub.send("1.xml", document(message(0, APPLY)))
    with pytest.raises(StopError) as caught:
        hub.run()
    assert caught.value.code == "REGISTRATION_SERIAL"
    assert wanted in caught.value.remedy_en


def test_a_department_may_change_its_dialect_without_a_gap(hub: Hub) -> None:
    from tests.support.message import case, package

    hub.exchange("1.xml", package([case(CASE_NO)]))
    whole = hub.case(CASE_NO)
    hub.register(**PINYIN)
    hub.exchange("2.xml", document(message(4, CLOSED)))
    assert hub.case(CASE_NO) == whole
    assert hub.count("approval_case") == 1
    hub.exchange("3.xml", document(message(0, APPLY), message(2, ACCEPTED)))
    now = hub.case(CASE_NO)
    assert (now.state, now.version) == ("current", whole.version + 1)
    assert hub.rows("material") == []
