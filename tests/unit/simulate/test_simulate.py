"""A simulation as its reader finds it: the same bytes again, packages that can be read, and a truth that adds up."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from hub.errors import StopError
from hub.register import load_registration
from hub.simulate import OptionError, Options, simulate
from hub.simulate.defects import DEFECTS
from hub.simulate.exchange_scripts import EXCHANGES
from hub.simulate.judge import LEVELS
from hub.simulate.parcel import FORMS, NAMESPACE, SPOILERS
from hub.simulate.plan import TREATMENTS
from hub.simulate.scripts import ATTACHMENTS, WARNINGS
from hub.simulate.stage import PLANTS

TODAY = date(2026, 11, 20)
SEEDS = (1, 7, 2026)


def make(folder: Path, **options: Any) -> tuple[dict[str, Any], Path]:
    """The truth and the folder of a simulation."""
    given = {"cases": 300, "today": TODAY, "out": folder} | options
    simulate(Options(**given))
    return json.loads((folder / "truth.json").read_text(encoding="utf-8")), folder / "out"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    return make(tmp_path_factory.mktemp("simulated"))


def document(path: Path) -> bytes:
    """The XML of a package, however it is packed."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            [name] = [name for name in archive.namelist() if name.endswith(".xml")]
            return archive.read(name)
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def parsed(path: Path) -> etree._Element:
    """The root of a package; cases that are no XML are mended away."""
    content = document(path).replace(b'encoding="gb2312"', b'encoding="gb18030"')
    return etree.fromstring(content, etree.XMLParser(recover=True, huge_tree=True))


def cases(root: etree._Element) -> Iterator[etree._Element]:
    return root.iter(f"{{{NAMESPACE}}}Case")


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_options_same_bytes_whatever_the_process(tmp_path: Path) -> None:
    script = (
        "import sys; from datetime import date; from pathlib import Path; from hub.simulate import *;"
        "simulate(Options(cases=120, seed=5, today=date(2026, 11, 20), out=Path(sys.argv[1])))"
    )
    seen = []
    for hash_seed, zone in (("1", "UTC"), ("2", "America/New_York")):
        folder = tmp_path / "same"
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": zone, "LC_ALL": "C"}
        subprocess.run([sys.executable, "-c", script, str(folder)], check=True, env=environment)
        seen.append(digests(folder))
        folder.rename(tmp_path / f"moved-{hash_seed}")
    assert seen[0] == seen[1]
    assert len(seen[0]) > 50


def test_another_seed_gives_other_packages(tmp_path: Path) -> None:
    make(tmp_path / "a", cases=20, seed=1)
    make(tmp_path / "b", cases=20, seed=2)
    first, second = (set(digests(tmp_path / name / "out").values()) for name in "ab")
    assert first & second <= {_EMPTY}  # the markers


_EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_occurs_from_300_cases_on(tmp_path: Path, seed: int) -> None:
    truth, _ = make(tmp_path, seed=seed)
    planted = truth["planted"]
    assert set(planted["times"]) == {plant.name for plant in PLANTS}
    assert set(planted["defects"]) == {defect.name for defect in DEFECTS}
    assert set(planted["exchange"]) == set(EXCHANGES)
    assert set(planted["warnings"]) == set(WARNINGS)
    assert set(planted["attachments"]) == set(ATTACHMENTS)
    assert set(planted["packages"]) == set(TREATMENTS)
    refused = {package["code"] for package in truth["packages"] if package["state"] == "refused"}
    assert refused == {*SPOILERS, "PKG_ID_CONFLICT"}
    outcomes = Counter(case["outcome"] for package in truth["packages"] for case in package["cases"])
    assert set(outcomes) == {"accepted", "rejected", "duplicate", "stale", "conflict"}
    assert {card["rule"] for card in truth["cards"]} >= {"T1", "T2", "T3"}
    assert truth["repeats"]
    # Treatments of packages, and results that are made public or not, lie over cases that are planted besides.
    besides = ("packages", "results")
    assert planted["results"]
    assert sum(sum(names.values()) for kind, names in planted.items() if kind not in besides) == 300


