"""A case is a pure fold of its pieces: whatever their order, it is the same; what is not there yet is waited for."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.central.fold import Known, judge
from hub.errors import StopError
from hub.register import Registration
from hub.shapes import Assembled, Fragment, Piece
from mappings.assembly import Assembler
from mappings.dialect import delivered, load_dialect
from mappings.plan import compile_plan
from schemas.codes import code_lists
from schemas.contract import load_contract
from tests.support.dialects import (
    MESSAGES,
    NATIONAL,
    PINYIN,
    ROWS,
    known,
    message,
    messages,
    pieces,
    row,
    row_set,
)
from tests.support.message import USCC, case, fragment_of

WHOLE = {
    NATIONAL: row_set(row(table) for table in ROWS),
    PINYIN: messages([message(number) for number in MESSAGES]),
}


def of(data: bytes, dialect: str, folder: Path) -> Assembled:
    return Assembler(known(dialect)).assemble(pieces(data, known(dialect), folder))


def stages(folder: Path, *inner: str) -> Assembled:
    return of(messages(inner), PINYIN, folder)


def rows(found: Assembled, table: str, element: str) -> list[dict[str, str]]:
    """The rows of a table by field; a point in time as its instant or, without one, its day."""
    plan = compile_plan(
        load_contract("1.0"), {name: dict.fromkeys(values, "") for name, values in code_lists().items()}
    )
    read = []
    for line in found.lines.get(table, ()):
        cells = line.split("\t")
        values = {}
        for name, slot in plan.rows[element].fields.items():
            cell = cells[slot.index]
            if slot.field.type == "dt" and cell == "\\N":
                cell = cells[slot.index + 1]
            if cell != "\\N":
                values[name] = cell
        read.append(values)
    return read


@pytest.mark.parametrize("dialect", WHOLE)
def test_a_whole_case_is_current_and_waits_for_nothing(dialect: str, tmp_path: Path) -> None:
    found = of(WHOLE[dialect], dialect, tmp_path)
    assert (found.state, found.missing, found.waiting) == ("current", (), frozenset())
    assert {"approval_case", "applicant", "application", "acceptance", "step", "completion"} <= set(
        found.lines
    )


@pytest.mark.parametrize("dialect", WHOLE)
def test_what_a_dialect_delivers_is_in_the_case(dialect: str, tmp_path: Path) -> None:
    found = of(WHOLE[dialect], dialect, tmp_path)
    contract = load_contract("1.0")
    silent = {
        "Acceptance.Reason",
        "Completion.Explanation",
        "Material.AttachmentName",
        "Applicant.LegalRepresentative",
    }
    for name in delivered(load_dialect(dialect, schema="1.0")) - silent:
        element, _, field = name.partition(".")
        assert any(field in each for each in rows(found, contract.element(element).table, element)), name


def test_the_order_of_arrival_never_matters(tmp_path: Path) -> None:
    for dialect, data in WHOLE.items():
        found = pieces(data, known(dialect), tmp_path)
        assembler = Assembler(known(dialect))
        expected = assembler.assemble(found)
        for seed in range(50):
            assert assembler.assemble(random.Random(seed).sample(found, len(found))) == expected


HISTORY = [
    message("0"), message("0", version="2", SQRMC="李四"), message("0", version="2", SQRMC="李四"),
    message("2"), message("2", version="3", SLSJ="2026-03-25"), message("2", version="2", SLSJ="2026-03-26"),
    message("3"), message("3", YWLSH="32", SPSJ="2026-03-26"), message("3", YWLSH="33", SPSJ="2026-03-20 08:00:00"),
    message("3", YWLSH="33", version="2", SPSJ="2026-03-20 09:00:00"),
    message("5"), message("5", XH="2", TBCXKSRQ="2026-04-01"), message("6"), message("6", XH="2", version="4"),
    message("7"), message("8"), message("7", YWLSH="72", BZGZSJ="2026-03-28"), message("8", YWLSH="82", BZSJ="2026-03-29"),
    message("1"), message("4"), message("4", version="2", SFJE=None), message("9"),
]  # fmt: skip
"""A case's messages with newer and older versions, and one sent twice."""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[Piece]:
    return pieces(messages(HISTORY), known(PINYIN), tmp_path_factory.mktemp("history"))


def folded(assembler: Assembler, arriving: list[Piece]) -> Assembled:
    """What the hub holds after pieces have arrived one by one, assembled."""
    states: dict[tuple[str, str], Known] = {}
    newest: dict[tuple[str, str], Piece] = {}
    for piece in arriving:
        states[piece.key], verdict = judge(states.get(piece.key), piece)
        if verdict.outcome == "accepted":
            newest[piece.key] = piece
    return assembler.assemble(list(newest.values()))


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_permutation_with_duplicates_and_stale_ones_gives_the_same_case(
    history: list[Piece], data: st.DataObject
) -> None:
    assembler = Assembler(known(PINYIN))
    expected = folded(assembler, history)
    again = data.draw(st.lists(st.sampled_from(history), max_size=6))
    arriving = data.draw(st.permutations([*history, *again]))
    assert folded(assembler, arriving) == expected
    assert expected.state == "current"


