"""What was charged, by tables of examples: just inside the catalogue, just outside, not reported, not delivered, late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, text

from hub.central.engine import writing
from hub.central.tables import exchange, items, process, result
from hub.supervision.judge import AsOf, Judging, all_cases, counts, forget, judge
from hub.supervision.rules import shipped_rules
from tests.oracle.loading import SYSTEM
from tests.support.papers import everything_but

FEES = ("F1", "F2", "F3", "F4", "F5", "F6", "F7")
ITEM, VERSION = "I-1", 3
HANDLED, COMPLETED = "2026-03-03T10:00:00", "2026-03-10T16:00:00"
AS_OF = "2026-03-20"
Row = dict[str, Any]


def micros(at: str) -> int:
    """An instant of UTC+8 in microseconds."""
    return int((datetime.fromisoformat(at) - timedelta(hours=8)).replace(tzinfo=UTC).timestamp()) * 1_000_000


def moment(name: str, at: str | None) -> Row:
    """A time to the second, or a day, or nothing."""
    if at is None:
        return {}
    return {f"{name}_at": micros(at) if "T" in at else None, f"{name}_day": date.fromisoformat(at[:10])}


def fee(charged: int = 1000, seq: int = 1, at: str | None = None, **more: Any) -> Row:
    """A reported fee of the catalogue's only fee, charged at the first step."""
    row: Row = {
        "fee_item_code": "FE-001", "name": "证照工本费", "standard_amount": None, "is_reduced": 0,
        "reduction_basis": None, "step_seq": 1, "charged_at": None, "charged_day": None,
    }  # fmt: skip
    return row | {"seq": seq, "charged_amount": charged} | moment("charged", at) | more


def listed(**more: Any) -> Row:
    """A fee of the catalogue."""
    row: Row = {
        "fee_code": "FE-001", "name": "证照工本费", "standard_amount": None, "minimum_amount": 1000,
        "maximum_amount": 55000, "step_code": "HJ01",
    }  # fmt: skip
    return row | more


def put(
    connection: Connection,
    *fees: Row,
    charged: int | None = 1,
    catalogue: tuple[Row, ...] | None = (listed(),),
    status: str | None = "1",
    outcome: str | None = "0",
    procedures: tuple[Row, ...] = (),
) -> None:
    """One case of a charged item, accepted and finished, and what the catalogue says of the item (None: nothing)."""
    for table in (exchange.case_head, process.approval_case, process.application, process.acceptance, process.step,
                  process.fee, process.special_procedure, process.special_procedure_result, result.completion,
                  items.service_item, items.item_fee, items.item_flow_step):  # fmt: skip
        connection.execute(delete(table))
    head = {"id": 1, "system": SYSTEM, "case_no": "C1", "version": 1, "digest": "0" * 64, "state": "current",
            "basis": 0, "value": 1, "raw_digest": "0" * 64, "fingerprint": "0" * 64, "changed_at": 0}  # fmt: skip
    connection.execute(insert(exchange.case_head), [head])
    connection.execute(
        insert(process.approval_case), [{"case_id": 1, "item_code": ITEM, "region_code": "430100"}]
    )
    connection.execute(insert(process.application), [{"case_id": 1, **moment("applied", "2026-03-02")}])
    if status is not None:
        row = {"case_id": 1, "status": status, **moment("handled", HANDLED)}
        connection.execute(insert(process.acceptance), [row])
    if outcome is not None:
        row = {"case_id": 1, "result": outcome, **moment("completed", COMPLETED)}
        connection.execute(insert(result.completion), [row])
    steps = [{"case_id": 1, "seq": n, "step_code": f"HJ0{n}", "step_name": "环节"} for n in (1, 2)]
    steps.append({"case_id": 1, "seq": 3, "step_code": "OWN-3", "step_name": "自定环节"})
    steps.append({"case_id": 1, "seq": 4, "step_code": None, "step_name": "收费"})
    connection.execute(insert(process.step), steps)
    if fees:
        connection.execute(insert(process.fee), [{"case_id": 1, **row} for row in fees])
    for number, each in enumerate(procedures, 1):
        row = {"case_id": 1, "seq": number, "kind": each["kind"], "kind_name": each.get("kind_name")}
        connection.execute(insert(process.special_procedure), [row | moment("started", "2026-03-04")])
        row = {"case_id": 1, "ordinal": number, "procedure_seq": number, "fee_amount": each["fee"]}
        connection.execute(insert(process.special_procedure_result), [row | moment("ended", "2026-03-05")])
    if catalogue is not None:
        item = {"item_code": ITEM, "version": VERSION, "digest": "0" * 64, "change": 1, "parts": "{}", "name": "事项",
                "state": "in_force", "is_exempt": 0, "details": "{}", "is_charged": charged}  # fmt: skip
        connection.execute(insert(items.service_item), [item])
        key = {"item_code": ITEM, "version": VERSION}
        for number, each in enumerate(catalogue, 1):
            connection.execute(insert(items.item_fee), [{**key, "seq": number, **each}])
        flow = [{**key, "step_code": f"HJ0{n}", "seq": n, "name": "环节"} for n in (1, 2)]
        flow.append({**key, "step_code": "HJ03", "seq": 3, "name": "收费"})
        connection.execute(insert(items.item_flow_step), flow)


