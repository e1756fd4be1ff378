"""Row sets are canonical, options are held against their words, receipts and other databases' SQL are read right."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.types import CHAR, Boolean, Date, DateTime, Numeric, String

from connectors.base import Access, Surroundings
from connectors.database import DatabaseConnector, failures, scan, translation
from connectors.database.address import engine_for, shown, sqlite_path
from connectors.database.batch import newest_in
from connectors.database.charset import fitting
from connectors.database.options import Entry, options_of
from connectors.database.receipts import read_receipt
from connectors.database.rows import Lines, convert_for, plain
from connectors.database.tables import Source
from connectors.state import MemoryState
from hub.errors import StopError
from tests.support.exchange_database import ENTRIES, FLAG, WATERMARK, receipt


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"), ("", '""'), ("𠮷\n\t\\\"", '"𠮷\\n\\t\\\\\\""'), ("\0", '"\\u0000"'), (12, "12"), (2**70, str(2**70)),
        (True, "true"), (Decimal("12.50"), '"12.50"'), (Decimal("5"), "5"), (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), '"0.0000001"'), (Decimal("NaN"), '"NaN"'), (1.5, '"1.5"'), (date(2026, 3, 5), '"2026-03-05"'),
        (datetime(2026, 3, 5, 9, 10, 11), '"2026-03-05T09:10:11"'),
        (datetime(2026, 3, 5, 9, 10, 11, 500000), '"2026-03-05T09:10:11.500000"'),
        (datetime(2026, 3, 5, 1, 10, 11, tzinfo=UTC), '"2026-03-05T09:10:11+08:00"'),
        (b"\xab\x01", '"ab01"'), (memoryview(b"\xff"), '"ff"'), (time(9, 10), '"09:10:00"'), (timedelta(hours=30), '"1 day, 6:00:00"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'), ({"b": 1, "a": [2]}, '"{\\"a\\":[2],\\"b\\":1}"'),
    ],
    ids=lambda value: "memory" if isinstance(value, memoryview) else repr(value)[:30],
)  # fmt: skip
def test_a_value_has_one_way_to_be_written(value: Any, text: str) -> None:
    assert Lines("t", ["c"], [plain]).line([value]).decode() == f'{{"row":{{"c":{text}}},"table":"t"}}\n'


def test_a_line_is_what_json_itself_writes_with_sorted_keys() -> None:
    names, values = ["b", "a_1", "a", "é"], ['x"', None, 3, "\x7f\u2028"]
    row = {"row": dict(zip(names, values, strict=True)), "table": 't"x'}
    wanted = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
    assert Lines('t"x', names, [plain] * 4).line(values).decode() == wanted


def test_a_value_of_no_known_kind_is_not_guessed() -> None:
    with pytest.raises(TypeError, match='"c" object'):
        Lines("t", ["c"], [plain]).line([object()])


@pytest.mark.parametrize(
    ("kind", "value", "seen"),
    [
        (DateTime(), "2026-03-05 09:10:11", "2026-03-05T09:10:11"), (DateTime(), "unknown", "unknown"), (DateTime(), None, None),
        (Date(), "2026-03-05", "2026-03-05"), (Date(), "3/5", "3/5"), (Boolean(), 1, True), (Boolean(), 7, 7),
        (Numeric(12, 2), 12, "12.00"), (Numeric(12, 2), 0.1 + 0.2, "0.30"), (Numeric(12, 2), "12.5", "12.5"),
        (Numeric(12, 0), 12, 12), (String(), "x ", "x "),
    ],
    ids=str,
)  # fmt: skip
def test_in_sqlite_the_declared_type_says_what_is_meant(kind: Any, value: Any, seen: Any) -> None:
    assert convert_for(kind, loose=True)(value) == seen


def test_blanks_that_the_database_added_are_left_out() -> None:
    assert convert_for(CHAR(9), padded=True)("abc      ") == "abc"


def options(**changes: Any) -> dict[str, Any]:
    given = {"kind": "database", "connection": "land", "tables": ENTRIES, "take": FLAG, **changes}
    return {name: value for name, value in given.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"connection": None}, "connection"), ({"tables": {}}, "tables"), ({"tables": {"t": {"key": "k"}}}, "tables.t.time"),
        ({"take": None}, "take"), ({"take": {}}, "take"), ({"take": {"flag": {}}}, "take.flag.column"),
        ({"take": {**FLAG, **WATERMARK}}, "take"), ({"take": {"flag": {"column": "f", "new": "1"}}}, "take.flag"),
        ({"take": {"watermark": {"late": "soon"}}}, "take.watermark.late"), ({"batch": 0}, "batch"), ({"batch": "many"}, "batch"),
        ({"timeout": "1 minute"}, "timeout"), ({"charset": "gbk"}, "charset"), ({"rejects": {}}, "rejects.table"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_worked_with_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(StopError) as caught:
        options_of("land", options(**changes))
    assert (caught.value.code, caught.value.place.field) == ("CONNECTOR_OPTION", f"connector.{field}")
    assert caught.value.remedy_zh


def test_what_is_not_written_has_its_default() -> None:
    found = options_of("land", options(take={"watermark": {}}))
    assert (found.batch, found.late, found.timeout) == (5000, timedelta(minutes=15), timedelta(seconds=60))
    assert found.tables[0] == Entry("up_pro_accept", "row_guid", "cd_time")
    flag = options_of("land", options(take={"flag": {"column": "f", "new": 0}})).flag
    assert flag is not None
    assert (flag.new, flag.taken, flag.refused) == ("0", "1", None)


def test_opening_touches_nothing(tmp_path: Path) -> None:
    def access(name: str) -> Access:
        raise AssertionError(name)

    DatabaseConnector("land", options(), Surroundings(MemoryState(), access, tmp_path / "work"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("access", "seen"),
    [
        (
            Access("x", "mysql", "db.example", 3306, "hub", "secret", "exchange"),
            "mysql://db.example:3306/exchange",
        ),
        (Access("x", "postgres", None, None, "hub", "secret", "exchange"), "postgres://localhost/exchange"),
        (Access("x", "sqlite", path="/data/x.db"), "sqlite:/data/x.db"),
    ],
)
def test_an_address_is_shown_without_log_in_and_password(access: Access, seen: str) -> None:
    assert shown(access) == seen


def test_an_sqlite_path_is_read_as_airflow_writes_it() -> None:
    assert sqlite_path(Access("x", "sqlite", path="data/x.db")) == "/data/x.db"
    assert sqlite_path(Access("x", "sqlite", host="relative", path="x.db")) == "relative/x.db"


@pytest.mark.parametrize("kind", ["oracle", "oracle+cx_oracle", "oracle+oracledb"])
def test_the_former_name_of_oracles_driver_is_understood(kind: str) -> None:
    access = Access("x", kind, "db.example", 1521, "hub", "p", "ORCLPDB1")
    engine = engine_for(access, timedelta(seconds=60))
    assert engine.dialect.driver == "oracledb"
    assert engine.url.query == {"service_name": "ORCLPDB1"}


def source() -> Source:
    table = Table(
        "up_pro_accept", MetaData(), Column("row_guid", String(36)), Column("cd_time", DateTime()), Column("sync_flag", CHAR(1))
    )  # fmt: skip
    entry = Entry("up_pro_accept", "row_guid", "cd_time")
    names = ("row_guid", "cd_time", "sync_flag")
    lines = Lines("up_pro_accept", names, (plain,) * 3)
    return Source(
        entry, table, table.c.row_guid, table.c.cd_time, table.c.sync_flag, names, lines, (1, 0), False
    )


class Recorder:
    """Compiles what it is asked for, as a database of that dialect would get it."""

    def __init__(self, dialect: Any) -> None:
        self.dialect, self.sql = dialect, []  # type: ignore[var-annotated]

    def execute(self, statement: Any) -> Any:
        self.sql.append(" ".join(str(statement.compile(dialect=self.dialect)).split()))
        return self

    def all(self) -> list[Any]:
        return []


@pytest.mark.parametrize(
    ("dialect", "limited_by"),
    [
        (oracle.dialect(), "ROWNUM|FETCH FIRST"), (mssql.dialect(), "TOP"), (postgresql.dialect(), "LIMIT"),
        (mysql.dialect(), "LIMIT"), (sqlite.dialect(), "LIMIT"),
    ],
    ids=["oracle", "mssql", "postgresql", "mysql", "sqlite"],
)  # fmt: skip
def test_a_page_is_asked_for_in_each_databases_own_words(dialect: Any, limited_by: str) -> None:
    asked = Recorder(dialect)
    after = scan.Position(datetime(2026, 3, 5), "a")
    list(scan.walk(asked, source(), None))  # type: ignore[arg-type]
    list(scan.walk(asked, source(), after, datetime(2026, 3, 4)))  # type: ignore[arg-type]
    assert len(asked.sql) == 3
    for sql in asked.sql:
        assert any(word in sql for word in limited_by.split("|"))
        assert "ORDER BY up_pro_accept.cd_time, up_pro_accept.row_guid" in sql
        assert limited_by == "LIMIT" or "LIMIT" not in sql


def test_a_receipt_names_rows_whose_keys_hold_anything() -> None:
    body = receipt(
        "ab" * 32,
        ("up_pro_accept", "a%2Fb%20%E5%8F%B7", "task%2Fname", "VALUE_EMPTY"),
        ("up_pro_accept", "a%2Fb%20%E5%8F%B7", "task%2Fname", "VALUE_EMPTY"),
        ("Package", "Case[1]/Head", "CaseNo", "VALUE_EMPTY"),
    )
    answer = read_receipt("rows", body)
    assert answer.keys("up_pro_accept") == ["a/b 号"]
    assert [each.remark.split(":")[0] for each in answer.refusals] == ["task/name=坏值 𠮷"] * 2
    assert len({each.id for each in answer.refusals}) == 2
    assert answer == read_receipt("rows", body)
    assert answer.at == datetime(2026, 3, 5, 12)


def test_the_time_of_the_newest_row_stands_in_a_packages_name() -> None:
    assert newest_in("rows-20260305T090100.000007-0123456789ab.jsonl") == datetime(2026, 3, 5, 9, 1, 0, 7)
    assert newest_in("rows-untimed-0123456789ab.jsonl") is None
    assert newest_in("rows") is None


@pytest.mark.parametrize(
    ("charset", "seen"),
    [
        (None, "镕𠮷é?"), ("gbk", "镕{U+20BB7}é?"), ("utf8mb3", "镕{U+20BB7}é?"), ("latin1", "{U+9555}{U+20BB7}é?"),
        ("gb2312", "{U+9555}{U+20BB7}é?"), ("no-such", "{U+9555}{U+20BB7}{U+00E9}?"),
    ],
)  # fmt: skip
def test_a_character_that_a_column_cannot_hold_is_spelt_out(charset: str | None, seen: str) -> None:
    assert fitting("镕𠮷é?", charset) == seen


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ("ORA-01017: invalid username/password; logon denied", failures.LOGIN),
        ("ORA-12514: listener does not currently know of service", failures.UNKNOWN),
        ("ORA-00942: table or view does not exist", failures.TABLE),
        ("ORA-03113: end-of-file on communication channel", failures.LOST),
        ("attempt to write a readonly database", failures.READ_ONLY),
        ("database is locked", failures.BUSY),
        ("DPY-6005: cannot connect to database", failures.UNREACHABLE),
        ("DPY-6001: Service X is not registered with the listener", failures.UNKNOWN),
        ("DPY-4024: call timeout of 60000 ms exceeded", failures.TIMEOUT),
        ("DPY-4011: the database or network closed the connection", failures.LOST),
        ("DPY-3010: connections to this database server version are not supported", failures.OLD_SERVER),
        ("DPY-3015: password verifier type 0x939 is not supported", failures.LOGIN_METHOD),
        ("[CODE:-70028]Create SOCKET connection failure", failures.UNREACHABLE),
        ("[CODE:-2501]Invalid username or password", failures.LOGIN),
        ("[CODE:-2106]Invalid table or view name [T]", failures.TABLE),
        ("[CODE:-5504]No select privilege on table [T]", failures.DENIED),
        ("none of the server's SASL authentication mechanisms are supported", failures.LOGIN_METHOD),
        ("Login failed for user 'hub'. (18456)", failures.LOGIN),
        ("something nobody has heard of", failures.FAILED),
    ],
)
def test_errors_that_come_in_words_are_understood(words: str, texts: object) -> None:
    from sqlalchemy.exc import OperationalError

    assert (
        translation.meaning(OperationalError("SELECT secret", {"id": "personal"}, RuntimeError(words)))
        is texts
    )
    assert (
        translation.reason(OperationalError("SELECT secret", {"id": "personal"}, RuntimeError(words)))
        == words
    )


def test_the_registration_in_the_documentation_works(tmp_path: Path) -> None:
    from hub.register.load import load_registration

    page = (Path(__file__).resolve().parents[3] / "docs" / "connectors" / "database.md").read_text("utf-8")
    block = page.split("## 登记")[1].split("    code: ")[1].split("\n\n")[0]
    file = tmp_path / "land-bureau.yaml"
    file.write_text("\n".join(line[4:] for line in f"    code: {block}".splitlines()) + "\n", "utf-8")
    found = load_registration(file)
    assert found.serial == "hub"
    assert options_of(found.code, found.connector).rejects == "dn_audit_abnormal"
    assert options_of(found.code, found.connector).tables[0].name == "up_pro_accept"


def test_rows_that_wait_may_be_those_without_a_flag(tmp_path: Path) -> None:
    from hub.register.load import load_registration

    page = (Path(__file__).resolve().parents[3] / "docs" / "connectors" / "database.md").read_text("utf-8")
    block = page.split("## 登记")[1].split("    code: ")[1].split("\n\n")[0].replace('new: "0"', 'new: ""')
    file = tmp_path / "land-bureau.yaml"
    file.write_text("\n".join(line[4:] for line in f"    code: {block}".splitlines()) + "\n", "utf-8")
    found = load_registration(file)
    flag = options_of(found.code, found.connector).flag
    assert flag is not None
    assert (flag.new, flag.taken) == ("", "1")


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("take: {flag: {colum: f}}", "colum"),
        ("take: {}", "take"),
        ("batch: 0", "100000"),
        ("charset: gbk", "refuse"),
        ("tables: {t: {key: k}}", "time"),
    ],
)
def test_a_registration_names_the_option_that_is_wrong(tmp_path: Path, written: str, named: str) -> None:
    from hub.register.load import load_registration

    name = written.split(":")[0]
    lines = {
        "connection": "connection: c", "tables": "tables: {t: {key: k, time: t}}", "take": "take: {watermark: {late: 5m}}", name: written,
    }  # fmt: skip
    connector = "\n  ".join(["connector:", "kind: database", *lines.values()])
    file = tmp_path / "land.yaml"
    file.write_text(
        f'code: land\nname: n\norganization: 11430100006127328K\nregion: "430100"\n{connector}\n'
        'serial: hub\ndialect: national-exchange-db\ncodes: canonical\nschema: "1.0"\nstatus: trial\n',
        "utf-8",
    )
    with pytest.raises(StopError) as caught:
        load_registration(file)
    assert named in caught.value.message_en + caught.value.remedy_en
    assert caught.value.place.line
