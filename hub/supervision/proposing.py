"""Four eyes: whoever changes a rule or the profile proposes it; another person activates or rejects it, with a reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hub.central.seals import seals
from hub.central.tables.rules import rule_proposal
from hub.clock import iso
from hub.errors import Place, StopError
from hub.supervision.change import Change, Log
from hub.supervision.changing import changed, checked_profile, enter, enter_profile, named, reasoned
from hub.supervision.four_eyes import same_person
from hub.supervision.rules import Rule, current_rules

PROPOSED, ACTIVE, REJECTED = "proposed", "active", "rejected"


def propose_rule(
    connection: Connection,
    code: str,
    values: Mapping[str, int],
    levels: Mapping[str, int],
    active: bool | None = None,
    *,
    reason: str,
    by: str,
    at: int,
    log: Log,
) -> int:
    """Keep a change of a rule for a second person; returns its number. Nothing is judged by it yet.

    `active` switches it on or off; None leaves it.

    Raises StopError RULE_WHO, RULE_REASON, and what `changing.changed` raises.
    """
    by, reason = named(by), reasoned(reason)
    new = changed(current_rules(connection), code, values, levels, active)
    change: dict[str, Any] = {"values": dict(values), "levels": dict(levels)}
    if active is not None:
        change["active"] = active
    row = {"rule": code, "base_version": new.version - 1, "change": json.dumps(change, sort_keys=True)}
    return _keep(connection, row, {"rule": code, **change}, reason, by, at, log)


def propose_profile(connection: Connection, profile: str, *, reason: str, by: str, at: int, log: Log) -> int:
    """The same for another profile of levels. Raises StopError RULE_WHO, RULE_REASON, RULE_PROFILE, RULE_SAME."""
    by, reason = named(by), reasoned(reason)
    checked_profile(connection, profile)
    return _keep(connection, {"profile": profile}, {"profile": profile}, reason, by, at, log)


def activate(connection: Connection, number: int, *, reason: str, by: str, at: int, log: Log) -> None:
    """Put a proposal in force; the next run of supervision judges by it. One at a time: the second of two finds what the first did.

    Raises StopError RULE_PROPOSAL (unknown, or decided), RULE_SECOND (by the same person), RULE_STALE (the rule has changed since),
    RULE_SAME (another proposal has done the same since), RULE_WHO, RULE_REASON.
    """
    by, reason = named(by), reasoned(reason)
    Change(connection, at).lock()  # it guards the whole rule library: two proposals may be about one rule
    row = _undecided(connection, number, by)
    told: dict[str, Any] = {
        "proposal": number,
        "by": row.proposed_by,
        "activated_by": by,
        "decision": reason,
    }
    new = None if row.rule is None else proposed(connection, number)
    if new is not None and new.version != row.base_version + 1:
        raise _stale(row, new.version - 1)
    told["seals"] = _decide(connection, number, ACTIVE, reason, by, at)
    if new is None:
        enter_profile(connection, row.profile, reason=row.reason, told=told, at=at, log=log)
    else:
        enter(connection, new, reason=row.reason, told=told, at=at, log=log)


def reject(connection: Connection, number: int, *, reason: str, by: str, at: int, log: Log) -> None:
    """Lay a proposal aside; its author may do that too. Raises StopError RULE_PROPOSAL, RULE_WHO, RULE_REASON."""
    by, reason = named(by), reasoned(reason)
    row = _undecided(connection, number, None)
    sealed = _decide(connection, number, REJECTED, reason, by, at)
    told = {"proposal": number, "rule": row.rule, "profile": row.profile, "by": by, "reason": reason}
    log(connection, "rule.rejected", {**told, "seals": sealed})


def proposed(connection: Connection, number: int) -> Rule:
    """The version of a rule that a proposal would put in force. Raises StopError RULE_PROPOSAL."""
    row = _row(connection, number)
    if row.rule is None:
        raise _unknown(number, "改的是级别方案 · it is about the profile")
    change = json.loads(row.change)
    return changed(
        current_rules(connection), row.rule, change["values"], change["levels"], change.get("active")
    )


def proposals(connection: Connection) -> list[dict[str, Any]]:
    """Every proposal, newest first, as plain data."""
    rows = connection.execute(select(rule_proposal).order_by(rule_proposal.c.id.desc())).mappings()
    return [
        {
            **row,
            "change": None if row["change"] is None else json.loads(row["change"]),
            "proposed_at": iso(row["proposed_at"]),
            "decided_at": None if row["decided_at"] is None else iso(row["decided_at"]),
        }
        for row in rows
    ]


def _keep(
    connection: Connection,
    row: Mapping[str, Any],
    told: Mapping[str, Any],
    reason: str,
    by: str,
    at: int,
    log: Log,
) -> int:
    kept = {**row, "state": PROPOSED, "reason": reason, "proposed_by": by, "proposed_at": at}
    number = int(
        connection.execute(insert(rule_proposal).values(kept).returning(rule_proposal.c.id)).scalar_one()
    )
    body = {"proposal": number, **told, "by": by, "reason": reason}
    log(connection, "rule.proposed", {**body, "seals": _sealed(connection, number)})
    return number


def _undecided(connection: Connection, number: int, second: str | None) -> Row[Any]:
    row = _row(connection, number, lock=True)
    if row.state != PROPOSED:
        raise _unknown(number, f"{row.state}, {row.decided_by}")
    if second is not None and same_person(second, row.proposed_by):
        raise StopError(
            "RULE_SECOND",
            zh=f"第 {number} 号改动由 {row.proposed_by} 提出，不能由本人启用",
            en=f"Change {number} was proposed by {row.proposed_by}, who cannot activate it",
            remedy_zh="请另一人执行 suphub rule activate，用 --by 写明姓名",
            remedy_en="Another person runs suphub rule activate, named with --by",
            place=Place(field="--by"),
        )
    return row


def _row(connection: Connection, number: int, *, lock: bool = False) -> Row[Any]:
    query = select(rule_proposal).where(rule_proposal.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise _unknown(number, "没有 · there is none")
    return row


def _decide(
    connection: Connection, number: int, state: str, reason: str, by: str, at: int
) -> dict[str, dict[str, str]]:
    """Write the decision down; the seal of its row."""
    connection.execute(
        update(rule_proposal)
        .where(rule_proposal.c.id == number)
        .values(state=state, decided_by=by, decision=reason, decided_at=at)
    )
    return _sealed(connection, number)


def _sealed(connection: Connection, number: int) -> dict[str, dict[str, str]]:
    return {"rule_proposal": seals(connection, rule_proposal, rule_proposal.c.id == number)}


def _unknown(number: int, why: str) -> StopError:
    return StopError(
        "RULE_PROPOSAL",
        zh=f"没有待定的第 {number} 号改动（{why}）",
        en=f"No change {number} waits for a decision ({why})",
        remedy_zh="用 suphub rule proposals 查看待定的改动",
        remedy_en="See what waits with: suphub rule proposals",
    )


def _stale(row: Row[Any], version: int) -> StopError:
    return StopError(
        "RULE_STALE",
        zh=f"第 {row.id} 号改动针对规则 {row.rule} 第 {row.base_version} 版，现行已是第 {version} 版",
        en=f"Change {row.id} follows version {row.base_version} of rule {row.rule}, but version {version} is in force",
        remedy_zh="用 suphub rule reject 放下它，对照现行版本重新提出",
        remedy_en="Lay it aside with suphub rule reject, and propose it anew against the version in force",
    )
