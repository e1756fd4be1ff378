"""Who is at the door: tokens, certificates and keys admit their node while they are valid, and nobody else."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import Type, extract_parameters
from sqlalchemy import Engine, select

from hub.central.engine import reading
from hub.central.tables.nodes import node_credential
from hub.clock import DAY_US
from hub.errors import HubError, RefusedError
from hub.nodes import by_certificate, by_ssh_key, by_token, doors, listed, tokens
from hub.nodes.changes import revoke, rotate
from hub.nodes.refusals import FAILURES
from hub.nodes.shapes import Material
from hub.nodes.tokens import CACHE_SECONDS, Checker, new_id, new_token, taken_apart
from tests.support.nodes import NOW, OTHER, SYSTEM, USCC, entries, grant, holder_of, log_text, token_of

PEER = "192.0.2.7"
SECOND = 1_000_000
PRINT = "ab" * 32
SSH = "SHA256:yf915nf8i3+m5gyFr/Pxae1oHUfnYKhv7B+BK6ZWXCY"


def refused(work: Callable[[], object]) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        work()
    return caught.value


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every secret that was held against a hash."""
    seen: list[str] = []
    real = tokens._verify

    def verify(secret_hash: str, secret: str) -> bool:
        seen.append(secret)
        return real(secret_hash, secret)

    monkeypatch.setattr(tokens, "_verify", verify)
    return seen


# --- Tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_admits_its_node_with_what_it_is_bound_to(engine: Engine) -> None:
    token, made = token_of(engine, organizations=(USCC, OTHER), regions=("430102",))
    node = by_token(engine, token, peer=PEER, now=NOW)
    assert (str(node), node.kind, node.credential) == ("land-bureau/front-1", "token", made.id)
    assert (node.organizations, node.regions) == ((USCC, OTHER), ("430102",))
    assert node.valid_to == NOW + 365 * DAY_US


def test_only_an_argon2id_hash_of_a_token_is_kept(engine: Engine) -> None:
    token, made = token_of(engine)
    secret = token.rsplit("_", 1)[1]
    with reading(engine) as connection:
        row = connection.execute(select(node_credential)).one()
        assert token.startswith(f"sh1_{made.id}_")
        assert secret not in " ".join(str(value) for value in row)
        assert secret not in log_text(connection)
    parameters = extract_parameters(row.secret_hash)
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost) >= (19_456, 2)
    assert (parameters.salt_len, parameters.hash_len) >= (16, 32)


def test_no_two_tokens_are_alike() -> None:
    parts = [taken_apart(new_token()[0]) for _ in range(4)]
    assert (
        len({part.secret for part in parts if part}) == len({part.public_id for part in parts if part}) == 4
    )


@pytest.mark.parametrize(
    "token",
    ["", "sh1_", "password", "sh1_aaaaaaaaaaaaaaaa_" + "a" * 51, "sh2_aaaaaaaaaaaaaaaa_" + "a" * 52, "\ud800", "𠮷" * 99,
     "sh1_aaaaaaaaaaaaaaaa_" + "a" * 52 + "\n", "x" * 100_000],
)  # fmt: skip
def test_what_cannot_be_a_token_is_refused_without_a_hash(
    engine: Engine, token: str, hashing: list[str]
) -> None:
    error = refused(lambda: by_token(engine, token, peer=PEER, now=NOW))
    assert (error.code, error.kind) == ("NODE_REFUSED", "refused")
    assert hashing == []
    assert entries(engine) == [{"peer": PEER, "kind": "token", "why": "malformed"}]


def test_an_unknown_token_costs_as_much_as_a_wrong_one_and_is_told_the_same(
    engine: Engine, hashing: list[str]
) -> None:
    token, _ = token_of(engine)
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    unknown = new_token()[0]
    errors = [refused(lambda t=t: by_token(engine, t, peer=PEER, now=NOW)) for t in (wrong, unknown)]  # type: ignore[misc]
    assert errors[0].as_dict() == errors[1].as_dict()
    assert len(hashing) == 2
    assert [each["why"] for each in entries(engine, "node.refused")] == ["wrong", "unknown"]


