"""`suphub validate FILE…`: what the hub would say of a package; contract for scripts, text for people, exit codes."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import Suphub
from tests.support.message import USCC, case, line_of, package

KEYS = [
    "file", "case_no", "line", "xpath", "field", "value", "severity", "code", "message_zh", "message_en", "remedy_zh",
    "remedy_en",
]  # fmt: skip
REPOSITORY = Path(__file__).parents[3]


def written(tmp_path: Path, body: bytes, name: str = "a.xml") -> Path:
    path = tmp_path / name
    path.write_bytes(body)
    return path


def registered(tmp_path: Path, **words: str) -> None:
    fields = {
        "code": "land-bureau", "name": "国土", "organization": USCC, "region": '"430100"',
        "connector": "{kind: directory, inbox: /out}", "dialect": "canonical", "codes": "canonical", "schema": '"1.0"',
        "status": "trial", **words,
    }  # fmt: skip
    (tmp_path / "systems").mkdir(exist_ok=True)
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    (tmp_path / "systems" / "land-bureau.yaml").write_text(text, encoding="utf-8")


def test_a_right_package_is_valid(suphub: Suphub, tmp_path: Path) -> None:
    path = written(tmp_path, package([case("C1")]))
    said = suphub("validate", "--json", path)
    assert (said.code, said.document) == (0, [])
    assert "合格 · valid" in suphub("validate", path).text


def test_violations_have_exactly_these_keys(suphub: Suphub, tmp_path: Path) -> None:
    body = package([case("C1", {"Applicant/Type": "77", "Process/Step/Opinion": None})])
    path = written(tmp_path, body)
    said = suphub("validate", "--json", path)
    assert said.code == 1
    error, warning = said.document
    assert list(error) == list(warning) == KEYS
    assert (error["file"], error["case_no"], error["line"]) == (str(path), "C1", line_of(body, "<Type>77"))
    assert (error["xpath"], error["field"]) == (
        "/ExchangePackage/Body/Case[1]/Applicant/Type",
        "Applicant.Type",
    )
    assert (error["value"], error["severity"], error["code"]) == ("77", "error", "CODE_UNKNOWN")
    assert (warning["severity"], warning["code"]) == ("warning", "OPINION_MISSING")
    assert all(each[name] for each in (error, warning) for name in KEYS[-4:])


def test_a_warning_alone_is_no_finding(suphub: Suphub, tmp_path: Path) -> None:
    path = written(tmp_path, package([case("C1", {"Process/Step/Opinion": None})]))
    said = suphub("validate", "--json", path)
    assert (said.code, [each["severity"] for each in said.document]) == (0, ["warning"])


def test_what_is_wrong_with_the_head_is_told_with_its_place(suphub: Suphub, tmp_path: Path) -> None:
    registered(tmp_path, code="tax-bureau")
    (tmp_path / "systems" / "land-bureau.yaml").rename(tmp_path / "systems" / "tax-bureau.yaml")
    spoilt = {
        "CaseCount": (package([case("C1")], count=2), "PKG_COUNT", "2"),
        "Serial": (package([case("C1")], serial=0), "PKG_HEAD", None),
        "SystemCode": (package([case("C1")]), "PKG_SYSTEM", "land-bureau"),
    }
    for name, (body, code, value) in spoilt.items():
        file = written(tmp_path, body)
        (told,) = suphub("validate", "--system", "tax-bureau", "--json", file).document
        assert (told["code"], told["line"], told["value"]) == (code, line_of(body, f"<{name}>"), value)
        assert (told["xpath"], told["field"]) == (f"/ExchangePackage/Head/{name}", f"Head.{name}")


def test_an_archive_is_judged_by_a_registration_before_there_is_a_database(
    suphub: Suphub, tmp_path: Path
) -> None:
    registered(tmp_path)
    broken = written(tmp_path, gzip.compress(package([case("C1")]))[:-12], "a.xml.gz")
    said = suphub("validate", "--system", "land-bureau", "--json", broken)
    assert (said.code, [each["code"] for each in said.document]) == (1, ["GZIP_BROKEN"])


def test_several_files_are_one_document(suphub: Suphub, tmp_path: Path) -> None:
    good = written(tmp_path, package([case("C1")]), "good.xml")
    bad = written(tmp_path, package([case("C1", {"Applicant/Type": "77"})]), "bad.xml")
    whole = written(tmp_path, b"<Receipt/>", "whole.xml")
    said = suphub("validate", "--json", good, bad, whole)
    assert said.code == 1
    assert [(each["file"], each["code"]) for each in said.document] == [
        (str(bad), "CODE_UNKNOWN"), (str(whole), "PKG_ROOT"),
    ]  # fmt: skip
    assert (said.document[1]["case_no"], said.document[1]["line"]) == (None, 1)


def test_without_a_registration_nothing_is_missed_that_it_would_supply(
    suphub: Suphub, tmp_path: Path
) -> None:
    text = case("C1", {"Organization/Uscc": None, "Organization/RegionCode": None})
    said = suphub("validate", "--json", written(tmp_path, package([text])))
    assert (said.code, said.document) == (0, [])


@pytest.mark.parametrize("code", ["11430100006121778F", "006121779"])
def test_without_a_registration_check_digits_count_all_the_same(
    suphub: Suphub, tmp_path: Path, code: str
) -> None:
    said = suphub("validate", "--json", written(tmp_path, package([case("C1", {"Organization/Uscc": code})])))
    assert (said.code, [each["code"] for each in said.document]) == (1, ["USCC_CHECK"])


def test_with_a_registration_its_organisation_codes_and_checks_count(suphub: Suphub, tmp_path: Path) -> None:
    registered(tmp_path, region='"430200"', checks="{OPINION_MISSING: error}")
    path = written(tmp_path, package([case("C1", {"Process/Step/Opinion": None})]))
    said = suphub("validate", "--json", "--system", "land-bureau", path)
    assert said.code == 1
    assert {(each["code"], each["severity"]) for each in said.document} == {
        ("REGION_FOREIGN", "error"), ("OPINION_MISSING", "error"),
    }  # fmt: skip


def test_another_systems_package_is_told(suphub: Suphub, tmp_path: Path) -> None:
    registered(tmp_path)
    path = written(tmp_path, package([case("C1")], system="water-bureau"))
    [found] = suphub("validate", "--json", "--system", "land-bureau", path).document
    assert found["code"] == "PKG_SYSTEM"


def test_personal_values_are_masked(suphub: Suphub, tmp_path: Path) -> None:
    path = written(tmp_path, package([case("C1", {"Applicant/ContactIdNo": "430102198503174519"})]))
    for said in (suphub("validate", "--json", path), suphub("validate", path)):
        assert b"430*************19" in said.out
        assert b"198503" not in said.out


def test_people_read_where_what_why_and_what_to_do_in_both_languages(suphub: Suphub, tmp_path: Path) -> None:
    body = package([case("C1", {"Applicant/Type": "77"})])
    said = suphub("validate", written(tmp_path, body))
    assert said.code == 1
    for expected in (
        "CODE_UNKNOWN",
        "Applicant.Type",
        "C1",
        str(line_of(body, "<Type>77")),
        "对照",
        "does not map",
    ):
        assert expected in said.text, expected


@pytest.mark.parametrize("arguments", [[], ["/nowhere.xml"], ["--jsn", "x"], ["."]])
def test_wrong_use_ends_with_2(suphub: Suphub, arguments: list[str]) -> None:
    said = suphub("validate", *arguments)
    assert (said.code, said.out) == (2, b"")
    assert said.err


def test_a_system_that_is_not_registered_ends_with_3(suphub: Suphub, tmp_path: Path) -> None:
    said = suphub("validate", "--json", "--system", "nowhere", written(tmp_path, package([case("C1")])))
    assert (said.code, said.out) == (3, b"")
    for expected in ("SYSTEM_UNKNOWN", "没有登记系统", "No system nowhere", "处理:", "Remedy:"):
        assert expected in said.err, expected


def test_a_fault_of_the_hub_ends_with_3_and_not_with_a_finding(
    suphub: Suphub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("hub.pipeline.validate.validate_file", fail)
    said = suphub("validate", "--json", written(tmp_path, package([case("C1")])))
    assert (said.code, said.out) == (3, b"")


def test_a_terminal_that_cannot_show_a_character_still_gets_its_answer(tmp_path: Path) -> None:
    path = written(tmp_path, package([case("𠮷1", {"Applicant/Type": "𠮷"})]))
    for encoding in ("ascii", "gbk"):
        ended = subprocess.run(
            [sys.executable, "-c", "from hub.cli import main; main()", "validate", str(path)],
            capture_output=True, check=False, cwd=REPOSITORY, env={**os.environ, "PYTHONIOENCODING": encoding},
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (1, b"")
        assert b"CODE_UNKNOWN" in ended.stdout
        assert b"U00020bb7" in ended.stdout
