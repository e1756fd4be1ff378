"""How pages write things: the language asked for, times for people, and where a card's subject leads."""

from __future__ import annotations

import pytest

from hub.views.pages import case_path, counted, language_of, minute, place_of


@pytest.mark.parametrize(
    ("asked", "language"),
    [((None, None), "zh"), (("en", "zh"), "en"), (("fr", "en"), "en"), (("", None), "zh")],
)
def test_the_first_language_that_there_is(asked: tuple[str | None, ...], language: str) -> None:
    assert language_of(*asked) == language


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        ("2026-11-22T23:46:15.409450+08:00", "2026-11-22 23:46"),
        ("2026-11-22", "2026-11-22"),
        (None, "-"),
    ],
)
def test_times_are_shown_to_the_minute(instant: str | None, shown: str) -> None:
    assert minute(instant) == shown


@pytest.mark.parametrize(
    ("number", "zh", "en"), [(1, "1 件", "1 case"), (0, "0 件", "0 cases"), (2, "2 件", "2 cases")]
)
def test_one_of_a_thing_is_no_plural(number: int, zh: str, en: str) -> None:
    assert [counted(each, number, "件", "case") for each in ("zh", "en")] == [zh, en]


def test_a_card_about_a_version_of_an_item_leads_to_it() -> None:
    assert place_of("1143/甲@2", "T13") == "items/1143%2F%E7%94%B2?version=2"
    assert place_of("1143@2", "H") is None, "somebody's own words are no item"
    assert place_of("1143@x", "T13") is None


@pytest.mark.parametrize(
    ("subject", "place"),
    [
        ("complaint 2026000007", "complaints/2026000007"),
        ("complaint 2026000007 #2", "complaints/2026000007"),
        ("card 12", "cards/12"),
        ("order 3/2", "orders/3"),
        ("step 3", None),
        ("order x", None),
        ("", None),
        (None, None),
    ],
)
def test_the_subject_of_a_card_leads_to_what_it_is_about(subject: str | None, place: str | None) -> None:
    assert place_of(subject) == place


def test_a_case_is_found_whatever_its_number_holds() -> None:
    assert case_path("land/2026/1 甲") == "cases/land/2026%2F1%20%E7%94%B2"
