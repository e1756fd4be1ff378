"""Sealed packages on their whole way: opened by the registration's envelope, told in log and views, answered with signed receipts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from hub import wiring
from hub.audit.findings import Difference
from hub.central.engine import reading
from hub.central.tables import exchange
from hub.errors import StopError
from hub.pipeline.tickets import Ticket
from hub.pipeline.validate import validate_file
from hub.views.packages import detail
from hub.wiring import auditing
from schemas.catalogue import catalogue, describe
from tests.integration.pipeline.conftest import Hub
from tests.support.command import Suphub
from tests.support.message import SYSTEM, case, package
from tests.support.sealing import Holder, encrypted, openssl, signed
from tests.support.sealing_house import House, make_house

GOOD = package([case("C1"), case("C2")])
BOTH = "{signed: required, encrypted: required, certificates: [land.crt]}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("house"))


@pytest.fixture
def keys(tmp_path: Path, house: House) -> Path:
    """The hub's key lies where it belongs."""
    folder = tmp_path / "home" / "keys" / "envelope"
    folder.parent.mkdir(parents=True, mode=0o700)
    shutil.copytree(house.hub.file.parent, folder)
    folder.chmod(0o700)
    return folder


Seal = Callable[..., bytes]


@pytest.fixture
def seal(tmp_path: Path, house: House) -> Seal:
    def make(body: bytes = GOOD, signer: Holder | None = None, cipher: str = "-aes-256-cbc") -> bytes:
        plain = tmp_path / "plain.xml"
        plain.write_bytes(body)
        return encrypted(signed(plain, signer or house.land), house.hub, cipher=cipher).read_bytes()

    return make


@pytest.fixture
def department(hub: Hub, house: House, keys: Path) -> Hub:
    """Its registration requires both, and knows its certificate."""
    shutil.copy(house.land.file, hub.systems / "land.crt")
    hub.register(envelope=BOTH)
    return hub


def test_a_sealed_package_is_taken_and_its_seal_is_told(department: Hub, house: House, seal: Seal) -> None:
    body = seal()
    receipt = department.exchange("a.xml", body)
    assert receipt.counts["accepted"] == 2
    [(digest,)] = department.rows("package", "digest")
    assert wiring.raw_store().path(digest).read_bytes() == body
    with reading(department.engine) as connection:
        found = detail(connection, f"{SYSTEM}/{digest}")
        fingerprint = sha256(house.land.der).hexdigest()
    assert found["seal"]["encrypted"] == "AES-256-CBC"
    assert found["seal"]["signer"]["subject"] == "CN=land"
    assert found["seal"]["signer"]["fingerprint"] == fingerprint
    [entry] = [
        body for event, body in department.rows("exchange_log", "event", "body") if event == "package.closed"
    ]
    assert fingerprint in entry
    assert "AES-256-CBC" in entry
    assert list((wiring.settings().work).iterdir()) == []


def test_package_show_names_cipher_and_signer(
    sqlite_hub: Hub, house: House, tmp_path: Path, suphub: Suphub
) -> None:
    shutil.copy(house.land.file, sqlite_hub.systems / "land.crt")
    sqlite_hub.register(envelope="{signed: required, certificates: [land.crt]}")
    digest = sqlite_hub.send("a.xml", only_signed(tmp_path, house.land))
    sqlite_hub.run()
    said = suphub("package", "show", f"{SYSTEM}/{digest}").text
    assert "CN=land" in said
    assert f"{house.land.certificate.serial_number:X}" in said
    assert "加密 · encrypted  -" in said


