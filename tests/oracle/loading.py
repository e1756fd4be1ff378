"""Puts the lives of the tests into the central database and reads the judge's findings back, in the oracle's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, text

from hub.central.engine import writing
from hub.central.tables import exchange, items, process, result
from hub.supervision.calendar import NamedDay, day_of, import_days
from hub.supervision.judge import AsOf, Judging, all_cases, forget, judge
from hub.supervision.rules import shipped_rules
from tests.oracle.further_oracle import RULES, More
from tests.oracle.lives import Life, Moment, Named, Today
from tests.oracle.time_oracle import Finding

JUDGING = Judging(shipped_rules())
SYSTEM = "land-bureau"

_CASE_TABLES = (
    exchange.case_head,
    process.approval_case,
    process.application,
    process.acceptance,
    process.special_procedure,
    process.special_procedure_result,
    process.correction_notice,
    process.correction_receipt,
    process.step,
    result.completion,
    result.delivery,
    items.service_item,
)


def clear(connection: Connection) -> None:
    """Forget all cases."""
    for table in _CASE_TABLES:
        connection.execute(delete(table))


def register(connection: Connection, code: str = SYSTEM, **changes: Any) -> None:
    """Make a system known: live, without supervise_from, unless `changes` say otherwise."""
    row = {
        "code": code,
        "name": "国土资源局审批系统",
        "organization": "11430100006121778E",
        "region": "430100",
        "status": "live",
        "supervise_from": None,
        "registration_digest": "0" * 64,
        "seen_at": 0,
        **changes,
    }
    connection.execute(delete(exchange.system).where(exchange.system.c.code == code))
    connection.execute(insert(exchange.system), [row])


def registered(engine: Engine) -> None:
    """Make the usual system known in a database."""
    with writing(engine) as connection:
        register(connection)


def import_named(connection: Connection, days: Iterable[Named]) -> None:
    """Import days as one file would."""
    import_days(connection, [NamedDay(d.day, d.is_workday, d.region, "test") for d in days], at_us=0)


def put(connection: Connection, lives: Sequence[Life], first: int = 1, system: str = SYSTEM) -> None:
    """Store lives as current cases with ids from `first` on; case_no is C<id>."""
    put_more(connection, lives, first)
    numbered = list(enumerate(lives, first))
    _insert(connection, exchange.case_head, (_head(n, system) for n, _ in numbered))
    _insert(connection, process.approval_case, (_case(n, life) for n, life in numbered))
    _insert(
        connection,
        process.application,
        (
            {"case_id": n, "channel": life.channel, **_moment("applied", life.applied)}
            for n, life in numbered
            if life.applied is not None
        ),
    )
    _insert(connection, items.service_item, (row for n, life in numbered for row in _item(n, life)))
    _insert(connection, process.acceptance, (_acceptance(n, life) for n, life in numbered))
    _insert(
        connection,
        result.completion,
        (
            {
                "case_id": n,
                "result": life.result,
                "handler_name": "赵决定",
                **_moment("completed", life.completed),
            }
            for n, life in numbered
            if life.completed is not None
        ),
    )
    _insert(
        connection,
        process.special_procedure,
        (
            {
                "case_id": n,
                "seq": pause.seq,
                "kind": pause.kind,
                "approved_limit": pause.limit,
                "approved_limit_unit": pause.unit,
                "approver": pause.approver,
                "basis": pause.basis,
                **_moment("started", pause.started),
            }
            for n, life in numbered
            for pause in life.pauses
        ),
    )
    _insert(
        connection,
        process.special_procedure_result,
        (
            {"case_id": n, "ordinal": i, "procedure_seq": seq, **_moment("ended", when)}
            for n, life in numbered
            for i, (seq, when) in enumerate(life.ends, 1)
        ),
    )
    _insert(
        connection,
        process.correction_notice,
        (
            {"case_id": n, "seq": seq, **_moment("notified", when)}
            for n, life in numbered
            for seq, when in life.notices
        ),
    )
    _insert(
        connection,
        process.correction_receipt,
        (
            {"case_id": n, "ordinal": i, "notice_seq": seq, **_moment("received", when)}
            for n, life in numbered
            for i, (seq, when) in enumerate(life.receipts, 1)
        ),
    )


def put_more(connection: Connection, lives: Sequence[Life], first: int = 1) -> None:
    """Store what only the further rules look at: steps and deliveries."""
    numbered = list(enumerate(lives, first))
    _insert(
        connection,
        process.step,
        (
            {
                "case_id": n,
                "seq": step.seq,
                "step_code": step.code,
                "step_name": f"环节{step.seq}",
                "handler_name": "孙承办",
                "step_limit": step.limit,
                "step_limit_unit": step.unit,
                **_moment("started", step.started),
                **_moment("ended", step.ended),
            }
            for n, life in numbered
            for step in life.steps
        ),
    )
    _insert(
        connection,
        result.delivery,
        (
            {"case_id": n, "method": "1", **_moment("delivered", life.delivered)}
            for n, life in numbered
            if life.delivered is not None
        ),
    )


def found(connection: Connection, today: Today, prefix: str = "test_") -> dict[int, dict[str, Finding]]:
    """What the hub finds as of `today`: case id → rule → finding, in the oracle's terms."""
    all_cases(connection, prefix, AsOf(today.instant, today.day))
    judge(connection, prefix, JUDGING, ("T1", "T2", "T3"))
    rows = connection.execute(
        text(
            f"SELECT f.scope_id, f.rule, f.provisional, v.* FROM {prefix}finding f"
            f" JOIN {prefix}verdict v ON v.scope_id = f.scope_id"
            " AND v.kind = CASE f.rule WHEN 'T3' THEN 'S' ELSE 'P' END"
        )
    ).mappings()
    findings: dict[int, dict[str, Finding]] = {}
    for row in rows:
        findings.setdefault(row["scope_id"], {})[row["rule"]] = Finding(
            last_day=None if row["last_n"] is None else day_of(row["last_n"]),
            used=row["used"],
            limit=row["length"] + row["extra"],
            excess=max(0, row["late"]),
            unit=row["unit"],
            provisional=bool(row["provisional"]),
        )
    forget(connection, prefix)
    return findings


