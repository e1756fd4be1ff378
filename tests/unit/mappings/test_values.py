"""Points in time, numbers, money and texts on their way into record lines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hub.central import bulk
from hub.clock import from_us
from mappings.crosswalk import load_crosswalk
from mappings.plan import compile_plan
from mappings.shred import records, shred
from mappings.values import NULL, fen, microseconds, moment, text, whole
from schemas.contract import load_contract

NOON = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)


def us(when: datetime) -> str:
    return str((when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


MOMENTS = {
    "2026-12-01T12:00:00+08:00": (us(NOON), "2026-12-01"),
    "2026-12-01T12:00:00": (us(NOON), "2026-12-01"),  # without offset Shanghai is meant
    "2026-12-01T04:00:00Z": (us(NOON), "2026-12-01"),
    "2026-11-30T16:00:00-12:00": (us(NOON), "2026-12-01"),
    "2026-12-01T18:00:00+14:00": (us(NOON), "2026-12-01"),
    "2026-12-01T16:00:00Z": (us(NOON + timedelta(hours=12)), "2026-12-02"),  # the day is Shanghai's
    "2026-12-01T00:00:00+08:00": (us(NOON - timedelta(hours=12)), "2026-12-01"),
    "2026-11-30T24:00:00+08:00": (us(NOON - timedelta(hours=12)), "2026-12-01"),
    "2026-11-30T24:00:00": (us(NOON - timedelta(hours=12)), "2026-12-01"),
    "2026-12-01T12:00:00.5+08:00": (us(NOON + timedelta(microseconds=500_000)), "2026-12-01"),
    "2026-12-01T12:00:00.000001": (us(NOON + timedelta(microseconds=1)), "2026-12-01"),
    "2026-12-01": (NULL, "2026-12-01"),
    "2024-02-29": (NULL, "2024-02-29"),
    " 2026-12-01T12:00:00+08:00\n": (us(NOON), "2026-12-01"),
    "\t2026-12-01 ": (NULL, "2026-12-01"),
    "1999-12-31T23:59:59+08:00": (us(datetime(1999, 12, 31, 15, 59, 59, tzinfo=UTC)), "1999-12-31"),
}


@pytest.mark.parametrize(("written", "expected"), MOMENTS.items(), ids=MOMENTS)
def test_a_time_is_an_instant_and_the_day_in_shanghai(written: str, expected: tuple[str, str]) -> None:
    assert moment(written) == expected


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2900, 1, 1)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_every_time_is_read_exactly(when: datetime, offset: timezone) -> None:
    aware = when.replace(tzinfo=offset)
    at, day = moment(aware.isoformat())
    assert from_us(int(at)) == aware
    assert date.fromisoformat(day) == from_us(int(at)).date()


def test_a_day_alone_orders_as_its_beginning() -> None:
    assert microseconds("2026-12-01") == microseconds("2026-12-01T00:00:00+08:00")


MONEY = {
    "10": "1000", "10.5": "1050", "10.50": "1050", "0": "0", "0.00": "0", "-0.00": "0", "+3.1": "310", ".5": "50",
    "-.05": "-5", "-10.01": "-1001", "99999999999999.99": "9999999999999999", " 7 ": "700", "0.29": "29",
    "0" * 5000 + "1.10": "110",
}  # fmt: skip


@pytest.mark.parametrize(("yuan", "expected"), MONEY.items(), ids=lambda each: each[-20:])
def test_money_is_whole_fen(yuan: str, expected: str) -> None:
    assert fen(yuan) == expected


@given(st.integers(-(10**16), 10**16))
def test_no_fen_is_lost(amount: int) -> None:
    sign = "-" if amount < 0 else ""
    assert fen(f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}") == str(amount)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("7", "7"), ("+7", "7"), ("007", "7"), (" 7\n", "7"), ("0", "0"), ("-0", "0"), ("000", "0"), ("0" * 5000 + "12", "12")],
    ids=lambda each: each[-6:],
)  # fmt: skip
def test_whole_numbers_lose_sign_zeros_and_white_space(written: str, expected: str) -> None:
    assert whole(written) == expected


CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0\r")
AWKWARD = st.sampled_from(
    ["\\N", "\\", "a\tb", "a\nb", " x ", "　", "　全角　", "x\\", "\\n", "\u00a0", "𠮷\\N"]
)


@given(st.lists(st.text(CHARACTERS, max_size=12) | AWKWARD | st.none(), min_size=1, max_size=6))
def test_a_row_of_texts_survives_its_record_line(texts: list[str | None]) -> None:
    # The flat pass has taken the white space around a text away before.
    expected = [None if each is None else each.strip(" \t\r\n") for each in texts]
    row = [NULL if each is None else each for each in expected]
    assert bulk.parse(*records([row])) == expected


def test_the_flat_pass_trims_a_text_and_keeps_what_is_inside() -> None:
    case = etree.fromstring(
        "<Case><CaseNo> 7 </CaseNo><Organization><Name>\n 甲\t乙　</Name><Level> 3 </Level></Organization></Case>"
    )
    plan = compile_plan(load_contract("1.0"), load_crosswalk("canonical").tables)
    found = shred(case, plan)
    organization = plan.rows["Organization"]
    assert found.header == {"CaseNo": "7"}
    assert found.shared[organization.index("Name")] == "甲\t乙　"
    assert found.shared[organization.index("Level")] == "3"


def test_the_words_for_null_are_a_text_like_any_other() -> None:
    assert bulk.parse(*records([["\\N", NULL]])) == ["\\N", None]


def test_an_ideographic_space_is_kept_whatever_stands_beside_it() -> None:
    assert (
        bulk.parse(*records([["　张", "plain"]]))[0]
        == bulk.parse(*records([["　张", " plain"]]))[0]
        == "　张"
    )


def test_white_space_around_a_text_goes() -> None:
    assert text("\n  长沙 \\ 市\t") == "长沙 \\\\ 市"