def test_a_verified_token_is_not_hashed_again_for_a_short_time(engine: Engine, hashing: list[str]) -> None:
    token, _ = token_of(engine)
    for seconds in (0, 1, CACHE_SECONDS - 1):
        by_token(engine, token, peer=PEER, now=NOW + seconds * SECOND)
    assert len(hashing) == 1
    by_token(engine, token, peer=PEER, now=NOW + CACHE_SECONDS * SECOND)
    assert len(hashing) == 2


def test_a_remembered_token_dies_with_its_revocation(engine: Engine) -> None:
    token, _ = token_of(engine)
    by_token(engine, token, peer=PEER, now=NOW)
    revoke(engine, SYSTEM, "front-1", "王管理员", "遗失", NOW + SECOND)
    assert refused(lambda: by_token(engine, token, peer=PEER, now=NOW + SECOND)).code == "NODE_REVOKED"
    told = entries(engine, "node.refused")[-1]
    assert (told["why"], told["system"], told["node"]) == ("revoked", SYSTEM, "front-1")


def test_a_token_that_is_wrong_learns_nothing_of_a_revoked_one(engine: Engine) -> None:
    token, _ = token_of(engine)
    revoke(engine, SYSTEM, "front-1", "王管理员", None, NOW)
    wrong = token[:-2] + "22" if not token.endswith("22") else token[:-2] + "33"
    assert refused(lambda: by_token(engine, wrong, peer=PEER, now=NOW)).code == "NODE_REFUSED"


@pytest.mark.parametrize(
    ("at", "code"),
    [(NOW - 1, "NODE_PENDING"), (NOW + 365 * DAY_US, "NODE_EXPIRED"), (NOW + 900 * DAY_US, "NODE_EXPIRED")],
)
def test_outside_its_days_a_token_is_refused(engine: Engine, at: int, code: str) -> None:
    token, _ = token_of(engine)
    assert refused(lambda: by_token(engine, token, peer=PEER, now=at)).code == code


def test_in_its_last_microsecond_a_token_is_valid(engine: Engine) -> None:
    token, _ = token_of(engine)
    assert by_token(engine, token, peer=PEER, now=NOW + 365 * DAY_US - 1).name == "front-1"


def test_a_token_opens_no_other_system(engine: Engine) -> None:
    token, _ = token_of(engine)
    assert by_token(engine, token, peer=PEER, now=NOW, system=SYSTEM).system == SYSTEM
    error = refused(lambda: by_token(engine, token, peer=PEER, now=NOW, system="water-bureau"))
    assert error.code == "NODE_ELSEWHERE"
    told = entries(engine, "node.refused")[-1]
    assert (told["why"], told["system"], told["wanted"]) == ("elsewhere", SYSTEM, "water-bureau")


def test_a_peer_that_fails_again_and_again_is_answered_without_a_hash(
    engine: Engine, hashing: list[str]
) -> None:
    for _ in range(FAILURES):
        refused(lambda: by_token(engine, new_token()[0], peer=PEER, now=NOW))
    del hashing[:]
    for token in (new_token()[0], "no token at all"):
        error = refused(lambda t=token: by_token(engine, t, peer=PEER, now=NOW))  # type: ignore[misc]
        assert error.code == "NODE_THROTTLED"
    assert hashing == []
    assert refused(lambda: by_token(engine, new_token()[0], peer="192.0.2.8", now=NOW)).code == "NODE_REFUSED"
    later = NOW + 60 * SECOND
    assert refused(lambda: by_token(engine, new_token()[0], peer=PEER, now=later)).code == "NODE_REFUSED"


def test_a_remembered_token_passes_though_others_at_its_address_fail(engine: Engine) -> None:
    token, _ = token_of(engine)
    by_token(engine, token, peer=PEER, now=NOW)
    for _ in range(FAILURES):
        refused(lambda: by_token(engine, "guess", peer=PEER, now=NOW))
    assert by_token(engine, token, peer=PEER, now=NOW).name == "front-1"


