"""What rules judge that are not about one case: versions of items, systems, packages, cards, complaints, hands of orders; each unit one row of a list.

`<prefix>unit` has a row per unit: `subject` names it (the card's subject, unless the query gives its own), `system` is
whose it is, and `item_code`, `item_version` or `ref` (package, card, complaint or order id) find its rows; `item_version` is the number
of an order's hand, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from hub.supervision import duties
from hub.supervision.item_limits import placeholders
from hub.supervision.judge import AsOf, analyze, bound, drop, scope_table
from hub.supervision.temporary import renew

_CREATE = """CREATE TEMPORARY TABLE {p}unit (
  scope_id BIGINT NOT NULL PRIMARY KEY, subject VARCHAR(200) NOT NULL, system VARCHAR(64), item_code VARCHAR(40),
  item_version INTEGER, ref BIGINT, as_of_at BIGINT NOT NULL, as_of_day DATE NOT NULL, as_of_n BIGINT NOT NULL,
  as_of_w BIGINT NOT NULL, only_rule VARCHAR(20), hub_at BIGINT NOT NULL)"""

# Of cards only those whose answer is overdue, of orders only the hands past their last day. NULLIF(1, 1) is a null that is a number on every database.
_LISTS: Mapping[str, str] = {
    # A system on trial raises no cards.
    "system": "SELECT code, code, NULL, NULLIF(1, 1), NULLIF(1, 1) FROM system WHERE status IN ('live', 'paused')",
    "item_version": "SELECT x.item_code || '@' || x.version, MIN(x.system), x.item_code, x.version, NULLIF(1, 1) FROM ("
    " SELECT v.item_code, v.version, NULL AS system FROM service_item v WHERE v.state = 'in_force'"
    " UNION SELECT {item_code}, COALESCE({item_version}, a.item_version, 0), h.system FROM {table} t"
    " JOIN case_head h ON h.id = t.{column} AND h.state = 'current'"
    " JOIN system y ON y.code = h.system AND y.status IN ('live', 'paused')"
    " JOIN approval_case a ON a.case_id = h.id LEFT JOIN application ia ON ia.case_id = a.case_id {catalogue}"
    ") x WHERE x.item_code IS NOT NULL GROUP BY x.item_code, x.version",
    "package": "SELECT p.system || '/' || p.id, p.system, NULL, NULLIF(1, 1), p.id FROM package p"
    " JOIN system y ON y.code = p.system AND y.status IN ('live', 'paused')",
    "card": "SELECT 'card ' || c.card_id, c.system, NULL, NULLIF(1, 1), c.card_id FROM {card} c"
    " WHERE c.open_key IS NOT NULL AND c.feedback_due_on < :as_of_day",
    "complaint": "SELECT 'complaint ' || q.complaint_id, NULL, NULL, NULLIF(1, 1), q.complaint_id FROM complaint q",
    "order": "SELECT 'order ' || o.order_id || '/' || h.number, COALESCE(o.system, ''), NULL, h.number, o.order_id"
    " FROM supervision_order o JOIN {order_hand} h ON h.order_id = o.order_id WHERE o.state <> '已撤销'"
    " AND h.due_on < :as_of_day AND (h.done_on IS NULL OR h.done_on > h.due_on)",
}


_OF_CARDS = (
    "INSERT INTO {p}unit SELECT c.card_id, c.unit_key, c.system, NULL, NULL, NULL, c.judged_as_of, k.day,"
    " k.day_number, k.workday_number, c.rule,"
    " CASE WHEN c.raised_at < c.judged_as_of THEN c.raised_at ELSE c.judged_as_of END FROM card c"
    " JOIN work_calendar k ON k.scope = '' AND k.day = c.raised_on WHERE c.unit_key IS NOT NULL AND"
)


def fill_now(
    connection: Connection,
    prefix: str,
    kind: str,
    as_of: AsOf,
    now: int,
    cases: tuple[str, str] = ("case_head", "id"),
    cards: tuple[str, str] = ("card", "order_hand"),
) -> None:
    """`<prefix>unit` with every unit of the kind, as of one instant.

    Of item versions those of the catalogue, and those that the cases at hand name: `cases` are the table and column of
    their ids. `cards` are the tables of cards and of the hands of orders.
    `hub_at` is the hub's own clock: what has arrived is known up to `now` (µs) only, however late the day that is judged.
    """
    _make(connection, prefix)
    units = _LISTS[kind].format(
        table=cases[0], column=cases[1], card=cards[0], order_hand=cards[1], **placeholders(connection)
    )
    connection.execute(
        bound(
            f"INSERT INTO {prefix}unit WITH u (subject, system, item_code, item_version, ref) AS ({units})"
            " SELECT ROW_NUMBER() OVER (ORDER BY u.subject), u.subject, u.system, u.item_code,"
            " u.item_version, u.ref, :as_of_at, k.day, k.day_number, k.workday_number, NULL, :hub_at"
            " FROM u JOIN work_calendar k ON k.scope = '' AND k.day = :as_of_day",
            {"as_of_at": as_of.at, "as_of_day": as_of.day, "hub_at": min(as_of.at, now)},
        )
    )
    analyze(connection, f"{prefix}unit")


def fill_review(connection: Connection, prefix: str, kind: str, codes: Sequence[str]) -> None:
    """`<prefix>unit` with what each open card of these rules is about, as of its issue; scope_id is the card's."""
    _make(connection, prefix)
    scope_table(connection, prefix)
    listed = ", ".join(f"'{code}'" for code in codes)
    connection.execute(text(f"{_OF_CARDS.format(p=prefix)} c.open_key IS NOT NULL AND c.rule IN ({listed})"))
    # What the unit's rows are found by is read from its name.
    rows = connection.execute(text(f"SELECT scope_id, subject FROM {prefix}unit")).all()
    parts = [{"id": row.scope_id, **_parts(kind, row.subject)} for row in rows]
    if parts:
        connection.execute(
            text(
                f"UPDATE {prefix}unit SET item_code = :item_code, item_version = :item_version, ref = :ref WHERE scope_id = :id"
            ),
            parts,
        )
    # Which cards were reviewed; of a card that is about no case the case is none.
    connection.execute(
        text(
            f"INSERT INTO {prefix}scope SELECT scope_id, 0, as_of_at, as_of_day, only_rule FROM {prefix}unit"
        )
    )
    analyze(connection, f"{prefix}unit")


