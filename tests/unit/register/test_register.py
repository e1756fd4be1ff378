"""A registration is read strictly: every field, every typo with its line, its column and the words that are allowed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.errors import StopError
from hub.register import duration, find_registration, load_registration, load_registrations, overlooked
from tests.support.message import USCC

OTHER = "91430100MA4L12346D"
MINIMAL = f"""\
code: land-bureau
name: 国土资源局审批系统
organization: {USCC}
region: "430100"
connector: {{kind: directory, inbox: /out}}
dialect: canonical
codes: hunan-2011
schema: "1.0"
status: trial
"""
WHOLE = f"""\
code: land-bureau
name: 国土资源局审批系统
organization: [{USCC}, {OTHER}]
region: 430102001
contact: {{name: 张三, phone: 0731-80000000, email: a@b.cn}}
connector:
  kind: directory
  inbox: /out
  receipts: /in
  refused: /bad
  ready: {{marker: .ok}}
envelope: {{signed: allowed, encrypted: forbidden, certificates: [land-bureau.pem]}}
dialect: canonical
codes: hunan-2011
schema: "1.0"
serial: hub
schedule: "*/10 * * * *"
trigger: queue
supervise_from: 2026-12-01
silent_after: 2d
expect: {{cases_per_day: {{min: 1, max: 4000, why: 平日的四倍}}}}
checks: {{OPINION_MISSING: error}}
status: live
"""


def written(tmp_path: Path, text: str | bytes, name: str = "land-bureau.yaml") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def fault(tmp_path: Path, text: str | bytes, name: str = "land-bureau.yaml") -> StopError:
    with pytest.raises(StopError) as told:
        load_registration(written(tmp_path, text, name))
    error = told.value
    assert (error.code, error.place.system) == ("REGISTRATION", "land-bureau")
    assert all((error.message_zh, error.message_en, error.remedy_zh, error.remedy_en))
    assert error.place.file == str(tmp_path / name)
    return error


def test_the_required_fields_are_enough(tmp_path: Path) -> None:
    found = load_registration(written(tmp_path, MINIMAL))
    assert (found.code, found.name, found.organizations) == ("land-bureau", "国土资源局审批系统", (USCC,))
    assert (found.region, found.dialect, found.codes, found.schema) == (
        "430100",
        "canonical",
        "hunan-2011",
        "1.0",
    )
    assert (found.status, found.serial, found.schedule, found.supervise_from) == (
        "trial",
        "source",
        None,
        None,
    )
    assert (found.checks, found.contact, found.envelope, found.sealed) == ({}, {}, {}, False)


def test_every_field_is_read(tmp_path: Path) -> None:
    found = load_registration(written(tmp_path, WHOLE))
    assert found.organizations == (USCC, OTHER)
    assert found.region == "430102001"
    assert found.contact == {"name": "张三", "phone": "0731-80000000", "email": "a@b.cn"}
    assert found.connector == {
        "kind": "directory", "inbox": "/out", "receipts": "/in", "refused": "/bad", "ready": {"marker": ".ok"},
    }  # fmt: skip
    assert found.envelope == {
        "signed": "allowed",
        "encrypted": "forbidden",
        "certificates": ["land-bureau.pem"],
    }
    assert (found.serial, found.schedule, found.trigger) == ("hub", "*/10 * * * *", "queue")
    assert (found.supervise_from, found.silent_after) == (date(2026, 12, 1), timedelta(days=2))
    assert found.expect["cases_per_day"]["max"] == "4000"
    assert found.checks == {"OPINION_MISSING": "error"}
    assert found.status == "live"


def test_a_change_of_the_file_changes_its_digest(tmp_path: Path) -> None:
    one = load_registration(written(tmp_path, MINIMAL)).digest
    assert load_registration(written(tmp_path, MINIMAL + "# 注\n")).digest != one


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert load_registration(written(tmp_path, b"\xef\xbb\xbf" + MINIMAL.encode())).code == "land-bureau"


@pytest.mark.parametrize(
    "words", ["signed: required", "encrypted: required", "signed: allowed, encrypted: required"]
)
def test_an_envelope_that_is_required_seals_the_system(tmp_path: Path, words: str) -> None:
    assert load_registration(written(tmp_path, MINIMAL + f"envelope: {{{words}}}\n")).sealed


TYPOS = {
    "a field": ("region:", "regoin:", 4, 1, "region"),
    "a status": ("trial", "tial", 9, 9, "trial"),
    "a connector's option": ("inbox: /out", "inbox: /out, recipts: /in", 5, 43, "receipts"),
    "a connector's kind": ("kind: directory", "kind: direktory", 5, 19, "directory"),
    "a ready way": ("inbox: /out", "inbox: /out, ready: {markr: .ok}", 5, 51, "marker"),
    "a contact": ("status: trial", "status: trial\ncontact: {phon: 1}", 10, 11, "phone"),
    "an envelope's part": ("status: trial", "status: trial\nenvelope: {singed: allowed}", 10, 12, "signed"),
    "an envelope's policy": ("status: trial", "status: trial\nenvelope: {signed: requird}", 10, 20, "required"),
    "a field after Chinese characters": ("status: trial", "status: trial\ncontact: {name: 张三, phon: 1}", 10, 21, "phone"),
    "a serial": ("status: trial", "status: trial\nserial: sauce", 10, 9, "source"),
    "a check's severity": ("status: trial", "status: trial\nchecks: {OPINION_MISSING: eror}", 10, 27, "error"),
    "a trigger": ("status: trial", "status: trial\ntrigger: que", 10, 10, "queue"),
}  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "line", "column", "word"), TYPOS.values(), ids=TYPOS)
def test_a_typo_is_told_with_its_place_and_the_word_that_was_meant(
    tmp_path: Path, right: str, wrong: str, line: int, column: int, word: str
) -> None:
    error = fault(tmp_path, MINIMAL.replace(right, wrong, 1))
    assert (error.place.line, error.place.column) == (line, column)
    assert f"Did you mean {word}?" in error.remedy_en
    assert f"是否想写 {word}" in error.remedy_zh


VALUES = {
    "code": ["", "Land", "land bureau", "-land", "国土", "x" * 64],
    "name": ["''", "'  '"],
    "organization": ["123", "11430100006121778e", "[]", "[123]", "{a: b}"],
    "region": ["4301", "'43010'", "abc", "[430100]"],
    "connector": ["directory", "[]", "{}", "{kind: directory}", "{inbox: /out}"],
    "dialect": ["''", "../x", "Canonical"],
    "codes": ["''", "../x"],
    "schema": ["1", "v1.0", "''"],
    "status": ["''", "LIVE"],
    "schedule": ["hourly", "'* * * *'"],
    "supervise_from": ["yesterday", "2026-13-01", "[]"],
    "silent_after": ["2", "2 days", "0d", "[1d]"],
    "contact": ["张三", "[a]"],
    "expect": [
        "many",
        "{cases: {min: 1}}",
        "{cases_per_day: 7}",
        "{cases_per_day: {least: 1}}",
        "{cases_per_day: {min: few}}",
        "{cases_per_day: {max: -1}}",
        "{cases_per_day: {min: 5, max: 4}}",
        "{cases_per_day: {why: ''}}",
    ],
    "checks": ["error"],
}
CASES = [(name, value) for name, values in VALUES.items() for value in values]


@pytest.mark.parametrize(("name", "value"), CASES)
def test_a_wrong_value_is_told_where_it_stands(tmp_path: Path, name: str, value: str) -> None:
    lines = MINIMAL.splitlines()
    at = next((n for n, line in enumerate(lines) if line.startswith(f"{name}:")), len(lines))
    lines[at:at + 1] = [f"{name}: {value}"]  # fmt: skip
    assert fault(tmp_path, "\n".join(lines)).place.line == at + 1


@pytest.mark.parametrize(
    "ready", ["{}", "{marker: .ok, rename: .part}", "{marker: ok}", "{stable_for: soon}", ".ok"]
)
def test_ready_takes_exactly_one_way(tmp_path: Path, ready: str) -> None:
    assert fault(tmp_path, MINIMAL.replace("/out", f"/out, ready: {ready}")).place.line == 5


@pytest.mark.parametrize(
    "name", ["code", "name", "organization", "region", "connector", "dialect", "codes", "schema", "status"]
)
def test_a_missing_field_is_named(tmp_path: Path, name: str) -> None:
    text = "".join(line for line in MINIMAL.splitlines(keepends=True) if not line.startswith(f"{name}:"))
    assert f"{name} is missing" in fault(tmp_path, text).message_en


def test_a_field_twice_is_told_at_the_second(tmp_path: Path) -> None:
    error = fault(tmp_path, MINIMAL + "status: live\n")
    assert (error.place.line, error.place.column) == (10, 1)
    assert "twice" in error.message_en


def test_the_code_is_the_files_name(tmp_path: Path) -> None:
    error = fault(tmp_path, MINIMAL.replace("code: land-bureau", "code: water-bureau"))
    assert "water-bureau.yaml" in error.remedy_en


def test_no_system_is_named_like_the_hubs_own_log(tmp_path: Path) -> None:
    with pytest.raises(StopError) as told:
        load_registration(written(tmp_path, MINIMAL.replace("land-bureau", "hub"), "hub.yaml"))
    assert "log chain" in told.value.message_en


BROKEN = {
    "nothing": b"",
    "a comment": b"# later\n",
    "no mapping": b"- a\n",
    "a word": b"land",
    "no UTF-8": MINIMAL.encode("gb18030"),
    "a tab": MINIMAL.replace("region: ", "\tregion: ").encode(),
    "an open bracket": MINIMAL.replace("}", "").encode(),
    "a control character": MINIMAL.replace("trial", "tri\x00al").encode(),
    "two documents": (MINIMAL + "---\n" + MINIMAL).encode(),
    "an alias that holds itself": (MINIMAL + "contact: &a {name: *a}\n").encode(),
    "an alias loop in the connector": MINIMAL.replace("{kind: directory, inbox: /out}", "&a {kind: directory, inbox: *a}").encode(),
}  # fmt: skip


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_registration_is_told(tmp_path: Path, content: bytes) -> None:
    fault(tmp_path, content)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "land-bureau.yaml").mkdir()
    with pytest.raises(StopError):
        load_registration(tmp_path / "land-bureau.yaml")


def test_one_bad_file_never_hides_the_others(tmp_path: Path) -> None:
    written(tmp_path, MINIMAL)
    written(tmp_path, MINIMAL.replace("land", "water").replace("trial", "tial"), "water-bureau.yaml")
    for name, content in enumerate(BROKEN.values()):
        written(tmp_path, content, f"broken-{name}.yaml")
    good, bad = load_registrations(tmp_path)
    assert list(good) == ["land-bureau"]
    assert set(bad) == {"water-bureau", *(f"broken-{n}" for n in range(len(BROKEN)))}
    assert bad["water-bureau"].place.line == 9


def test_a_folder_without_registrations_has_none(tmp_path: Path) -> None:
    assert load_registrations(tmp_path / "nowhere") == ({}, {})


def test_a_system_that_is_not_registered_is_told_with_those_that_are(tmp_path: Path) -> None:
    written(tmp_path, MINIMAL)
    with pytest.raises(StopError) as told:
        find_registration(tmp_path, "land-burau")
    assert told.value.code == "SYSTEM_UNKNOWN"
    assert "Did you mean land-bureau?" in told.value.remedy_en
    assert find_registration(tmp_path, "land-bureau").code == "land-bureau"


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60), ("15m", 900), ("2h", 7200), ("2d", 172_800)])
def test_a_time_span_is_written_like_this(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "s", "0s", "1w", "1.5h", "-1s", "1 s", "999999s"])
def test_and_not_like_this(text: str) -> None:
    with pytest.raises(ValueError, match=r"^.*$"):
        duration(text)


def test_a_file_whose_name_ends_otherwise_is_told(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yml", "c.YAML", "d.yaml.bak", "e.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in overlooked(tmp_path)] == ["b.yml", "c.YAML"]
