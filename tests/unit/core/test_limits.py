"""Limits are one table: settings override it, the page shows it, and a wrong setting is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.cli.document_limits import limits_page
from hub.errors import StopError
from hub.limits import Limits, load_limits, rows
from schemas.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[3]


def test_without_settings_the_table_is_in_force() -> None:
    assert load_limits({}) == Limits()
    assert all(getattr(Limits(), row.name) == row.default for row in rows().values())


@pytest.mark.parametrize(
    ("variable", "value", "name", "number"),
    [
        ("SUPHUB_LIMIT_RATIO", "300", "ratio", 300),
        ("SUPHUB_LIMIT_ATTACHMENT_BYTES", "1GiB", "attachment_bytes", 1 << 30),
        ("SUPHUB_LIMIT_CASE_BYTES", " 64 KiB ", "case_bytes", 65_536),
    ],
)
def test_a_setting_overrides_a_limit(variable: str, value: str, name: str, number: int) -> None:
    assert getattr(load_limits({variable: value}), name) == number


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SUPHUB_LIMIT_RATIO", "0"), ("SUPHUB_LIMIT_RATIO", "-1"), ("SUPHUB_LIMIT_RATIO", ""), ("SUPHUB_LIMIT_RATIO", "2GiB"),
     ("SUPHUB_LIMIT_RATIO", "many"), ("SUPHUB_LIMIT_RATOI", "3"), ("SUPHUB_LIMIT_", "3")],
)  # fmt: skip
def test_a_wrong_setting_stops_with_what_to_do(variable: str, value: str) -> None:
    with pytest.raises(StopError) as caught:
        load_limits({variable: value})
    assert caught.value.code == "LIMIT_SETTING"
    assert caught.value.place.field == variable
    assert caught.value.remedy_zh and caught.value.remedy_en  # noqa: PT018


def test_every_limit_is_told_in_two_languages_and_refuses_with_a_known_code() -> None:
    for row in rows().values():
        assert catalogue()[row.code].level == row.level
        assert all((row.zh, row.en, row.why_zh, row.why_en))
        assert row.zh != row.en


def test_the_page_shows_the_table() -> None:
    assert (ROOT / "docs" / "limits.md").read_text(encoding="utf-8").startswith(limits_page())