def fill_card(connection: Connection, prefix: str, card_id: int) -> None:
    """`<prefix>unit` with the system that one card is about, as of its issue, be it open or over; scope_id is the card's."""
    _make(connection, prefix)
    connection.execute(bound(f"{_OF_CARDS.format(p=prefix)} c.card_id = :card_id", {"card_id": card_id}))
    analyze(connection, f"{prefix}unit")


def facts(connection: Connection, prefix: str, scope_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What a card says of its unit: the system, and the organisation of the system; of a complaint, whose turn it is and its system;
    of an item version, the organisation that the catalogue names, and its system.

    Of an order (`answers` is true) the organisation whose hand it was: the one supervised, or the supervisor.
    """
    listed = ", ".join(str(int(each)) for each in scope_ids) or "NULL"
    rows = connection.execute(
        text(
            f"SELECT u.scope_id, u.subject, q.complaint_id, COALESCE(u.system, '') AS system,"
            " COALESCE(v.org_uscc, y.organization, q.duty_uscc) AS org_uscc, v.item_code,"
            " CASE WHEN v.org_uscc IS NOT NULL THEN v.org_name ELSE COALESCE(y.name, q.duty_name) END AS org_name,"
            # An escalation runs by the calendar of what it is above.
            " COALESCE(b.region_code, q.region_code, g.region_code, y.region) AS region_code"
            f" FROM {prefix}unit u LEFT JOIN system y ON y.code = u.system"
            # The version of an item is its organisation's, whoever sends cases of it.
            " LEFT JOIN service_item v ON v.item_code = u.item_code AND v.version = u.item_version"
            " LEFT JOIN organization g ON g.org_uscc = v.org_uscc AND g.version ="
            " (SELECT MAX(n.version) FROM organization n WHERE n.org_uscc = g.org_uscc)"
            " LEFT JOIN card b ON b.card_id = CASE WHEN u.subject LIKE 'card %' THEN u.ref END"
            " LEFT JOIN complaint q ON q.complaint_id = CASE WHEN u.subject LIKE 'complaint %' THEN u.ref END"
            f" WHERE u.scope_id IN ({listed})"
        )
    ).mappings()
    hands = _hands(connection, prefix, listed)
    found = {
        row["scope_id"]: {
            **row,
            "case_no": None,
            "version": None,
            # A registration may name several organisations; the first answers for the system.
            "org_uscc": None if row["org_uscc"] is None else row["org_uscc"].split(",")[0].strip(),
            "answers": False,
            **hands.get(row["scope_id"], {}),
        }
        for row in rows
    }
    complaints = {fact["complaint_id"]: fact for fact in found.values() if fact["complaint_id"] is not None}
    if complaints:
        duties.with_systems(connection, complaints)
    if items := [fact for fact in found.values() if fact["item_code"] is not None]:
        duties.with_systems_of_items(connection, items)
    return found


def _hands(connection: Connection, prefix: str, listed: str) -> dict[int, dict[str, Any]]:
    """Who had the order's hands that are among the units."""
    rows = connection.execute(
        text(
            f"SELECT u.scope_id, h.role, o.supervisor, o.org_uscc, o.org_name, o.region_code FROM {prefix}unit u"
            " JOIN supervision_order o ON o.order_id = u.ref"
            " JOIN order_hand h ON h.order_id = o.order_id AND h.number = u.item_version"
            f" WHERE u.scope_id IN ({listed}) AND u.subject LIKE 'order %'"
        )
    )
    return {
        row.scope_id: {
            "answers": True,
            "org_uscc": row.org_uscc if row.role == "department" else None,
            "org_name": row.org_name if row.role == "department" else row.supervisor,
            "region_code": row.region_code,
        }
        for row in rows
    }


def cases_of_items(prefix: str) -> str:
    """A join that leaves of the cases `a` those of the item versions in `<prefix>unit`, by the index on the item's code."""
    listed = f"(SELECT item_code FROM {prefix}unit)"
    return (
        f"JOIN (SELECT case_id FROM approval_case WHERE item_code IN {listed}"
        f" UNION SELECT case_id FROM approval_case WHERE handle_item_code IN {listed}) of_items"
        " ON of_items.case_id = a.case_id"
    )


def forget(connection: Connection, prefix: str) -> None:
    """Drop the list."""
    drop(connection, f"{prefix}unit")


def _make(connection: Connection, prefix: str) -> None:
    renew(connection, f"{prefix}unit", _CREATE.format(p=prefix))


def _parts(kind: str, subject: str) -> dict[str, Any]:
    if kind == "item_version":
        code, _, version = subject.rpartition("@")
        return {"item_code": code, "item_version": int(version) if version.isdigit() else None, "ref": None}
    if kind == "order":
        order_id, _, hand = subject.rpartition(" ")[2].partition("/")
        return {"item_code": None, "item_version": int(hand), "ref": int(order_id)}
    number = subject.rpartition("/" if kind == "package" else " ")[2]
    return {"item_code": None, "item_version": None, "ref": int(number) if kind != "system" else None}