def test_case_show_tells_where_values_of_a_sealed_case_came_from(
    sqlite_hub: Hub, house: House, keys: Path, seal: Seal, suphub: Suphub
) -> None:
    shutil.copy(house.land.file, sqlite_hub.systems / "land.crt")
    sqlite_hub.register(envelope=BOTH)
    sqlite_hub.exchange("a.xml", seal())
    found = suphub("case", "show", f"{SYSTEM}/C1", "--json").document
    assert found["unread"] == []
    assert any(origin["line"] for origin in found["origins"].values())
    for path in keys.iterdir():
        path.unlink()
    [unread] = suphub("case", "show", f"{SYSTEM}/C1", "--json").document["unread"]
    assert unread["code"] == "ENVELOPE_NO_KEY"


@pytest.mark.parametrize("cipher", ["-aes-256-gcm", "-sm4-cbc"])
def test_other_ciphers_take_the_same_way(department: Hub, seal: Seal, cipher: str) -> None:
    assert department.exchange("a.xml", seal(cipher=cipher)).counts["accepted"] == 2


def test_a_package_that_is_not_sealed_is_refused_with_the_reason(department: Hub) -> None:
    receipt = department.exchange("a.xml", GOOD)
    assert receipt.text("RefusalCode") == "ENVELOPE_UNENCRYPTED"
    assert department.count("case_head") == 0


def test_another_departments_certificate_of_the_same_authority_is_refused(
    department: Hub, house: House, seal: Seal
) -> None:
    receipt = department.exchange("a.xml", seal(signer=house.water))
    assert receipt.text("RefusalCode") == "CERT_NOT_BOUND"
    assert b"CN=water" in receipt.body
    assert department.count("case_head") == 0


def test_after_the_certificate_is_registered_the_package_is_signed_anew_as_the_remedy_says(
    department: Hub, house: House, seal: Seal
) -> None:
    body = seal(signer=house.water)
    first = department.exchange("a.xml", body)
    assert first.text("RefusalCode") == "CERT_NOT_BOUND"
    assert "重新签名" in first.body.decode()
    shutil.copy(house.water.file, department.systems / "water.crt")
    department.register(envelope=BOTH.replace("land.crt", "land.crt, water.crt"))
    assert department.exchange("again.xml", body).body == first.body
    assert department.exchange("anew.xml", seal(signer=house.water)).counts["accepted"] == 2


@pytest.mark.parametrize("code", ["CERT_NOT_BOUND", "CERT_UNTRUSTED", "CERT_NO_CRL", "CMS_NOT_FOR_US"])
def test_what_the_hub_may_mend_says_that_the_same_bytes_get_the_same_answer(code: str) -> None:
    told = describe(code, params=dict.fromkeys(catalogue()[code].params, "-"))
    assert "原样的字节再报，答复不变（枢纽可用 suphub package replay 重新判定）" in told.remedy_zh
    assert (
        "the same bytes get the same answer (the hub can judge them anew: suphub package replay)"
        in told.remedy_en
    )


def test_a_receipt_is_signed_and_openssl_verifies_it(department: Hub, seal: Seal, tmp_path: Path) -> None:
    department.exchange("a.xml", seal())
    folder = department.folder("in")
    certificate = tmp_path / "home" / "keys" / "receipts.crt"
    arguments = ("cms", "-verify", "-inform", "DER", "-binary", "-content", folder / "a.xml.receipt.xml", "-in",
                 folder / "a.xml.receipt.xml.p7s", "-CAfile", certificate)  # fmt: skip
    assert openssl(*arguments) == (folder / "a.xml.receipt.xml").read_bytes()
    (folder / "a.xml.receipt.xml").write_bytes(b"<Receipt/>")
    with pytest.raises(AssertionError):
        openssl(*arguments)


def test_receipts_of_unsealed_and_refused_packages_are_signed_too(hub: Hub) -> None:
    hub.send("good.xml", GOOD)
    hub.send("bad.xml", b"<nothing/>")
    hub.run()
    assert {path.name for path in hub.folder("in").glob("*.p7s")} == {
        "good.xml.receipt.xml.p7s",
        "bad.xml.receipt.xml.p7s",
    }


