"""From the department's file to its receipt: what becomes of packages and of each case in them, on both databases."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256

import pytest

from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM, USCC, case, line_of, package

OTHER_ORGANISATION = "91430100MA4L12346D"


def test_good_and_bad_cases_of_one_package_part_ways(hub: Hub) -> None:
    body = package([
        case("C1"), case("C2", {"Applicant/Type": "77"}), case("C3", {"Application": None}), case("C4"),
        case("C5", {"Organization/Uscc": OTHER_ORGANISATION}), case("C6").replace("</Status>", "</Statos>"), case("C1"),
    ])  # fmt: skip
    receipt = hub.exchange("a.xml", body)
    digest = sha256(body).hexdigest()
    assert hub.outcomes(digest) == [
        ("C1", "accepted", ""), ("C2", "rejected", "CODE_UNKNOWN"), ("C3", "rejected", "STRUCT_MISSING"),
        ("C4", "accepted", ""), ("C5", "rejected", "ORG_FOREIGN"), ("C6", "rejected", "CASE_MALFORMED"),
        ("C1", "duplicate", ""),
    ]  # fmt: skip
    assert receipt.counts == {
        "received": 7, "accepted": 2, "rejected": 4, "duplicate": 1, "stale": 0, "conflict": 0, "pending": 0,
    }  # fmt: skip
    assert [(each["CaseNo"], each["Code"], int(each["Line"])) for each in receipt.refused] == [
        ("C2", "CODE_UNKNOWN", line_of(body, "<Type>77")),
        ("C3", "STRUCT_MISSING", line_of(body, "<Acceptance>", 3)),
        ("C5", "ORG_FOREIGN", line_of(body, f"<Uscc>{OTHER_ORGANISATION}")),
        ("C6", "CASE_MALFORMED", line_of(body, "</Statos>")),
    ]
    assert hub.count("approval_case") == hub.count("delivery") == 2
    assert [row[:2] for row in hub.rows("quarantine")] == [(1, ordinal) for ordinal in (2, 3, 5, 6)]


def test_the_receipt_says_everything_about_its_package(hub: Hub) -> None:
    body = package([case("C1"), case("C2", {"Applicant/Type": "77"})], "P-7", serial=7)
    receipt = hub.exchange("a.xml", body)
    assert (receipt.text("PackageId"), receipt.text("SystemCode"), receipt.text("State")) == (
        "P-7",
        SYSTEM,
        "closed",
    )
    assert receipt.text("Digest") == sha256(body).hexdigest()
    [refused] = receipt.refused
    assert (refused["Ordinal"], refused["CaseNo"], refused["Field"], refused["Value"]) == (
        "2",
        "C2",
        "Applicant.Type",
        "77",
    )
    assert refused["XPath"] == "/ExchangePackage/Body/Case[2]/Applicant/Type"
    assert all(refused[name] for name in ("MessageZh", "MessageEn", "RemedyZh", "RemedyEn"))
    assert (receipt.text("HubTime") or "").endswith("+08:00")
    assert (receipt.text("LogChain"), receipt.text("LogSeq")) == (SYSTEM, "2")
    assert hub.events() == ["package.received", "package.closed", "receipt.delivered"]


def test_the_receipt_is_stored_once_and_delivered_as_it_is_stored(hub: Hub) -> None:
    receipt = hub.exchange("a.xml", package([case("C1")]))
    [(_, body, digest, _, delivered, _)] = hub.rows("receipt")
    assert bytes(body) == receipt.body
    assert digest == sha256(receipt.body).hexdigest()
    assert delivered is not None
    before = hub.everything()
    assert hub.run() == []
    assert hub.everything() == before


def test_names_of_people_and_rare_characters_are_kept_and_numbers_are_masked(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("𠮷-1", {"Applicant/Name": "㛃　䶮\U0002ebf0"})]))
    assert hub.rows("applicant", "name") == [("㛃　䶮\U0002ebf0",)]
    bad = case(
        "𠮷　2", {"Applicant/IdNo": " ", "Delivery/RecipientName": "x" * 201, "Applicant/Type": "㛃　"}
    )
    receipt = hub.exchange("b.xml", package([bad], "P2", serial=2))
    assert {each["CaseNo"] for each in receipt.refused} == {"𠮷　2"}
    assert {each["Code"] for each in receipt.refused} == {"VALUE_EMPTY", "VALUE_LENGTH", "CODE_UNKNOWN"}
    assert next(each["Value"] for each in receipt.refused if each["Field"] == "Applicant.Type") == "㛃　"


def test_a_personal_value_is_masked_in_the_receipt(hub: Hub) -> None:
    receipt = hub.exchange("a.xml", package([case("C1", {"Applicant/IdNo": "4301021985" * 51})]))
    [refused] = receipt.refused
    assert refused["Code"] == "VALUE_LENGTH"
    assert set(refused["Value"][3:-2]) == {"*"}
    assert b"19854301" not in receipt.body


# --- The same package again -------------------------------------------------------------------------------------------


def test_the_same_package_gets_its_first_receipt_byte_for_byte(hub: Hub) -> None:
    body = package([case("C1"), case("C2", {"Applicant/Type": "77"})])
    first = hub.exchange("a.xml", body)
    kept = {
        name: rows
        for name, rows in hub.everything().items()
        if name not in ("arrival", "exchange_log", "log_head")
    }
    assert hub.exchange("again.xml", body).body == first.body
    assert hub.exchange("a.xml", body).body == first.body
    assert {name: rows for name, rows in hub.everything().items() if name in kept} == kept
    assert hub.events().count("package.repeated") == 2
    assert hub.events().count("package.closed") == 1


def test_a_refused_package_that_comes_again_gets_its_first_receipt_too(hub: Hub) -> None:
    body = package([case("C1")], count=2)
    first = hub.exchange("a.xml", body)
    assert hub.exchange("b.xml", body).body == first.body


def test_the_same_id_with_other_bytes_is_refused_and_the_first_untouched(hub: Hub) -> None:
    first = package([case("C1")])
    hub.exchange("a.xml", first)
    before = hub.rows("case_head"), hub.rows("receipt"), hub.outcomes(sha256(first).hexdigest())
    other = package([case("C2")])
    receipt = hub.exchange("b.xml", other)
    assert (receipt.text("State"), receipt.text("RefusalCode")) == ("refused", "PKG_ID_CONFLICT")
    assert sha256(first).hexdigest() in (receipt.text("Refusal/MessageEn") or "")
    assert (hub.rows("case_head"), hub.rows("receipt")[:1], hub.outcomes(sha256(first).hexdigest())) == before
    assert hub.package(sha256(other).hexdigest()).package_id is None
    assert (hub.folder("bad") / "b.xml").read_bytes() == other


def test_a_package_whose_count_was_off_comes_again_under_its_id(hub: Hub) -> None:
    off, right = package([case("C1")], count=2), package([case("C1")])
    assert hub.exchange("a.xml", off).text("RefusalCode") == "PKG_COUNT"
    receipt = hub.exchange("b.xml", right)
    assert (receipt.text("State"), receipt.text("PackageId"), receipt.counts["accepted"]) == (
        "closed",
        "P1",
        1,
    )
    [first, second] = hub.rows("package", "claimed_id", "serial", "state")
    assert [first, second] == [("P1", 1, "refused"), ("P1", 1, "closed")]


@pytest.mark.parametrize("system", ["another", None], ids=["another system's", "its own"])
def test_what_a_refused_package_calls_itself_is_kept_unless_it_is_another_systems(
    sqlite_hub: Hub, system: str | None
) -> None:
    off = package([case("C1")], count=2)
    off = (
        off
        if system is None
        else off.replace(f"<SystemCode>{SYSTEM}<".encode(), f"<SystemCode>{system}<".encode())
    )
    sqlite_hub.exchange("a.xml", off)
    kept = (None, None) if system else ("P1", 1)
    assert sqlite_hub.rows("package", "claimed_id", "serial") == [kept]


# --- Fragments and versions -------------------------------------------------------------------------------------------


def test_a_case_that_occurs_twice_never_fails_its_package(hub: Hub) -> None:
    body = package([
        case("C1", version=2), case("C1", {"Applicant/Name": "另"}, version=3), case("C1", version=1),
        case("C1", {"Applicant/Name": "再"}, version=3), case("C1", {"Applicant/Name": "另"}, version=3),
    ])  # fmt: skip
    receipt = hub.exchange("a.xml", body)
    assert [outcome for _, outcome, _ in hub.outcomes(sha256(body).hexdigest())] == [
        "accepted", "accepted", "stale", "conflict", "duplicate",
    ]  # fmt: skip
    assert hub.rows("applicant", "name") == [("另",)]
    assert [(each["Ordinal"], each["Code"]) for each in receipt.refused] == [("4", "CASE_CONFLICT")]
    assert (hub.case("C1").version, hub.case("C1").value) == (2, 3)
    assert hub.count("case_version") == 2
    assert hub.count("fragment") == 3


@pytest.mark.parametrize("first", [1, 2])
def test_a_higher_version_with_the_same_content_is_accepted_and_is_no_new_version(
    hub: Hub, first: int
) -> None:
    for serial, version in enumerate((*range(1, first + 1), 7), 1):
        changes = {"Applicant/Name": f"甲{min(version, first)}"}
        receipt = hub.exchange(
            f"{serial}.xml", package([case("C1", changes, version=version)], f"P{serial}", serial=serial)
        )
        assert receipt.counts["accepted"] == 1
    assert (hub.case("C1").version, hub.case("C1").value) == (first, 7)
    assert (hub.count("case_version"), hub.count("fragment")) == (first, first + 1)


def test_the_order_in_which_packages_come_does_not_matter(hub: Hub) -> None:
    names = {1: "甲", 2: "乙", 3: "丙"}
    for serial, version in enumerate((2, 3, 1), 1):
        changes = {"Applicant/Name": names[version]}
        hub.exchange(
            f"{serial}.xml", package([case("C1", changes, version=version)], f"P{serial}", serial=serial)
        )
    assert hub.rows("applicant", "name") == [("丙",)]
    assert (hub.case("C1").version, hub.case("C1").value) == (2, 3)


def test_the_same_case_in_another_package_is_a_duplicate_by_its_bytes_or_by_its_content(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("C1"), case("C2")]))
    body = package([case("C1"), case("C2").replace("  ", "\t")], "P2", serial=2)
    before = hub.rows("case_head"), hub.rows("fragment"), hub.rows("applicant")
    receipt = hub.exchange("b.xml", body)
    assert receipt.counts["duplicate"] == 2
    assert [outcome for _, outcome, _ in hub.outcomes(sha256(body).hexdigest())] == ["duplicate", "duplicate"]
    assert (hub.rows("case_head"), hub.rows("fragment"), hub.rows("applicant")) == before


def test_the_same_bytes_after_another_version_are_stale_or_duplicate_never_accepted(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("C1", version=1)]))
    hub.exchange("b.xml", package([case("C1", {"Applicant/Name": "另"}, version=2)], "P2", serial=2))
    receipt = hub.exchange("c.xml", package([case("C1", version=1)], "P3", serial=3))
    assert receipt.counts["duplicate"] == 1
    assert hub.rows("applicant", "name") == [("另",)]


def test_without_versions_the_serials_of_the_packages_decide(hub: Hub) -> None:
    def sent(serial: int, name: str) -> str:
        body = package([case("C1", {"Applicant/Name": name}, version=None)], f"P{serial}", serial=serial)
        hub.exchange(f"{serial}.xml", body)
        return hub.outcomes(sha256(body).hexdigest())[0][1]

    assert sent(1, "甲") == "accepted"
    assert sent(4, "甲") == "duplicate"
    assert sent(3, "乙") == "stale"  # older than the package that said 甲 again
    assert sent(5, "乙") == "accepted"
    assert sent(6, "甲") == "accepted"
    assert hub.rows("applicant", "name") == [("甲",)]
    assert hub.case("C1").version == 3


def test_a_refused_case_does_not_occupy_its_key(hub: Hub) -> None:
    refused = package([case("C1", {"Applicant/Type": "77"})])
    hub.exchange("a.xml", refused)
    assert hub.case("C1") is None
    receipt = hub.exchange("b.xml", package([case("C1")], "P2", serial=2))
    assert receipt.counts["accepted"] == 1
    assert hub.case("C1").version == 1


def test_a_withdrawn_case_is_a_version_and_keeps_its_history(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("C1")]))
    hub.exchange("b.xml", package([case("C1", operation="D", version=2)], "P2", serial=2))
    assert (hub.case("C1").state, hub.case("C1").version) == ("deleted", 2)
    assert [row[0] for row in hub.rows("case_version", "state")] == ["current", "deleted"]
    hub.exchange("c.xml", package([case("C1", version=3)], "P3", serial=3))
    assert (hub.case("C1").state, hub.case("C1").version) == ("current", 3)


def test_a_code_that_the_crosswalk_does_not_know_refuses_that_case_only(hub: Hub) -> None:
    hub.register(codes="hunan-2011")
    theirs = {"ServiceItem/CaseType": "1", "Acceptance/Status": "Y", "Completion/Result": "5002"}
    body = package([case("C1", theirs), case("C2", {**theirs, "Completion/Result": "0"}), case("C3", theirs)])
    receipt = hub.exchange("a.xml", body)
    assert [(each["CaseNo"], each["Field"], each["Value"], each["Code"]) for each in receipt.refused] == [
        ("C2", "Completion.Result", "0", "CODE_UNKNOWN")
    ]
    assert "hunan-2011" in receipt.refused[0]["MessageEn"]
    assert hub.rows("completion", "result") == [("0",), ("0",)]


def test_a_case_that_the_mended_crosswalk_knows_is_judged_anew_in_a_new_package(hub: Hub) -> None:
    hub.register(region='"430200"')
    assert hub.exchange("a.xml", package([case("C1")])).counts["rejected"] == 1
    hub.register(region='"430100"')
    assert hub.exchange("a.xml", package([case("C1")])).counts["rejected"] == 1  # its first receipt
    assert hub.exchange("b.xml", package([case("C1")], "P2", serial=2)).counts["accepted"] == 1


def test_places_of_any_length_are_stored(hub: Hub) -> None:
    name = "x" * 3000
    body = package([case("C1").replace("<Acceptance>", f"<{name}/><Acceptance>"), case("C2")])
    receipt = hub.exchange("a.xml", body)
    assert (receipt.counts["accepted"], receipt.counts["rejected"]) == (1, 1)


# --- Packages that are refused as a whole -----------------------------------------------------------------------------


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, package([case("C1")]))
    return out.getvalue()


REFUSED = {
    "a truncated zip": (zipped("p.xml")[:-30], "ZIP_BROKEN"),
    "a zip of two documents": (zipped("p.xml", "q.xml"), "ZIP_DOCUMENT"),
    "another root": (b"<Receipt/>", "PKG_ROOT"),
    "another namespace": (package([case("C1")]).replace(b"exchange:1", b"exchange:2"), "PKG_NAMESPACE"),
    "another version": (package([case("C1")]).replace(b'version="1.0">', b'version="2.0">'), "PKG_VERSION"),
    "another system's package": (package([case("C1")], system="water-bureau"), "PKG_SYSTEM"),
    "a truncated document": (package([case("C1")])[:-200], "XML_MALFORMED"),
    "an empty file": (b"", "PKG_EMPTY"),
    "a DOCTYPE": (b'<!DOCTYPE x [<!ENTITY e "x">]>' + package([case("C1")], declaration=""), "XML_DOCTYPE"),
    "no serial": (package([case("C1")], serial=0), "PKG_HEAD"),
}


@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED)
def test_a_package_is_refused_with_a_receipt_and_given_back(hub: Hub, body: bytes, code: str) -> None:
    good = hub.send("b.xml", package([case("C1")], "P2", serial=2))
    receipt = hub.exchange("a.xml", body)
    assert (receipt.text("State"), receipt.text("RefusalCode"), receipt.counts["received"]) == (
        "refused",
        code,
        0,
    )
    assert receipt.text("Refusal/MessageZh")
    assert (hub.folder("bad") / "a.xml").read_bytes() == body
    assert hub.outcomes(good) == [("C1", "accepted", "")]
    assert "package.refused" in hub.events()


def test_a_zip_brings_its_attachments_along(hub: Hub) -> None:
    pdf = b"%PDF-1.7 attachment"
    right = {
        "Materials/Material/AttachmentDigest": sha256(pdf).hexdigest(),
        "Materials/Material/AttachmentRef": "a.pdf",
    }
    wrong = {**right, "Materials/Material/AttachmentDigest": "0" * 64}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("p.xml", package([case("C1", right), case("C2", wrong)]))
        archive.writestr("a.pdf", pdf)
    receipt = hub.exchange("a.zip", out.getvalue())
    assert [(each["CaseNo"], each["Code"]) for each in receipt.refused] == [("C2", "ATTACHMENT_DIGEST")]
    assert (hub.home / "home" / "raw" / sha256(pdf).hexdigest()[:2]).is_dir()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_other_encodings_are_read(hub: Hub, encoding: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{encoding.upper()}"?>\n'
    body = package([case("C1")], declaration=declaration).decode().encode(encoding)
    assert hub.exchange("a.xml", body).counts["accepted"] == 1
    assert hub.rows("applicant", "name", "legal_representative") == [("长沙𠮷祥置业有限公司", "㛃建国")]


def test_the_same_case_in_another_encoding_is_a_duplicate(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("C1")]))
    declaration = '<?xml version="1.0" encoding="GB18030"?>\n'
    body = package([case("C1")], "P2", serial=2, declaration=declaration).decode().encode("gb18030")
    assert hub.exchange("b.xml", body).counts["duplicate"] == 1


def test_a_system_that_sends_for_nobody_else_derives_its_organisation(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("C1", {"Organization/Uscc": None})]))
    [(uscc, derived)] = hub.rows("approval_case", "org_uscc", "derived")
    assert uscc == USCC
    assert "registration" in derived
