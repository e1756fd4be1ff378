"""`suphub node` as people and scripts use it: what is issued opens doors, what is wrong is told, and the log stays whole."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy import Engine

from hub.central.engine import reading
from hub.errors import RefusedError
from hub.nodes import by_certificate, by_ssh_key, by_token, node_of_signer, signing_certificates
from hub.nodes.tokens import taken_apart
from tests.integration.pipeline.conftest import Hub
from tests.support.command import Said, Suphub
from tests.support.message import SYSTEM, USCC, case, package
from tests.support.nodes import OTHER, entries, log_text
from tests.support.sealing import DAY, NOW, holder, revocations, rsa_key

NODE = f"{SYSTEM}/front-1"
PEER = "192.0.2.7"


def document(said: Said) -> Any:
    assert said.code == 0, said.err
    return said.document


def told(said: Said, code: str) -> None:
    assert said.code == 3, said.text + said.err
    assert said.err.startswith(code), said.err
    assert "处理:" in said.err
    assert "Remedy:" in said.err


def test_a_token_is_issued_rotated_and_revoked(hub: Hub, suphub: Suphub) -> None:
    first = document(suphub("node", "issue", NODE, "--kind", "token", "--reason", "首次", "--json"))
    assert (first["system"], first["node"], first["state"], first["days_left"]) == (
        SYSTEM,
        "front-1",
        "valid",
        365,
    )
    assert by_token(hub.engine, first["token"], peer=PEER).name == "front-1"

    second = document(suphub("node", "rotate", NODE, "--overlap", "2d", "--json"))
    for token in (first["token"], second["token"]):
        assert by_token(hub.engine, token, peer=PEER).name == "front-1"
    listed = document(suphub("node", "list", "--json"))
    assert [(each["id"], each["state"], each["days_left"]) for each in listed] == [
        (first["id"], "replaced", 1), (second["id"], "valid", 364),
    ]  # fmt: skip

    revoked = document(suphub("node", "revoke", NODE, "--reason", "泄露", "--by", "李管理员", "--json"))
    assert [(each["state"], each["revoked_by"], each["revoke_reason"]) for each in revoked] == [
        ("revoked", "李管理员", "泄露")
    ] * 2
    for token in (first["token"], second["token"]):
        with pytest.raises(RefusedError, match="NODE_REVOKED"):
            by_token(hub.engine, token, peer=PEER)

    assert suphub("log", "verify").code == 0
    events = document(suphub("log", "search", "--system", "hub", "--event", "node", "--json"))
    assert [each["event"] for each in events] == [
        "node.issued", "node.rotated", "node.revoked", "node.revoked", "node.refused", "node.refused",
    ]  # fmt: skip
    with reading(hub.engine) as connection:
        log = log_text(connection)
    for token in (first["token"], second["token"]):
        parts = taken_apart(token)
        assert parts is not None
        assert parts.secret not in log
    assert "argon2" not in log


def test_what_a_new_credential_opens_today_is_said_at_once(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    authority = holder(sqlite_hub.systems, "city", rsa_key(), ca=True)
    sqlite_hub.register(envelope="{authorities: [city.crt]}")
    made = holder(tmp_path, "land", rsa_key(), authority)
    signing = suphub(
        "node", "issue", NODE, "--kind", "signing", "--certificate", str(made.file), "--reason", "x"
    )
    assert "packages of this system that are signed with it" in " ".join(signing.text.split())
    token = suphub("node", "issue", NODE, "--kind", "token", "--reason", "x")
    assert "nothing yet" in " ".join(token.text.split())
    listed = document(suphub("node", "list", "--json"))
    assert {each["kind"]: each["in_use"] for each in listed} == {"signing": True, "token": False}
    for connector, used in (("{kind: push}", True), ("{kind: push, credentials: [certificate]}", False)):
        sqlite_hub.register(connector=connector)
        listed = document(suphub("node", "list", "--json"))
        assert {each["kind"]: each["in_use"] for each in listed} == {"signing": True, "token": used}
    sqlite_hub.register(connector="{kind: push}")
    rotated = suphub("node", "rotate", NODE, "--kind", "token")
    assert "the door to push to" in " ".join(rotated.text.split())


def test_a_certificate_that_no_authority_vouches_for_is_told_where_it_belongs(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    """One that a department has signed itself: bound, it would still be refused with every package."""
    alone = holder(tmp_path, "alone", rsa_key())
    issue = ("node", "issue", NODE, "--kind", "signing", "--reason", "x", "--certificate")
    said = suphub(*issue, str(alone.file))
    assert said.code == 0
    assert "envelope.certificates" in said.text
    other = holder(tmp_path, "other", rsa_key())
    rotated = suphub(
        "node",
        "rotate",
        NODE,
        "--kind",
        "signing",
        "--reason",
        "x",
        "--certificate",
        str(other.file),
        "--json",
    )
    assert (document(rotated)["in_use"], document(rotated)["not_yet"]) == (False, "CERT_NOT_BOUND")
    openssl(
        f"req -x509 -newkey rsa:2048 -nodes -subj /CN=land -keyout {tmp_path}/s.key -out {tmp_path}/s.crt"
    )
    refused = suphub(*issue[:2], f"{SYSTEM}/front-2", *issue[3:], f"{tmp_path}/s.crt")
    told(refused, "NODE_USAGE")
    assert "envelope.certificates" in refused.err


def test_a_token_is_shown_once_and_nowhere_again(sqlite_hub: Hub, suphub: Suphub) -> None:
    shown = suphub("node", "issue", NODE, "--kind", "token").text
    [token] = [line for line in shown.splitlines() if line.startswith("sh1_")]
    parts = taken_apart(token)
    assert parts is not None
    for again in (suphub("node", "list"), suphub("node", "list", "--json"), suphub("log", "search")):
        assert parts.secret not in again.text + again.err
        assert "argon2" not in again.text


def test_the_hub_issues_a_client_certificate_and_keeps_no_key(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    key, file = tmp_path / "k.pem", tmp_path / "c.pem"
    made = document(
        suphub("node", "issue", NODE, "--kind", "certificate", "--key-out", key, "--certificate-out", file,
               "--key-type", "ec", "--days", 20, "--json")
    )  # fmt: skip
    assert made["files"]["key"] == str(key)
    assert key.stat().st_mode & 0o777 == 0o600
    openssl(f"verify -CAfile {made['files']['authority']} -purpose sslclient {file}")
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    assert certificate.subject.rfc4514_string() == f"CN={NODE.replace('/', '/')},O=国土资源局审批系统"
    assert by_certificate(sqlite_hub.engine, made["fingerprint"], peer=PEER).system == SYSTEM
    body = "".join(key.read_text().splitlines()[1:-1])
    for path in [*(tmp_path / "home").rglob("*"), *tmp_path.glob("central/*")]:
        assert path.is_dir() or body[:60].encode() not in path.read_bytes().replace(b"\n", b""), path
    assert "19 天后到期" in suphub("node", "list").err


def test_a_request_is_signed_and_the_key_stays_with_the_department(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    openssl(f"req -new -newkey rsa:2048 -nodes -keyout {tmp_path}/k.pem -subj /CN=x -out {tmp_path}/r.pem")
    made = document(
        suphub("node", "issue", NODE, "--kind", "signing", "--request", tmp_path / "r.pem",
               "--certificate-out", tmp_path / "c.pem", "--organization", USCC, "--json")
    )  # fmt: skip
    with reading(sqlite_hub.engine) as connection:
        node = node_of_signer(connection, SYSTEM, made["fingerprint"])
    assert node is not None
    assert node.organizations == (USCC,)
    # What openssl signs with it, openssl verifies by the authority's certificate alone.
    (tmp_path / "x.xml").write_text("<x/>", encoding="utf-8")
    openssl(
        f"cms -sign -binary -nodetach -in {tmp_path}/x.xml -signer {tmp_path}/c.pem -inkey {tmp_path}/k.pem"
        f" -outform DER -out {tmp_path}/x.p7m"
    )
    openssl(
        f"cms -verify -inform DER -in {tmp_path}/x.p7m -CAfile {made['files']['authority']} -out {tmp_path}/y"
    )
    assert (tmp_path / "y").read_text(encoding="utf-8") == "<x/>"


def test_certificates_and_keys_of_the_department_are_bound(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    own_certificate(tmp_path, "a")
    signing = document(
        suphub("node", "issue", NODE, "--kind", "signing", "--certificate", tmp_path / "a.pem", "--json")
    )
    with reading(sqlite_hub.engine) as connection:
        at = sqlite_hub.rows("node_credential", "issued_at")[0][0]
        assert signing_certificates(connection, SYSTEM, at) == {signing["fingerprint"]}
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "s")], check=True)
    ssh = document(
        suphub("node", "issue", NODE, "--kind", "ssh-key", "--public-key", tmp_path / "s.pub", "--json")
    )
    assert by_ssh_key(sqlite_hub.engine, ssh["fingerprint"], peer=PEER).kind == "ssh-key"
    told(
        suphub("node", "issue", NODE, "--kind", "signing", "--certificate", tmp_path / "a.pem"), "NODE_EXISTS"
    )


def openssl(arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split(" ")], check=True, capture_output=True)


def own_certificate(folder: Path, name: str, more: str = "-newkey rsa:2048 -days 90") -> Path:
    openssl(
        f"req -x509 {more} -nodes -keyout {folder}/{name}.key -subj /CN={name}"
        f" -addext basicConstraints=CA:FALSE -out {folder}/{name}.pem"
    )
    return folder / f"{name}.pem"


Make = Callable[[Path], list[object]]
WRONG: dict[str, tuple[Make, str]] = {
    "unknown system": (lambda f: ["issue", "nowhere/a", "--kind", "token"], "SYSTEM_UNKNOWN"),
    "organisation of another": (lambda f: ["issue", NODE, "--kind", "token", "--organization", OTHER], "NODE_ORGANIZATION"),
    "region of another": (lambda f: ["issue", NODE, "--kind", "token", "--region", "440300"], "NODE_REGION"),
    "region that is none": (lambda f: ["issue", NODE, "--kind", "token", "--region", "4301"], "NODE_REGION"),
    "expired certificate": (
        lambda f: ["issue", NODE, "--kind", "signing", "--certificate", expired(f)], "NODE_CERTIFICATE_EXPIRED"),
    "weak key": (
        lambda f: ["issue", NODE, "--kind", "signing", "--certificate", own_certificate(f, "w", "-newkey rsa:1024")],
        "NODE_WEAK_KEY"),
    "private key": (
        lambda f: ["issue", NODE, "--kind", "signing", "--certificate", own_certificate(f, "p").with_suffix(".key")],
        "NODE_PRIVATE_KEY"),
    "authority": (
        lambda f: ["issue", NODE, "--kind", "certificate", "--certificate", authority(f)], "NODE_USAGE"),
    "no such file": (lambda f: ["issue", NODE, "--kind", "certificate", "--certificate", f / "none"], "NODE_FILE"),
    "a folder": (lambda f: ["issue", NODE, "--kind", "ssh-key", "--public-key", f], "NODE_FILE"),
    "a certificate as SSH key": (
        lambda f: ["issue", NODE, "--kind", "ssh-key", "--public-key", own_certificate(f, "x")], "NODE_SSH_KEY"),
    "no folder to write to": (
        lambda f: ["issue", NODE, "--kind", "signing", "--key-out", f / "no" / "k", "--certificate-out", f / "c",
                   "--key-type", "ec"], "NODE_FILE"),
    "only the past": (lambda f: ["issue", NODE, "--kind", "token", "--from", "2020-01-01", "--days", 5], "NODE_VALIDITY"),
    "nothing to rotate": (lambda f: ["rotate", NODE], "NODE_UNKNOWN"),
    "nothing of that kind to rotate": (lambda f: ["rotate", NODE, "--kind", "token"], "NODE_UNKNOWN"),
    "nothing to revoke": (lambda f: ["revoke", NODE], "NODE_UNKNOWN"),
    "list of an unknown system": (lambda f: ["list", "nowhere"], "SYSTEM_UNKNOWN"),
}  # fmt: skip


def expired(folder: Path) -> Path:
    """A certificate of days gone by, as `openssl x509` makes it where it may choose the days."""
    own_certificate(folder, "e")
    openssl(f"req -new -key {folder}/e.key -subj /CN=e -out {folder}/e.csr")
    openssl(f"x509 -req -in {folder}/e.csr -signkey {folder}/e.key -days -1 -out {folder}/old.pem")
    return folder / "old.pem"


def authority(folder: Path) -> Path:
    openssl(f"req -x509 -newkey rsa:2048 -nodes -keyout {folder}/ca.key -subj /CN=ca -out {folder}/ca.pem")
    return folder / "ca.pem"


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_a_remedy_and_changes_nothing(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path, name: str
) -> None:
    make, code = WRONG[name]
    told(suphub("node", *make(tmp_path)), code)
    assert sqlite_hub.count("node_credential") == 0
    assert entries(sqlite_hub.engine) == []


@pytest.mark.parametrize(
    "arguments",
    [["issue", NODE], ["issue", NODE, "--kind", "password"], ["issue", "front-1", "--kind", "token"],
     ["issue", "land-bureau/", "--kind", "token"], ["issue", f"{SYSTEM}/a b", "--kind", "token"],
     ["issue", NODE, "--kind", "certificate"], ["issue", NODE, "--kind", "token", "--certificate", "a"],
     ["issue", NODE, "--kind", "signing", "--key-out", "k"], ["issue", NODE, "--kind", "ssh-key", "--certificate", "a"],
     ["issue", NODE, "--kind", "certificate", "--key-out", "k", "--certificate-out", "c", "--key-type", "dsa"],
     ["issue", NODE, "--kind", "token", "--days", "0"], ["issue", NODE, "--kind", "token", "--from", "morgen"],
     ["rotate", NODE, "--kind", "token", "--overlap", "two weeks"], ["revoke", "front-1"], ["list", "--expiring", "soon"]],
)  # fmt: skip
def test_a_wrong_use_is_told_as_such(sqlite_hub: Hub, suphub: Suphub, arguments: list[str]) -> None:
    assert suphub("node", *arguments).code == 2
    assert sqlite_hub.count("node_credential") == 0


def test_files_that_were_written_are_taken_away_when_the_issue_fails(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    key, file = tmp_path / "k.pem", tmp_path / "c.pem"
    wanted = (
        "issue",
        NODE,
        "--kind",
        "signing",
        "--key-out",
        key,
        "--certificate-out",
        file,
        "--key-type",
        "ec",
    )
    assert suphub("node", *wanted).code == 0
    first = key.read_bytes()
    told(suphub("node", *wanted), "NODE_FILE")
    assert key.read_bytes() == first
    other = ("--key-out", tmp_path / "k2.pem", "--certificate-out", tmp_path / "c2.pem", "--key-type", "ec")
    told(suphub("node", "issue", NODE, "--kind", "signing", *other), "NODE_EXISTS")
    assert not (tmp_path / "k2.pem").exists()
    assert not (tmp_path / "c2.pem").exists()


def test_which_kind_to_rotate_is_asked_only_where_there_are_several(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    document(suphub("node", "issue", NODE, "--kind", "token", "--json"))
    document(
        suphub(
            "node",
            "issue",
            NODE,
            "--kind",
            "signing",
            "--certificate",
            own_certificate(tmp_path, "a"),
            "--json",
        )
    )
    said = suphub("node", "rotate", NODE)
    assert said.code == 2
    assert "signing, token" in said.err
    changed = document(
        suphub("node", "rotate", NODE, "--kind", "signing", "--certificate", own_certificate(tmp_path, "b"),
               "--overlap", "0", "--json")
    )  # fmt: skip
    states = [(each["kind"], each["state"]) for each in document(suphub("node", "list", NODE, "--json"))]
    assert states == [("signing", "expired"), ("signing", "valid"), ("token", "valid")]
    assert changed["kind"] == "signing"


def test_what_ends_soon_can_be_listed(sqlite_hub: Hub, suphub: Suphub) -> None:
    document(suphub("node", "issue", NODE, "--kind", "token", "--days", 5, "--json"))
    document(suphub("node", "issue", f"{SYSTEM}/front-2", "--kind", "token", "--json"))
    soon = document(suphub("node", "list", "--expiring", "7d", "--json"))
    assert [(each["node"], each["days_left"]) for each in soon] == [("front-1", 4)]
    assert document(suphub("node", "list", f"{SYSTEM}/front-2", "--expiring", "7d", "--json")) == []


def test_foreign_cases_of_a_package_are_told_in_the_hubs_chain(hub: Hub, suphub: Suphub) -> None:
    body = package([
        case("C1"), case("C2", {"Organization/Uscc": "91430100MA4L12346D"}), case("C3", {"Organization/RegionCode": "440300"}),
        case("C4", {"Organization/Uscc": "91430100MA4L12346D"}),
    ], "P-9")  # fmt: skip
    digest = hub.send("a.xml", body)
    hub.run()
    assert [each for each in entries(hub.engine, "data.foreign")] == [{
        "system": SYSTEM, "package": "P-9", "digest": digest, "cases": 3,
        "organizations": {"91430100MA4L12346D": 2}, "regions": {"440300": 1},
    }]  # fmt: skip
    assert suphub("log", "verify").code == 0
    hub.exchange("b.xml", package([case("D1")], "P-10", serial=2))
    assert len(entries(hub.engine, "data.foreign")) == 1


def test_attempts_through_the_years_leave_the_log_whole(
    sqlite_engine: Engine, sqlite_hub: Hub, suphub: Suphub
) -> None:
    for number in range(8):
        with pytest.raises(RefusedError):
            by_token(sqlite_engine, f"guess {number}", peer=f"198.51.100.{number % 2}")
    assert suphub("log", "verify").code == 0


def test_a_certificate_that_its_authority_revoked_is_not_issued_for_signing(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    authority = holder(sqlite_hub.systems, "ca", rsa_key(), ca=True)
    revoked, good = (holder(tmp_path, name, rsa_key(), authority) for name in ("revoked", "good"))
    revocations(sqlite_hub.systems / "ca.crl", authority, {revoked.certificate.serial_number: NOW - DAY})
    sqlite_hub.register(envelope="{signed: required, authorities: [ca.crt], crls: [ca.crl]}")
    told(
        suphub("node", "issue", NODE, "--kind", "signing", "--certificate", revoked.file), "NODE_KEY_REVOKED"
    )
    assert suphub("node", "issue", NODE, "--kind", "signing", "--certificate", good.file).code == 0
    told(suphub("node", "rotate", NODE, "--certificate", revoked.file), "NODE_KEY_REVOKED")
    assert (
        suphub("node", "issue", f"{SYSTEM}/web", "--kind", "certificate", "--certificate", revoked.file).code
        == 0
    )


def test_a_file_that_is_there_is_told_before_anything_is_made(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    (tmp_path / "c.pem").write_text("mine")
    wanted = ("--key-out", tmp_path / "k.pem", "--certificate-out", tmp_path / "c.pem", "--key-type", "ec")
    said = suphub("node", "issue", NODE, "--kind", "signing", *wanted)
    told(said, "NODE_FILE")
    assert "never overwritten" in said.err
    assert (tmp_path / "c.pem").read_text() == "mine"
    assert not (tmp_path / "k.pem").exists()
    assert not (sqlite_hub.home / "home" / "keys" / "node-authority.pem").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "token", "--from", "2026-13-01"), "a day as year-month-day"),
        (("--kind", "token", "--from", "tomorrow"), "写成年-月-日"),
        (("--kind", "token", "--days", "0"), "--days"),
        (("--kind", "signing", "--key-out", "x.pem", "--certificate-out", "x.pem"), "must be two files"),
    ],
)
def test_what_cannot_be_meant_is_told_with_what_can(
    sqlite_hub: Hub, suphub: Suphub, words: tuple[str, ...], said: str
) -> None:
    found = suphub("node", "issue", NODE, *words)
    assert found.code == 2
    assert said in " ".join(found.err.replace("│", " ").split())  # within a frame as wide as the terminal