def test_a_receipt_delivered_again_has_the_same_signature(department: Hub, seal: Seal) -> None:
    body = seal()
    department.exchange("a.xml", body)
    first = (department.folder("in") / "a.xml.receipt.xml.p7s").read_bytes()
    department.exchange("again.xml", body)
    assert (department.folder("in") / "again.xml.receipt.xml.p7s").read_bytes() == first


def test_a_signature_in_the_database_cannot_be_replaced(hub: Hub) -> None:
    hub.exchange("a.xml", GOOD)
    with pytest.raises(DBAPIError, match="append-only"), hub.engine.begin() as connection:
        connection.execute(update(exchange.receipt).values(signature=b"another"))


def test_refused_cases_of_a_sealed_package_are_judged_anew(department: Hub, seal: Seal) -> None:
    department.register(envelope=BOTH, region='"430200"')
    body = seal()
    department.exchange("a.xml", body)
    [(digest, rejected)] = department.rows("package", "digest", "rejected")
    assert rejected == 2
    department.register(envelope=BOTH)
    done = wiring.replay(f"{SYSTEM}/{digest}")
    assert (done["accepted"], done["rejected"]) == (2, 0)
    for mapped in (False, True):
        found: list[Difference] = []
        tally = auditing.compare(found.append, all_mapped=mapped)
        assert (found, dict(tally.not_held)) == ([], {})


def test_a_replay_whose_key_is_gone_says_so(department: Hub, seal: Seal, keys: Path, house: House) -> None:
    department.register(envelope=BOTH, region='"430200"')
    department.exchange("a.xml", seal())
    [(digest,)] = department.rows("package", "digest")
    for name in ("hub.key", "hub.crt"):
        (keys / name).unlink()
    with pytest.raises(StopError) as told:
        wiring.replay(f"{SYSTEM}/{digest}")
    assert told.value.code == "REPLAY_SEALED"


def _list_the_signer(department: Hub, house: House, keys: Path) -> None:
    shutil.copy(house.water.file, department.systems / "water.crt")
    department.register(envelope=BOTH.replace("land.crt", "land.crt, water.crt"))


def _bring_the_key_back(department: Hub, house: House, keys: Path) -> None:
    for each in house.hub.file.parent.iterdir():
        shutil.copy(each, keys)


def _allow_it_unsealed(department: Hub, house: House, keys: Path) -> None:
    department.register()


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("CERT_NOT_BOUND", _list_the_signer),
        ("CMS_NOT_FOR_US", _bring_the_key_back),
        ("ENVELOPE_UNENCRYPTED", _allow_it_unsealed),
    ],
)
def test_a_package_refused_as_a_whole_is_judged_anew_once_the_reason_is_gone(
    department: Hub, seal: Seal, house: House, keys: Path, code: str, mend: Callable[[Hub, House, Path], None]
) -> None:
    if code == "CMS_NOT_FOR_US":
        for name in ("hub.key", "hub.crt"):
            (keys / name).unlink()
    body = (
        GOOD
        if code == "ENVELOPE_UNENCRYPTED"
        else seal(signer=house.water if code == "CERT_NOT_BOUND" else None)
    )
    first = department.exchange("a.xml", body)
    assert first.text("RefusalCode") == code
    [(digest,)] = department.rows("package", "digest")

    with pytest.raises(StopError, match="REPLAY_REFUSED") as told:
        wiring.replay(f"{SYSTEM}/{digest}")
    assert code in told.value.message_en
    assert department.count("package") == 1

    mend(department, house, keys)
    done = wiring.replay(f"{SYSTEM}/{digest}")
    assert (done["package_id"], done["state"], done["accepted"]) == ("P1", "closed", 2)
    assert department.receipt("a.xml").body == first.body
    assert department.receipt("a.xml~1").counts["accepted"] == 2
    assert department.receipt("a.xml~1").text("Digest") == digest
    assert "package.replayed" in department.events()
    with pytest.raises(StopError, match="REPLAY_NOTHING"):
        wiring.replay(f"{SYSTEM}/{digest}")
    assert department.exchange("again.xml", body).body == first.body
    assert list(wiring.settings().work.iterdir()) == []


