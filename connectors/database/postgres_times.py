"""PostgreSQL's times that Python has none for (infinity, year 10000, 24:00): read as text, so that they hide no neighbour."""

from __future__ import annotations

from typing import Any


def read_all(connection: Any) -> None:
    """Let a psycopg connection hand out such a value as the text that the server writes; the mapping judges it."""
    from psycopg import DataError
    from psycopg.types import datetime as known

    def lenient(strict: type[Any]) -> type[Any]:
        class Lenient(strict):  # type: ignore[misc]
            def load(self, data: Any) -> Any:
                try:
                    return super().load(data)
                except DataError:
                    return bytes(data).decode("utf-8", "backslashreplace")

        return Lenient

    for name, strict in (
        ("date", known.DateLoader),
        ("time", known.TimeLoader),
        ("timetz", known.TimetzLoader),
        ("timestamp", known.TimestampLoader),
        ("timestamptz", known.TimestamptzLoader),
    ):
        connection.adapters.register_loader(name, lenient(strict))
