"""故障: faults graded A (down), B (partly down), C (slight): reported, taken up within the grade's response time, closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hub.central.seals import seals
from hub.central.tables.exchange import system as systems
from hub.central.tables.scores import incident
from hub.clock import iso
from hub.errors import Place, StopError
from hub.scores.parameters import current
from hub.supervision.cards import Log

GRADES: Mapping[str, tuple[str, str]] = {
    "A": ("系统瘫痪", "down"),
    "B": ("部分故障", "partly down"),
    "C": ("轻微故障", "slight"),
}


def report(
    connection: Connection,
    grade: str,
    title: str,
    *,
    by: str,
    at: int,
    log: Log,
    system: str | None = None,
    organization: tuple[str, str | None] | None = None,
    region: str | None = None,
    description: str | None = None,
) -> int:
    """Enter a fault that was reported at `at` (µs); returns its number. Organisation and region are those of the system,
    unless given. Raises StopError INCIDENT_GRADE, INCIDENT_SYSTEM, INCIDENT_TITLE."""
    if grade not in GRADES:
        raise _wrong(
            "INCIDENT_GRADE",
            "grade",
            f"故障等级 {grade} 不是 A、B、C",
            f"{grade} is no grade; there are A, B and C",
        )
    if not title.strip():
        raise _wrong("INCIDENT_TITLE", "title", "故障没有标题", "A fault needs a title")
    known = _system(connection, system)
    uscc, name = organization or (known.get("organization"), known.get("name"))
    minutes = current(connection)[f"incident_{grade.lower()}_minutes"]
    row = {
        "grade": grade, "system": system, "region_code": region or known.get("region"), "org_uscc": uscc,
        "org_name": name, "title": title, "description": description, "reported_at": at, "reported_by": by,
        "response_minutes": minutes,
    }  # fmt: skip
    number = int(connection.execute(insert(incident).values(row).returning(incident.c.id)).scalar_one())
    told = {"incident": number, "grade": grade, "system": system, "title": title, "by": by}
    log(connection, "incident.reported", {**told, **_sealed(connection, number)})
    return number


def respond(connection: Connection, number: int, *, by: str, at: int, log: Log) -> None:
    """Somebody took it up at `at`: the response, which counts once. Raises StopError INCIDENT_UNKNOWN, INCIDENT_STATE."""
    found = find(connection, number)
    if found["responded_at"] is not None or found["closed_at"] is not None:
        raise _state(found, "已响应或已关闭", "has been taken up or closed already")
    _not_before(found, at)
    table = incident
    connection.execute(update(table).where(table.c.id == number).values(responded_at=at, responded_by=by))
    told = {"incident": number, "by": by}
    log(connection, "incident.responded", {**told, **_sealed(connection, number)})


def close(connection: Connection, number: int, *, by: str, at: int, solution: str, log: Log) -> None:
    """It is over; one that nobody had taken up is taken up herewith. Raises StopError INCIDENT_UNKNOWN, INCIDENT_STATE."""
    found = find(connection, number)
    if found["closed_at"] is not None:
        raise _state(found, "已关闭", "is closed already")
    _not_before(found, at)
    values = {"closed_at": at, "closed_by": by, "solution": solution}
    if found["responded_at"] is None:
        values |= {"responded_at": at, "responded_by": by}
    connection.execute(update(incident).where(incident.c.id == number).values(values))
    log(connection, "incident.closed", {"incident": number, "by": by, **_sealed(connection, number)})


def _sealed(connection: Connection, number: int) -> dict[str, Any]:
    """The seal of a fault's row, for the log."""
    return {"seals": {"incident": seals(connection, incident, incident.c.id == number)}}


def find(connection: Connection, number: int) -> dict[str, Any]:
    """One fault, held until the transaction ends. Raises StopError INCIDENT_UNKNOWN."""
    row = (
        connection.execute(select(incident).where(incident.c.id == number).with_for_update())
        .mappings()
        .first()
    )
    if row is None:
        raise _wrong("INCIDENT_UNKNOWN", "ID", f"没有编号为 {number} 的故障", f"There is no fault {number}")
    return dict(row)


def listed(connection: Connection, *, open_only: bool = False) -> list[dict[str, Any]]:
    """Every fault, newest first, with its state and the minutes to its response."""
    wanted = select(incident).order_by(incident.c.id.desc())
    if open_only:
        wanted = wanted.where(incident.c.closed_at.is_(None))
    return [_shown(dict(row)) for row in connection.execute(wanted).mappings()]


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    waited = None if row["responded_at"] is None else (row["responded_at"] - row["reported_at"]) / 60_000_000
    state = (
        "closed" if row["closed_at"] is not None else "open" if row["responded_at"] is None else "taken_up"
    )
    return {
        **{name: iso(value) if name.endswith("_at") else value for name, value in row.items()},
        "state": state,
        "waited_minutes": None if waited is None else round(waited, 1),
        "in_time": None if waited is None else waited <= row["response_minutes"],
    }


def _system(connection: Connection, code: str | None) -> dict[str, Any]:
    if code is None:
        return {}
    row = connection.execute(select(systems).where(systems.c.code == code)).mappings().first()
    if row is None:
        raise _wrong("INCIDENT_SYSTEM", "system", f"没有系统 {code}", f"There is no system {code}")
    return {**row, "organization": row["organization"].split(",")[0].strip()}


def _not_before(found: Mapping[str, Any], at: int) -> None:
    if at < found["reported_at"]:
        raise _state(
            found,
            f"于 {iso(found['reported_at'])} 才报告",
            f"was reported at {iso(found['reported_at'])} only",
        )


def _state(found: Mapping[str, Any], zh: str, en: str) -> StopError:
    return _wrong("INCIDENT_STATE", "ID", f"故障 {found['id']} {zh}", f"Fault {found['id']} {en}")


def _wrong(code: str, field: str, zh: str, en: str) -> StopError:
    return StopError(
        code,
        zh=zh,
        en=en,
        remedy_zh="用 suphub incident list 查看故障；等级为 A、B、C，系统见 suphub system list",
        remedy_en="See the faults with suphub incident list; grades are A, B and C, systems: suphub system list",
        place=Place(field=field),
    )
