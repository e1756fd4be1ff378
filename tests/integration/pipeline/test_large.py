"""Ten thousand cases, a hundred of them bad, in every element: the good ones pass, each bad one is told by its line."""

from __future__ import annotations

from hashlib import sha256

from schemas.contract import load_contract
from tests.integration.pipeline.conftest import Hub
from tests.support.message import case, package

CASES, BAD = 10_000, 100
DEFECTS = {
    "Organization/Uscc": "VALUE_PATTERN",
    "ServiceItem/PromisedLimit": "VALUE_TYPE",
    "Applicant/IdType": "CODE_UNKNOWN",
    "Application/AppliedAt": "VALUE_TYPE",
    "Acceptance/Status": "CODE_UNKNOWN",
    "Materials/Material/Seq": "VALUE_TYPE",
    "Process/Step/StartedAt": "VALUE_TYPE",
    "CorrectionNotice/NotifiedAt": "VALUE_TYPE",
    "CorrectionReceipt/NoticeSeq": "VALUE_TYPE",
    "SpecialProcedure/Kind": "CODE_UNKNOWN",
    "SpecialProcedureResult/EndedAt": "VALUE_TYPE",
    "Fees/Fee/ChargedAmount": "VALUE_TYPE",
    "Completion/Result": "CODE_UNKNOWN",
    "Delivery/Method": "CODE_UNKNOWN",
}


def test_a_hundred_bad_cases_among_ten_thousand(hub: Hub) -> None:
    assert {path.split("/")[-2] for path in DEFECTS} == {
        element.name for element in load_contract("1.0").elements
    }
    paths = list(DEFECTS)
    good = case("NUMBER")
    spoilt = [case("NUMBER", {path: "BAD"}) for path in paths]
    wanted: dict[str, str] = {}
    texts = []
    for number in range(CASES):
        name = f"C{number:05d}"
        if number % (CASES // BAD) == 7:
            wanted[name] = paths[len(wanted) % len(paths)]
            texts.append(spoilt[paths.index(wanted[name])].replace("NUMBER", name))
        else:
            texts.append(good.replace("NUMBER", name))
    body = package(texts)
    lines = [number for number, line in enumerate(body.split(b"\n"), 1) if b">BAD<" in line]
    assert len(lines) == len(wanted) == BAD

    receipt = hub.exchange("a.xml", body)

    assert (receipt.counts["received"], receipt.counts["accepted"], receipt.counts["rejected"]) == (
        CASES,
        CASES - BAD,
        BAD,
    )
    assert [(each["CaseNo"], int(each["Line"]), each["Code"], each["Value"]) for each in receipt.refused] == [
        (name, line, DEFECTS[path], "BAD") for (name, path), line in zip(wanted.items(), lines, strict=True)
    ]
    assert all(each["XPath"].endswith(wanted[each["CaseNo"]]) for each in receipt.refused)
    outcomes = hub.outcomes(sha256(body).hexdigest())
    assert [name for name, outcome, _ in outcomes if outcome == "rejected"] == list(wanted)
    assert [name for name, _, _ in outcomes] == [f"C{number:05d}" for number in range(CASES)]
    for table in ("approval_case", "applicant", "step", "fee", "delivery", "case_version", "fragment"):
        assert hub.count(table) == CASES - BAD, table
