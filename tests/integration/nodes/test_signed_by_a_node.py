"""Packages that a node signed with `openssl cms`: its registered certificate lets them in, its bounds hold, its revocation ends it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from hub import wiring
from hub.nodes import settle
from hub.nodes.refusals import ENTRIES, MINUTE_US
from tests.integration.pipeline.conftest import Hub
from tests.support.command import Suphub
from tests.support.message import SYSTEM, USCC, case, package
from tests.support.nodes import NOW, entries
from tests.support.sealing import holder, rsa_key, signed

SECOND = "91430100MA4L12346D"
NODE = f"{SYSTEM}/front-1"
Sign = Callable[[str, bytes], bytes]


@pytest.fixture
def department(hub: Hub, suphub: Suphub, tmp_path: Path) -> Hub:
    """It may send for two organisations, its node for one of them; the hub's authority issued the certificate."""
    hub.register(organization=f"[{USCC}, {SECOND}]", envelope="{signed: required}")
    issued = suphub(
        "node", "issue", NODE, "--kind", "signing", "--key-out", tmp_path / "k.pem", "--certificate-out",
        tmp_path / "c.pem", "--key-type", "ec", "--organization", USCC, "--region", "430100",
    )  # fmt: skip
    assert issued.code == 0, issued.err
    return hub


@pytest.fixture
def sign(tmp_path: Path) -> Sign:
    def signed(name: str, body: bytes) -> bytes:
        (tmp_path / name).write_bytes(body)
        subprocess.run(
            ["openssl", "cms", "-sign", "-binary", "-nodetach", "-in", str(tmp_path / name), "-signer",
             str(tmp_path / "c.pem"), "-inkey", str(tmp_path / "k.pem"), "-outform", "DER", "-out", str(tmp_path / f"{name}.p7m")],
            check=True, capture_output=True,
        )  # fmt: skip
        return (tmp_path / f"{name}.p7m").read_bytes()

    return signed


MIXED = [
    case("C1"),
    case("C2", {"Organization/Uscc": SECOND}),
    case("C3", {"Organization/RegionCode": "430200"}),
]


def test_a_node_sends_for_its_own_organisation_only(department: Hub, sign: Sign) -> None:
    body = sign("a.xml", package(MIXED, "P-1"))
    department.exchange("a.xml", body)
    digest = sha256(body).hexdigest()
    assert department.outcomes(digest) == [
        ("C1", "accepted", ""), ("C2", "rejected", "ORG_FOREIGN"), ("C3", "rejected", "REGION_FOREIGN"),
    ]  # fmt: skip
    assert entries(department.engine, "data.foreign") == [{
        "system": SYSTEM, "package": "P-1", "digest": digest, "cases": 2, "organizations": {SECOND: 1}, "regions": {"430200": 1},
    }]  # fmt: skip


def test_cases_judged_anew_are_held_to_the_node_that_signed_them(department: Hub, sign: Sign) -> None:
    department.exchange("a.xml", sign("a.xml", package(MIXED, "P-1")))
    wiring.replay(f"{SYSTEM}/P-1")
    assert department.rows("case_head", "case_no") == [("C1",)]


def test_bounds_that_are_widened_hold_from_then_on(
    department: Hub, sign: Sign, suphub: Suphub, tmp_path: Path
) -> None:
    department.exchange("a.xml", sign("a.xml", package(MIXED, "P-1")))
    widened = suphub(
        "node",
        "rotate",
        NODE,
        "--certificate",
        tmp_path / "c.pem",
        "--organization",
        USCC,
        "--organization",
        SECOND,
    )
    assert widened.code == 0, widened.err
    receipt = department.exchange("b.xml", sign("b.xml", package(MIXED, "P-2", serial=2)))
    assert (receipt.counts["accepted"], receipt.counts["duplicate"], receipt.counts["rejected"]) == (1, 1, 1)


def test_what_a_node_signs_after_its_revocation_is_refused(
    department: Hub, sign: Sign, suphub: Suphub, tmp_path: Path
) -> None:
    other = ("--key-out", tmp_path / "k2.pem", "--certificate-out", tmp_path / "c2.pem", "--key-type", "ec")
    assert suphub("node", "issue", f"{SYSTEM}/front-2", "--kind", "signing", *other).code == 0
    assert suphub("node", "revoke", NODE, "--reason", "私钥泄露").code == 0
    receipt = department.exchange("a.xml", sign("a.xml", package([case("C1")])))
    assert receipt.text("RefusalCode") == "CERT_REVOKED"
    assert department.count("case_head") == 0


