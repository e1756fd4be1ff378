"""How pages write things: the language asked for, times for people, and where a card's subject leads."""

from __future__ import annotations

import pytest

from hub.views.pages import case_path, language_of, minute, place_of


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