@given(data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_part_of_a_history_gives_one_case_in_every_order(
    history: list[Piece], data: st.DataObject
) -> None:
    assembler = Assembler(known(PINYIN))
    some = data.draw(st.lists(st.sampled_from(history), min_size=1, unique_by=lambda piece: piece.key))
    assert assembler.assemble(some) == assembler.assemble(data.draw(st.permutations(some)))


PENDING = {
    "the application": (
        ["2", "3", "4"],
        ("ServiceItem.ItemCode", "ServiceItem.Name", "Applicant", "Application"),
    ),
    "whose case it is": (["0"], ("Organization.Name",)),
}


@pytest.mark.parametrize(("numbers", "missing"), PENDING.values(), ids=PENDING)
def test_a_case_is_pending_for_want_of(numbers: list[str], missing: tuple[str, ...], tmp_path: Path) -> None:
    found = stages(tmp_path, *(message(number) for number in numbers))
    assert (found.state, found.missing, found.lines) == ("pending", missing, {})


def test_a_receipt_before_its_notice_waits_and_the_case_goes_on(tmp_path: Path) -> None:
    found = stages(tmp_path, message("0"), message("2"), message("8"), message("6"))
    assert found.state == "current"
    assert found.waiting == {("notice-receipt", "81"), ("special-result", "1")}
    assert not {"correction_receipt", "special_procedure_result"} & set(found.lines)
    later = stages(
        tmp_path, message("0"), message("2"), message("8"), message("6"), message("7"), message("5")
    )
    assert later.waiting == frozenset()
    assert rows(later, "correction_receipt", "CorrectionReceipt")[0]["NoticeSeq"] == "1"


def test_a_receipt_that_bears_the_number_of_a_notice_answers_that_one(tmp_path: Path) -> None:
    found = stages(
        tmp_path, message("0"), message("2"), message("7", YWLSH="71"), message("7", YWLSH="72", BZGZSJ="2026-03-26"),
        message("8", YWLSH="71", BZSJ="2026-03-29"), message("8", YWLSH="99", BZSJ="2026-03-28"),
    )  # fmt: skip
    receipts = rows(found, "correction_receipt", "CorrectionReceipt")
    assert [(each["ReceivedAt"], each["NoticeSeq"]) for each in receipts] == [
        ("2026-03-28", "2"),
        ("2026-03-29", "1"),
    ]


def test_a_result_in_its_procedures_row_belongs_to_that_procedure(tmp_path: Path) -> None:
    late = row(
        "up_pro_special_procedure",
        row_guid="s0",
        special_time="2026-04-05T09:00:00",
        end_time="2026-04-06T09:00:00",
    )
    early = row(
        "up_pro_special_procedure",
        row_guid="s9",
        special_time="2026-03-29T09:00:00",
        end_time="2026-04-09T09:00:00",
    )
    found = of(row_set([row("up_pro_accept"), late, early]), NATIONAL, tmp_path)
    begun = {each["Seq"]: each["StartedAt"] for each in rows(found, "special_procedure", "SpecialProcedure")}
    ended = {
        each["ProcedureSeq"]: each["EndedAt"]
        for each in rows(found, "special_procedure_result", "SpecialProcedureResult")
    }
    assert set(begun) == set(ended) == {"1", "2"}
    assert begun["1"] < begun["2"]
    assert ended["1"] > ended["2"]


def test_a_procedure_without_end_has_no_result(tmp_path: Path) -> None:
    data = row_set([row("up_pro_accept"), row("up_pro_special_procedure", end_time=None, result=None)])
    found = of(data, NATIONAL, tmp_path)
    assert "special_procedure" in found.lines
    assert "special_procedure_result" not in found.lines


def test_steps_are_numbered_by_time_then_by_their_source(tmp_path: Path) -> None:
    found = stages(
        tmp_path, message("0"), message("2"), message("1"), message("3", YWLSH="10", SPHJMC="丁", SPSJ="2026-03-26"),
        message("3", YWLSH="9", SPHJMC="丙", SPSJ="2026-03-26"), message("3", YWLSH="99", SPHJMC="乙", SPSJ="2026-03-25"),
    )  # fmt: skip
    steps = rows(found, "step", "Step")
    assert [(each["Seq"], each["StepName"]) for each in steps] == [
        ("1", "预受理"),
        ("2", "乙"),
        ("3", "丙"),
        ("4", "丁"),
    ]
    assert steps[0]["StepType"] == "1"


def test_the_materials_in_words_wait_for_the_acceptance(tmp_path: Path) -> None:
    found = stages(tmp_path, message("0"), message("1"))
    assert "acceptance" not in found.lines
    found = stages(tmp_path, message("0"), message("1"), message("2"))
    assert rows(found, "acceptance", "Acceptance")[0]["MaterialText"] == "申请表"


def test_who_speaks_first_among_the_kinds_wins_and_a_blank_says_nothing(tmp_path: Path) -> None:
    found = stages(tmp_path, message("0"), message("1", YSLBMMC="甲局"), message("2", SLBMMC="乙局"))
    assert rows(found, "approval_case", "Organization")[0]["Name"] == "乙局"
    found = stages(tmp_path, message("0"), message("1", YSLBMMC="甲局"), message("2", SLBMMC=""))
    assert rows(found, "approval_case", "Organization")[0]["Name"] == "甲局"


def test_nine_digits_of_an_organisation_become_its_unified_code(tmp_path: Path) -> None:
    found = stages(tmp_path, message("0"), message("2"))
    assert rows(found, "approval_case", "Organization")[0]["Uscc"] == USCC


def test_a_row_that_is_withdrawn_contributes_nothing(tmp_path: Path) -> None:
    data = row_set(
        [row("up_pro_accept"), row("up_pro_process", cd_operation="D"), row("up_pro_process", row_guid="p2")]
    )
    found = of(data, NATIONAL, tmp_path)
    assert (found.state, len(found.lines["step"])) == ("current", 1)


def test_a_root_that_is_withdrawn_makes_a_tombstone_that_still_tells_the_case(tmp_path: Path) -> None:
    found = of(row_set([row("up_pro_accept", cd_operation="D"), row("up_pro_process")]), NATIONAL, tmp_path)
    assert (found.state, found.missing) == ("deleted", ())
    assert rows(found, "applicant", "Applicant")[0]["Name"] == "王小明"
    assert (
        found.digest != of(row_set([row("up_pro_accept"), row("up_pro_process")]), NATIONAL, tmp_path).digest
    )
    bare = of(row_set([row("up_pro_accept", cd_operation="D", applyer_name=None)]), NATIONAL, tmp_path)
    assert (bare.state, bare.lines) == ("deleted", {})


def test_the_digest_changes_with_the_content_only(tmp_path: Path) -> None:
    one = stages(tmp_path, message("0"), message("2"))
    assert stages(tmp_path, message("2", version="9"), message("0", version="7")).digest == one.digest
    assert stages(tmp_path, message("0"), message("2", SLSJ="2026-03-25")).digest != one.digest


def test_pieces_of_a_kind_that_the_dialect_has_no_longer_stop_the_system(tmp_path: Path) -> None:
    found = pieces(WHOLE[PINYIN], known(PINYIN), tmp_path)
    with pytest.raises(StopError) as caught:
        Assembler(known(NATIONAL)).assemble(found)
    assert caught.value.code == "DIALECT_KIND"


CANONICAL = case(
    "P1",
    {
        "Organization/Level": None, "ServiceItem/ItemType": None, "ServiceItem/PromisedLimit": None,
        "ServiceItem/PromisedLimitUnit": None, "ServiceItem/IsCharged": None, "ServiceItem/CatalogCode": "430101203001",
        "ServiceItem/Version": "2", "Applicant/Type": "1", "Applicant/Name": "王小明", "Applicant/IdType": "111",
        "Applicant/IdNo": "430102198503174518", "Applicant/LegalRepresentative": None, "Applicant/Address": "长沙市",
        "Acceptance/DocumentNo": "受理1号", "Acceptance/PromisedAt": "2026-04-20T17:00:00+08:00", "Process": None,
        "Materials": None, "CorrectionNotice": None, "CorrectionReceipt": None, "SpecialProcedure": None,
        "SpecialProcedureResult": None, "Fees": None, "Delivery": None, "Completion/CertificateName": "许可证",
        "Completion/CertificateNo": "第1号",
    },
)  # fmt: skip


def in_order(text: str) -> str:
    """Fields that were added stand last: put them where the contract has them."""
    from lxml import etree

    node = etree.fromstring(text)
    for element in load_contract("1.0").elements:
        for found in node.iter(element.name):
            names = [field.name for field in element.fields]
            found[:] = sorted(found, key=lambda leaf: names.index(leaf.tag))
    return etree.tostring(node, encoding="unicode")


def test_the_same_case_has_the_same_record_lines_in_the_canonical_dialect(tmp_path: Path) -> None:
    national = of(row_set([row("up_pro_accept"), row("up_pro_result")]), NATIONAL, tmp_path)
    canonical: Fragment = fragment_of(in_order(CANONICAL))
    assert {table: lines for table, lines in national.lines.items() if table != "approval_case"} == {
        table: lines for table, lines in canonical.lines.items() if table != "approval_case"
    }
    [one], [other] = national.lines["approval_case"], canonical.lines["approval_case"]
    assert one.split("\t")[:-1] == other.split("\t")[:-1]  # the last tells what was derived


def test_every_organisation_of_the_node_may_send(tmp_path: Path) -> None:
    other = "11430100MB0000000X"
    both: Registration = known(NATIONAL, organizations=(other, USCC))
    found = Assembler(both).assemble(
        pieces(row_set([row("up_pro_accept", org_code=USCC[8:17])]), both, tmp_path)
    )
    assert rows(found, "approval_case", "Organization")[0]["Uscc"] == USCC
