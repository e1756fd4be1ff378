"""The working calendar: seeded once, imported whole or not at all, published only by a real notice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import chinese_calendar
import pytest
from sqlalchemy import Engine, delete, func, select

from hub.central.engine import reading, writing
from hub.central.tables.rules import calendar_day, calendar_year, rule_version, work_calendar
from hub.errors import StopError
from hub.supervision.calendar import NamedDay, import_days, version
from hub.supervision.calendar_file import read_calendar, region_prefix
from hub.supervision.listing import show_calendar
from hub.supervision.rules import current_rules
from hub.supervision.seed import ensure_seeded
from tests.oracle.judging import supervise_limits as supervise

HEADER = "date,is_workday,region,source,notice_no\n"


def days(engine: Engine, scope: str = "") -> dict[date, tuple[int, int]]:
    """Day → (is_workday, published)."""
    columns = work_calendar.c
    with reading(engine) as connection:
        rows = connection.execute(
            select(columns.day, columns.is_workday, columns.published).where(columns.scope == scope)
        )
        return {day: (is_workday, published) for day, is_workday, published in rows}


def test_the_seed_is_the_library_and_monday_to_friday_beyond_it(engine: Engine) -> None:
    found = days(engine)
    assert (min(found), max(found)) == (date(1990, 1, 1), date(2060, 12, 31))
    for day, (is_workday, published) in found.items():
        known = 2004 <= day.year <= 2026
        assert published == known
        assert is_workday == (chinese_calendar.is_workday(day) if known else day.weekday() < 5), day


def test_running_numbers_count_the_working_days(engine: Engine) -> None:
    columns = work_calendar.c
    with reading(engine) as connection:
        rows = connection.execute(
            select(columns.is_workday, columns.workday_number, columns.strict_workday, columns.strict_number)
            .where(columns.scope == "")
            .order_by(columns.day)
        ).all()
    workdays = strict = 0
    for is_workday, workday_number, strict_workday, strict_number in rows:
        workdays, strict = workdays + is_workday, strict + strict_workday
        assert (workday_number, strict_number) == (workdays, strict)


def test_seeding_again_changes_nothing(engine: Engine) -> None:
    def state() -> tuple[int, ...]:
        with reading(engine) as connection:
            tables = (calendar_day, calendar_year, work_calendar, rule_version)
            counts = [connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables]
            return (version(connection), *counts)

    before = state()
    with writing(engine) as connection:
        ensure_seeded(connection)
    assert state() == before
    assert before[0] == 1


def test_a_newer_library_adds_only_the_years_that_are_missing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = date(2027, 1, 4)
    with writing(engine) as connection:
        import_days(connection, [NamedDay(own, False, "", "我们的通知")])
    newer = {**chinese_calendar.holidays, own.replace(day=1): "New Year", date(2026, 3, 4): "changed"}
    monkeypatch.setattr(chinese_calendar, "holidays", newer)
    monkeypatch.setattr(chinese_calendar, "workdays", {**chinese_calendar.workdays, own: "make-up"})
    with writing(engine) as connection:
        ensure_seeded(connection)
    found = days(engine)
    assert found[date(2027, 1, 1)] == (0, 1)
    assert found[date(2027, 6, 1)] == (1, 1)
    assert found[own] == (0, 1)  # an administrator's word stays
    assert found[date(2026, 3, 4)] == (1, 1)  # a year that is known already is left alone


@pytest.mark.parametrize(("named", "published"), [(9, False), (10, True)])
def test_a_year_is_published_once_enough_of_its_days_are_named(
    engine: Engine, named: int, published: bool
) -> None:
    with writing(engine) as connection:
        first = [NamedDay(date(2027, 2, n), False, "", "test") for n in range(1, 6)]
        assert import_days(connection, first).unpublished == {2027: 5}
        rest = [NamedDay(date(2027, 2, n), False, "", "test") for n in range(1, named + 1)]
        done = import_days(connection, rest)
    assert done.published == ((2027,) if published else ())
    assert done.unpublished == ({} if published else {2027: named})
    assert days(engine)[date(2027, 8, 3)] == (1, int(published))
    assert days(engine)[date(2027, 2, 1)] == (0, 1)  # a named day is known either way


def test_a_regional_import_publishes_no_year_and_leaves_the_country_alone(engine: Engine) -> None:
    with writing(engine) as connection:
        done = import_days(
            connection, [NamedDay(date(2027, 2, n), False, "4331", "州庆") for n in range(1, 21)]
        )
    assert (done.published, done.unpublished, done.version) == ((), {}, 2)
    assert days(engine)[date(2027, 2, 1)] == (1, 0)
    assert days(engine, "4331")[date(2027, 2, 1)] == (0, 1)
    assert days(engine, "4331")[date(2027, 3, 1)] == (1, 0)


def test_judging_without_a_calendar_or_rules_says_what_to_do(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(delete(rule_version))
    with pytest.raises(StopError, match="RULES_EMPTY") as caught:
        supervise(engine)
    assert "suphub db upgrade" in caught.value.remedy_en
    with writing(engine) as connection:
        connection.execute(delete(work_calendar))
    with pytest.raises(StopError, match="CALENDAR_EMPTY"):
        supervise(engine)


def test_the_shipped_rules_are_version_1_with_their_defaults(engine: Engine) -> None:
    with reading(engine) as connection:
        rules = current_rules(connection)
    assert {
        code: (rule.version, rule.level) for code, rule in rules.items() if code in ("T1", "T2", "T3")
    } == {
        "T1": (1, 1),
        "T2": (1, 2),
        "T3": (1, 3),
    }
    assert rules["T1"].value("share_percent") == 20
    assert rules["T1"].value("min_workdays") == 1
    assert (rules["T3"].value("extension_cap"), rules["T3"].value("extension_cap_joint")) == (10, 15)
    assert all("行政许可法" in rules[code].basis for code in ("T1", "T2", "T3"))


def test_show_names_the_days_that_depart_from_monday_to_friday(engine: Engine) -> None:
    with writing(engine) as connection:
        import_days(connection, [NamedDay(date(2025, 9, 28), False, "4331", "州庆", "州政发〔2025〕1号")])
    with reading(engine) as connection:
        nation = show_calendar(connection, year=2025)
        region = show_calendar(connection, year=2025, region="433100")
    assert (nation["scope"], region["scope"], nation["version"]) == ("", "4331", 2)
    assert ("2025-09-28", True) in [(d["date"], d["is_workday"]) for d in nation["departures"]]
    assert "2025-09-28" not in [d["date"] for d in region["departures"]]
    assert nation["workdays"] - region["workdays"] == 1


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("", ""),
        ("43", "43"),
        ("430000", "43"),
        ("433100", "4331"),
        ("433101", "433101"),
        ("433101000", "433101"),
        ("433101000000", "433101"),
        ("433101100000", "433101100"),
        ("433101100201", "433101100201"),
    ],
)
def test_the_filling_zeros_of_a_region_code_are_no_part_of_the_prefix(code: str, prefix: str) -> None:
    assert region_prefix(code) == prefix


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "2027.csv"
    file.write_bytes(
        b"\xef\xbb\xbf"
        + f'{HEADER}2027-01-01,0,,"国务院办公厅",国办发明电〔2026〕1号\r\n\r\n2027-01-09,1,433100,x,\n'.encode()
    )
    assert read_calendar(file) == [
        NamedDay(date(2027, 1, 1), False, "", "国务院办公厅", "国办发明电〔2026〕1号"),
        NamedDay(date(2027, 1, 9), True, "4331", "x", None),
    ]


@pytest.mark.parametrize(
    ("content", "line", "column", "says"),
    [
        ("", 1, 1, "header date expected"),
        ("date,is_workday,area,source,notice_no\n", 1, 3, "header region expected, found 'area'"),
        ("date,is_workday,region,source,notice_no,x\n", 1, 6, "unknown column 'x'"),
        (HEADER, 1, 1, "names no day"),
        (
            HEADER + "2027-01-01,0,,a,\n2027-13-01,0,,a,\n",
            3,
            1,
            "date must be YYYY-MM-DD, found '2027-13-01'",
        ),
        (HEADER + "1.1.2027,0,,a,\n", 2, 1, "date must be YYYY-MM-DD"),
        (HEADER + "2061-01-01,0,,a,\n", 2, 1, "outside the calendar's range"),
        (HEADER + "2027-01-01,yes,,a,\n", 2, 2, "is_workday must be 0 (rest) or 1 (work), found 'yes'"),
        (HEADER + "2027-01-01,0,43x,a,\n", 2, 3, "region must be empty or 2, 4, 6, 9 or 12 digits"),
        (HEADER + "2027-01-01,0,４３,a,\n", 2, 3, "region must be empty or 2, 4, 6, 9 or 12 digits"),
        (HEADER + "２０２７-01-01,0,,a,\n", 2, 1, "date must be YYYY-MM-DD"),
        (HEADER + "2027-01-01,0,,,\n", 2, 4, "source is required"),
        (HEADER + "2027-01-01,0,,a\n", 2, 5, "5 columns expected, found 4"),
        (
            HEADER + "2027-01-01,0,43,a,\n2027-01-02,0,,a,\n2027-01-01,1,430000,a,\n",
            4,
            1,
            "already named in line 2",
        ),
        (HEADER + '2027-01-01,0,,"a,\n', 2, 1, "not valid CSV"),
    ],
)
def test_a_bad_file_is_refused_with_line_column_and_remedy(
    tmp_path: Path, content: str, line: int, column: int, says: str
) -> None:
    file = tmp_path / "days.csv"
    file.write_text(content, "utf-8")
    with pytest.raises(StopError, match="CALENDAR_FILE") as caught:
        read_calendar(file)
    error = caught.value
    assert (error.place.line, error.place.column) == (line, column)
    assert says in error.message_en
    assert error.remedy_zh


def test_a_file_that_is_not_utf8_or_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "gbk.csv"
    file.write_bytes(f"{HEADER}2027-01-01,0,,国务院,\n".encode("gbk"))
    with pytest.raises(StopError, match="CALENDAR_FILE") as caught:
        read_calendar(file)
    assert caught.value.place.line == 2
    assert "UTF-8" in caught.value.remedy_en
    with pytest.raises(StopError, match="cannot be read"):
        read_calendar(tmp_path / "none.csv")
