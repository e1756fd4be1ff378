"""`suphub probe` of a Web Service, as the integration engineer runs it: from the registration, before anything is taken."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from frontend_probe.report import UNREACHED, Check
from frontend_probe.soap import probe_soap
from hub import wiring
from hub.cli import build
from hub.clock import now_us
from hub.register import load_registration
from tests.support.message_servers import certificate
from tests.support.ports import free_port
from tests.support.soap_fake import answer
from tests.support.soap_servers import WSDLS, FaultyService, faulty_service, reply

PAGE = Path(__file__).resolve().parents[3] / "docs" / "connectors" / "soap-pull.md"
GOOD = answer({"return": "<BWJ/>"})


def documented() -> str:
    """The registration of the page in docs/."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index("    code: construction-bureau")
    block = []
    for line in lines[start:]:
        if not line.startswith("    "):
            break
        block.append(line[4:])
    return "\n".join(block) + "\n"


@pytest.fixture
def service() -> Iterator[FaultyService]:
    with faulty_service() as service:
        yield service


@pytest.fixture
def folder(tmp_path: Path, service: FaultyService, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the documented registration lies, its WSDL beside it, and the connection in the environment."""
    (tmp_path / "construction-bureau.yaml").write_text(documented(), encoding="utf-8")
    wsdl = (WSDLS / "exchange-document.wsdl").read_bytes()
    (tmp_path / "construction.wsdl").write_bytes(wsdl)
    monkeypatch.setenv("SUPHUB_SYSTEMS", str(tmp_path))
    monkeypatch.setenv("SUPHUB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(
        "AIRFLOW_CONN_CONSTRUCTION_BUREAU", f"http://hub:s3cret@127.0.0.1:{service.port}/exchange/service"
    )
    return tmp_path


def probe() -> tuple[int, dict[str, dict[str, Any]]]:
    result = CliRunner().invoke(build("probe"), ["probe", "construction-bureau", "--json"])
    assert "s3cret" not in result.stdout
    return result.exit_code, {check["name"]: check for check in json.loads(result.stdout)["checks"]}


def test_the_documented_registration_loads(folder: Path) -> None:
    found = load_registration(folder / "construction-bureau.yaml")
    assert found.connector["page"] == {"argument": "pageNo", "size": {"argument": "pageSize", "value": "100"}}


def test_a_good_service_passes_with_a_warning_for_plain_http(folder: Path, service: FaultyService) -> None:
    service.deeds = [reply(GOOD), reply(GOOD)]  # the first page, and the sample
    code, checks = probe()
    assert code == 0
    assert {name: check["verdict"] for name, check in checks.items()} == {
        "connection": "ok",
        "reachable": "ok",
        "trusted": "warn",
        "client.certificate": "ok",
        "clock": "ok",
        "wsdl.readable": "ok",
        "receipt.operation": "ok",
        "first_page.readable": "ok",
        "sample": "warn",  # nobody sends an empty document and means it
        "hub.backlog": "ok",
        "hub.space": "ok",
        "silence": "ok",
        "expected": "ok",
        "credentials": "ok",
    }
    assert "ExchangeService/Exchange11 SOAP 1.1" in checks["wsdl.readable"]["seen"]
    assert b"<ns0:since>2026-01-01</ns0:since>" in service.requests[-1][3]


def test_each_check_says_what_to_mend(folder: Path, service: FaultyService) -> None:
    text = documented().replace("operation: QueryBatch", "operation: QueryAll")
    (folder / "construction-bureau.yaml").write_text(text, encoding="utf-8")
    code, checks = probe()
    assert code == 1
    assert "SOAP_OPERATION" in checks["wsdl.readable"]["seen"]
    assert "QueryBatch" in checks["wsdl.readable"]["seen"]
    assert checks["reachable"]["verdict"] == "ok"


def test_a_service_that_is_down_is_told_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = documented().replace("wsdl: construction.wsdl", 'wsdl: "?wsdl"')
    (folder / "construction-bureau.yaml").write_text(text, encoding="utf-8")
    gone = f"http://hub:s3cret@127.0.0.1:{free_port()}/exchange/service"
    monkeypatch.setenv("AIRFLOW_CONN_CONSTRUCTION_BUREAU", gone)
    code, checks = probe()
    assert code == 1
    assert [name for name, check in checks.items() if "SOAP_UNREACHABLE" in check["seen"]] == ["reachable"]
    assert {checks[name]["seen"] for name in ("clock", "wsdl.readable", "first_page.readable", "sample")} == {
        UNREACHED
    }


def test_a_broken_first_page_fails_the_probe(folder: Path, service: FaultyService) -> None:
    service.deeds = [reply(GOOD[:-9]), reply(GOOD[:-9])]
    code, checks = probe()
    assert (code, checks["first_page.readable"]["verdict"]) == (1, "fail")


def test_without_its_connection_a_system_is_told_where_to_write_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_CONSTRUCTION_BUREAU")
    code, checks = probe()
    assert code == 1
    assert "AIRFLOW_CONN_CONSTRUCTION_BUREAU" in checks["connection"]["remedy"]


@pytest.mark.parametrize(
    ("written", "instead", "named"),
    [
        ("operation: QueryBatch", "operatoin: QueryBatch", "operation"),
        ("      wsdl: construction.wsdl", "      soap: 1.1", "wsdl"),
        ("argument: pageNo", "argument: 'page no'", "page.argument"),
        ("value: 100", "value: many", "page.size.value"),
    ],
)
def test_a_typo_in_the_registration_is_told_with_its_line(
    folder: Path, written: str, instead: str, named: str
) -> None:
    text = documented()
    line = next((number for number, each in enumerate(text.splitlines(), 1) if written.strip() in each), 0)
    assert line
    (folder / "construction-bureau.yaml").write_text(
        text.replace(written.strip(), instead.strip()), encoding="utf-8"
    )
    result = CliRunner().invoke(build("system"), ["system", "check", "construction-bureau"])
    assert result.exit_code != 0
    said = result.output + str(result.exception)
    assert named in said
    assert f"line={line}" in said or f":{line}" in said or named == "wsdl"


def looked(shift_s: float = 0) -> dict[str, Check]:
    """The checks of the connector alone, by a clock that goes wrong by so much."""
    connector = wiring.connector(wiring.registration("construction-bureau"))
    found = probe_soap(connector, lambda: now_us() + int(shift_s * 1e6))  # type: ignore[arg-type]
    return {check.name: check for check in found.checks}


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0, "ok"), (3, "ok"), (30, "warn"), (-30, "warn"), (1_000, "fail")]
)
def test_a_clock_that_goes_wrong_is_told(
    folder: Path, service: FaultyService, shift: float, verdict: str
) -> None:
    service.deeds = [reply(GOOD)]
    found = looked(shift)["clock"]
    assert found.verdict == verdict
    assert ("NTP" in found.remedy) is (verdict != "ok")


@pytest.mark.parametrize(("days", "verdict"), [(90, "ok"), (10, "warn")])
def test_certificates_of_both_sides_that_end_soon_are_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, days: int, verdict: str
) -> None:
    pem, key = certificate(folder, days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    with faulty_service(context) as secured:
        secured.deeds = [reply(GOOD)]
        extra = {"ca": str(pem), "cert": str(pem), "key": str(key)}
        access = {
            "conn_type": "https",
            "host": "127.0.0.1",
            "port": secured.port,
            "schema": "x",
            "extra": extra,
        }
        monkeypatch.setenv("AIRFLOW_CONN_CONSTRUCTION_BUREAU", json.dumps(access))
        found = looked()
    assert {name: found[name].verdict for name in ("trusted", "client.certificate", "clock")} == {
        "trusted": verdict,
        "client.certificate": verdict,
        "clock": "ok",
    }
    assert f"{days} 天" in found["trusted"].seen
    assert found["first_page.readable"].verdict == "ok"
