"""What a card that is about no case leads to: the package that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from hub.central.tables.exchange import package
from hub.supervision.library import declared

_NAMED = ("package", "last_package")


def package_of(connection: Connection, card: Mapping[str, Any]) -> dict[str, Any] | None:
    """`system` and `package_id` (else the digest) of the package that a card is about; None where it is about none.

    Rules name it in their evidence by its number in the table; of a card that is about a package as a whole it is the subject's end.
    """
    evidence = card["snapshot"].get("evidence") or {}
    number = next((evidence[name] for name in _NAMED if isinstance(evidence.get(name), int)), None)
    rule = declared().get(card["rule"])
    if number is None and rule is not None and rule.scope == "package":
        tail = str(card["subject"] or "").rpartition("/")[2]
        number = int(tail) if tail.isdecimal() else None
    if number is None:
        return None
    row = connection.execute(
        select(package.c.system, package.c.package_id, package.c.digest).where(package.c.id == number)
    ).one_or_none()
    if row is None or row.system != card["system"]:
        return None
    return {"system": row.system, "package_id": row.package_id or row.digest}