def judged(
    connection: Connection, as_of: str = AS_OF, delivers: frozenset[str] | None = None
) -> tuple[dict[str, list[str]], dict[str, dict[str, int]]]:
    """Rule → subjects found, and rule → reasons for which the case was not judged."""
    judging = Judging(shipped_rules(), {} if delivers is None else {SYSTEM: delivers})
    end = micros(f"{date.fromisoformat(as_of) + timedelta(days=1)}T00:00:00")
    all_cases(connection, "test_", AsOf(end, date.fromisoformat(as_of)))
    judge(connection, "test_", judging, FEES)
    found: dict[str, list[str]] = {}
    for rule, subject in connection.execute(
        text("SELECT rule, subject FROM test_finding ORDER BY rule, subject")
    ):
        found.setdefault(rule, []).append(subject)
    told = counts(connection, "test_", judging, FEES).not_judged
    forget(connection, "test_")
    return found, {rule: dict(reasons) for rule, reasons in told.items() if reasons}


REDUCED = {"is_reduced": 1, "reduction_basis": "小微企业免征"}
NO_AMOUNT = listed(minimum_amount=None, maximum_amount=None)
NO_STEP = listed(step_code=None)

EXAMPLES: dict[str, tuple[tuple[Row, ...], Row, dict[str, list[str]]]] = {
    "the least of the range": ((fee(1000),), {}, {}),
    "a free item, one fen charged": ((fee(1),), {"charged": 0, "catalogue": ()}, {"F1": [""]}),
    "a free item, nothing charged": ((fee(0),), {"charged": 0, "catalogue": ()}, {}),
    "a charged item, no fee": ((), {}, {"F2": [""]}),
    "a charged item, a fee of zero": ((fee(0),), {}, {"F2": [""]}),
    "a charged item, waived on a basis": ((fee(0, **REDUCED),), {}, {}),
    "a charged item, a fee of zero, nobody says why": ((fee(0, is_reduced=None),), {}, {}),
    "no fee and refused": ((), {"outcome": "7"}, {}),
    "no fee and withdrawn": ((), {"outcome": "2"}, {}),
    "no fee and otherwise finished": ((), {"outcome": "6"}, {"F2": [""]}),
    "no fee and still open": ((), {"outcome": None}, {}),
    "the most of the range": ((fee(55000),), {}, {}),
    "a fen above the range": ((fee(55001),), {}, {"F3": ["fee 1"]}),
    "a fen below the range": ((fee(999),), {}, {"F3": ["fee 1"]}),
    "below the range, reduced on a basis": ((fee(999, **REDUCED),), {}, {}),
    "below the range, nobody says why": ((fee(999, is_reduced=None),), {}, {}),
    "above the range, though reduced": ((fee(55001, **REDUCED),), {}, {"F3": ["fee 1"]}),
    "off the standard amount": ((fee(1001),), {"catalogue": (listed(standard_amount=1000, minimum_amount=None, maximum_amount=None),)}, {"F3": ["fee 1"]}),
    "two instalments that make up the standard": ((fee(400), fee(600, 2)), {"catalogue": (listed(standard_amount=1000, minimum_amount=None, maximum_amount=None),)}, {}),
    "two pieces, each at the standard": ((fee(1000), fee(1000, 2)), {"catalogue": (listed(standard_amount=1000, minimum_amount=None, maximum_amount=None),)}, {}),
    "the message's own standard, met": ((fee(700, standard_amount=700),), {"catalogue": (NO_AMOUNT,)}, {}),
    "the message's own standard, exceeded": ((fee(701, standard_amount=700),), {"catalogue": (NO_AMOUNT,)}, {"F3": ["fee 1"]}),
    "the catalogue's standard counts, not the message's": ((fee(1000, standard_amount=700),), {}, {}),
    "a fee that is not listed": ((fee(fee_item_code="FE-999", name="查阅费"),), {}, {"F4": ["fee 1"]}),
    "a listed name under another code": ((fee(fee_item_code="FE-999"),), {}, {"F4": ["fee 1"]}),
    "a listed name without a code": ((fee(fee_item_code=None),), {}, {}),
    "a name, where the catalogue has no codes": ((fee(fee_item_code="FE-999"),), {"catalogue": (listed(fee_code=None),)}, {}),
    "neither code nor name, one fee in the catalogue": ((fee(99, fee_item_code=None, name=None),), {}, {"F3": ["fee 1"]}),
    "at another step": ((fee(step_seq=2),), {}, {"F5": ["fee 1"]}),
    "at a step that the flow does not know": ((fee(step_seq=3),), {}, {}),
    "at another step, known by its name": ((fee(step_seq=4),), {}, {"F5": ["fee 1"]}),
    "at the step that is set, known by its name": ((fee(step_seq=4),), {"catalogue": (listed(step_code="HJ03"),)}, {}),
    "no step set, at the instant of acceptance": ((fee(at=HANDLED, step_seq=None),), {"catalogue": (NO_STEP,)}, {}),
    "no step set, a second before acceptance": ((fee(at="2026-03-03T09:59:59", step_seq=None),), {"catalogue": (NO_STEP,)}, {"F5": ["fee 1"]}),
    "no step set, on the day of acceptance": ((fee(at="2026-03-03", step_seq=None),), {"catalogue": (NO_STEP,)}, {}),
    "no step set, the day before acceptance": ((fee(at="2026-03-02", step_seq=None),), {"catalogue": (NO_STEP,)}, {"F5": ["fee 1"]}),
    "no step set, at completion": ((fee(at=COMPLETED, step_seq=None),), {"catalogue": (NO_STEP,)}, {}),
    "no step set, a second after completion": ((fee(at="2026-03-10T16:00:01", step_seq=None),), {"catalogue": (NO_STEP,)}, {"F5": ["fee 1"]}),
    "no step set, never accepted": ((fee(at="2026-03-03T12:00:00", step_seq=None),), {"catalogue": (NO_STEP,), "status": "2", "outcome": None}, {"F5": ["fee 1"]}),
    "no list of fees, at acceptance": ((fee(at=HANDLED),), {"catalogue": ()}, {}),
    "no list of fees, a second before acceptance": ((fee(at="2026-03-03T09:59:59"),), {"catalogue": ()}, {"F5": ["fee 1"]}),
    "no list of fees, a second after completion": ((fee(at="2026-03-10T16:00:01"),), {"catalogue": ()}, {"F5": ["fee 1"]}),
    "no list of fees, never accepted": ((fee(at=HANDLED),), {"catalogue": (), "status": "2", "outcome": None}, {"F5": ["fee 1"]}),
    "a fee that is not listed, the day before acceptance": ((fee(fee_item_code="X", name="Y", at="2026-03-02"),), {}, {"F4": ["fee 1"], "F5": ["fee 1"]}),
    "a fee that is not listed, at completion": ((fee(fee_item_code="X", name="Y", at=COMPLETED),), {}, {"F4": ["fee 1"]}),
    "a free item, charged after completion": ((fee(at="2026-03-11"),), {"charged": 0, "catalogue": ()}, {"F1": [""], "F5": ["fee 1"]}),
    "not named, before acceptance, as one of two fees may be": ((fee(fee_item_code=None, name=None, at="2026-03-02"),), {"catalogue": (listed(), listed(fee_code="FE-002", name="检验费", step_code=None))}, {}),
    "reduced without a basis": ((fee(500, is_reduced=1),), {}, {"F6": ["fee 1"]}),
    "reduced on a blank basis": ((fee(500, is_reduced=1, reduction_basis=" "),), {}, {"F6": ["fee 1"]}),
    "each of two fees by itself": ((fee(1), fee(1000, 2, fee_item_code="X", name="Y")), {}, {"F3": ["fee 1"], "F4": ["fee 2"]}),
    "a hearing with a fee": ((fee(),), {"procedures": ({"kind": "2", "fee": 1},)}, {"F7": ["procedure 1"]}),
    "a hearing with a fee of zero": ((fee(),), {"procedures": ({"kind": "2", "fee": 0},)}, {}),
    "an inspection whose fee is listed": ((fee(),), {"catalogue": (listed(), listed(fee_code="FE-002", name="产品检验费")), "procedures": ({"kind": "5", "fee": 900},)}, {}),
    "another procedure, listed by its own name": ((fee(),), {"catalogue": (listed(), listed(fee_code="FE-002", name="公示费")), "procedures": ({"kind": "10", "kind_name": "公示", "fee": 900},)}, {}),
    "a free item, a procedure with a fee": ((), {"charged": 0, "catalogue": (), "procedures": ({"kind": "6", "fee": 5},)}, {"F7": ["procedure 1"]}),
}  # fmt: skip


