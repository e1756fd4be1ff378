"""Every statement that the connector sends, as each kind of server would get it, held against a text that people have read.

`SUPHUB_APPROVE=1 pytest tests/unit/connectors/test_database_dialects.py` writes the texts anew; look at the difference.
"""

from __future__ import annotations

import dataclasses
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.database import flags, scan
from connectors.database import rejects as rejecting
from connectors.database.charset import fitting, lossy
from connectors.database.forks import version_of
from connectors.database.receipts import read_receipt
from connectors.database.rows import digest_of
from connectors.database.sessions import statements
from hub.errors import StopError
from tests.support.dialect_tables import OPTIONS, ROW, SERVERS, Notebook, Result, dialect_of, rejects, source
from tests.support.exchange_database import receipt

APPROVED = Path(__file__).parent / "database_sql"
SETTLED = {"oracle-11": "oracle", "dameng": "dm", "sqlserver": "mssql", "kingbase": "postgresql", "opengauss": "postgresql",
           "opengauss-sqlalchemy": "postgresql"}  # fmt: skip
ANSWER = receipt("ab" * 32, ("up_pro_accept", "a-1", "fee", "VALUE_EMPTY"))


def conversation(server: str) -> list[tuple[str, list[str]]]:
    """Heading and statements of each thing that the connector does."""
    table, dialect = source(server), dialect_of(server)
    read = cast(Any, tuple(ROW.values()))
    told: list[tuple[str, list[str]]] = [
        ("a session begins", [f"{each};" for each in statements(SETTLED.get(server, server), 60_000)])
    ]

    def note(heading: str, deed: Any, answers: bool = True) -> None:
        book = Notebook(dialect, answers)
        deed(book)
        told.append((heading, book.said))

    after = scan.Position(datetime(2026, 3, 5, 9, 1, 0, 7), "a-1")
    note("is a row new?", lambda book: flags.waiting(book, OPTIONS, [table]))
    note(
        "new rows, by the flag",
        lambda book: list(scan.walk(book, table, only=flags.is_new(table, cast(Any, OPTIONS.flag)))),
    )
    note("the newest time", lambda book: scan.latest(book, table, 1_772_679_660_000_000), answers=False)
    note(
        "rows by time, from a floor on, after a row",
        lambda book: list(scan.walk(book, table, after, datetime(2026, 3, 5, 8, 46))),
    )
    note(
        "rows without a time, after a row",
        lambda book: list(scan.walk(book, table, scan.Position(None, "a-1"))),
        answers=False,
    )
    note(
        "rows were taken",
        lambda book: flags.mark_taken(
            book, OPTIONS, [table], {table.name: [("a-1", digest_of(table.line(read)))]}
        ),
    )
    note("rows were refused", lambda book: flags.mark_refused(book, OPTIONS, table, ["a-1"], None))
    note(
        "a package was refused",
        lambda book: flags.mark_package_refused(book, OPTIONS, [table], [table.line(read)]),
    )
    note(
        "reasons are written",
        lambda book: rejecting.write(book, rejects(server), [table], read_receipt("rows", ANSWER)),
    )
    return told