def test_too_many_hashes_at_once_are_refused_and_not_queued_for_ever(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = token_of(engine)
    monkeypatch.setattr(doors, "_checker", checker := Checker(at_once=1, patience=0.01))
    checker._turns.acquire()
    assert refused(lambda: by_token(engine, token, peer=PEER, now=NOW)).code == "NODE_THROTTLED"
    checker._turns.release()
    assert by_token(engine, token, peer=PEER, now=NOW).name == "front-1"


def test_a_refusal_survives_the_way_between_processes(engine: Engine) -> None:
    error = refused(lambda: by_token(engine, "x", peer=PEER, now=NOW))
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, RefusedError)
    assert again.as_dict() == error.as_dict()
    assert isinstance(again, HubError)


# --- Certificates and SSH keys ----------------------------------------------------------------------------------------

Door = Callable[..., Any]


@pytest.mark.parametrize(
    ("kind", "door", "fingerprint", "shown"),
    [("certificate", by_certificate, PRINT, PRINT),
     ("certificate", by_certificate, PRINT, ":".join(["AB"] * 32)),
     ("ssh-key", by_ssh_key, SSH, SSH),
     ("ssh-key", by_ssh_key, SSH, SSH + "=")],
)  # fmt: skip
def test_a_key_admits_its_node_however_its_fingerprint_is_written(
    engine: Engine, kind: str, door: Door, fingerprint: str, shown: str
) -> None:
    holder_of(engine, kind, fingerprint)
    assert str(door(engine, shown, peer=PEER, now=NOW)) == "land-bureau/front-1"


@pytest.mark.parametrize(
    ("kind", "door", "mine"), [("certificate", by_certificate, PRINT), ("ssh-key", by_ssh_key, SSH)]
)
def test_a_key_is_refused_when_unknown_revoked_expired_or_elsewhere(
    engine: Engine, kind: str, door: Door, mine: str
) -> None:
    assert refused(lambda: door(engine, mine, peer=PEER, now=NOW)).code == "NODE_REFUSED"
    holder_of(engine, kind, mine)
    assert (
        refused(lambda: door(engine, mine, peer=PEER, now=NOW, system="water-bureau")).code
        == "NODE_ELSEWHERE"
    )
    assert refused(lambda: door(engine, mine, peer=PEER, now=NOW + 400 * DAY_US)).code == "NODE_EXPIRED"
    revoke(engine, SYSTEM, "front-1", "王管理员", None, NOW)
    assert refused(lambda: door(engine, mine, peer=PEER, now=NOW)).code == "NODE_REVOKED"


def test_a_signing_certificate_opens_no_door(engine: Engine) -> None:
    holder_of(engine, "signing", PRINT)
    assert refused(lambda: by_certificate(engine, PRINT, peer=PEER, now=NOW)).code == "NODE_REFUSED"


def test_during_the_overlap_both_the_old_and_the_new_one_admit(engine: Engine) -> None:
    token, old = token_of(engine)
    fresh, material = new_token()
    later = NOW + DAY_US
    rotate(engine, grant(valid_from=later), material, 14 * DAY_US, later, expected=old.generation)
    for each in (token, fresh):
        assert by_token(engine, each, peer=PEER, now=later + 14 * DAY_US - 1).name == "front-1"
    end = later + 14 * DAY_US
    assert refused(lambda: by_token(engine, token, peer=PEER, now=end)).code == "NODE_EXPIRED"
    assert by_token(engine, fresh, peer=PEER, now=end).name == "front-1"


def test_a_certificate_that_is_bound_anew_has_the_new_bounds_at_once(engine: Engine) -> None:
    old = holder_of(engine, "certificate", PRINT, organizations=(USCC, OTHER))
    same = Material("certificate", new_id(), fingerprint=PRINT)
    rotate(engine, grant(organizations=(USCC,)), same, 14 * DAY_US, NOW, expected=old.generation)
    assert by_certificate(engine, PRINT, peer=PEER, now=NOW).organizations == (USCC,)
    with reading(engine) as connection:
        assert [each.state(NOW) for each in listed(connection)] == ["expired", "valid"]


def test_a_token_is_remembered_for_the_hash_it_fitted_and_no_other() -> None:
    checker = Checker()
    token, material = new_token()
    parts = taken_apart(token)
    assert parts is not None
    assert material.secret_hash is not None
    assert checker.check(token, parts.secret, material.secret_hash, NOW)
    assert checker.remembers(token, material.secret_hash, NOW)
    other = new_token()[1].secret_hash
    assert other is not None
    assert not checker.remembers(token, other, NOW)