@pytest.mark.parametrize(("fees", "more", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_what_was_charged_is_held_to_the_catalogue(
    engine: Engine, fees: tuple[Row, ...], more: Row, expected: dict[str, list[str]]
) -> None:
    with writing(engine) as connection:
        put(connection, *fees, **more)
        assert judged(connection)[0] == expected


UNKNOWN = {rule: {"item_unknown": 1} for rule in ("F1", "F2", "F3", "F4", "F5")}
NOT_JUDGED: dict[str, tuple[tuple[Row, ...], Row, dict[str, dict[str, int]]]] = {
    "an item that the catalogue lacks": ((fee(),), {"catalogue": None}, UNKNOWN),
    "nobody says whether it is free": ((fee(),), {"charged": None}, {"F1": {"charge_unknown": 1}, "F2": {"charge_unknown": 1}}),
    "a fee of zero, nobody says why": ((fee(0, is_reduced=None),), {}, {"F2": {"reduction_not_told": 1}}),
    "no amount anywhere": ((fee(),), {"catalogue": (NO_AMOUNT,)}, {"F3": {"no_standard": 1}}),
    "a charged item without listed fees": ((fee(standard_amount=1000, at=HANDLED),), {"catalogue": ()}, {"F4": {"no_fee_list": 1}}),
    "a step told, and none set to hold it to": ((fee(),), {"catalogue": (NO_STEP,)}, {"F5": {"not_told_where": 1}}),
    "a fee without code and name": ((fee(fee_item_code=None, name=None),), {}, {"F4": {"fee_not_named": 1}}),
    "a step set, and the time alone told": ((fee(step_seq=None, at=HANDLED),), {}, {"F5": {"not_told_where": 1}}),
    "a step that is none of the flow": ((fee(step_seq=3, at=HANDLED),), {}, {"F5": {"step_not_in_flow": 1}}),
    "neither step nor time": ((fee(step_seq=None),), {}, {"F5": {"not_told_where": 1}}),
    "a procedure's fee, no list": ((), {"outcome": None, "catalogue": (), "procedures": ({"kind": "2", "fee": 5},)}, {"F7": {"no_fee_list": 1}}),
}  # fmt: skip


@pytest.mark.parametrize(("fees", "more", "expected"), NOT_JUDGED.values(), ids=NOT_JUDGED)
def test_what_cannot_be_told_is_counted_and_accuses_nobody(
    engine: Engine, fees: tuple[Row, ...], more: Row, expected: dict[str, dict[str, int]]
) -> None:
    with writing(engine) as connection:
        put(connection, *fees, **more)
        assert judged(connection) == ({}, expected)


def test_of_two_charges_one_that_can_be_judged_is_enough(engine: Engine) -> None:
    with writing(engine) as connection:
        put(connection, fee(step_seq=3), fee(1000, 2))
        assert judged(connection) == ({}, {})


def test_a_dialect_that_delivers_amounts_only_is_judged_by_amounts_only(engine: Engine) -> None:
    with writing(engine) as connection:
        put(
            connection,
            fee(1, fee_item_code="X", name="Y", step_seq=2, is_reduced=1),
            procedures=({"kind": "2", "fee": 5},),
        )
        _, reasons = judged(connection, delivers=frozenset({"Fee.ChargedAmount"}))
    assert reasons == {rule: {"not_reported": 1} for rule in ("F4", "F5", "F6", "F7")}


@pytest.mark.parametrize("rule", FEES)
def test_what_a_dialect_does_not_deliver_is_not_judged_but_counted(engine: Engine, rule: str) -> None:
    """Each need taken away in turn, of a case that offends."""
    fees, more, _ = next(each for each in EXAMPLES.values() if rule in each[2])
    with writing(engine) as connection:
        put(connection, *fees, **more)
        for need in shipped_rules()[rule].needs:
            found, reasons = judged(connection, delivers=everything_but(*need.split(" or ")))
            assert rule not in found, need
            assert reasons[rule] == {"not_reported": 1}, need


def test_a_fee_charged_after_the_day_of_judgement_is_not_known_yet(engine: Engine) -> None:
    with writing(engine) as connection:
        put(connection, fee(1, at="2026-03-21", step_seq=None))
        assert judged(connection, "2026-03-20")[0] == {"F2": [""]}
        assert judged(connection, "2026-03-21")[0] == {"F3": ["fee 1"]}