FOREIGN = package([case("C1")], system="water-bureau")
NEWER = GOOD.replace(b'version="1.0">', b'version="1.1">')


def _leave(hub: Hub) -> None:
    pass


@pytest.mark.parametrize(
    ("body", "code", "mend", "accepted"),
    [
        (FOREIGN, "PKG_SYSTEM", _leave, None),
        (NEWER, "PKG_VERSION", lambda hub: hub.register(schema='"1.1"'), 2),
        (package([case("C1")], count=2), "PKG_COUNT", _leave, None),
    ],
    ids=["another system's", "a newer version", "a wrong count"],
)
def test_what_would_be_refused_again_is_not_judged_anew_however_often_it_is_asked_for(
    hub: Hub, body: bytes, code: str, mend: Callable[[Hub], None], accepted: int | None
) -> None:
    first = hub.exchange("a.xml", body)
    assert first.text("RefusalCode") == code
    before = hub.everything()
    for _ in range(2):
        with pytest.raises(StopError, match="REPLAY_REFUSED") as told:
            wiring.replay(f"{SYSTEM}/{sha256(body).hexdigest()}")
        assert code in told.value.message_en
    assert hub.everything() == before
    mend(hub)
    if accepted is not None:
        assert wiring.replay(f"{SYSTEM}/{sha256(body).hexdigest()}")["accepted"] == accepted


