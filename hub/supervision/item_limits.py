"""Which limit counts: that of the item's version in force on the day of application, else the message's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, RowMapping, bindparam, text

LIMITS = ("promised", "statutory")

# The handling item where the catalogue knows it, else the item; of its versions valid on the day the highest.
_JOINS = """\
LEFT JOIN service_item i ON i.state = 'in_force'
    AND i.item_code = CASE
      WHEN EXISTS (SELECT 1 FROM service_item ih WHERE ih.item_code = a.handle_item_code) THEN a.handle_item_code
      ELSE a.item_code END
    AND i.version = (SELECT MAX(iv.version) FROM service_item iv WHERE iv.item_code = i.item_code
      AND (iv.valid_from IS NULL OR iv.valid_from <= ia.applied_day)
      AND (iv.valid_to IS NULL OR iv.valid_to >= ia.applied_day))"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the catalogue says of one case: the version in force, and which of its limits count."""

    version: int
    limits: Mapping[str, tuple[int, str]]  # promised, statutory → number and unit


def placeholders(connection: Connection) -> dict[str, str]:
    """What stands in limits.sql for the catalogue; nothing at all while the catalogue is empty."""
    names = [f"{each}_limit{unit}" for each in LIMITS for unit in ("", "_unit")]
    if connection.execute(text("SELECT 1 FROM service_item LIMIT 1")).first() is None:
        nothing = {"catalogue": "", "item_code": "a.item_code", "item_version": "NULL"}
        return nothing | {name: f"a.{name}" for name in names}
    found = {
        "catalogue": _JOINS,
        "item_code": "COALESCE(i.item_code, a.item_code)",
        "item_version": "i.version",
    }
    return found | {name: _either(name) for name in names}


def _either(name: str) -> str:
    """The catalogue's where it sets that limit, number and unit together."""
    return f"(CASE WHEN i.{name.removesuffix('_unit')} > 0 THEN i.{name} ELSE a.{name} END)"


def counted(connection: Connection, case_ids: Sequence[int]) -> dict[int, Counted]:
    """What the catalogue says of these cases; cases whose item had no version in force are left out."""
    if placeholders(connection)["catalogue"] == "":
        return {}
    columns = ", ".join(f"i.{each}_limit, i.{each}_limit_unit" for each in LIMITS)
    statement = text(
        f"SELECT a.case_id, i.version, {columns} FROM approval_case a LEFT JOIN application ia ON ia.case_id = a.case_id"
        f" {_JOINS}"
        " WHERE i.version IS NOT NULL AND a.case_id IN :case_ids"
    ).bindparams(bindparam("case_ids", list(case_ids), BigInteger(), expanding=True))
    return {row["case_id"]: _counted(row) for row in connection.execute(statement).mappings()}


def _counted(row: RowMapping) -> Counted:
    limits = {
        each: (row[f"{each}_limit"], row[f"{each}_limit_unit"])
        for each in LIMITS
        if (row[f"{each}_limit"] or 0) > 0
    }
    return Counted(row["version"], limits)