@pytest.mark.parametrize("server", SERVERS)
def test_what_a_server_is_told_is_what_was_approved(server: str) -> None:
    told = "".join(
        f"-- {heading}\n" + "".join(f"{each}\n" for each in said) + "\n"
        for heading, said in conversation(server)
    )
    file = APPROVED / f"{server}.sql"
    if os.environ.get("SUPHUB_APPROVE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, "utf-8")
    assert told == file.read_text("utf-8")


def test_opengauss_is_told_what_its_own_dialect_would_tell_it() -> None:
    ours, theirs = (
        [statement for _, said in conversation(server)[1:] for statement in said]
        for server in ("opengauss", "opengauss-sqlalchemy")
    )
    assert [re.sub(r"::(VARCHAR|INTEGER|TIMESTAMP WITHOUT TIME ZONE)", "", each) for each in ours] == theirs


@pytest.mark.parametrize(
    ("banner", "setting", "version"),
    [
        ("KingbaseES V008R006C007B0012 on x86_64-pc-linux-gnu, compiled by gcc", "12.1", (12, 1)),
        ("KingbaseES V008R003C002B0061 on x86_64", "V008R003C002B0061", (9, 6)),
        ("KingbaseES V009R004C011 on aarch64", "14.2", (14, 2)),
        ("(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 on x86_64", "9.2.4", (9, 2, 4)),
        ("PostgreSQL 9.2.4 (openGauss 3.0.0 build 02c14696) compiled at 2022", "9.2.4", (9, 2, 4)),
        ("gaussdb (GaussDB Kernel V500R002C10 build 2aa9a7a5) compiled at 2022", "9.2.4", (9, 2, 4)),
        ("PostgreSQL 15.14 (Debian 15.14-0+deb12u1) on x86_64-pc-linux-gnu", "15.14", (15, 14)),
    ],
)
def test_a_banner_that_does_not_say_postgresql_is_understood(
    banner: str, setting: str, version: tuple[int, ...]
) -> None:
    assert version_of(banner, setting) == version


def test_a_banner_that_nobody_knows_stops_the_system_and_is_shown() -> None:
    with pytest.raises(StopError) as caught:
        version_of("Some New Database", "V1")
    assert caught.value.code == "DATABASE_VERSION"
    assert "Some New Database" in caught.value.message_en


@pytest.mark.parametrize(
    ("server", "kept"), [("oracle", 32), ("dameng", 32), ("sqlserver", 65), ("postgresql", 99)]
)
def test_a_reason_is_cut_where_the_servers_own_way_of_counting_says_so(server: str, kept: int) -> None:
    # 100 bytes, 100 units of UTF-16, or 100 characters, the last of them for the ellipsis
    cut = rejecting.cut(rejects(server), "remark", "字" * 31 + "𠮷" * 80)
    assert cut == ("字" * 31 + "𠮷" * 80)[:kept] + "…"


@pytest.mark.parametrize("new", ["", "N"])
def test_an_empty_flag_means_none_too(new: str) -> None:
    options = dataclasses.replace(OPTIONS, flag=dataclasses.replace(cast(Any, OPTIONS.flag), new=new))
    book = Notebook(dialect_of("oracle"))
    flags.waiting(cast(Any, book), options, [source("oracle")])
    assert ("IS NULL" in book.said[0]) == (new == "")


@pytest.mark.parametrize("server", ["oracle", "dameng"])
def test_numbers_without_a_scale_never_pass_through_a_float(server: str) -> None:
    assert source(server).table.c.fee.type.asdecimal


def test_times_finer_than_a_microsecond_neither_repeat_rows_nor_go_round_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table, time = source("sqlserver"), datetime(2026, 3, 5, 9)
    stored = [(2, f"k{n:02}") for n in range(5)] + [
        (7, f"k{n:02}") for n in range(5, 9)
    ]  # tenths of a microsecond

    class Fine(Notebook):
        def execute(self, statement: Any, values: Any = None) -> Any:
            after = next(
                (
                    v
                    for k, v in statement.compile(dialect=self.dialect).params.items()
                    if k.startswith("row_guid")
                ),
                None,
            )
            found = [] if "IS NULL" in str(statement) else stored  # each is later than what was read of it
            self.said.append(str(statement))
            assert len(self.said) < 20, "the same page again and again"
            assert after is None or found
            row = {name.lower(): None for name in table.names}
            return Result(
                [tuple({**row, "row_guid": key, "cd_time": time}.values()) for _, key in found[: scan.PAGE]]
            )

    monkeypatch.setattr(scan, "PAGE", 20)
    read = [row[0] for row in scan.walk(cast(Any, Fine(dialect_of("sqlserver"))), table)]
    assert read == [key for _, key in stored]
    monkeypatch.setattr(scan, "PAGE", 5)
    with pytest.raises(TypeError, match="finer than a microsecond"):
        list(scan.walk(cast(Any, Fine(dialect_of("sqlserver"))), table))


@pytest.mark.parametrize(
    ("server", "told", "seen"),
    [
        ("oracle", [("NLS_CHARACTERSET", "ZHS16GBK"), ("NLS_NCHAR_CHARACTERSET", "AL16UTF16")], "zhs16gbk"),
        ("oracle", [("NLS_CHARACTERSET", "AL32UTF8"), ("NLS_NCHAR_CHARACTERSET", "AL16UTF16")], None),
        ("dameng", [(2,)], "euc_kr"),
        ("dameng", [(0,)], None),
        ("sqlserver", [("remark", "cp936")], "cp936"),
        ("sqlserver", [("remark", "UNICODE")], None),
        ("kingbase", [("SQL_ASCII",)], "sql_ascii"),
    ],
)  # fmt: skip
def test_a_character_set_that_loses_something_is_found_on_every_server(
    server: str, told: list[tuple[Any, ...]], seen: str | None
) -> None:
    class Told(Notebook):
        def execute(self, statement: Any, values: Any = None) -> Any:
            return Result(told)

        def scalar(self, statement: Any) -> Any:
            return told[0][0]

    found = lossy(cast(Any, Told(dialect_of(server))), rejects(server).table, ["remark"])
    assert found == ({} if seen is None else {"remark": seen})
    assert fitting("字镕𠮷", seen).startswith(
        {"euc_kr": "字{U+9555}", "sql_ascii": "{U+5B57}"}.get(str(seen), "字镕")
    )