def test_the_truth_names_every_file_in_the_order_of_its_name(simulated: tuple[dict[str, Any], Path]) -> None:
    truth, out = simulated
    named = [package["file"] for package in truth["packages"]]
    assert named == sorted(named)
    again = [repeat["file"] for repeat in truth["repeats"]]
    files = {path.name for path in out.iterdir() if not path.name.endswith(".ok")}
    assert files == {*named, *again}
    assert {path.name for path in out.iterdir()} - files == {f"{name}.ok" for name in files}


def test_closed_packages_hold_what_the_truth_says(simulated: tuple[dict[str, Any], Path]) -> None:
    truth, out = simulated
    serials = []
    for package in truth["packages"]:
        content = (out / package["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == package["digest"]
        if package["state"] == "refused":
            assert package["cases"] == []
            assert package["package_id"] == package["digest"]
            continue
        root = parsed(out / package["file"])
        head = {etree.QName(child).localname: child.text for child in root[0]}
        assert head["PackageId"] == package["package_id"]
        assert head["SystemCode"] == truth["system"]
        assert int(head["CaseCount"] or 0) == len(package["cases"])
        assert [case.findtext(f"{{{NAMESPACE}}}CaseNo") for case in cases(root)] == [
            case["case_no"] for case in package["cases"]
        ]
        serials.append(int(head["Serial"] or 0))
    assert serials == list(range(1, len(serials) + 1))


def test_only_packages_with_a_malformed_case_are_not_well_formed(
    simulated: tuple[dict[str, Any], Path],
) -> None:
    truth, out = simulated
    for package in truth["packages"]:
        if package["state"] == "closed" and not any("CASE_MALFORMED" in c["codes"] for c in package["cases"]):
            etree.fromstring(document(out / package["file"]).replace(b'"gb2312"', b'"gb18030"'))


def test_what_is_refused_is_sent_again_in_order_under_the_same_id(
    simulated: tuple[dict[str, Any], Path],
) -> None:
    truth, _ = simulated
    for number, package in enumerate(truth["packages"]):
        if package["code"] in SPOILERS:
            assert truth["packages"][number + 1]["package_id"] == package["claimed_id"]
        elif package["code"] == "PKG_ID_CONFLICT":
            assert truth["packages"][number - 1]["package_id"] == package["claimed_id"]
            assert truth["packages"][number - 1]["digest"] != package["digest"]


def test_the_same_file_again_is_no_new_package(simulated: tuple[dict[str, Any], Path]) -> None:
    truth, out = simulated
    for repeat in truth["repeats"]:
        assert repeat["file"] > repeat["same_as"]
        assert (out / repeat["file"]).read_bytes() == (out / repeat["same_as"]).read_bytes()


def test_rare_characters_and_all_charsets_travel(simulated: tuple[dict[str, Any], Path]) -> None:
    truth, out = simulated
    texts, declared = [], set()
    for package in truth["packages"]:
        if package["state"] == "closed":
            content = document(out / package["file"])
            charset = (
                "utf-16"
                if content[:2] == b"\xff\xfe"
                else "gb18030"
                if b'"gb' in content[:50].lower()
                else "utf-8"
            )
            texts.append(content.decode(charset))
            declared.add(texts[-1].split('encoding="')[1].split('"')[0])
    assert declared == {"UTF-8", "UTF-16", "GB18030", "gb2312"}
    assert all(character in "".join(texts) for character in "𠮷㛃䶮镕")


def test_cards_are_in_order_and_belong_to_cases_that_were_accepted(
    simulated: tuple[dict[str, Any], Path],
) -> None:
    truth, _ = simulated
    of_items = [card["rule"] for card in truth["cards"] if card["case_no"] is None]
    assert [of_items.count(rule) for rule in ("T13", "G1", "G2")] == [
        2,
        1,
        1,
    ]  # T13 by its cases, and by the catalogue
    keys = [(card["case_no"], card["rule"]) for card in truth["cards"] if card["case_no"] is not None]
    assert keys == sorted(set(keys))
    accepted = {c["case_no"] for p in truth["packages"] for c in p["cases"] if c["outcome"] == "accepted"}
    assert {case_no for case_no, _ in keys} <= accepted
    assert all(LEVELS[card["rule"]] == card["level"] for card in truth["cards"])
    near = {case_no for case_no, rule in keys if rule == "T1"}
    assert not near & {case_no for case_no, rule in keys if rule in ("T2", "T3")}


def test_the_registration_can_be_used_as_it_is(simulated: tuple[dict[str, Any], Path]) -> None:
    truth, out = simulated
    found = load_registration(out.parent / f"{truth['system']}.yaml")
    assert found.code == truth["system"] == "land-bureau"
    assert found.status == "live"
    assert found.connector["inbox"] == str(out.absolute())
    assert found.connector["ready"] == {"marker": ".ok"}


@pytest.mark.parametrize(
    ("codes", "expected", "never"),
    [
        ("hunan-2011", ["<Status>Y</Status>", "<Result>5002</Result>"], "<CaseType>2</CaseType><Stat"),
        ("hunan", ["Unit>天</"], "<StatutoryLimitUnit>W<"),
        ("gbt-39046", ["<Kind>2</Kind>"], "<Kind>5</Kind>"),
    ],
)
def test_a_crosswalk_writes_foreign_codes(
    tmp_path: Path, codes: str, expected: list[str], never: str
) -> None:
    truth, out = make(tmp_path, codes=codes, cases=60, clean=True)
    text = "".join(path.read_text(encoding="utf-8") for path in out.glob("*.xml"))
    assert all(part in text for part in expected)
    assert never not in text
    assert load_registration(tmp_path / f"{truth['system']}.yaml").codes == codes


def test_one_charset_can_be_asked_for(tmp_path: Path) -> None:
    truth, out = make(tmp_path, encoding="gb18030")
    for package in truth["packages"]:
        if package["state"] == "closed":
            assert b'encoding="GB18030"' in document(out / package["file"])[:60]


def test_a_clean_simulation_plants_nothing_and_keeps_the_size_asked_for(tmp_path: Path) -> None:
    truth, out = make(tmp_path, cases=250, clean=True, package_size=100)
    assert [len(package["cases"]) for package in truth["packages"]] == [100, 100, 50]
    assert {case["outcome"] for package in truth["packages"] for case in package["cases"]} == {"accepted"}
    assert set(truth["planted"]) == {"ordinary"}
    size = sum(path.stat().st_size for path in out.glob("*.xml")) / 250
    assert 4000 < size < 7000
    rows = Counter(
        etree.QName(node).localname
        for path in out.glob("*.xml")
        for case in cases(parsed(path))
        for node in case.iter(etree.Element)
        if node.tag.endswith(_ROWS)
    )
    assert 15 <= sum(rows.values()) / 250 <= 24


_ROWS = tuple(
    f"}}{name}"
    for name in (
        "Organization", "Applicant", "Application", "Acceptance", "Material", "Step", "CorrectionNotice",
        "CorrectionReceipt", "SpecialProcedure", "SpecialProcedureResult", "Fee", "Completion", "Delivery",
    )
)  # fmt: skip


def test_forms_are_really_packed(simulated: tuple[dict[str, Any], Path]) -> None:
    _, out = simulated
    assert set(FORMS) >= {"zip", "gzip"}
    assert any(path.suffix == ".zip" for path in out.iterdir())
    assert any(path.name.endswith(".xml.gz") for path in out.iterdir())


def test_no_file_carries_the_time_of_its_writing(simulated: tuple[dict[str, Any], Path]) -> None:
    truth, out = simulated
    for path in out.glob("*.gz"):
        assert path.read_bytes()[4:8] == bytes(4)
    for package in truth["packages"]:
        if package["file"].endswith(".zip") and package["state"] == "closed":
            with zipfile.ZipFile(out / package["file"]) as archive:
                assert {member.date_time for member in archive.infolist()} == {(2020, 1, 1, 0, 0, 0)}


def test_a_folder_with_files_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept.xml").write_text("mine", encoding="utf-8")
    with pytest.raises(StopError) as caught:
        simulate(Options(cases=1, out=tmp_path, today=TODAY))
    assert caught.value.code == "SIMULATE_OCCUPIED"
    assert "--out" in caught.value.remedy_en
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["kept.xml"]


@pytest.mark.parametrize(
    ("wrong", "option"),
    [
        ({"cases": 0}, "--cases"),
        ({"package_size": 0}, "--package-size"),
        ({"today": date(1999, 1, 1)}, "--today"),
        ({"code": "hub"}, "--code"),
        ({"code": "Land Bureau"}, "--code"),
        ({"codes": "hunan2011"}, "--codes"),
        ({"encoding": "latin-1"}, "--encoding"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, wrong: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError) as caught:
        Options(**({"cases": 1, "out": tmp_path, "today": TODAY} | wrong))
    assert caught.value.option == option


def test_packages_follow_each_other_in_time(simulated: tuple[dict[str, Any], Path]) -> None:
    truth, out = simulated
    created = [
        parsed(out / package["file"]).findtext(f"{{{NAMESPACE}}}Head/{{{NAMESPACE}}}CreatedAt") or ""
        for package in truth["packages"]
        if package["state"] == "closed"
    ]
    assert created == sorted(created)
    assert created[-1][:10] <= truth["today"]
    assert len({moment[:10] for moment in created}) > 30
    versions: dict[str, list[str]] = {}
    for package in truth["packages"]:
        for case in package["cases"]:
            versions.setdefault(case["case_no"], []).append(case["outcome"])
    assert all(outcomes[0] in ("accepted", "rejected") for outcomes in versions.values())


def test_what_is_spoilt_is_spoilt(simulated: tuple[dict[str, Any], Path]) -> None:
    truth, out = simulated
    spoilt = {p["code"]: (out / p["file"], p) for p in truth["packages"] if p["state"] == "refused"}
    count = parsed(spoilt["PKG_COUNT"][0])
    assert int(count.findtext(f".//{{{NAMESPACE}}}CaseCount") or 0) != len(list(cases(count)))
    assert etree.QName(parsed(spoilt["PKG_ROOT"][0])).localname != "ExchangePackage"
    assert etree.QName(parsed(spoilt["PKG_NAMESPACE"][0])).namespace != NAMESPACE
    assert parsed(spoilt["PKG_SYSTEM"][0]).findtext(f".//{{{NAMESPACE}}}SystemCode") != truth["system"]
    assert b"<!DOCTYPE" in document(spoilt["XML_DOCTYPE"][0])
    with pytest.raises(zipfile.BadZipFile):
        document(spoilt["ZIP_BROKEN"][0])
    with pytest.raises(UnicodeDecodeError):
        document(spoilt["XML_ENCODING"][0]).decode("utf-8")


def test_attachments_lie_beside_the_package_they_belong_to(tmp_path: Path) -> None:
    truth, out = make(tmp_path, seed=11)
    wrong = {c["case_no"] for p in truth["packages"] for c in p["cases"] if "ATTACHMENT_DIGEST" in c["codes"]}
    verdicts = Counter[str]()
    for package in truth["packages"]:
        if package["state"] != "closed":
            continue
        for case in cases(parsed(out / package["file"])):
            named = [
                case.findtext(f".//{{{NAMESPACE}}}Material[{n}]/{{{NAMESPACE}}}AttachmentRef") for n in (1, 2)
            ]
            for place, reference in enumerate(filter(None, named), 1):
                with zipfile.ZipFile(out / package["file"]) as archive:
                    there = reference in archive.namelist()
                    found = hashlib.sha256(archive.read(reference)).hexdigest() if there else None
                stated = case.findtext(f".//{{{NAMESPACE}}}Material[{place}]/{{{NAMESPACE}}}AttachmentDigest")
                refused = case.findtext(f"{{{NAMESPACE}}}CaseNo") in wrong
                verdicts["missing" if found is None else "right" if found == stated else "wrong"] += 1
                assert refused == (found is not None and found != stated) or (refused and place == 1)
    assert set(verdicts) == {"missing", "right", "wrong"}
