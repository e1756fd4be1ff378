"""The rule library is whole: what rules need exists in the message, the page tells each, a wrong declaration is refused."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from hub.supervision import library
from hub.supervision.library import declared
from hub.supervision.library_page import library_page
from hub.supervision.reasons import REASONS
from hub.supervision.windows import SHARE, TOO_FEW
from schemas.contract import VERSIONS, load_contract

SHARED = {"{share}": SHARE, "{too_few}": TOO_FEW}


def test_every_need_is_a_field_of_the_message() -> None:
    contract = load_contract(VERSIONS[-1])
    for rule in declared().values():
        for need in rule.needs:
            for name in need.split(" or "):
                element, field = name.split(".")
                assert contract.element(element).field(field), (rule.code, name)


def test_every_rule_says_what_it_counts_its_law_and_an_example() -> None:
    for code, rule in declared().items():
        assert rule.explains, code
        assert rule.basis, code
        assert rule.examples, code
        assert set(rule.levels) == {"default", "qinhuangdao"}, code


def test_a_condition_that_closes_by_another_rule_names_one_that_exists() -> None:
    for code, rule in declared().items():
        assert set(rule.closes) <= {*library.ENDS, *declared()}, code


def test_the_page_tells_every_rule_with_its_query() -> None:
    page = library_page()
    for code, rule in declared().items():
        assert f"\n### {code}\n" in page
        assert rule.basis in page
        for part in ("rule", "not judged", "cases"):
            sql = rule.statement(part)
            assert sql is None or SHARED.get(sql, sql) in page, (code, part)
    assert not any(f"```sql\n{word}" in page for word in SHARED)


def test_the_page_tells_where_an_order_begins_with_a_red_card() -> None:
    (line,) = [each for each in library_page().splitlines() if each.startswith("| [T2](")]
    assert line.endswith("| 2 黄牌 | 3 红牌，督办 order |")


def test_every_reason_for_which_something_is_not_judged_is_told_in_words() -> None:
    told = {
        reason
        for rule in declared().values()
        for reason in re.findall(
            r"(?:SELECT \w+\.scope_id, |THEN |ELSE )'([a-z]+_[a-z_]+|exempt)'",
            rule.statement("not judged") or "",
        )
    }
    scored = set(
        re.findall(
            r"THEN '([a-z]+_[a-z_]+)'", files("hub.scores").joinpath("indicators.sql").read_text("utf-8")
        )
    )
    assert len(told) > 20
    assert told | scored <= set(REASONS)
    assert all(" · " in words for words in REASONS.values())


@pytest.mark.parametrize(
    "change",
    [{"needs": ["acceptance.handled"]}, {"scope": "county"}, {"cases": "late"}, {"levels": {"default": 4}},
     {"orders": {"beijing": True}}, {"orders": {"qinhuangdao": "yes"}}, {"orders": ["qinhuangdao"]},
     {"orders": {"qinhuangdao": True}}, {"orders": {"qinhuangdao": True}, "levels": {"default": 3}, "scope": "card"},
     {"parameters": {"days": {"value": 5, "minimum": 6, "maximum": 9}}}],
)  # fmt: skip
def test_a_wrong_declaration_is_refused(change: dict[str, object]) -> None:
    given = {"zh": "甲", "en": "a", "levels": {"default": 2}, "basis": "法", **change}
    with pytest.raises(ValueError, match="T1"):
        library._checked("T1", "time", given)
