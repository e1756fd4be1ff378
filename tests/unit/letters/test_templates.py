"""Templates are texts with declared fields; what is not understood is told with its line, and a folder overrides them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import StopError
from hub.letters.kinds import KINDS, kind_of
from hub.letters.settings import load_letter_settings
from hub.letters.template import load_template

NAMES = (
    "效能问询通知书", "效能问责通知书", "督办通知书", "监察建议书", "监察决定书", "效能投诉受理登记表", "联席会议通知单",
    "更正通知书", "投诉受理告知书", "投诉不予受理告知书", "投诉补充说明告知书", "投诉延期办理告知书", "投诉办理答复书", "投诉复查告知书",
    "投诉转办函", "重大投诉专报",
)  # fmt: skip


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_has_a_shipped_template_with_a_number_word_of_its_own(tmp_path: Path, code: str) -> None:
    template = load_template(kind_of(code), tmp_path)
    words = {load_template(kind, tmp_path).word for kind in KINDS.values()}
    assert template.title == KINDS[code].zh
    assert len(words) == len(KINDS)


def test_the_kinds_are_those_of_the_programme() -> None:
    assert {kind.zh for kind in KINDS.values()} == set(NAMES)


def test_a_template_in_the_folder_overrides_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "inquiry.yaml").write_text(
        "title: 问询函\nword: 华监问\nto: '{organization}'\nbody: ['就{matter}，请说明。', '{step}']\nsign: '{issuer}'\n",
        encoding="utf-8",
    )
    made = load_template(kind_of("inquiry"), tmp_path).filled({"organization": "国土局", "matter": "甲事"})
    assert (made.title, made.to, made.body) == ("问询函", "国土局", ("就甲事，请说明。",))


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("title: 函\nword: 监问\nbody:\n  - 好\n  - '{handlr}'\nsign: x\n", 5, "handler"),
        ("title: 函\nword: 监问\nbdy: []\nsign: x\n", 3, "body"),
        ("title: 函\nword: 监问\nsign: '{issuer'\n", 3, "{{"),
        ("title: 函\nword: jw\nsign: x\n", 2, "监问"),
        ("title: 函\nword: 监问\nfacts:\n  - 办件编号\nsign: x\n", 4, "[label"),
        ("title: 函\nword: 监问\n", 1, "sign"),
        ("title: [", None, "indentation"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_its_line_and_a_remedy(
    tmp_path: Path, text: str, line: int | None, word: str
) -> None:
    (tmp_path / "inquiry.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(StopError) as caught:
        load_template(kind_of("inquiry"), tmp_path)
    assert caught.value.code == "LETTER_TEMPLATE"
    assert line is None or caught.value.place.line == line
    assert word in caught.value.remedy_en + caught.value.remedy_zh


def test_what_is_filled_in_is_not_read_as_a_template_again(tmp_path: Path) -> None:
    template = load_template(kind_of("inquiry"), tmp_path)
    made = template.filled({"organization": "{issuer}", "issuer": "监察局"})
    assert made.to == "{issuer}："


def test_rows_of_facts_without_a_value_are_left_out_but_a_form_keeps_its_boxes(tmp_path: Path) -> None:
    letter = load_template(kind_of("inquiry"), tmp_path).filled({"case_no": "1"})
    form = load_template(kind_of("meeting"), tmp_path).filled({"matter": "提速"})
    assert letter.facts == (("办件编号", "1"),)
    assert len(form.facts) == 7


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(StopError, match="LETTER_KIND") as caught:
        kind_of("letter")
    assert "inquiry" in caught.value.remedy_en


def test_settings_have_defaults_and_are_read_strictly(tmp_path: Path) -> None:
    assert load_letter_settings(tmp_path).answer_within == 0
    file = tmp_path / "letters.yaml"
    file.write_text(
        "issuer: {code: ht, name: 华亭县监察局}\nautomatic: []\nanswer_within: 3\n", encoding="utf-8"
    )
    found = load_letter_settings(tmp_path)
    assert (found.issuer, found.issuer_name, found.automatic, found.answer_within) == (
        "ht",
        "华亭县监察局",
        (),
        3,
    )
    file.write_text("issuer: {code: ht, name: 华亭县监察局}\nautomatic: [suggestion]\n", encoding="utf-8")
    with pytest.raises(StopError, match="LETTER_SETTINGS") as caught:
        load_letter_settings(tmp_path)
    assert caught.value.place.line == 2
