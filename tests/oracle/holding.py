"""The comparison that holds the judge's SQL to the oracle, for whichever database the connection leads to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from tests.oracle import further_oracle
from tests.oracle.lives import Life, Named, Today
from tests.oracle.loading import clear, found, found_more, put
from tests.oracle.time_oracle import judge


def assert_judged_as_written(
    connection: Connection, today: Today, lives: Sequence[Life], imports: Sequence[Named] = ()
) -> None:
    """Each life gets exactly the findings that the oracle walks out, to the last figure."""
    clear(connection)
    put(connection, lives)
    findings = found(connection, today)
    for number, life in enumerate(lives, 1):
        expected = judge(life, today, imports)
        got = findings.get(number, {})
        assert got == expected, f"\n{life}\n{today}\nexpected {expected}\nfound    {got}"


def assert_further_judged_as_written(
    connection: Connection, today: Today, lives: Sequence[Life], imports: Sequence[Named] = ()
) -> None:
    """The same for the rules on steps, procedures, answers, deliveries, extensions and corrections."""
    clear(connection)
    put(connection, lives)
    findings = found_more(connection, today)
    for number, life in enumerate(lives, 1):
        expected = further_oracle.judge(life, today, imports)
        got = findings.get(number, {})
        assert got == expected, f"\n{life}\n{today}\nexpected {expected}\nfound    {got}"