def found_more(
    connection: Connection, today: Today, prefix: str = "test_"
) -> dict[int, dict[tuple[str, str], More]]:
    """What the further time rules find: case id → (rule, subject) → finding, in the oracle's terms."""
    all_cases(connection, prefix, AsOf(today.instant, today.day))
    judge(connection, prefix, JUDGING, RULES)
    rows = connection.execute(text(f"SELECT * FROM {prefix}finding")).mappings()
    findings: dict[int, dict[tuple[str, str], More]] = {}
    for row in rows:
        last = None if row["due_n"] is None else day_of(row["due_n"])
        findings.setdefault(row["scope_id"], {})[row["rule"], row["subject"]] = More(
            last, round(float(row["excess"]), 6), bool(row["provisional"])
        )
    forget(connection, prefix)
    return findings


def _insert(connection: Connection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    listed = list(rows)
    if listed:
        connection.execute(insert(table), listed)


def _moment(name: str, moment: Moment | None) -> dict[str, Any]:
    return {
        f"{name}_at": None if moment is None else moment.at,
        f"{name}_day": None if moment is None else moment.day,
    }


def _head(number: int, system: str) -> dict[str, Any]:
    return {
        "id": number,
        "system": system,
        "case_no": f"C{number}",
        "version": 1,
        "digest": "0" * 64,
        "state": "current",
        "basis": 0,
        "value": 1,
        "raw_digest": "0" * 64,
        "fingerprint": "0" * 64,
        "changed_at": 0,
    }


def _case(number: int, life: Life) -> dict[str, Any]:
    return {
        "case_id": number,
        "org_uscc": "11430100006121778E",
        "org_name": "长沙市自然资源和规划局",
        "region_code": life.region,
        "item_code": f"I{number}",
        "handle_item_code": f"H{number}",
        "case_type": life.case_type,
        "statutory_limit": life.statutory,
        "statutory_limit_unit": life.statutory_unit,
        "promised_limit": life.promised,
        "promised_limit_unit": life.promised_unit,
        "parallel_project_no": life.project_no,
    }


def _item(number: int, life: Life) -> Iterator[dict[str, Any]]:
    for code, versions in ((f"I{number}", life.item), (f"H{number}", life.handling_item)):
        for each in versions:
            yield {
                "item_code": code, "version": each.version, "digest": "0" * 64, "change": 1, "parts": "{}",
                "name": "事项", "state": each.state, "is_exempt": 0, "details": "{}",
                "valid_from": each.first, "valid_to": each.last,
                "promised_limit": each.promised, "promised_limit_unit": each.promised_unit,
                "statutory_limit": each.statutory, "statutory_limit_unit": each.statutory_unit,
            }  # fmt: skip


def _acceptance(number: int, life: Life) -> dict[str, Any]:
    return {
        "case_id": number,
        "status": life.status,
        "handler_name": "李受理",
        **_moment("handled", life.accepted),
        **_moment("promised", life.promised_at),
    }
