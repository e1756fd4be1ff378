"""Identifying numbers: known good ones pass, every single wrong character is found, and no text makes a check fail."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as stdnum_uscc

from schemas.numbers import (
    organisation_code_ok,
    organisation_number_ok,
    region_prefix,
    region_within,
    resident_id_ok,
    same_organisation,
    uscc_ok,
)

TODAY = date(2026, 4, 15)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
GOOD_USCC = ("11430100006121778E", "91430100MA4L12346D", "91110000600037341L", "91350100M000100Y43")
BODY = st.tuples(
    st.sampled_from(ALPHABET),
    st.sampled_from(ALPHABET),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
).map("".join)


@pytest.mark.parametrize("code", GOOD_USCC)
def test_a_good_uscc_passes(code: str) -> None:
    assert uscc_ok(code)


@given(BODY)
def test_just_one_check_character_fits_and_it_is_the_one_of_stdnum(body: str) -> None:
    fitting = [c for c in ALPHABET if uscc_ok(body + c)]
    assert fitting == [stdnum_uscc.calc_check_digit(body)]


@given(BODY, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_of_a_uscc_is_always_found(body: str, at: int, other: str) -> None:
    good = body + str(stdnum_uscc.calc_check_digit(body))
    wrong = good[:at] + other + good[at + 1 :]
    assert uscc_ok(wrong) == (wrong == good)


@pytest.mark.parametrize(
    "code", ["", "11430100006121778", "11430100006121778e", "1143010000612177８E", "I1430100006121778E"]
)
def test_what_is_no_uscc_is_refused(code: str) -> None:
    assert not uscc_ok(code)


def test_a_registering_department_may_be_a_letter() -> None:
    body = "N2430100MF0000001"
    assert uscc_ok(body + str(stdnum_uscc.calc_check_digit(body)))


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("006121778", True),
        ("D2143569X", True),  # check value 10
        ("600037341", True),
        ("006121779", False),
        ("D21435690", False),
        ("00612177-8", False),
        ("00612177", False),
        ("０06121778", False),
    ],
)
def test_organisation_codes(code: str, good: bool) -> None:
    assert organisation_code_ok(code) is good
    assert organisation_number_ok(code) is good


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
def test_just_one_check_character_fits_an_organisation_code(body: str) -> None:
    assert len([c for c in "0123456789X" if organisation_code_ok(body + c)]) == 1


@pytest.mark.parametrize(
    ("code", "same"),
    [
        ("11430100006121778E", True),
        ("006121778", True),
        ("006121779", False),
        ("91430100MA4L12346D", False),
        ("", False),
    ],
)
def test_nine_characters_name_an_organisation_by_positions_9_to_17(code: str, same: bool) -> None:
    assert same_organisation(code, "11430100006121778E") is same


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("430102198503174518", True),
        ("11010519491231002X", True),
        ("11010519491231002x", True),
        ("430102198503174519", False),  # check digit
        ("430102850317451", True),  # the old form of 15
        ("430102851317451", False),  # month 13
        ("43010219850317451", False),
        ("430102198502304516", False),  # 30 February
        ("４30102198503174518", False),
        ("", False),
    ],
)
def test_resident_numbers(number: str, good: bool) -> None:
    assert resident_id_ok(number, TODAY) is good


def resident(region: str, day: date) -> str:
    """A number with its check digit, counted by the weights of GB 11643."""
    body = f"{region}{day:%Y%m%d}451"
    weights = [2 ** (17 - at) % 11 for at in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


@given(
    st.dates(date(1900, 1, 1), date(2060, 12, 31)), st.sampled_from(["430102", "810000", "830000", "000000"])
)
def test_a_resident_number_is_good_from_the_day_of_birth_on_whatever_its_region(
    born: date, region: str
) -> None:
    assert resident_id_ok(resident(region, born), TODAY) is (born <= TODAY)


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_of_a_resident_number_is_always_found(born: date, at: int, other: str) -> None:
    good = resident("430102", born)
    wrong = good[:at] + other + good[at + 1 :]
    assert resident_id_ok(wrong, TODAY) == (wrong == good)


@given(st.text(max_size=20))
def test_no_text_makes_a_check_fail(text: str) -> None:
    verdicts = {
        uscc_ok(text),
        organisation_number_ok(text),
        resident_id_ok(text, TODAY),
        region_within(text, "430100"),
    }
    assert verdicts <= {True, False}
    assert isinstance(region_prefix(text), str)


@pytest.mark.parametrize(
    ("code", "area", "within"),
    [
        ("430100", "430100", True),
        ("430100000000", "430100", True),
        ("430100", "430100000000", True),
        ("430102", "430100", True),  # a district of the city
        ("430102001", "430100", True),
        ("430102001003", "430102001000", True),
        ("430102002003", "430102001000", False),
        ("430000", "430100", False),  # the province does not lie in its city
        ("430200", "430100", False),
        ("431000", "430100", False),
        ("430100", "430000", True),
        ("440300", "430000", False),
        ("431002", "431000", True),
        ("430110", "430110", True),
        ("430111", "430110", False),
    ],
)
def test_regions_are_compared_by_prefix(code: str, area: str, within: bool) -> None:
    assert region_within(code, area) is within
