"""Each transform turns what a source writes into our value, or says what is wrong; a blank value says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import StopError
from mappings.crosswalk import load_crosswalk
from mappings.dialect import Rule, load_dialect
from mappings.slots import Unfit, Value
from mappings.transforms import Flat, compile_rule

NOON = "1774411200000000"  # 2026-03-25T12:00:00+08:00
DIALECT = """\
dialect: sample
zh: 样例
en: Sample
source: a test
schema: "1.0"
format: row-set
case_no: no
row_id: id
kinds:
  accept:
    match: t
    order: {{version: v}}
    fields:
      {name}: {rule}
delivers:
  {element}: [{field}]
"""


def rule(folder: Path, name: str, text: str) -> Rule:
    element, _, field = name.partition(".")
    path = folder / "sample.yaml"
    path.write_text(DIALECT.format(name=name, rule=text, element=element, field=field), encoding="utf-8")
    return load_dialect("sample", folder).kinds[0].rules[0]


def given(folder: Path, name: str, text: str, flat: Flat, codes: str = "guangdong") -> Value | None:
    slot = compile_rule(rule(folder, name, text), load_crosswalk(codes))
    if slot.gather is not None:
        return slot.gather(flat)
    assert slot.read is not None
    said = flat.get(slot.source)
    return None if said is None else slot.read(said)


ONE = [
    ("a text as it is", "Applicant.Name", "x", " 王 \n", "王"),
    ("a blank text, told apart from none", "Applicant.Email", "x", "", ""),
    ("a day", "Application.AppliedAt", "x", "2026-03-25", [None, "2026-03-25"]),
    ("a time with T", "Application.AppliedAt", "x", "2026-03-25T12:00:00", [NOON, "2026-03-25"]),
    ("a time with a space", "Application.AppliedAt", "x", "2026-03-25 12:00:00", [NOON, "2026-03-25"]),
    ("a time with an offset", "Application.AppliedAt", "x", "2026-03-25 04:00:00Z", [NOON, "2026-03-25"]),
    ("midnight as an instant, not as a day", "Application.AppliedAt", "x", "2026-03-25 00:00:00",
     ["1774368000000000", "2026-03-25"]),
    ("a blank time", "Application.AppliedAt", "x", "  ", None),
    ("a time in a form of its own", "Application.AppliedAt", "{from: x, as: time, formats: [YYYYMMDDHHmmSS, YYYY/MM/DD]}",
     "20260325120000", [NOON, "2026-03-25"]),
    ("the second of two forms", "Application.AppliedAt", "{from: x, as: time, formats: [YYYYMMDDHHmmSS, YYYY/MM/DD]}",
     "2026/3/5", [None, "2026-03-05"]),
    ("a form in Chinese", "Application.AppliedAt", "{from: x, as: time, formats: [YYYY年MM月DD日]}", "2026年3月25日",
     [None, "2026-03-25"]),
    ("the day of a time", "Application.AppliedAt", "{from: x, as: time, precision: day}", "2026-03-24T20:00:00Z",
     [None, "2026-03-25"]),
    ("the day of a time, for a day", "Completion.CertificateValidTo", "x", "2026-03-25 12:00:00", "2026-03-25"),
    ("a whole number", "ServiceItem.Version", "x", "03", "3"),
    ("a whole number with decimals of nothing", "ServiceItem.Version", "x", "3.00", "3"),
    ("an amount in yuan", "Fee.ChargedAmount", "x", "12.5", "1250"),
    ("an amount in ten thousands", "Fee.ChargedAmount", "{from: x, as: number, unit: 万元}", "0.0345", "34500"),
    ("an amount in fen", "Fee.ChargedAmount", "{from: x, as: number, unit: 分}", "1250", "1250"),
    ("an amount of zero", "Fee.ChargedAmount", "x", "0", "0"),
    ("no amount", "Fee.ChargedAmount", "x", "", None),
    ("the number of a limit", "ServiceItem.PromisedLimit", "{from: x, as: limit, part: value}", "20个G", "20"),
    ("the unit of a limit", "ServiceItem.PromisedLimitUnit", "{from: x, as: limit, part: unit}", "20个G", "W"),
    ("a code of the crosswalk", "ServiceItem.PromisedLimitUnit", "x", " Z ", "D"),
    ("a code of a variant", "Applicant.IdType", "{from: x, as: code, list: ZJLX}", "5", "001"),
    ("a blank code", "Applicant.IdType", "x", "", None),
    ("a flag", "ServiceItem.IsCharged", "x", "是", "1"),
    ("a flag in its own words", "ServiceItem.IsCharged", "{from: x, as: flag, yes: [收], no: [不收]}", "不收", "0"),
    ("a part of a text", "Applicant.Name", "{from: x, as: split, separator: /, index: 1}", "甲/乙", "乙"),
    ("a part that is a code", "ServiceItem.PromisedLimitUnit", "{from: x, as: split, separator: '-', index: 1}", "20-G", "W"),
    ("a part that is not there", "Applicant.Name", "{from: x, as: split, separator: /, index: 2}", "甲/乙", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "value", "meant"), [each[1:] for each in ONE], ids=[each[0] for each in ONE]
)
def test_a_transform_gives(name: str, text: str, value: str, meant: Value | None, tmp_path: Path) -> None:
    assert given(tmp_path, name, text, {"x": value}) == meant


SEVERAL = [
    ("the first that is not blank", "Applicant.Name", "{from: [a, b], as: first}", {"a": " ", "b": "乙"}, "乙"),
    ("none of several", "Applicant.Name", "{from: [a, b], as: first}", {"a": None}, None),
    ("the first time of several", "Application.AppliedAt", "{from: [a, b], as: first}", {"b": "2026-03-25"}, [None, "2026-03-25"]),
    ("several joined, blank ones left out", "Completion.Opinion", "{from: [a, b, c], as: concat, separator: ；}",
     {"a": "甲", "b": "", "c": "丙"}, "甲；丙"),
    ("several joined by a space", "Completion.Opinion", "{from: [a, b], as: concat, separator: ' '}", {"a": "甲", "b": "乙"}, "甲 乙"),
    ("an amount by the unit that another source tells", "Fee.ChargedAmount",
     '{from: a, as: number, unit_from: u, units: {"1": 元, "2": 万元}}', {"a": "1.5", "u": "2"}, "1500000"),
    ("an amount whose unit is blank, by the usual one", "Fee.ChargedAmount",
     '{from: a, as: number, unit: 元, unit_from: u, units: {"2": 万元}}', {"a": "1.5", "u": ""}, "150"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "flat", "meant"), [each[1:] for each in SEVERAL], ids=[each[0] for each in SEVERAL]
)
def test_a_transform_of_several_sources_gives(
    name: str, text: str, flat: Flat, meant: Value | None, tmp_path: Path
) -> None:
    assert given(tmp_path, name, text, flat) == meant


WRONG = [
    ("a day that is none", "Application.AppliedAt", "x", "2026-02-30", "VALUE_TYPE"),
    ("a time in no form that is known", "Application.AppliedAt", "{from: x, as: time, formats: [YYYYMMDD]}", "2026-03-25", "VALUE_TYPE"),
    ("digits run together in another length", "Application.AppliedAt", "{from: x, as: time, formats: [YYYYMMDD]}", "2026325", "VALUE_TYPE"),
    ("a day where a time must be", "Application.AppliedAt", "{from: x, as: time, precision: second}", "2026-03-25", "VALUE_TYPE"),
    ("an unknown code", "ServiceItem.PromisedLimitUnit", "x", "天", "CODE_UNKNOWN"),
    ("a limit that is none", "ServiceItem.PromisedLimit", "{from: x, as: limit, part: value}", "很快", "VALUE_PATTERN"),
    ("a limit in an unknown unit", "ServiceItem.PromisedLimitUnit", "{from: x, as: limit, part: unit}", "20天", "CODE_UNKNOWN"),
    ("an amount with too many decimals", "Fee.ChargedAmount", "x", "1.005", "VALUE_TYPE"),
    ("an amount that is none", "Fee.ChargedAmount", "{from: x, as: number, unit: 万元}", "免费", "VALUE_TYPE"),
    ("a whole number with decimals", "ServiceItem.Version", "x", "3.5", "VALUE_TYPE"),
    ("a flag that is none", "ServiceItem.IsCharged", "x", "maybe", "VALUE_TYPE"),
    ("a text that is too long", "Applicant.Name", "x", "长" * 201, "VALUE_LENGTH"),
    ("a text that must not be blank", "Applicant.Name", "x", "　", "VALUE_EMPTY"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "value", "code"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG]
)
def test_a_transform_refuses(name: str, text: str, value: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(Unfit) as caught:
        given(tmp_path, name, text, {"x": value})
    assert caught.value.code == code


def test_an_amount_whose_unit_nobody_knows_is_refused_and_not_guessed(tmp_path: Path) -> None:
    text = '{from: a, as: number, unit_from: u, units: {"1": 元}}'
    for unit in ("3", ""):
        with pytest.raises(Unfit) as caught:
            given(tmp_path, "Fee.ChargedAmount", text, {"a": "1", "u": unit})
        assert caught.value.code == "UNIT_UNKNOWN"


def test_a_list_that_the_crosswalk_lacks_stops_the_system(tmp_path: Path) -> None:
    with pytest.raises(StopError) as caught:
        given(tmp_path, "Applicant.IdType", "{from: x, as: code, list: ZJLX}", {"x": "1"}, codes="hunan")
    assert caught.value.code == "CROSSWALK"
    assert "ZJLX" in caught.value.message_en


def test_a_variant_of_another_list_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(StopError):
        given(tmp_path, "Applicant.IdType", "{from: x, as: code, list: TJFS}", {"x": "1"})
