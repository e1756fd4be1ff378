"""Only nodes of the system come in; whoever is turned away stands in the hub's chain, and is slowed."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest

from hub.clock import DAY_US, now_us
from hub.nodes.changes import issue, revoke
from hub.nodes.shapes import Grant, Material
from hub.nodes.tokens import new_id
from tests.integration.inbox.conftest import PEER, Department
from tests.integration.inbox.test_pushing import GOOD, told
from tests.support.message import SYSTEM
from tests.support.nodes import entries, verified

FINGERPRINT = "ab" * 32
PROXY = "10.0.0.5"


def certificate(department: Department, name: str = "front-1") -> None:
    """A client certificate of a node, as it is kept."""
    now = now_us()
    grant = Grant(SYSTEM, name, None, None, now - DAY_US, now + DAY_US, "王管理员")
    issue(department.hub.engine, grant, Material("certificate", new_id(), fingerprint=FINGERPRINT), now)


def revoked(department: Department) -> Any:
    revoke(department.hub.engine, SYSTEM, "front-1", "王管理员", "泄露", now_us())
    return department.push("x.xml", GOOD)


Ask = Callable[[Department], Any]
REFUSED: dict[str, tuple[Ask, int, str, dict[str, str]]] = {
    "nothing is shown": (lambda d: d.push("x.xml", GOOD, token=None), 401, "NODE_REFUSED", {"why": "malformed"}),
    "a name and a password": (
        lambda d: d.push("x.xml", GOOD, token=None, authorization="Basic aHViOmh1Yg=="), 401, "NODE_REFUSED",
        {"why": "malformed"},
    ),
    "a token that nobody has": (
        lambda d: d.push("x.xml", GOOD, token=f"sh1_{'a' * 16}_{'b' * 52}"), 401, "NODE_REFUSED", {"why": "unknown"},
    ),
    "a token with another end": (
        lambda d: d.push("x.xml", GOOD, token=f"{d.token[:-4]}aaaa"), 401, "NODE_REFUSED", {"why": "wrong"},
    ),
    "a revoked one": (revoked, 401, "NODE_REVOKED", {"why": "revoked", "node": "front-1"}),
    "another system's": (
        lambda d: d.push("x.xml", GOOD, code="water-bureau"), 403, "NODE_ELSEWHERE",
        {"why": "elsewhere", "wanted": "water-bureau"},
    ),
    "a certificate's fingerprint from a stranger": (
        lambda d: d.push("x.xml", GOOD, x_client_certificate_sha256=FINGERPRINT), 400, "PUSH_PROXY", {"why": "proxy"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_who_may_not_come_in_is_told_so_and_written_down(department: Department, case: str) -> None:
    ask, status, code, entry = REFUSED[case]
    answer = ask(department)
    told(answer, status, code)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    [written] = entries(department.hub.engine, "node.refused")
    assert entry.items() | {"peer": PEER}.items() <= written.items()
    assert department.token not in str(written)
    assert department.lying() == []
    assert verified(department.hub.engine).ok


def test_receipts_and_cards_ask_as_packages_do(department: Department) -> None:
    for path in (
        "receipts/x.xml",
        "receipts/x.xml/signature",
        "cards",
        "cards/x.xml",
        "answers/x.xml/receipt",
    ):
        told(department.ask("GET", f"/v1/systems/{SYSTEM}/{path}", token=None), 401, "NODE_REFUSED")
    told(department.ask("PUT", f"/v1/systems/{SYSTEM}/answers/x.xml", b"x", token=None), 401, "NODE_REFUSED")


def test_who_fails_too_often_waits_and_a_department_beside_it_does_not(department: Department) -> None:
    answers = [department.push("x.xml", GOOD, token=None) for _ in range(21)]
    told(answers[-1], 429, "NODE_THROTTLED")
    assert int(answers[-1].headers["retry-after"]) > 0
    assert len(entries(department.hub.engine, "node.refused")) == 5
    department.peer = "192.0.2.8"
    assert department.push("x.xml", GOOD).status_code == 202


def test_a_credential_that_is_revoked_while_a_package_comes_does_not_bring_it_in(
    department: Department,
) -> None:
    def body() -> Any:
        yield GOOD[:100]
        revoke(department.hub.engine, SYSTEM, "front-1", "王管理员", "泄露", now_us())
        yield GOOD[100:]

    told(department.push("x.xml", body()), 401, "NODE_REVOKED")
    assert department.lying() == []


def test_a_registration_may_ask_for_certificates_alone(department: Department) -> None:
    department.hub.register(connector="{kind: push, credentials: [certificate]}")
    told(department.push("x.xml", GOOD), 403, "PUSH_CREDENTIAL")
    [written] = entries(department.hub.engine, "node.refused")
    assert written["why"] == "unfit"


def test_a_system_that_does_not_push_has_no_door(department: Department) -> None:
    department.hub.register()
    told(department.push("x.xml", GOOD), 404, "PUSH_SYSTEM")


def test_a_trusted_proxy_says_whose_certificate_it_has_checked_and_who_called(department: Department) -> None:
    certificate(department, "front-2")
    department.peer = f"::ffff:{PROXY}"
    department.change(proxies=(ipaddress.ip_network("10.0.0.0/29"),))
    proxied = {"x_forwarded_for": "203.0.113.9, 198.51.100.4", "token": None}
    taken = department.push("x.xml", GOOD, x_client_certificate_sha256=FINGERPRINT.upper(), **proxied)
    assert taken.status_code == 202
    told(
        department.push("y.xml", GOOD, x_client_certificate_sha256="cd" * 32, **proxied), 401, "NODE_REFUSED"
    )
    [written] = entries(department.hub.engine, "node.refused")
    # The last address is the one that the proxy itself has seen; what stands before it anybody may have written.
    assert (written["peer"], written["kind"], written["why"]) == ("198.51.100.4", "certificate", "unknown")


def test_what_a_stranger_says_of_who_called_is_not_believed(department: Department) -> None:
    department.push("x.xml", GOOD, token=None, x_forwarded_for="198.51.100.4")
    [written] = entries(department.hub.engine, "node.refused")
    assert written["peer"] == PEER
