"""What several indicators are put together from: pieces of SQL that stand for their placeholders in indicators.sql."""

from __future__ import annotations

from collections.abc import Mapping

# Of the versions valid on a day the highest counts, as for the limits of cases.
_VALID = (
    "SELECT MAX(n.version) FROM {table} n WHERE n.{key} = v.{key}"
    " AND (n.valid_from IS NULL OR n.valid_from <= :as_of_day) AND (n.valid_to IS NULL OR n.valid_to >= :as_of_day)"
)
_SUPERVISED = "y.status IN ('live', 'paused')"
# A registration may name several organisations; the first answers for the system.
_FIRST_ORGANIZATION = (
    "CASE WHEN @place(y.organization, ',') > 0"
    " THEN SUBSTR(y.organization, 1, @place(y.organization, ',') - 1) ELSE y.organization END"
)

# Who acted, where an event tells it: step, office, post, person.
_STEP = (
    "COALESCE(x.step_name, x.step_code) AS step, x.office, x.handler_post AS post,"
    " COALESCE(x.handler_no, x.handler_name) AS person"
)
_PERSON = "NULL AS step, NULL AS office, NULL AS post, COALESCE(x.handler_no, x.handler_name) AS person"
_NOBODY = "NULL AS step, NULL AS office, NULL AS post, NULL AS person"
# Event, table, the columns of its time, its number and who acted.
# Steps first, and completions last: databases take the types of who acted from the first.
_EVENTS = (
    ("Step.StartedAt", "step", "started", "x.seq", _STEP),
    ("Step.EndedAt", "step", "ended", "x.seq", _STEP),
    ("Application.AppliedAt", "application", "applied", "0", _NOBODY),
    ("Acceptance.HandledAt", "acceptance", "handled", "0", _PERSON),
    ("CorrectionNotice.NotifiedAt", "correction_notice", "notified", "x.seq", _NOBODY),
    ("CorrectionReceipt.ReceivedAt", "correction_receipt", "received", "x.ordinal", _NOBODY),
    ("SpecialProcedure.StartedAt", "special_procedure", "started", "x.seq", _NOBODY),
    ("SpecialProcedureResult.EndedAt", "special_procedure_result", "ended", "x.ordinal", _NOBODY),
    ("Fee.ChargedAt", "fee", "charged", "x.seq", _NOBODY),
    ("Delivery.DeliveredAt", "delivery", "delivered", "0", _NOBODY),
    ("Completion.CompletedAt", "completion", "completed", "0", _PERSON),
)


def _event(name: str, table: str, when: str, number: str, who: str) -> str:
    """The events of one kind in the period, as far as they were known."""
    return (
        f"SELECT c.case_id, c.system, '{name}' AS name, {number} AS number, {who},"
        f" x.{when}_at AS at, x.{when}_day AS day FROM {{p}}fact c JOIN {table} x ON x.case_id = c.case_id"
        f" WHERE x.{when}_day BETWEEN :from_day AND :to_day"
        f" AND (x.{when}_at < :as_of_at OR (x.{when}_at IS NULL AND x.{when}_day <= :as_of_day))"
    )


def _told(*events: str) -> str:
    """Events with the instant at which a package first told them, and from when the time to report runs.

    As in rule E1: told with the case's first version, unless event_told names another; what the hub made of refused cases
    came with the package that it was made of; an event of which the day alone is known counts from its end; of the time
    before the first package nobody could be told.
    """
    return (
        "(SELECT v.*, CASE WHEN v.told_at IS NULL THEN 'first_told_unknown'"
        " WHEN CAST(v.day AS CHAR(10)) < v.supervise_from THEN 'before_supervise_from'"
        " WHEN v.began_at < v.contact_at THEN 'before_first_package' END AS reason FROM ("
        "SELECT e.*, y.supervise_from, n.contact_at, COALESCE(o.received_at, p.received_at) AS told_at,"
        " COALESCE(e.at, k.day_number * 86400000000 - 28800000000) AS began_at,"
        " COALESCE(e.at, (k.day_number + 1) * 86400000000 - 28800000000) AS since_at"
        f" FROM ({' UNION ALL '.join(events)}) e"
        " JOIN system y ON y.code = e.system"
        " JOIN work_calendar k ON k.scope = '' AND k.day = e.day"
        " LEFT JOIN (SELECT g.system, MIN(g.received_at) AS contact_at FROM package g GROUP BY g.system) n"
        " ON n.system = e.system"
        " LEFT JOIN event_told t ON t.case_id = e.case_id AND t.event = e.name AND t.number = e.number"
        " LEFT JOIN case_version w ON w.case_id = e.case_id AND w.version = COALESCE(t.version, 1)"
        " LEFT JOIN package p ON p.id = w.package LEFT JOIN package o ON o.id = p.replay_of) v)"
    )


_WRITTEN = [_event(*each) for each in _EVENTS]

