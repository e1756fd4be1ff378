"""Letters are issued once, numbered without gaps, kept, logged; a correction follows a letter whose card is no longer so."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from hub.central.engine import reading, writing
from hub.central.tables.business import card
from hub.central.tables.letters import letter
from hub.errors import StopError
from hub.letters import due
from hub.letters.issue import Press, by_hand, for_card, issue, preview
from hub.letters.kinds import kind_of
from hub.supervision import by_hand as cards_by_hand
from tests.support.carded import ISSUED_ON, ORGANIZATION, put_card, put_event
from tests.support.pdf_text import read_pdf

AT = 1_795_200_000_000_000
BOTH = ("inquiry", "accountability", "correction")


def written(engine: Engine, press: Press, card_id: int, kind: str = "inquiry", on: date = ISSUED_ON) -> Any:
    with writing(engine) as connection:
        return issue(connection, press, for_card(connection, kind_of(kind), card_id), on, AT)


def carded(engine: Engine, **columns: Any) -> int:
    with writing(engine) as connection:
        return put_card(connection, **columns)


def test_a_letter_tells_organisation_item_case_number_and_date(engine: Engine, press: Press) -> None:
    row = written(engine, press, carded(engine))
    with press.raw.open(row["pdf"]) as stream:
        text = read_pdf(stream.read()).text.replace("\n", "")
    for each in ("监问〔2026〕1号", "长沙市自然资源和规划局", "建设用地规划许可证核发", "430100-2026-1", "2026年11月20日",
                 "时限5个工作日，已用8个工作日，超过3个工作日"):  # fmt: skip
        assert each in text


def test_the_same_letter_is_not_written_twice(engine: Engine, press: Press, logged: list[Any]) -> None:
    number = carded(engine)
    first, second = written(engine, press, number), written(engine, press, number)
    assert first == second
    assert [event for event, _ in logged] == ["letter.issued"]
    assert logged[0][1]["pdf"] == first["pdf"]


def test_numbers_run_by_kind_and_year(engine: Engine, press: Press) -> None:
    cards = [carded(engine, case_no=str(each)) for each in range(3)]
    red = carded(engine, case_no="9", level=3)
    rows = [
        written(engine, press, cards[0]),
        written(engine, press, red, "accountability"),
        written(engine, press, cards[1]),
        written(engine, press, cards[2], on=date(2027, 1, 4)),
    ]
    assert [row["reference"] for row in rows] == [
        "监问〔2026〕1号", "监责〔2026〕1号", "监问〔2026〕2号", "监问〔2027〕1号",
    ]  # fmt: skip


def test_a_number_of_a_letter_that_failed_is_given_again(engine: Engine, press: Press) -> None:
    one, two = carded(engine, case_no="1"), carded(engine, case_no="2")
    with writing(engine) as connection:
        issue(connection, press, for_card(connection, kind_of("inquiry"), one), ISSUED_ON, AT)
        connection.rollback()
    assert written(engine, press, two)["number"] == 1


def test_the_answer_is_due_the_same_day_unless_the_settings_say_otherwise(
    engine: Engine, press: Press
) -> None:
    same = carded(engine, case_no="1")
    assert written(engine, press, same)["answer_due_on"] == ISSUED_ON
    press.folder.mkdir()
    (press.folder / "letters.yaml").write_text(
        "issuer: {code: x, name: 甲}\nanswer_within: 3\n", encoding="utf-8"
    )
    later = carded(engine, case_no="2")
    row = written(engine, press, later)
    assert row["answer_due_on"] == date(2026, 11, 25)
    assert json.loads(row["fields"])["answer_by"] == "2026年11月25日前"
    with reading(engine) as connection:
        days = dict(connection.execute(select(card.c.card_id, card.c.feedback_due_on)).tuples().all())
    assert days == {same: ISSUED_ON, later: date(2026, 11, 25)}


def all_due(engine: Engine, press: Press) -> list[str]:
    """What `suphub letter due` does, with one look at each step."""
    done = []
    with writing(engine) as connection:
        for letter_id in due.corrections_due(connection, 0):
            wanted = due.correction(connection, letter_id)
            if wanted is not None:
                done.append(issue(connection, press, wanted, ISSUED_ON, AT)["kind"])
        for card_id, kind in due.cards_due(connection, 0, BOTH):
            found = due.wanted_for_card(connection, card_id, kind)
            if found is not None:
                done.append(issue(connection, press, found, ISSUED_ON, AT)["kind"])
    return done


def test_a_letter_goes_out_with_issued_yellow_and_red_cards_and_no_others(
    engine: Engine, press: Press
) -> None:
    for case, columns in enumerate(
        ({}, {"level": 3}, {"level": 1}, {"state": "待发", "issued_on": None}, {"state": "已反馈"}, {"state": "撤销"})
    ):  # fmt: skip
        carded(engine, case_no=str(case), **columns)
    assert all_due(engine, press) == ["inquiry", "accountability"]
    assert all_due(engine, press) == []


def test_a_correction_follows_once_when_the_card_is_withdrawn(engine: Engine, press: Press) -> None:
    number = carded(engine)
    all_due(engine, press)
    with writing(engine) as connection:
        put_event(connection, number, "已发", "撤销", "按现有数据不再成立 · it would not arise")
    assert all_due(engine, press) == ["correction"]
    assert all_due(engine, press) == []
    with reading(engine) as connection:
        row = connection.execute(select(letter).where(letter.c.kind == "correction")).mappings().one()
    told = json.loads(row["fields"])
    assert (told["former_reference"], row["follows"], told["reason"]) == (
        "监问〔2026〕1号",
        1,
        "按现有数据不再成立",
    )
    assert "撤销" in told["change"]


def test_a_card_that_changes_level_is_corrected_first_and_then_written_about_anew(
    engine: Engine, press: Press
) -> None:
    number = carded(engine)
    all_due(engine, press)
    with writing(engine) as connection:
        put_event(connection, number, "已发", "已发", "升级 · up", level=3)
    assert all_due(engine, press) == ["correction", "accountability"]
    with writing(engine) as connection:
        put_event(connection, number, "已发", "撤销", "复核 · reviewed")
    assert all_due(engine, press) == ["correction"]
    assert all_due(engine, press) == []


def test_a_level_put_down_and_then_a_withdrawal_are_each_told(engine: Engine, press: Press) -> None:
    number = carded(engine)
    all_due(engine, press)
    for state, level in (("已发", 1), ("撤销", 1)):
        with writing(engine) as connection:
            put_event(connection, number, "已发", state, "复核 · reviewed", level=level)
        assert all_due(engine, press) == ["correction"]
    assert all_due(engine, press) == []


def card_by_hand(engine: Engine, about: cards_by_hand.About, reason: str) -> int:
    with writing(engine) as connection:
        return cards_by_hand.issue(
            connection,
            about,
            level=2,
            reason=reason,
            basis="《监察法》第十一条",
            by="王监察",
            at=AT,
            log=None,
        )


def test_the_letter_of_a_card_issued_by_hand_says_why_it_was_issued(engine: Engine, press: Press) -> None:
    about = cards_by_hand.About(organization=ORGANIZATION, organization_name="市自然资源和规划局")
    row = written(engine, press, card_by_hand(engine, about, "暗访发现窗口工作时间无人值守"))
    assert json.loads(row["fields"])["finding"] == "存在下列情形：暗访发现窗口工作时间无人值守"
    with press.raw.open(row["pdf"]) as stream:
        assert "窗口工作时间无人值守" in read_pdf(stream.read()).text.replace("\n", "")


ID_NUMBER, MOBILE = "110101199003078515", "13812345678"


def kept_and_printed(press: Press, row: Any) -> tuple[str, str]:
    """The fields as the table keeps them, and the words of the paper."""
    with press.raw.open(row["pdf"]) as stream:
        return row["fields"], read_pdf(stream.read()).text.replace("\n", "")


@pytest.mark.parametrize("kind", ["suggestion", "decision"])
def test_numbers_of_persons_in_what_people_write_are_masked(engine: Engine, press: Press, kind: str) -> None:
    said = f"申请人{ID_NUMBER}，电话{MOBILE}"
    given = {"organization": "县局", "matter": said, "facts": said, "basis": "办法", "requirement": said}
    with writing(engine) as connection:
        row = issue(connection, press, by_hand(kind_of(kind), "k", given, "张三", {}), ISSUED_ON, AT)
    for text in kept_and_printed(press, row):
        assert ID_NUMBER not in text
        assert MOBILE not in text
        assert text.count("138******78") == 3


def test_numbers_of_persons_in_the_reason_of_a_card_by_hand_are_masked_but_not_the_number_of_its_case(
    engine: Engine, press: Press
) -> None:
    reason = {"by_hand": {"reason": f"群众{MOBILE}反映"}}
    number = carded(engine, rule="H", case_no="430100202611090", snapshot=reason, unit=None)
    row = written(engine, press, number)
    for text in kept_and_printed(press, row):
        assert MOBILE not in text
        assert "群众138******78反映" in text
        assert "办件编号430100202611090" in text


def test_a_notice_of_a_meeting_tells_whom_to_call_on_its_paper_only(engine: Engine, press: Press) -> None:
    given = {"organization": "县局", "matter": "联审", "time": "明日", "place": "一楼", "participants": "各局",
             "contact": f"李 {MOBILE}"}  # fmt: skip
    with writing(engine) as connection:
        row = issue(connection, press, by_hand(kind_of("meeting"), "k", given, "张三", {}), ISSUED_ON, AT)
    kept, printed = kept_and_printed(press, row)
    assert MOBILE in printed
    assert MOBILE not in kept


@pytest.mark.parametrize(
    ("rule", "columns", "told"),
    [
        ("H", {"subject": f"{ORGANIZATION} complaint 2026000003"}, "（投诉2026000003号）"),
        ("H", {"subject": f"{ORGANIZATION} 窗口脱岗"}, "（窗口脱岗）"),
        ("H", {"subject": ORGANIZATION}, ""),
        ("H", {"system": "land", "subject": "land"}, "（系统land）"),
        ("E5", {"unit_key": "land", "subject": "land"}, "（系统land）"),
        ("T13", {"unit_key": "0117@2", "subject": "0117@2"}, "（事项0117（第2版））"),
        ("T10", {"unit_key": "card 7", "subject": "card 7"}, "（牌7号）"),
        ("T11", {"unit_key": "order 4/3", "subject": "order 4/3"}, "（督办单4号）"),
    ],
)
def test_what_a_card_is_about_is_named_in_chinese(
    engine: Engine, press: Press, rule: str, columns: dict[str, str], told: str
) -> None:
    given = {"system": "", **columns}
    number = carded(engine, rule=rule, case_no=None, snapshot={"item_name": None}, **given)
    with reading(engine) as connection:
        fields = for_card(connection, kind_of("inquiry"), number).fields
    assert fields["matter"] == f"有关事项{told}"


def test_where_no_last_day_is_known_the_letter_names_none(
    engine: Engine, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.folder.mkdir()
    (press.folder / "letters.yaml").write_text(
        "issuer: {code: x, name: 甲}\nanswer_within: 3\n", encoding="utf-8"
    )
    number = carded(engine)
    monkeypatch.setattr("hub.supervision.regions.workdays_after", lambda *_: None)
    row = written(engine, press, number)
    _, printed = kept_and_printed(press, row)
    assert json.loads(row["fields"])["answer_by"] == ""
    assert "即日" not in printed
    assert "反馈期限：" not in printed
    assert "请查明原因，及时纠正，并将情况说明及整改措施书面反馈我单位" in printed


def test_a_letter_by_hand_needs_its_fields_and_knows_no_others(engine: Engine, press: Press) -> None:
    kind = kind_of("suggestion")
    given = {"organization": "县局", "matter": "提速", "facts": "慢", "basis": "办法", "requirement": "改"}
    for wrong in ({**given, "haste": "x"}, {**given, "facts": " "}):
        with pytest.raises(StopError, match="LETTER_FIELD"), writing(engine) as connection:
            issue(connection, press, by_hand(kind, "k", wrong, "张三", {}), ISSUED_ON, AT)
    with writing(engine) as connection:
        row = issue(connection, press, by_hand(kind, "k", given, "张三", {}), ISSUED_ON, AT)
    assert (row["reference"], row["issued_by"]) == ("监建〔2026〕1号", "张三")


def test_a_preview_has_no_number_keeps_nothing_and_says_so(
    engine: Engine, press: Press, tmp_path: Path
) -> None:
    number = carded(engine)
    with reading(engine) as connection:
        made = preview(connection, press, for_card(connection, kind_of("inquiry"), number), ISSUED_ON)
    text = read_pdf(made["pdf"]).text
    assert "〔2026〕×号" in text
    assert "预览，不具效力" in text
    assert not (tmp_path / "raw").exists()
