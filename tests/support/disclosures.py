"""Publications as organisations report them, and the cases whose results must be public."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, insert

from hub.central.tables import items
from tests.support.papers import ITEM, ORG, Rows


def public(connection: Connection, index_no: str, on: str, version: int = 1, **more: Any) -> None:
    """A publication as it is reported: a guide of item I1 unless it names a case."""
    told = {"matter": "result"} if "case_no" in more else {"matter": "guide", "item_code": ITEM}
    if "valid_to" in more:
        more["valid_to"] = date.fromisoformat(more["valid_to"])
    row = {
        "org_uscc": ORG, "index_no": index_no, "version": version, "digest": "0" * 64, "change": 1, "name": "公开",
        "published_on": date.fromisoformat(on), "department": "某局", **told, **more,
    }  # fmt: skip
    connection.execute(insert(items.disclosure), [row])


def approval(completed: str = "2025-03-03 10:00", result: str = "0", kind: str = "01") -> Rows:
    """A licence that was granted, unless something else is said."""
    return {
        "approval_case": {"item_type": kind},
        "application": {"applied": "2025-02-24 09:00"},
        "acceptance": {"handled": "2025-02-24 10:00"},
        "completion": {"completed": completed, "result": result},
    }