PIECES: Mapping[str, str] = {
    "told": _told(*_WRITTEN),
    "completions_told": _told(_WRITTEN[-1]),
    "in_time": "(CASE WHEN e.at IS NOT NULL THEN e.told_at <= e.since_at + :report_hours * 3600000000"
    " ELSE e.told_at < e.since_at + :report_hours * 3600000000 END)",
    "case": "'case' AS kind, c.subject, c.system, c.region_code AS region, c.org_uscc AS organization,"
    " c.org_name AS organization_name, c.item_code AS item, c.item_name",
    "finisher": "c.office, c.post, c.person, c.person_name, c.step",
    "accepter": "c.accepted_in AS office, c.accepted_as AS post, c.accepted_by AS person",
    "items": "(SELECT v.* FROM service_item v WHERE v.state = 'in_force' AND v.version = ("
    + _VALID.format(table="service_item", key="item_code")
    + "))",
    "organizations": "(SELECT v.org_uscc, v.region_code FROM organization v WHERE v.version = ("
    + _VALID.format(table="organization", key="org_uscc")
    + "))",
    # Of systems on trial nothing counts; a case counts from when the hub first knew it.
    "exchanged": "approval_case a JOIN case_head h ON h.id = a.case_id AND h.state = 'current'"
    f" JOIN system y ON y.code = h.system AND {_SUPERVISED}"
    " WHERE a.case_id IN (SELECT w.case_id FROM case_version w WHERE w.known_at < :as_of_at)",
    "serials": "(SELECT s.system, y.region, "
    + _FIRST_ORGANIZATION
    + " AS organization, s.serial, s.before_it,"
    " s.received_at, k.day FROM ("
    "SELECT g.system, g.serial, g.received_at, LAG(g.serial) OVER (PARTITION BY g.system ORDER BY g.serial) AS before_it"
    " FROM (SELECT p.system, p.serial, MIN(p.received_at) AS received_at FROM package p"
    " WHERE p.serial IS NOT NULL AND p.replay_of IS NULL AND p.received_at < :as_of_at GROUP BY p.system, p.serial) g) s"
    f" JOIN system y ON y.code = s.system AND {_SUPERVISED}"
    " JOIN work_calendar k ON k.scope = '' AND k.day_number = @quotient((s.received_at + 28800000000), 86400000000)"
    " LEFT JOIN (SELECT p.system, MAX(p.serial) AS prior FROM package p WHERE p.serial IS NOT NULL"
    " AND p.replay_of IS NULL AND p.received_at < :from_at GROUP BY p.system) b ON b.system = s.system"
    " WHERE b.prior IS NULL OR s.serial > b.prior)",
    "card": "'card' AS kind, @concat('card ', d.card_id) AS subject, d.system, @concat(d.system, @concat('/', d.case_no)) AS case_name,"
    " a.region_code AS region, d.org_uscc AS organization, d.org_name AS organization_name, a.item_code AS item, a.item_name,"
    " t.office, t.handler_post AS post, d.step, d.handler AS person_name,"
    " CASE d.handler WHEN t.handler_name THEN COALESCE(t.handler_no, d.handler)"
    " WHEN f.handler_name THEN COALESCE(f.handler_no, d.handler)"
    " WHEN p.handler_name THEN COALESCE(p.handler_no, d.handler) ELSE d.handler END AS person",
    "complaint": "'complaint' AS kind, @concat('complaint ', c.complaint_id) AS subject, c.region_code AS region,"
    " c.org_uscc AS organization, c.org_name AS organization_name, c.registered_day AS day, c.registered_at AS at",
    "incident": "'incident' AS kind, @concat('incident ', i.id) AS subject, i.system, i.region_code AS region,"
    " i.org_uscc AS organization, i.org_name AS organization_name, i.grade, i.reported_at AS at,"
    " (SELECT k.day FROM work_calendar k WHERE k.scope = ''"
    " AND k.day_number = @quotient((i.reported_at + 28800000000), 86400000000)) AS day",
    # A card names its step by name, or by number as its subject; the office and post are those of that step of the case.
    "issued": "card d LEFT JOIN approval_case a ON a.case_id = d.case_id"
    " LEFT JOIN acceptance p ON p.case_id = d.case_id LEFT JOIN completion f ON f.case_id = d.case_id"
    " LEFT JOIN (SELECT e.card_id, MIN(x.seq) AS seq FROM card e JOIN step x ON x.case_id = e.case_id"
    " AND (e.subject = @concat('step ', x.seq) OR (e.step = x.step_name AND COALESCE(e.subject, '') NOT LIKE 'step %'))"
    " WHERE e.issued_on BETWEEN :from_day AND :to_day GROUP BY e.card_id) m ON m.card_id = d.card_id"
    " LEFT JOIN step t ON t.case_id = d.case_id AND t.seq = m.seq"
    " WHERE d.issued_on BETWEEN :from_day AND :to_day AND d.state <> '撤销'",
}
"""Placeholder → SQL."""
