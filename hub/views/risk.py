"""Which steps of a case are risk points (廉政风险点): by the item's flow, or by what the message says of the step itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, text

from hub.supervision.item_limits import placeholders

_NAMES = ("risk_category", "risk_description", "risk_control")
_OWN = "COALESCE(x.risk_category, x.risk_description, '')"
_FLOW = "COALESCE(g.risk_category, g.risk_description, '')"


def risk_points(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """The case's steps that are risk points, by number: category, description, control, and who says so.

    `source` is "message" or "catalogue"; what the message says of its own step stands before what the flow says.
    """
    known = placeholders(connection)
    columns = ", ".join(
        f"CASE WHEN {_OWN} <> '' THEN x.{name} ELSE g.{name} END AS {name}" for name in _NAMES
    )
    statement = text(
        f"SELECT x.seq, x.step_name, {columns}, CASE WHEN {_OWN} <> '' THEN 'message' ELSE 'catalogue' END AS source"
        " FROM step x JOIN approval_case a ON a.case_id = x.case_id"
        f" LEFT JOIN application ia ON ia.case_id = a.case_id {known['catalogue']}"
        f" LEFT JOIN item_flow_step g ON g.item_code = {known['item_code']} AND g.version = {known['item_version']}"
        f" AND (g.step_code = x.step_code OR (x.step_code IS NULL AND g.name = x.step_name))"
        f" WHERE x.case_id = :case_id AND ({_OWN} <> '' OR {_FLOW} <> '') ORDER BY x.seq"
    ).bindparams(bindparam("case_id", case_id, BigInteger()))
    return [
        {
            "seq": row["seq"], "step": row["step_name"], "category": row["risk_category"],
            "description": row["risk_description"], "control": row["risk_control"], "source": row["source"],
        }
        for row in connection.execute(statement).mappings()
    ]  # fmt: skip
