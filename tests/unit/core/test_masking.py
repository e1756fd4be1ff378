"""Personal values are shown in part only, wherever a field is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.masking import PERSONAL, mask, masked
from schemas.contract import load_contract


@pytest.mark.parametrize(
    ("value", "shown"),
    [("430102198503174518", "430*************18"), ("13800000000", "138******00"), ("123456", "******"), ("x", "*"), ("", "")],
)  # fmt: skip
def test_the_ends_of_a_long_value_stay(value: str, shown: str) -> None:
    assert mask(value) == shown


@given(st.text(min_size=1))
def test_never_more_than_five_characters_are_shown(value: str) -> None:
    shown = mask(value)
    assert len(shown) == len(value)
    assert sum(a == b != "*" for a, b in zip(value, shown, strict=True)) <= 5


@pytest.mark.parametrize("field", sorted(PERSONAL))
def test_personal_fields_are_masked(field: str) -> None:
    assert masked(field, "430102198503174518") == "430*************18"


@pytest.mark.parametrize(
    ("field", "value"),
    [("Applicant.Type", "77"), (None, "77"), ("Applicant.IdNo", None), ("Applicant.IdNo", "")],
)
def test_everything_else_is_shown_as_it_is(field: str | None, value: str | None) -> None:
    assert masked(field, value) == value


def test_every_personal_field_is_one_of_the_message() -> None:
    fields = {f"{group}.{field.name}" for group, field in load_contract("1.0").fields()}
    assert fields >= PERSONAL
