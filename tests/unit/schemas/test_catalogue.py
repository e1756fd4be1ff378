"""Every violation can be explained in both languages, and none is explained with a hole in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas import catalogue as module
from schemas.catalogue import catalogue, describe, severity

WHOLE_PACKAGE = {
    "PKG_EMPTY": (),
    "PKG_TOO_LARGE": ("size", "limit"),
    "ZIP_BROKEN": ("detail",),
    "ZIP_LIMIT": ("what", "seen", "limit"),
    "ZIP_NAME": ("name", "why"),
    "ZIP_DOCUMENT": ("found",),
    "ZIP_ENCRYPTED": ("name",),
    "ZIP_PASSWORD": ("name",),
    "ZIP_NESTED": ("what", "seen", "limit"),
    "TAR_BROKEN": ("detail",),
    "GZIP_BROKEN": ("detail",),
    "ZSTD_BROKEN": ("detail",),
    "PKG_FORMAT": ("found",),
    "XML_DOCTYPE": ("what",),
    "XML_ENCODING": ("encoding", "detail"),
    "XML_MALFORMED": ("detail",),
    "XML_LIMIT": ("what", "seen", "limit"),
    "PKG_ROOT": ("found",),
    "PKG_NAMESPACE": ("found",),
    "PKG_VERSION": ("found",),
    "PKG_HEAD": ("field", "detail"),
    "PKG_NO_CASES": (),
    "PKG_COUNT": ("stated", "found"),
    "PKG_SYSTEM": ("found", "expected"),
    "PKG_ID_CONFLICT": ("package_id", "digest"),
    "ROWS_HEAD": ("found",),
    "ROWS_COLUMN": ("table", "column", "present"),
    "ROWS_LIMIT": ("what", "seen", "limit"),
    "MESSAGES_ROOT": ("found", "expected"),
    "ENVELOPE_UNSIGNED": (),
    "ENVELOPE_SIGNED": (),
    "ENVELOPE_UNENCRYPTED": (),
    "ENVELOPE_ENCRYPTED": (),
    "ENVELOPE_ORDER": (),
    "ENVELOPE_SMIME": (),
    "CMS_MALFORMED": ("detail",),
    "CMS_LIMIT": ("what", "seen", "limit"),
    "CMS_TYPE": ("found", "expected"),
    "CMS_DETACHED": (),
    "CMS_NO_SIGNER": (),
    "CMS_NOT_FOR_US": ("found", "ours"),
    "CMS_ALGORITHM": ("what", "found", "allowed"),
    "CMS_DECRYPT": (),
    "CMS_DIGEST": ("signer",),
    "CMS_SIGNATURE": ("signer",),
    "CMS_SIGNER_UNKNOWN": ("serial",),
    "CERT_EXPIRED": ("certificate", "end"),
    "CERT_NOT_YET": ("certificate", "start"),
    "CERT_REVOKED": ("certificate", "date"),
    "CERT_NO_CRL": ("certificate",),
    "CERT_USAGE": ("certificate", "usage"),
    "CERT_UNTRUSTED": ("certificate",),
    "CERT_NOT_BOUND": ("certificate", "system"),
    "CERT_WEAK": ("certificate", "key"),
    "SM2_DOCUMENT": ("found",),
    "SM2_SIGNATURE": ("name",),
    "SM2_SIGNER": ("name", "system"),
    "NODE_APART": ("signed", "sent"),
}
CASE_REFUSED = {
    "CASE_MALFORMED": ("detail",),
    "CASE_LIMIT": ("what", "seen", "limit"),
    "STRUCT_MISSING": ("expected",),
    "STRUCT_UNEXPECTED": ("found", "expected"),
    "VALUE_EMPTY": (),
    "VALUE_TYPE": ("expected",),
    "VALUE_LENGTH": ("limit", "length"),
    "VALUE_PATTERN": ("expected",),
    "VALUE_RANGE": ("minimum", "maximum"),
    "CODE_UNKNOWN": ("list", "crosswalk"),
    "DERIVED_MISSING": (),
    "USCC_CHECK": (),
    "ORG_FOREIGN": ("expected",),
    "REGION_FOREIGN": ("expected",),
    "SEQ_DUPLICATE": (),
    "REF_UNKNOWN": ("target",),
    "STEP_TIME_MISSING": (),
    "ATTACHMENT_DIGEST": ("expected", "found"),
    "ROW_MALFORMED": ("detail",),
    "ROW_UNKNOWN_TABLE": ("found", "known"),
    "MESSAGE_UNKNOWN": ("found", "known"),
    "OPERATION_UNKNOWN": ("known",),
    "UNIT_UNKNOWN": ("column", "unit", "known"),
    "CASE_CONFLICT": ("version",),
}
WARNINGS = {
    "ID_CHECK": (),
    "REASON_MISSING": (),
    "BASIS_MISSING": (),
    "APPROVER_MISSING": (),
    "OPINION_MISSING": (),
    "LEGAL_REPRESENTATIVE_MISSING": (),
    "TIME_ORDER": ("earlier", "later"),
    "ATTACHMENT_MISSING": (),
    "ITEM_UNKNOWN": (),
    "ITEM_NOT_IN_FORCE": (),
    "CASE_NO_FORM": ("expected",),
    "UNMAPPED": ("column", "kind"),
}
TELLS_THE_VALUE = (
    "VALUE_TYPE",
    "VALUE_PATTERN",
    "VALUE_RANGE",
    "CODE_UNKNOWN",
    "USCC_CHECK",
    "ORG_FOREIGN",
    "REGION_FOREIGN",
    "SEQ_DUPLICATE",
    "REF_UNKNOWN",
)


def test_the_codes_are_these_with_these_parameters() -> None:
    def of(level: str, severity_: str) -> dict[str, tuple[str, ...]]:
        found = catalogue().values()
        return {each.code: each.params for each in found if (each.level, each.severity) == (level, severity_)}

    assert of("package", "error") == WHOLE_PACKAGE
    assert of("case", "error") == CASE_REFUSED
    assert of("case", "warning") == WARNINGS
    assert len(catalogue()) == len(WHOLE_PACKAGE) + len(CASE_REFUSED) + len(WARNINGS)


@pytest.mark.parametrize("code", catalogue())
def test_every_code_is_rendered_whole_in_both_languages(code: str) -> None:
    params = {name: f"«{name}»" for name in catalogue()[code].params}
    texts = describe(code, field="Applicant/IdNo", value="«value»", params=params)
    for chinese in (texts.message_zh, texts.remedy_zh):
        assert re.search("[\u4e00-\u9fff]", chinese)
        assert chinese.endswith("。")
    for english in (texts.message_en, texts.remedy_en):
        assert not re.search("[\u4e00-\u9fff]", english)
        assert english.endswith(".")
    said_zh, said_en = texts.message_zh + texts.remedy_zh, texts.message_en + texts.remedy_en
    for given in params.values():
        assert given in said_zh
        assert given in said_en
    assert "{" not in said_zh + said_en


@pytest.mark.parametrize("code", TELLS_THE_VALUE)
def test_the_value_found_is_told_where_it_is_what_is_wrong(code: str) -> None:
    params = dict.fromkeys(catalogue()[code].params, "x")
    texts = describe(code, "Applicant/IdNo", "4301**4518", params)
    assert "4301**4518" in texts.message_zh
    assert "4301**4518" in texts.message_en


def test_braces_in_a_value_are_only_text() -> None:
    texts = describe("VALUE_TYPE", "Fee/Name", "{limit}", {"expected": "{x}"})
    assert "{limit}" in texts.message_en
    assert "{x}" in texts.message_en


def test_an_unknown_field_or_value_is_said_in_the_language_of_the_text() -> None:
    texts = describe("VALUE_TYPE", params={"expected": "int"})
    assert "此字段" in texts.message_zh
    assert "This field" in texts.message_en


def test_a_parameter_in_two_languages_is_said_in_each_alone() -> None:
    texts = describe("ZIP_BROKEN", params={"detail": "文件不完整 / the file is cut short"})
    assert "文件不完整" in texts.message_zh
    assert "cut short" not in texts.message_zh
    assert "the file is cut short" in texts.message_en
    assert "文件" not in texts.message_en


@pytest.mark.parametrize("detail", ["a / b", "甲 / 乙", "甲 / b / c", 7])
def test_a_parameter_that_is_no_pair_of_languages_is_said_as_it_is(detail: object) -> None:
    texts = describe("ZIP_BROKEN", params={"detail": detail})
    assert str(detail) in texts.message_zh
    assert str(detail) in texts.message_en


def test_an_unknown_code_is_an_error() -> None:
    with pytest.raises(KeyError, match="NO_SUCH"):
        describe("NO_SUCH")
    with pytest.raises(KeyError):
        severity("NO_SUCH")


@pytest.mark.parametrize("code", [code for code, each in catalogue().items() if each.params])
def test_a_missing_parameter_is_an_error_that_names_it(code: str) -> None:
    names = catalogue()[code].params
    with pytest.raises(ValueError, match=names[0]):
        describe(code, "a", "b", dict.fromkeys(names[1:], "x"))


def test_severity_tells_refusal_from_warning() -> None:
    assert severity("USCC_CHECK") == "error"
    assert severity("ID_CHECK") == "warning"


def test_a_template_that_names_no_parameter_of_its_own_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "violations.yaml"
    entry = '{level: case, severity: error, params: [], zh: "{size}", en: a, remedy_zh: b, remedy_en: c}'
    source.write_text(f"A_B: {entry}\n", encoding="utf-8")
    monkeypatch.setattr(module, "SOURCE", source)
    with pytest.raises(ValueError, match="size"):
        catalogue.__wrapped__()
