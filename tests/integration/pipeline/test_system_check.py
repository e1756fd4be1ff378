"""`suphub system check`: what is wrong with a registration, a sample case by case, and what a system does not deliver."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.integration.pipeline.conftest import Hub
from tests.support.command import Said, Suphub
from tests.support.message import SYSTEM, USCC, case, line_of, package
from tests.support.pieces import (
    ACCEPT,
    ACCEPTED,
    APPLY,
    CASE_NO,
    CLOSED,
    CORRECTED,
    NATIONAL,
    PINYIN,
    RESULT,
    STEP,
    document,
    message,
    row,
    row_set,
)
from tests.support.sealing import DAY, NOW, holder, rsa_key
from tests.support.soap_servers import WSDLS, php_service

NAMES = [
    "registration", "organization", "schema", "dialect", "codes", "serial", "connector", "connection", "envelope", "sample",
]  # fmt: skip
DATABASE = (
    "{kind: database, connection: land_exchange, take: {flag: {column: sync_flag}}, tables: {"
    "up_pro_accept: {key: row_guid, time: cd_time}, up_pro_result: {key: row_guid, time: cd_time}}}"
)


@pytest.fixture
def suphub(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Suphub:
    return Suphub(monkeypatch, capfdbinary)


def checked(suphub: Suphub, *arguments: object) -> tuple[Said, Any]:
    said = suphub("system", "check", SYSTEM, *arguments, "--json")
    assert said.err == ""
    return said, said.document


def failing(document: Any) -> list[str]:
    return [each["name"] for each in document["checks"] if not each["ok"]]


def outcomes(document: Any) -> list[tuple[str | None, str, list[str]]]:
    return [
        (each["case_no"], each["outcome"], [v["code"] for v in each["violations"]])
        for each in document["sample"]
    ]


def element(document: Any, name: str) -> Any:
    return next(each for each in document["coverage"] if each["element"] == name)


def field(document: Any, name: str) -> Any:
    of, _, wanted = name.partition(".")
    return next(each for each in element(document, of)["fields"] if each["field"] == wanted)


def test_a_right_registration_passes_every_check(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.send("a.xml", package([case("C1"), case("C2")]))
    said, document = checked(suphub)
    assert said.code == 0
    assert [each["name"] for each in document["checks"]] == NAMES
    assert {each["ok"] for each in document["checks"]} == {True}
    assert {each["warning"] for each in document["checks"]} == {False}
    assert outcomes(document) == [("C1", "accepted", []), ("C2", "accepted", [])]
    assert [each["number"] for each in document["coverage"]] == list(range(1, 15))


@pytest.mark.parametrize(
    ("words", "name", "code"),
    [
        ({"status": "lively"}, "registration", "REGISTRATION"),
        ({"organization": "11430100006121778F"}, "organization", "REGISTRATION_USCC"),
        ({"schema": '"9.9"'}, "schema", "SCHEMA"),
        ({"dialect": "esperanto"}, "dialect", "REGISTRATION"),
        ({"checks": "{OPINION_MISING: error}"}, "dialect", "REGISTRATION"),
        ({"codes": "hunan2011"}, "codes", "CROSSWALK"),
        (PINYIN | {"codes": "hunan"}, "dialect", "CROSSWALK"),
        ({"serial": "hub"}, "serial", "REGISTRATION_SERIAL"),
        ({"dialect": "national-exchange-db", "codes": "gbt-39046"}, "serial", "REGISTRATION_SERIAL"),
        ({"envelope": "{signed: required}"}, "envelope", "ENVELOPE_TRUST"),
        (NATIONAL | {"connector": DATABASE}, "connection", "CONNECTION_UNKNOWN"),
        ({"connector": DATABASE}, "dialect", "REGISTRATION"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_place_and_remedy(
    suphub: Suphub, sqlite_hub: Hub, words: dict[str, str], name: str, code: str
) -> None:
    sqlite_hub.register(**words)
    said, document = checked(suphub)
    assert said.code == 1
    [bad] = [each for each in document["checks"] if not each["ok"] and each["name"] == name]
    assert bad["code"] == code
    assert bad["place"]["line"] or "crosswalks" in bad["place"]["file"]  # what is missing there has no line
    assert bad["remedy_zh"]
    assert bad["remedy_en"]
    text = suphub("system", "check", SYSTEM)
    assert text.code == 1
    assert code in text.text


def test_a_dialect_that_cannot_be_read_is_told_once(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(dialect="esperanto", serial="hub")
    _, document = checked(suphub)
    assert failing(document) == ["dialect"]
    assert {each["name"] for each in document["checks"] if each["warning"]} == {"serial", "envelope"}


def test_a_sample_whose_every_case_has_an_error_fails_the_check_although_rows_are_left_that_wait(
    suphub: Suphub, sqlite_hub: Hub, tmp_path: Path
) -> None:
    sqlite_hub.register(**NATIONAL | {"organization": "11430100006127328X"})
    file = tmp_path / "rows.jsonl"
    file.write_bytes(row_set(row("up_pro_accept", ACCEPT), row("up_pro_process", STEP)))
    said, document = checked(suphub, "--sample", file)
    [found] = document["sample"]
    assert (said.code, failing(document), found["outcome"]) == (1, ["sample"], "pending")
    assert [each["code"] for each in found["violations"]] == ["ORG_FOREIGN"]


@pytest.mark.parametrize(
    ("making", "signs", "others", "code"),
    [
        ({"bits": 1024}, "required", False, "CERT_WEAK"),
        ({"bits": 1024}, "allowed", False, "CERT_WEAK"),
        ({"bits": 1024}, "required", True, "CERT_WEAK"),
        ({"start": NOW - 9 * DAY, "end": NOW - DAY}, "required", False, "CERT_EXPIRED"),
        ({"signs": False}, "required", False, "CERT_USAGE"),
    ],
)
def test_a_listed_certificate_that_can_sign_nothing_is_told(
    suphub: Suphub, sqlite_hub: Hub, making: dict[str, Any], signs: str, others: bool, code: str
) -> None:
    rest = {name: value for name, value in making.items() if name != "bits"}
    holder(sqlite_hub.systems, "bad", rsa_key(making.get("bits", 2048)), **rest)
    holder(sqlite_hub.systems, "good", rsa_key())
    listed = "bad.crt, good.crt" if others else "bad.crt"
    sqlite_hub.register(envelope=f"{{signed: {signs}, certificates: [{listed}]}}")
    said, document = checked(suphub)
    told = next(each for each in document["checks"] if each["name"] == "envelope")
    assert [note.partition(":")[0] for note in told["notes"]] == [code]
    assert "CN=bad" in told["notes"][0]
    usable = others or signs == "allowed"
    assert (said.code, told["ok"], told["warning"]) == ((0, True, True) if usable else (1, False, False))
    assert usable or (told["code"], bool(told["remedy_zh"])) == ("ENVELOPE_TRUST", True)


@pytest.mark.parametrize("named", [False, True])
def test_a_certificate_bound_to_a_node_that_leads_to_no_authority_is_told(
    suphub: Suphub, sqlite_hub: Hub, tmp_path: Path, named: bool
) -> None:
    """The hub's own authority is there, of another system's node; it has not issued the certificate that is bound here."""
    stranger = holder(tmp_path, "stranger", rsa_key(), ca=True)
    foreign = holder(tmp_path, "land", rsa_key(), stranger)
    other = holder(sqlite_hub.systems, "other", rsa_key(), ca=True)
    sqlite_hub.register("water-bureau")
    issue = ("node", "issue", "water-bureau/front-1", "--kind", "signing", "--key-out", tmp_path / "w.key")
    assert suphub(*issue, "--certificate-out", tmp_path / "w.crt").code == 0
    sqlite_hub.register(
        envelope=f"{{signed: required, authorities: [{other.file.name}]}}" if named else "{signed: required}"
    )
    bind = suphub("node", "issue", f"{SYSTEM}/front-1", "--kind", "signing", "--certificate", foreign.file)
    assert bind.code == 0, bind.err
    said, document = checked(suphub)
    told = next(each for each in document["checks"] if each["name"] == "envelope")
    assert [note.partition(":")[0] for note in told["notes"]] == ["CERT_UNTRUSTED"]
    assert (said.code, told["ok"], told["warning"]) == ((0, True, True) if named else (1, False, False))


def test_a_signer_that_is_bound_and_fit_passes(suphub: Suphub, sqlite_hub: Hub, tmp_path: Path) -> None:
    sqlite_hub.register(envelope="{signed: required}")
    issue = ("node", "issue", f"{SYSTEM}/front-1", "--kind", "signing", "--key-out", tmp_path / "k.pem")
    assert suphub(*issue, "--certificate-out", tmp_path / "c.pem").code == 0
    told = next(each for each in checked(suphub)[1]["checks"] if each["name"] == "envelope")
    assert (told["ok"], told["warning"], told["notes"]) == (True, False, [])


def test_one_fault_hides_no_other(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(organization="11430100006121778F", codes="hunan2011", envelope="{signed: required}")
    _, document = checked(suphub)
    assert failing(document) == ["organization", "codes", "envelope"]
    assert "sample" not in [each["name"] for each in document["checks"]]


def test_the_sample_lies_at_the_source_afterwards_as_before(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.send("a.xml", package([case("C1")]))
    before = sorted(path.name for path in sqlite_hub.folder("out").rglob("*"))
    checked(suphub)
    assert sorted(path.name for path in sqlite_hub.folder("out").rglob("*")) == before
    assert sqlite_hub.count("package") == sqlite_hub.count("case_head") == 0
    assert [each["accepted"] for each in sqlite_hub.run()] == [1]


def test_without_anything_ready_the_registration_may_still_be_right(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.folder("out").joinpath("a.xml").write_bytes(b"still being written")
    said, document = checked(suphub)
    assert said.code == 0
    assert document["checks"][-1] | {"detail": ""} == {
        "name": "sample", "ok": True, "warning": True, "detail": "", "notes": [],
    }  # fmt: skip
    assert document["sample"] == []


def test_a_file_at_rest_is_a_sample_at_the_first_look(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(ready="{stable_for: 5m}")
    file = sqlite_hub.folder("out") / "a.xml"
    file.write_bytes(package([case("C1")]))
    assert checked(suphub)[1]["sample"] == []
    os.utime(file, (file.stat().st_mtime - 3600,) * 2)
    assert outcomes(checked(suphub)[1]) == [("C1", "accepted", [])]


def test_a_source_that_is_away_is_told_and_left_to_the_probe(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.folder("out").rmdir()
    said, document = checked(suphub)
    assert said.code == 0
    last = document["checks"][-1]
    assert (last["name"], last["warning"], last["code"]) == ("sample", True, "SAMPLE_SOURCE")
    assert "suphub probe" in last["remedy_en"]


def test_a_case_that_is_refused_is_told_with_line_field_and_remedy(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(codes="hunan-2011")
    good = {"Acceptance/Status": "Y", "Completion/Result": "5001", "ServiceItem/CaseType": "1"}
    sent = package([case("C1", good), case("C2", good | {"Completion/Result": "5099"})])
    sqlite_hub.send("a.xml", sent)
    said, document = checked(suphub)
    assert said.code == 0
    assert outcomes(document) == [("C1", "accepted", []), ("C2", "rejected", ["CODE_UNKNOWN"])]
    [why] = document["sample"][1]["violations"]
    assert (why["line"], why["field"], why["value"]) == (line_of(sent, "5099"), "Completion.Result", "5099")
    last = document["checks"][-1]
    assert (last["warning"], last["accepted"], last["rejected"], last["unknown_codes"]) == (
        True, 1, 1, {"COMPLETION_RESULT": ["5099"]},
    )  # fmt: skip
    text = suphub("system", "check", SYSTEM).text
    for expected in ("5099", "C2", "拒收 rejected", why["remedy_zh"], why["remedy_en"]):
        assert "".join(expected.split()) in "".join(text.split())


def test_a_sample_of_which_nothing_can_be_taken_fails_the_check(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(codes="hunan-2011")
    sqlite_hub.send("a.xml", package([case("C1")]))
    said, document = checked(suphub)
    assert (said.code, failing(document)) == (1, ["sample"])


@pytest.mark.parametrize(
    ("words", "body", "code"),
    [
        ({}, package([case("C1")], system="water-bureau"), "PKG_SYSTEM"),
        ({}, b"<ExchangePackage", "XML_MALFORMED"),
        (NATIONAL, package([case("C1")]), "ROWS_HEAD"),
        (PINYIN, package([case("C1")]), "MESSAGES_ROOT"),
    ],
)
def test_a_sample_of_another_kind_is_told_as_such(
    suphub: Suphub, sqlite_hub: Hub, tmp_path: Path, words: dict[str, str], body: bytes, code: str
) -> None:
    sqlite_hub.register(**words)
    file = tmp_path / "sample"
    file.write_bytes(body)
    said, document = checked(suphub, "--sample", file)
    assert (said.code, failing(document), document["checks"][-1]["code"]) == (1, ["sample"], code)
    assert code in suphub("system", "check", SYSTEM, "--sample", file).text


def test_rows_are_judged_one_by_one_and_shown_as_cases(
    suphub: Suphub, sqlite_hub: Hub, tmp_path: Path
) -> None:
    sqlite_hub.register(**NATIONAL)
    file = tmp_path / "rows.jsonl"
    broken = {**RESULT, "row_guid": "r2", "result_type": "Q"}
    file.write_bytes(
        row_set(
            row("up_pro_accept", ACCEPT), row("up_pro_process", STEP), row("up_pro_result", broken),
            row("up_pro_result", RESULT, case_no="X1"), row("up_pro_result", broken, case_no="X2"),
        )
    )  # fmt: skip
    said, document = checked(suphub, "--sample", file)
    assert said.code == 0
    found = {each["case_no"]: each for each in document["sample"]}
    assert {no: (each["outcome"], each["pieces"]) for no, each in found.items()} == {
        CASE_NO: ("accepted", 3), "X1": ("pending", 1), "X2": ("rejected", 1),
    }  # fmt: skip
    assert found["X1"]["missing"][1:] == ["ServiceItem", "Applicant", "Application"]
    codes = [v["code"] for v in found[CASE_NO]["violations"] if v["severity"] == "error"]
    assert codes == ["CODE_UNKNOWN"]
    assert document["checks"][-1]["records"] == 5


def test_a_dialect_tells_what_it_does_not_deliver(suphub: Suphub, sqlite_hub: Hub, tmp_path: Path) -> None:
    sqlite_hub.register(**NATIONAL)
    file = tmp_path / "rows.jsonl"
    file.write_bytes(
        row_set(row("up_pro_accept", ACCEPT), row("up_pro_process", STEP), row("up_pro_accept", ACCEPT, case_no="X1"))
    )  # fmt: skip
    _, document = checked(suphub, "--sample", file)
    silent = [each["element"] for each in document["coverage"] if not each["delivered"]]
    assert silent == ["CorrectionNotice", "CorrectionReceipt", "Fee", "Delivery"]
    step = element(document, "Step")
    assert (step["present"], step["of"]) == (1, 2)
    expected = {
        "Applicant.Name": ("delivered", [], 2, 0),
        "Applicant.LegalRepresentative": ("delivered", [], 0, 0),
        "Applicant.PostCode": ("not delivered", [], 0, 0),
        "Organization.RegionCode": ("derived", ["registration"], 0, 2),
        "ServiceItem.ItemType": ("derived", ["item code", "catalogue"], 0, 2),
        "ServiceItem.StatutoryLimit": ("derived", ["catalogue"], 0, 0),
        "Acceptance.Status": ("derived", ["dialect"], 2, 0),
        "Step.Seq": ("derived", ["order"], 0, 1),
        "Fee.Name": ("not delivered", [], 0, 0),
    }
    told = {name: field(document, name) for name in expected}
    assert {
        name: (f["status"], f["from"], f["present"], f["derived"]) for name, f in told.items()
    } == expected
    text = suphub("system", "check", SYSTEM, "--sample", file).text
    assert "不送的要素 · not delivered: 补正告知 CorrectionNotice、补正受理 CorrectionReceipt" in text


def test_stage_messages_are_judged_and_counted_as_cases(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register(**PINYIN)
    sqlite_hub.send(
        "a.xml", document(message(0, APPLY), message(2, ACCEPTED), message(8, CORRECTED), message(4, CLOSED), encoding="gb2312")
    )  # fmt: skip
    said, told = checked(suphub)
    assert (said.code, outcomes(told)) == (0, [(CASE_NO, "accepted", [])])
    assert told["sample"][0]["waiting"] == [{"kind": "notice-receipt", "source_key": "n8"}]
    dialect, codes = told["checks"][3], told["checks"][4]
    assert [kind["match"] for kind in dialect["kinds"]] == ["0", "2", "1", *"3456789"]
    assert dialect["kinds"][0]["mapped"]["SQRLX"] == ["Applicant.Type"]
    assert "原始报文" in dialect["kinds"][0]["ignored"]["BZ"]
    assert set(codes["translated"]) - set(codes["needed"]) == set()


def test_rows_of_an_exchange_database_are_looked_at_and_stay_new(
    suphub: Suphub, sqlite_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "exchange.db"
    lines = [row("up_pro_accept", ACCEPT), row("up_pro_result", RESULT)]
    with sqlite3.connect(file) as database:
        for line in lines:
            _insert(database, json.loads(line))
    sqlite_hub.register(**NATIONAL, connector=DATABASE)
    monkeypatch.setenv("AIRFLOW_CONN_LAND_EXCHANGE", f"sqlite:///{file}")
    said, document = checked(suphub)
    assert (said.code, failing(document)) == (0, [])
    assert [(each["case_no"], each["outcome"], each["pieces"]) for each in document["sample"]] == [
        (CASE_NO, "accepted", 2)
    ]
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT DISTINCT sync_flag FROM up_pro_accept").fetchall() == [("0",)]


def test_a_table_that_is_not_as_registered_fails_the_check(
    suphub: Suphub, sqlite_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "exchange.db"
    with sqlite3.connect(file) as database:
        _insert(database, json.loads(row("up_pro_accept", ACCEPT)))
    sqlite_hub.register(**NATIONAL, connector=DATABASE)
    monkeypatch.setenv("AIRFLOW_CONN_LAND_EXCHANGE", f"sqlite:///{file}")
    said, document = checked(suphub)
    assert (said.code, failing(document)) == (1, ["sample"])
    assert "up_pro_result" in document["checks"][-1]["detail"]


def test_two_rows_of_one_key_and_time_that_differ_are_a_conflict(
    suphub: Suphub, sqlite_hub: Hub, tmp_path: Path
) -> None:
    sqlite_hub.register(**NATIONAL)
    file = tmp_path / "rows.jsonl"
    lines = [row("up_pro_accept", ACCEPT), row("up_pro_process", STEP), row("up_pro_process", STEP)]
    file.write_bytes(row_set(*lines, row("up_pro_process", STEP, handle_explain="不同意。")))
    _, document = checked(suphub, "--sample", file)
    [found] = document["sample"]
    bad = [(v["code"], v["line"]) for v in found["violations"] if v["severity"] == "error"]
    assert (found["outcome"], bad) == ("accepted", [("CASE_CONFLICT", 5)])


def test_before_there_is_a_database_a_sample_is_judged_without_the_catalogue(
    suphub: Suphub, sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sqlite_hub.send("a.xml", package([case("C1")]))
    monkeypatch.setenv("SUPHUB_DATABASE_URL", f"sqlite:///{tmp_path / 'none' / 'hub.db'}")
    said, document = checked(suphub)
    assert (said.code, outcomes(document)) == (0, [("C1", "accepted", [])])
    assert "item catalogue" in document["checks"][-1]["notes"][0]


@pytest.mark.parametrize(
    ("kind", "place", "failing_checks"),
    [
        ("directory", ("--inbox", "/exchange/water/out"), []),
        ("database", ("--connection", "water_exchange"), ["connection"]),
        ("soap-pull", ("--connection", "water_service"), ["connection"]),
        ("sftp", ("--connection", "water_sftp", "--inbox", "/out"), ["connection"]),
        ("ftp", ("--connection", "water_ftp", "--inbox", "/out"), ["connection"]),
    ],
)
def test_a_new_registration_of_each_kind_passes_once_its_connection_is_there(
    suphub: Suphub, sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch, kind: str, place: tuple[str, str],
    failing_checks: list[str],
) -> None:  # fmt: skip
    words = ("--name", "水利局审批系统", "--organization", USCC, "--region", "430100")
    assert suphub("system", "new", "water-bureau", *words, "--kind", kind).code == 2
    assert suphub("system", "new", "water-bureau", *words, "--kind", kind, *place).code == 0
    assert failing(suphub("system", "check", "water-bureau", "--json").document) == failing_checks
    addresses = {
        "EXCHANGE": "postgres://127.0.0.1:1/x", "SERVICE": "http://hub@127.0.0.1:1/ws",
        "SFTP": "sftp://hub:secret@127.0.0.1:1", "FTP": "ftp://hub:secret@127.0.0.1:1",
    }  # fmt: skip
    for name, address in addresses.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_WATER_{name}", address)
    found = suphub("system", "check", "water-bureau", "--json").document["checks"]
    assert [each["name"] for each in found if not each["ok"] and each["name"] != "sample"] == []
    assert suphub("system", "new", "water-bureau", *words, "--kind", kind, *place).code == 2


def test_a_connection_is_told_without_its_secrets(
    suphub: Suphub, sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_hub.register(**NATIONAL, connector=DATABASE)
    monkeypatch.setenv(
        "AIRFLOW_CONN_LAND_EXCHANGE", "postgres://hub:s3cret-pw@127.0.0.1:1/land?secret=s3cret-pw"
    )
    said = suphub("system", "check", SYSTEM, "--json")
    assert "postgres://127.0.0.1:1/land" in said.text
    assert "s3cret-pw" not in said.text + suphub("system", "check", SYSTEM).text
    assert said.document["checks"][-1]["warning"] is True


SERVICE = (
    "{kind: soap-pull, connection: bureau, wsdl: exchange-document.wsdl, operation: QueryBatch, timeout: 30s, "
    "page: {argument: pageNo}}"
)


def test_a_page_of_a_real_web_service_is_looked_at_and_taken_later(
    suphub: Suphub, sqlite_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_hub.register(**{**PINYIN, "connector": SERVICE})
    for path in WSDLS.glob("*.wsdl"):
        (sqlite_hub.systems / path.name).write_bytes(path.read_bytes())
    folder = tmp_path / "php"
    folder.mkdir()
    with php_service(folder) as department:
        monkeypatch.setenv("AIRFLOW_CONN_BUREAU", f"http://127.0.0.1:{department.port}/document/1.1")
        department.put(1, document(message(0, APPLY), message(2, ACCEPTED)).decode())
        said, told = checked(suphub)
        assert (said.code, failing(told), outcomes(told)) == (0, [], [(CASE_NO, "accepted", [])])
        assert department.receipts == {}
        assert [each["accepted"] for each in sqlite_hub.run()] == [2]


def test_a_service_that_is_away_is_told_and_left_to_the_probe(
    suphub: Suphub, sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_hub.register(**{**PINYIN, "connector": SERVICE})
    for path in WSDLS.glob("*.wsdl"):
        (sqlite_hub.systems / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("AIRFLOW_CONN_BUREAU", "http://127.0.0.1:1/document/1.1")
    said, told = checked(suphub)
    assert (said.code, told["checks"][-1]["warning"], told["sample"]) == (0, True, [])
    assert told["checks"][-1]["code"]


def _insert(database: sqlite3.Connection, said: dict[str, Any]) -> None:
    """Make the table of a row, new by its flag, and write it."""
    values = {**said["row"], "sync_flag": "0"}
    columns: Sequence[str] = list(values)
    database.execute(f"CREATE TABLE {said['table']} ({', '.join(columns)}, PRIMARY KEY (row_guid))")
    marks = ", ".join("?" * len(columns))
    database.execute(f"INSERT INTO {said['table']} VALUES ({marks})", list(values.values()))
