"""Issuing, rotating, revoking: each has its entry in the log, none lets a key serve two systems or come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from hub.central.engine import reading
from hub.clock import DAY_US, iso
from hub.errors import StopError
from hub.nodes import expiring, listed, node_of_signer, signing_certificates
from hub.nodes.changes import issue, revoke, rotate
from hub.nodes.shapes import Credential, Material
from hub.nodes.tokens import new_id, new_token
from tests.support.nodes import NOW, OTHER, SYSTEM, USCC, entries, grant, holder_of, token_of, verified

PRINT, SECOND_PRINT = "ab" * 32, "cd" * 32
FORTNIGHT = 14 * DAY_US


def stopped(work: Callable[[], object]) -> StopError:
    with pytest.raises(StopError) as caught:
        work()
    return caught.value


def signer(fingerprint: str, **span: int) -> Material:
    return Material("signing", new_id(), fingerprint=fingerprint, **span)


def states(engine: Engine, at: int) -> list[tuple[str, int, str]]:
    with reading(engine) as connection:
        return [(each.kind, each.generation, each.state(at)) for each in listed(connection)]


def rotated(engine: Engine, old: Credential, at: int, overlap: int = FORTNIGHT, **changes: Any) -> Credential:
    material = new_token()[1] if old.kind == "token" else signer(changes.pop("fingerprint"))
    return rotate(
        engine, grant(valid_from=at, valid_to=at + 365 * DAY_US, **changes), material, overlap, at,
        expected=old.generation,
    )  # fmt: skip


def test_each_change_stands_in_the_log_with_who_and_why(engine: Engine) -> None:
    _, first = token_of(engine, organizations=(USCC,), regions=("430102",))
    second = rotated(engine, first, NOW + DAY_US, reason="年度轮换", by="李管理员")
    revoke(engine, SYSTEM, "front-1", "王管理员", "泄露", NOW + 2 * DAY_US)
    issued, changed, *ended = entries(engine)
    assert list(issued.pop("seals")) == ["node_credential"]
    assert issued == {
        "system": SYSTEM, "node": "front-1", "kind": "token", "id": first.id, "generation": 1, "fingerprint": None,
        "organizations": [USCC], "regions": ["430102"], "valid_from": iso(NOW), "valid_to": iso(NOW + 365 * DAY_US),
        "by": "王管理员", "reason": "首次",
    }  # fmt: skip
    assert (changed["id"], changed["replaces"], changed["by"], changed["reason"]) == (
        second.id, first.id, "李管理员", "年度轮换",
    )  # fmt: skip
    assert changed["until"] == iso(NOW + DAY_US + FORTNIGHT)
    assert [(each["id"], each["reason"]) for each in ended] == [(first.id, "泄露"), (second.id, "泄露")]
    assert verified(engine).ok


def test_a_rotation_keeps_the_bounds_unless_it_is_given_others(engine: Engine) -> None:
    _, first = token_of(engine, organizations=(USCC, OTHER), regions=("430102",))
    second = rotated(engine, first, NOW)
    third = rotated(engine, second, NOW, organizations=(USCC,), regions=())
    assert (second.organizations, second.regions) == ((USCC, OTHER), ("430102",))
    assert (third.organizations, third.regions) == ((USCC,), ())


def test_the_old_one_lives_through_the_overlap_and_no_longer_than_it_would_have(engine: Engine) -> None:
    _, first = token_of(engine)
    rotated(engine, first, NOW + DAY_US)
    end = NOW + DAY_US + FORTNIGHT
    assert states(engine, end - 1) == [("token", 1, "replaced"), ("token", 2, "valid")]
    assert states(engine, end) == [("token", 1, "expired"), ("token", 2, "valid")]
    _, short = token_of(engine, "front-2", valid_to=NOW + 3 * DAY_US)
    rotate(
        engine,
        grant("front-2", valid_from=NOW),
        new_token()[1],
        FORTNIGHT,
        NOW,
        expected=short.generation,
    )
    with reading(engine) as connection:
        assert listed(connection, SYSTEM, "front-2")[0].valid_to == NOW + 3 * DAY_US


def test_the_overlap_begins_when_the_new_one_does(engine: Engine) -> None:
    _, first = token_of(engine)
    start = NOW + 30 * DAY_US
    rotate(engine, grant(valid_from=start), new_token()[1], FORTNIGHT, NOW, expected=first.generation)
    assert states(engine, NOW + 20 * DAY_US) == [("token", 1, "replaced"), ("token", 2, "pending")]
    assert states(engine, start + FORTNIGHT) == [("token", 1, "expired"), ("token", 2, "valid")]


def test_who_rotates_what_another_has_just_rotated_is_told_and_changes_nothing(engine: Engine) -> None:
    _, first = token_of(engine)
    rotated(engine, first, NOW)
    error = stopped(lambda: rotated(engine, first, NOW))
    assert error.code == "NODE_CHANGED"
    assert len(states(engine, NOW)) == 2
    assert len(entries(engine)) == 2


def test_revocation_ends_at_once_all_a_kind_or_one(engine: Engine) -> None:
    _, first = token_of(engine)
    second = rotated(engine, first, NOW)
    holder_of(engine, "certificate", PRINT)
    revoke(engine, SYSTEM, "front-1", "王", None, NOW, public_id=first.id)
    assert states(engine, NOW) == [
        ("certificate", 1, "valid"),
        ("token", 1, "revoked"),
        ("token", 2, "valid"),
    ]
    revoke(engine, SYSTEM, "front-1", "王", None, NOW, kind="certificate")
    assert [each.id for each in revoke(engine, SYSTEM, "front-1", "王", None, NOW)] == [second.id]
    assert stopped(lambda: revoke(engine, SYSTEM, "front-1", "王", None, NOW)).code == "NODE_UNKNOWN"


@pytest.mark.parametrize(
    "arguments", [("nobody", None, None), ("front-1", "ssh-key", None), ("front-1", None, "aaaa")]
)
def test_nothing_is_revoked_where_there_is_nothing(engine: Engine, arguments: tuple[Any, Any, Any]) -> None:
    token_of(engine)
    name, kind, public_id = arguments
    work = lambda: revoke(engine, SYSTEM, name, "王", None, NOW, kind=kind, public_id=public_id)  # noqa: E731
    assert stopped(work).code == "NODE_UNKNOWN"
    assert len(entries(engine)) == 1


def test_a_second_one_of_a_kind_is_a_rotation(engine: Engine) -> None:
    token_of(engine)
    assert stopped(lambda: token_of(engine)).code == "NODE_EXISTS"
    holder_of(engine, "certificate", PRINT)
    token_of(engine, "front-2")
    revoke(engine, SYSTEM, "front-1", "王", None, NOW, kind="token")
    assert token_of(engine)[1].generation == 2


def test_a_revoked_node_is_issued_anew_and_not_rotated(engine: Engine) -> None:
    _, first = token_of(engine)
    revoke(engine, SYSTEM, "front-1", "王", None, NOW)
    assert stopped(lambda: rotated(engine, first, NOW)).code == "NODE_UNKNOWN"


@pytest.mark.parametrize(
    ("kind", "system", "name", "code"),
    [("signing", "water-bureau", "front-1", "NODE_HELD"),
     ("certificate", "water-bureau", "front-1", "NODE_HELD"),
     ("signing", SYSTEM, "front-2", "NODE_HELD"),
     ("certificate", SYSTEM, "front-1", None),
     ("certificate", SYSTEM, "front-2", None)],
)  # fmt: skip
def test_a_certificate_serves_one_system_and_one_node(
    engine: Engine, kind: str, system: str, name: str, code: str | None
) -> None:
    holder_of(engine, "signing", PRINT)
    work = lambda: holder_of(engine, kind, PRINT, name, system=system)  # noqa: E731
    if code is None:
        work()
    else:
        assert stopped(work).code == code


def test_a_revoked_key_never_comes_back(engine: Engine) -> None:
    holder_of(engine, "signing", PRINT)
    revoke(engine, SYSTEM, "front-1", "王", "私钥泄露", NOW)
    for work in (
        lambda: holder_of(engine, "signing", PRINT),
        lambda: holder_of(engine, "certificate", PRINT, system="water-bureau"),
    ):
        assert stopped(work).code == "NODE_KEY_REVOKED"
    old = holder_of(engine, "signing", SECOND_PRINT)
    assert stopped(lambda: rotated(engine, old, NOW, fingerprint=PRINT)).code == "NODE_KEY_REVOKED"


@pytest.mark.parametrize(
    ("given", "code"),
    [(grant(valid_to=NOW), "NODE_VALIDITY"), (grant(valid_from=NOW + DAY_US, valid_to=NOW + DAY_US), "NODE_VALIDITY")],
)  # fmt: skip
def test_a_validity_that_is_empty_or_over_is_refused(engine: Engine, given: Any, code: str) -> None:
    assert stopped(lambda: issue(engine, given, new_token()[1], NOW)).code == code
    assert entries(engine) == []


def test_a_certificate_is_valid_within_its_own_days_only(engine: Engine) -> None:
    material = signer(PRINT, not_before=NOW + DAY_US, not_after=NOW + 9 * DAY_US)
    made = issue(engine, grant(), material, NOW)
    assert (made.valid_from, made.valid_to) == (NOW + DAY_US, NOW + 9 * DAY_US)


def test_the_certificates_that_may_sign_are_those_of_the_system_that_are_in_force(engine: Engine) -> None:
    first = holder_of(engine, "signing", PRINT)
    holder_of(engine, "signing", "ef" * 32, system="water-bureau")
    holder_of(engine, "certificate", "01" * 32)
    rotated(engine, first, NOW + DAY_US, fingerprint=SECOND_PRINT)
    revoke_at = NOW + 30 * DAY_US
    revoke(engine, SYSTEM, "front-1", "王", None, revoke_at, kind="signing")

    def may(at: int) -> set[str]:
        with reading(engine) as connection:
            return signing_certificates(connection, SYSTEM, at)

    assert may(NOW - 1) == set()
    assert may(NOW) == {PRINT}
    assert may(NOW + 2 * DAY_US) == {PRINT, SECOND_PRINT}
    assert may(NOW + DAY_US + FORTNIGHT) == {SECOND_PRINT}
    assert may(revoke_at - 1) == {SECOND_PRINT}
    assert may(revoke_at) == set()


def test_the_node_of_a_signer_is_one_of_its_system(engine: Engine) -> None:
    holder_of(engine, "signing", PRINT, organizations=(USCC,))
    with reading(engine) as connection:
        node = node_of_signer(connection, SYSTEM, PRINT.upper(), NOW)
        assert node is not None
        assert (str(node), node.organizations) == ("land-bureau/front-1", (USCC,))
        assert node_of_signer(connection, "water-bureau", PRINT, NOW) is None
        assert node_of_signer(connection, SYSTEM, SECOND_PRINT, NOW) is None
        assert node_of_signer(connection, SYSTEM, PRINT, NOW + 400 * DAY_US) is None


def test_what_ends_soon_is_told_until_it_is_rotated_or_revoked(engine: Engine) -> None:
    _, first = token_of(engine)
    _, other = token_of(engine, "front-2", valid_to=NOW + 100 * DAY_US)

    def soon(at: int) -> list[tuple[str, int]]:
        with reading(engine) as connection:
            found = expiring(connection, timedelta(days=30), now=at)
        return [(each.name, each.days_left(at)) for each in found]

    assert soon(NOW + 70 * DAY_US - 1) == []
    assert soon(NOW + 70 * DAY_US) == [("front-2", 30)]
    assert soon(NOW + 101 * DAY_US) == [("front-2", -1)]
    revoke(engine, SYSTEM, "front-2", "王", None, NOW + 102 * DAY_US)
    assert soon(NOW + 103 * DAY_US) == []
    rotated(engine, first, NOW + 350 * DAY_US)
    assert soon(NOW + 355 * DAY_US) == []
    assert other.days_left(NOW) == 100


def test_what_was_issued_anew_after_its_end_is_no_longer_told(engine: Engine) -> None:
    token_of(engine, valid_to=NOW + DAY_US)
    later = NOW + 5 * DAY_US
    issue(engine, grant(valid_from=later), new_token()[1], later)
    assert states(engine, later) == [("token", 1, "expired"), ("token", 2, "valid")]
    with reading(engine) as connection:
        assert expiring(connection, timedelta(days=30), now=later) == []


def test_odd_texts_are_kept_as_far_as_there_is_room(engine: Engine) -> None:
    made = issue(engine, grant(by="\ud800" + "王" * 300, reason="因" * 3000), new_token()[1], NOW)
    assert (len(made.issued_by), len(made.reason or "")) == (100, 500)
    assert verified(engine).ok