def test_a_revoked_certificate_is_refused_even_where_the_registration_still_lists_it(
    department: Hub, sign: Sign, suphub: Suphub, tmp_path: Path
) -> None:
    (department.systems / "front-1.pem").write_bytes((tmp_path / "c.pem").read_bytes())
    words = {
        "organization": f"[{USCC}, {SECOND}]",
        "envelope": "{signed: required, certificates: [front-1.pem]}",
    }
    department.register(**words)
    assert department.exchange("a.xml", sign("a.xml", package([case("C1")]))).counts["accepted"] == 1
    assert suphub("node", "revoke", NODE).code == 0
    receipt = department.exchange("b.xml", sign("b.xml", package([case("C2")], "P-2", serial=2)))
    assert receipt.text("RefusalCode") == "CERT_REVOKED"
    assert department.rows("case_head", "case_no") == [("C1",)]
    assert suphub("log", "verify").code == 0


def refused_signers(hub: Hub) -> list[tuple[object, ...]]:
    names = ("why", "code", "wanted", "digest", "system", "node")
    return [tuple(each.get(name) for name in names) for each in entries(hub.engine, "node.refused")]


def test_whoever_may_not_sign_stands_in_the_hubs_chain(
    department: Hub, sign: Sign, suphub: Suphub, tmp_path: Path
) -> None:
    """Another system's node, a stranger, somebody without a signature, and a node that was revoked."""
    department.register("water-bureau", envelope="{signed: required}")
    keys = ("--key-out", tmp_path / "w.pem", "--certificate-out", tmp_path / "wc.pem", "--key-type", "ec")
    assert suphub("node", "issue", "water-bureau/front-1", "--kind", "signing", *keys).code == 0
    own = sign("own.xml", package([case("C0")]))
    stranger = holder(tmp_path, "stranger", rsa_key())
    (tmp_path / "d.xml").write_bytes(package([case("C3")]))
    strange = signed(tmp_path / "d.xml", stranger).read_bytes()
    plain = package([case("C4")])

    of_others = department.send("a.xml", own, "water-bureau")
    department.run("water-bureau")
    department.exchange("s.xml", strange)
    department.exchange("p.xml", plain)
    assert suphub("node", "revoke", NODE, "--reason", "私钥泄露").code == 0
    other = ("--key-out", tmp_path / "k2.pem", "--certificate-out", tmp_path / "c2.pem", "--key-type", "ec")
    assert suphub("node", "issue", f"{SYSTEM}/front-2", "--kind", "signing", *other).code == 0
    late = sign("late.xml", package([case("C5")]))
    department.exchange("late.xml", late)

    assert refused_signers(department) == [
        ("elsewhere", "CERT_NOT_BOUND", "water-bureau", of_others, SYSTEM, "front-1"),
        ("unknown", "CERT_UNTRUSTED", SYSTEM, sha256(strange).hexdigest(), None, None),
        ("missing", "ENVELOPE_UNSIGNED", SYSTEM, sha256(plain).hexdigest(), None, None),
        ("revoked", "CERT_REVOKED", SYSTEM, sha256(late).hexdigest(), SYSTEM, "front-1"),
    ]  # fmt: skip
    assert suphub("log", "verify").code == 0


def test_many_packages_of_a_stranger_fill_no_log_and_are_counted(
    sqlite_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.pipeline.closing.now_us", lambda: NOW)
    (sqlite_hub.systems / "land.crt").write_bytes(holder(tmp_path, "land", rsa_key()).file.read_bytes())
    sqlite_hub.register(envelope="{signed: required, certificates: [land.crt]}")
    for number in range(ENTRIES + 3):
        sqlite_hub.send(f"{number}.xml", package([case("C1")], f"P-{number}", serial=number + 1))
    sqlite_hub.run()
    assert len(entries(sqlite_hub.engine, "node.refused")) == ENTRIES
    assert settle(sqlite_hub.engine, NOW + 3 * MINUTE_US) == 3
    assert [each["without_entry"] for each in entries(sqlite_hub.engine, "node.refusals")] == [3]