def test_a_package_that_is_refused_when_it_is_judged_anew_leaves_nothing_of_the_hub_s_at_the_department(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.exchange("a.xml", FOREIGN)
    digest = sha256(FOREIGN).hexdigest()
    with monkeypatch.context() as patch:  # the reason shows only when it is processed
        patch.setattr("hub.pipeline.replay.check_head", lambda head, registration: None)
        assert wiring.replay(f"{SYSTEM}/{digest}")["state"] == "refused"
        [again] = {one for (one,) in hub.rows("package", "digest")} - {digest}
        assert wiring.replay(f"{SYSTEM}/{again}")["state"] == "refused"
    assert [each.name for each in hub.folder("bad").iterdir()] == ["a.xml"]
    told = [hub.receipt(name).text("Digest") for name in ("a.xml", "a.xml~1", "a.xml~1~1")]
    assert told == [digest] * 3


def test_what_was_sealed_and_judged_anew_tells_its_seal_and_where_its_values_came_from(
    department: Hub, seal: Seal, house: House, keys: Path, suphub: Suphub
) -> None:
    body = seal(signer=house.water)
    department.exchange("a.xml", body)
    [(digest,)] = department.rows("package", "digest")
    _list_the_signer(department, house, keys)
    wiring.replay(f"{SYSTEM}/{digest}")
    shown = suphub("package", "show", f"{SYSTEM}/P1", "--json").document
    assert shown["seal"]["signer"]["subject"] == "CN=water"
    found = suphub("case", "show", f"{SYSTEM}/C1", "--json").document
    assert found["unread"] == []
    assert any(origin["line"] for origin in found["origins"].values())
    stored = [path.read_bytes() for path in (wiring.settings().raw).rglob("*") if path.is_file()]
    assert not any(b"<Case>" in each for each in stored)


def test_a_ticket_that_a_department_sends_is_no_ticket(department: Hub) -> None:
    department.register()
    department.exchange("a.xml", GOOD)
    [(digest,)] = department.rows("package", "digest")
    told = department.exchange("b.xml", Ticket(digest, 0, 1).written())
    assert told.text("State") == "refused"


def test_a_sealed_file_is_validated_by_its_registration(department: Hub, seal: Seal, tmp_path: Path) -> None:
    file = tmp_path / "sealed"
    file.write_bytes(seal())
    found = wiring.registration(SYSTEM)
    assert validate_file(file, found, wiring.limits(), seals=wiring.seals()) == []
    file.write_bytes(GOOD)
    [violation] = validate_file(file, found, wiring.limits(), seals=wiring.seals())
    assert violation["code"] == "ENVELOPE_UNENCRYPTED"


def test_without_a_key_nothing_is_taken(department: Hub, seal: Seal, keys: Path) -> None:
    shutil.rmtree(keys)
    department.send("a.xml", seal())
    with pytest.raises(StopError) as told:
        department.run()
    assert told.value.code == "ENVELOPE_NO_KEY"
    assert (department.folder("out") / "a.xml").exists()


def test_a_key_that_others_may_read_stops_the_system(department: Hub, seal: Seal, keys: Path) -> None:
    (keys / "hub.key").chmod(0o640)
    department.send("a.xml", seal())
    with pytest.raises(StopError) as told:
        department.run()
    assert told.value.code == "ENVELOPE_KEY"
    assert "chmod 600" in told.value.message_en


def test_a_certificate_file_that_is_missing_stops_the_system(department: Hub, seal: Seal) -> None:
    (department.systems / "land.crt").unlink()
    department.send("a.xml", seal())
    with pytest.raises(StopError) as told:
        department.run()
    assert told.value.code == "ENVELOPE_FILE"
    assert "land.crt" in told.value.message_en


def test_keys_come_from_a_connection_where_there_are_no_files(
    department: Hub, seal: Seal, keys: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(keys)
    pem = house.hub.key_file.read_text() + house.hub.file.read_text()
    monkeypatch.setenv(
        "AIRFLOW_CONN_SUPHUB_ENVELOPE", json.dumps({"conn_type": "generic", "extra": {"pem": pem}})
    )
    assert department.exchange("a.xml", seal()).counts["accepted"] == 2


# Certificates that the hub's own authority of nodes issues


Issue = Callable[..., Holder]


@pytest.fixture
def suphub(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Suphub:
    return Suphub(monkeypatch, capfdbinary)


@pytest.fixture
def issue(sqlite_hub: Hub, tmp_path: Path, suphub: Suphub) -> Issue:
    """`suphub node issue` of a signing certificate, with a new key."""

    def run(node: str) -> Holder:
        key, made = tmp_path / "node.key", tmp_path / "node.crt"
        for file in (key, made):
            file.unlink(missing_ok=True)
        said = suphub(
            "node", "issue", node, "--kind", "signing", "--key-out", str(key), "--certificate-out", str(made)
        )
        assert said.code == 0, said.err
        return Holder(node, None, None, key, made)  # type: ignore[arg-type]

    return run


def only_signed(tmp_path: Path, signer: Holder) -> bytes:
    plain = tmp_path / "plain.xml"
    plain.write_bytes(GOOD)
    return signed(plain, signer).read_bytes()


def test_a_certificate_issued_to_a_node_of_the_system_signs_without_being_listed(
    sqlite_hub: Hub, tmp_path: Path, issue: Issue
) -> None:
    sqlite_hub.register(envelope="{signed: required}")
    signer = issue(f"{SYSTEM}/front-1")
    assert sqlite_hub.exchange("a.xml", only_signed(tmp_path, signer)).counts["accepted"] == 2


def test_a_certificate_issued_to_a_node_of_another_system_is_refused(
    sqlite_hub: Hub, tmp_path: Path, issue: Issue
) -> None:
    sqlite_hub.register("water-bureau")
    sqlite_hub.register(envelope="{signed: required}")
    issue(f"{SYSTEM}/front-1")
    receipt = sqlite_hub.exchange("a.xml", only_signed(tmp_path, issue("water-bureau/front-1")))
    assert receipt.text("RefusalCode") == "CERT_NOT_BOUND"
