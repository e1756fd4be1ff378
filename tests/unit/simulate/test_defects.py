"""Each defect spoils one thing in a case of all 14 elements, and together they reach every element and code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from hub.simulate.defects import ATTACHMENT, DEFECTS, Defect
from hub.simulate.elements import elements
from hub.simulate.ordinary import ordinary
from hub.simulate.render import case_text
from hub.simulate.story import Message
from hub.simulate.world import Options

OPTIONS = Options(cases=1, out=Path("nowhere"), today=date(2026, 11, 20))
CODES = {
    "CASE_MALFORMED", "STRUCT_MISSING", "STRUCT_UNEXPECTED", "VALUE_EMPTY", "VALUE_TYPE", "VALUE_LENGTH",
    "VALUE_PATTERN", "VALUE_RANGE", "CODE_UNKNOWN", "DERIVED_MISSING", "USCC_CHECK", "ORG_FOREIGN", "REGION_FOREIGN",
    "SEQ_DUPLICATE", "REF_UNKNOWN", "STEP_TIME_MISSING", "ATTACHMENT_DIGEST",
}  # fmt: skip


def message(number: int, defect: Defect | None = None) -> Message:
    return Message(
        ordinary(OPTIONS, number, OPTIONS.rng("case", number), full=True, quiet=15), 0, 1, defect=defect
    )


def test_every_code_and_every_element_has_a_defect() -> None:
    assert {code for defect in (*DEFECTS, ATTACHMENT) for code in defect.codes} == CODES
    assert {defect.element for defect in DEFECTS} == set(range(1, 15))
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)
    assert all(list(defect.codes) == sorted(defect.codes) for defect in DEFECTS)


def test_a_full_case_has_all_fourteen_elements() -> None:
    names = {
        "Organization", "ServiceItem", "Applicant", "Application", "Acceptance", "Materials", "Process",
        "CorrectionNotice", "CorrectionReceipt", "SpecialProcedure", "SpecialProcedureResult", "Fees", "Completion",
        "Delivery",
    }  # fmt: skip
    for number in range(1, 60):
        assert {name for name, _ in elements(message(number).life, {})} == names


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_changes_the_case_and_only_a_malformed_one_is_no_xml(defect: Defect) -> None:
    for number in range(1, 4):
        right, wrong = case_text(message(number), {}), case_text(message(number, defect), {})
        assert right != wrong
        etree.fromstring(right)
        if "CASE_MALFORMED" in defect.codes:
            with pytest.raises(etree.XMLSyntaxError):
                etree.fromstring(wrong)
        else:
            etree.fromstring(wrong)
        assert wrong.index("<CaseNo>") < wrong.index("<Organization>")
