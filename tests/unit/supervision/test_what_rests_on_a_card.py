"""What rests on a card (T14, T10 and its order, T11) falls with it in the next run, whenever and by whomever it is withdrawn."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select

from hub.central.engine import reading, writing
from hub.central.tables.result import completion
from hub.central.tables.watch import outbox
from hub.clock import start_of
from hub.supervision import chunked
from hub.supervision.listing import list_cards
from hub.wiring.cards import teller
from hub.wiring.letters import issue_due
from tests.oracle.judging import supervise
from tests.oracle.lives import Life, on
from tests.oracle.loading import clear, put
from tests.support.cards import DAY, do, hand

LATE = Life(on("2025-03-03 09:00"), promised=4)
"""T2 on Monday 10 March 2025, T14 from Friday 14."""


def day(number: int) -> date:
    return date(2025, 3, number)


def states(engine: Engine) -> dict[str, str]:
    with reading(engine) as connection:
        return {c["rule"]: c["state"] for c in list_cards(connection)}


def the_t2(engine: Engine) -> int:
    with reading(engine) as connection:
        [found] = [c["card_id"] for c in list_cards(connection) if c["rule"] == "T2"]
    return int(found)


@pytest.fixture
def red(engine: Engine) -> Engine:
    with writing(engine) as connection:
        put(connection, [LATE])
    for number in (10, 14):
        supervise(engine, today=day(number))
    assert states(engine) == {"T2": "已发", "T14": "已发"}
    return engine


@pytest.mark.parametrize("finished", [False, True], ids=["open", "finished"])
def test_a_yellow_card_that_people_withdraw_takes_its_red_one_along(red: Engine, finished: bool) -> None:
    if finished:
        with writing(red) as connection:
            at = on("2025-03-17 10:00")
            done = {"case_id": 1, "result": "0", "completed_at": at.at, "completed_day": at.day}
            connection.execute(insert(completion).values(done))
        supervise(red, today=day(17))
    do(red, "withdraw", the_t2(red), reason="误发")
    supervise(red, today=day(17), everything=False)
    assert states(red) == {"T2": "撤销", "T14": "撤销"}


def test_what_people_withdraw_while_a_run_is_at_work_the_next_run_sees(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has read that T14 holds, and writes its card although the yellow one was withdrawn in between."""
    with writing(engine) as connection:
        put(connection, [replace(LATE)])
    supervise(engine, today=day(10))
    looked = chunked.judging_sql.watch

    def watch(*given: Any) -> None:
        looked(*given)
        do(engine, "withdraw", the_t2(engine), reason="误发", at=2**52)  # later than the run's begin

    with monkeypatch.context() as patch:
        patch.setattr(chunked.judging_sql, "watch", watch)
        supervise(engine, today=day(14))
    assert states(engine) == {"T2": "撤销", "T14": "已发"}
    supervise(engine, today=day(14), everything=False, now=2**52 + 1)
    assert states(engine) == {"T2": "撤销", "T14": "撤销"}
    again = supervise(engine, today=day(14), now=2**52 + 2)
    assert not again.raised + again.withdrawn


def test_late_data_withdraw_a_card_with_all_that_rests_on_it_in_one_run(red: Engine) -> None:
    # Neither was answered: T10 above both, and an order above the red one, which nobody reviewed: T11.
    for on_day in (date(2025, 4, 30), date(2025, 5, 12)):
        supervise(red, today=on_day, now=start_of(on_day) + DAY)
    with reading(red) as connection:
        before = [(c["rule"], c["level"], c["state"]) for c in list_cards(connection)]
    assert before == [
        ("T2", 2, "已发"), ("T14", 3, "已发"), ("T10", 3, "已发"), ("T10", 3, "督办"), ("T11", 3, "已发"),
    ]  # fmt: skip
    with writing(red) as connection:
        clear(connection)
        put(connection, [replace(LATE, promised=400)])
    done = supervise(red, today=date(2025, 5, 12))
    assert sum(done.withdrawn.values()) == 5
    assert set(states(red).values()) == {"撤销"}
    again = supervise(red, today=date(2025, 5, 12))
    assert not again.raised + again.withdrawn + again.closed


BOOK = """
channels: {mail: {kind: smtp, connection: hub_mail, from: hub@example.gov.cn}}
recipients: {desk: {channel: mail, to: [desk@example.gov.cn], roles: [supervisor]}}
"""


def test_people_hear_once_that_each_of_them_is_over_and_every_letter_is_corrected(
    red: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", str(red.url))
    monkeypatch.setenv("SUPHUB_TODAY", "2025-05-12")
    (tmp_path / "messages.yaml").write_text(BOOK, encoding="utf-8")

    def kinds() -> list[tuple[str, str]]:
        """What the desk was told since, by what and about which card or order."""
        with writing(red) as connection:
            rows = connection.execute(select(outbox.c.kind, outbox.c.content)).all()
            connection.execute(delete(outbox))
        return sorted((row.kind, re.findall(r"show (\d+)", row.content)[0]) for row in rows)

    for on_day in (date(2025, 4, 30), date(2025, 5, 12)):
        supervise(red, today=on_day, now=start_of(on_day) + DAY, log=teller())
    hand(red, "approve", at=start_of(date(2025, 5, 12)), log=teller())
    assert [kind for kind, _ in kinds()] == [
        "card.escalated", "card.escalated", "order.overdue", "order.started",
    ]  # fmt: skip
    written = issue_due()
    assert written == {"inquiry": 1, "accountability": 3, "supervision": 1}
    with writing(red) as connection:
        clear(connection)
        put(connection, [replace(LATE, promised=400)])
    for _ in range(2):
        supervise(red, today=date(2025, 5, 12), log=teller())
    with reading(red) as connection:
        cards = sorted(str(c["card_id"]) for c in list_cards(connection))
    assert kinds() == [*(("card.withdrawn", number) for number in cards), ("order.withdrawn", "1")]
    assert issue_due() == {"correction": sum(written.values())}
    assert issue_due() == {}
