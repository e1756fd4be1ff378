"""Complaints in real databases: two people at once, numbers without gaps, terms and cards, on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

from sqlalchemy import inspect, select

from hub.central.engine import reading, writing
from hub.central.tables import metadata
from hub.central.tables.complaints import complaint, complaint_event
from hub.complaints import figures, handling, hotline, registering
from hub.complaints.hotline import instant
from hub.complaints.listing import list_complaints
from hub.complaints.shapes import Desk, Given
from hub.errors import StopError
from hub.ledger import chain
from hub.ledger.verify_database import verify_database
from tests.support.complaints import ABOUT, PLAIN, Office

MONDAY = "2026-11-09T09:00"


def logging_desk() -> Desk:
    """A desk whose entries are in the chain of the log, as wired."""
    at = instant("2026-11-10T12:00")
    return Desk(at, lambda connection, event, body: chain.append(connection, "hub", event, body, at))


def test_the_migrations_make_the_tables_of_the_program(office: Office) -> None:
    found = inspect(office.engine)
    for table in (t for name, t in metadata.tables.items() if name.startswith("complaint")):
        assert {c["name"] for c in found.get_columns(table.name)} == {c.name for c in table.c}
        assert {i["name"] for i in found.get_indexes(table.name)} == {i.name for i in table.indexes}


def test_whoever_registers_at_the_same_moment_gets_the_next_number_and_none_is_left_out(
    office: Office,
) -> None:
    def register(failing: bool) -> int | None:
        with writing(office.engine) as connection:
            number = registering.register(logging_desk(), connection, PLAIN, by="李明")
            if failing:
                connection.rollback()
                return None
            return number

    with ThreadPoolExecutor(6) as threads:
        numbers = list(threads.map(register, [each % 4 == 3 for each in range(24)]))
    kept = sorted(number for number in numbers if number is not None)
    assert kept == list(range(kept[0], kept[0] + 18))
    with reading(office.engine) as connection:
        assert (
            list(
                connection.execute(
                    select(complaint.c.complaint_id).order_by(complaint.c.complaint_id)
                ).scalars()
            )
            == kept
        )
        assert verify_database(connection).ok


def test_of_two_people_one_takes_the_step_and_the_other_is_told(office: Office) -> None:
    numbers = [office.register(MONDAY) for _ in range(8)]

    def step(given: tuple[int, str, int | None]) -> str:
        number, action, version = given
        words = Given(by=action, words="理由", if_version=version)
        try:
            with writing(office.engine) as connection:
                return str(handling.act(logging_desk(), connection, number, action, words)["state"])
        except StopError as error:
            return error.code

    with ThreadPoolExecutor(2) as threads:
        for place, number in enumerate(numbers):
            version = 1 if place % 2 else None
            said = list(threads.map(step, [(number, action, version) for action in ("refuse", "accept")]))
            # Whoever was later, having named a version or not, is told what is so now.
            told = "COMPLAINT_CHANGED" if version else "COMPLAINT_TRANSITION"
            assert sorted(said) in ([told, "不予受理"], [told, "受理"]), said
    with reading(office.engine) as connection:
        versions = connection.execute(
            select(complaint.c.version).where(complaint.c.complaint_id.in_(numbers))
        ).scalars()
        assert set(versions) == {2}
        events = connection.execute(
            select(complaint_event.c.number).where(complaint_event.c.complaint_id.in_(numbers))
        ).scalars()
        assert sorted(events) == [1] * 8 + [2] * 8


def test_terms_cards_lists_and_figures_are_the_same_on_every_database(office: Office) -> None:
    about = {"about": ABOUT, "channel": "来函"}
    late, extended = office.accepted(MONDAY, **about), office.accepted(MONDAY, **about)
    office.act(extended, "extend", "2026-11-10T09:00", days=9)
    sent = office.accepted(MONDAY, **about)
    office.act(sent, "transfer", "2026-11-10T09:00")
    office.supervise("2026-11-19")
    cards = [each for each in office.cards() if each[1] in {f"complaint {n}" for n in (late, extended, sent)}]
    assert cards == [("K2", f"complaint {late}", "已发")]
    office.supervise("2026-12-01")
    rules = {(rule, subject) for rule, subject, _ in office.cards()}
    assert {
        ("K2", f"complaint {extended}"),
        ("K3", f"complaint {sent}"),
        ("K4", f"complaint {late}"),
    } <= rules
    assert office.standing(extended, "own", "2026-11-20").due_on == date(2026, 11, 20)
    with reading(office.engine) as connection:
        shown = {c["complaint_id"]: c for c in list_complaints(connection, date(2026, 11, 19))}
        assert (shown[late]["overdue"], shown[extended]["overdue"]) == (True, False)
        counted = {row["key"]: row for row in figures.figures(connection, "channel")}
        assert (counted["来函"]["complaints"], counted["来函"]["overdue"]) == (3, 3)
        assert figures.behind(connection, "channel", "来函", "overdue") == [late, extended, sent]
        assert figures.figures(connection, "month")


def test_the_same_row_of_a_hotline_comes_in_once_however_many_bring_it(office: Office) -> None:
    content = (
        "hotline,hotline_no,handed_at,topic,title,content\n" + "8890,Z-1,2026-11-09,其他,灯不亮,灯不亮\n"
    ).encode()

    def bring(_: int) -> int:
        done = hotline.Imported()
        for row in hotline.read(content, "csv"):
            with writing(office.engine) as connection:
                hotline.take(logging_desk(), connection, row, done, by="接口")
        return len(done.registered)

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(bring, range(4))) == 1
