"""Kingbase and openGauss, as far as a PostgreSQL that shows their banner is like them; the servers themselves were never tried."""

from __future__ import annotations

import dataclasses

import pytest

from connectors.database.forks import GAUSS_IS
from frontend_probe.database import probe_database
from tests.support.exchange_database import REJECTS, WATERMARK, Exchange, keys, receipt, take_all

KINGBASE = "KingbaseES V008R006C007B0012 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit"
GAUSS = "(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 03:07:56 on x86_64-unknown-linux-gnu, compiled by g++, 64-bit"


def disguise(exchange: Exchange, kind: str, banner: str) -> Exchange:
    """The same server under another banner, in this database only."""
    exchange.run(
        "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS"
        f" $$ SELECT '{banner}'::text $$"
    )
    exchange.access = dataclasses.replace(exchange.access, kind=kind)
    return exchange


@pytest.mark.parametrize(
    ("kind", "banner", "version"),
    [("kingbase", KINGBASE, (12, 1)), ("opengauss", GAUSS, GAUSS_IS), ("postgres", KINGBASE, (12, 1))],
)
@pytest.mark.parametrize("by_time", [False, True])
def test_a_server_under_another_banner_is_read_and_written_back_to(
    postgres_exchange: Exchange, kind: str, banner: str, version: tuple[int, ...], by_time: bool
) -> None:
    exchange = disguise(postgres_exchange, kind, banner)
    for key in "abc":
        exchange.put(key, "2026-03-05 09:00:00")
    connector = (
        exchange.connector(WATERMARK, rejects=REJECTS) if by_time else exchange.connector(rejects=REJECTS)
    )
    assert keys(take_all(connector)) == ["a", "b", "c"]
    for _ in range(2):
        connector.deliver(
            "rows-20260305T090000.000000-0123456789ab.jsonl",
            receipt("ab" * 32, ("up_pro_accept", "b", "promise_date", "VALUE_DATE")),
        )
    assert len(exchange.rejects()) == 1
    assert exchange.flags()["b"] == ("0" if by_time else "2")
    with connector.reading() as connection:
        assert connection.dialect.server_version_info == version
    assert not [check for check in probe_database(connector).checks if check.verdict == "fail"]


def test_opengauss_counts_bytes_and_a_long_reason_is_cut_so(postgres_exchange: Exchange) -> None:
    exchange = disguise(postgres_exchange, "opengauss", GAUSS)
    exchange.run(
        "ALTER TABLE dn_audit_abnormal ALTER remark TYPE VARCHAR(30), ADD CHECK (octet_length(remark) <= 30)"
    )
    exchange.put("a", "2026-03-05 09:00:00")
    connector = exchange.connector(rejects=REJECTS)
    take_all(connector)
    connector.deliver("rows", receipt("ab" * 32, ("up_pro_accept", "a", "promise_date", "VALUE_DATE")))
    assert exchange.rejects()[0][5].endswith("…")
