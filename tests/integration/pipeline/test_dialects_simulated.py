"""The same lives delivered in three dialects: each ends as its truth says, and all three make the same cases."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import URL, select, text

from hub import wiring
from hub.catalogue.importing import import_files, import_staged
from hub.catalogue.national import stage_database
from hub.central.engine import reading, writing
from hub.central.tables import exchange, metadata
from hub.cli.catalogue import to_log
from hub.demo.truth import differences
from hub.simulate import Options, simulate
from hub.simulate.exchange_db import opened, write_later
from hub.supervision.seed import ensure_seeded
from mappings.dialect import delivered, load_dialect
from schemas.contract import load_contract
from tests.integration.pipeline.conftest import Hub
from tests.support import mariadb, postgres

TODAY = date(2026, 11, 20)
NATIONAL, PINYIN = "national-exchange-db", "pinyin-stages"
CODE = "land-bureau"
SIZES = {NATIONAL: 1000, PINYIN: 150}
Row = Mapping[str, Any]


def simulated(hub: Hub, monkeypatch: pytest.MonkeyPatch, code: str, **options: Any) -> Path:
    """A simulated department, registered under a code of its own; its catalogue is imported first."""
    out = hub.home / code
    simulate(Options(out=out, today=TODAY, code=CODE, **options))
    text = (out / f"{CODE}.yaml").read_text(encoding="utf-8")
    (hub.systems / f"{code}.yaml").write_text(
        text.replace(f"code: {CODE}\n", f"code: {code}\n"), encoding="utf-8"
    )
    connection = json.dumps({"conn_type": "sqlite", "host": str(out / "exchange.db")})
    monkeypatch.setenv("AIRFLOW_CONN_LAND_BUREAU", connection)
    return out


def import_catalogue(hub: Hub, out: Path) -> None:
    import_files(hub.engine, [out / "catalogue.yaml"], hub.home / "work", by="test", log=to_log)


@pytest.mark.parametrize("dialect", [NATIONAL, PINYIN])
def test_every_row_message_case_and_card_ends_as_the_truth_says(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    with writing(hub.engine) as connection:
        ensure_seeded(connection)
    out = simulated(
        hub, monkeypatch, CODE, cases=300, seed=7, dialect=dialect, held=3, package_size=SIZES[dialect]
    )
    import_catalogue(hub, out)
    hub.run(CODE)
    write_later(out)
    if dialect == PINYIN:
        for path in sorted((out / "held").iterdir()):
            path.rename(out / "out" / path.name)
    hub.run(CODE)
    wiring.supervise(TODAY)

    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    with reading(hub.engine) as connection:
        assert differences(connection, truth) == []

    before = hub.everything()
    assert hub.run(CODE) == []
    assert hub.everything() == before


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def exchange_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A department's empty database on each server: its address, and the connection of the hub to it."""
    if request.param == "sqlite":
        path = tmp_path / "department.db"
        yield f"sqlite:///{path}", json.dumps({"conn_type": "sqlite", "host": str(path)})
        return
    server, kind, module = {
        "postgresql": ("postgres_server", "postgres", postgres),
        "mariadb": ("mariadb_server", "mysql", mariadb),
    }[request.param]
    running = request.getfixturevalue(server)
    name = running.new_database()
    driver = {"postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}[kind]
    query = {} if kind == "postgres" else {"charset": "utf8mb4"}
    url = URL.create(driver, module.USER, module.PASSWORD, "127.0.0.1", running.port, name, query)
    yield url.render_as_string(hide_password=False), json.dumps(
        {"conn_type": kind, "host": "127.0.0.1", "port": running.port, "login": module.USER,
         "password": module.PASSWORD, "schema": name}
    )  # fmt: skip
    running.drop_database(name)


def test_the_department_finds_every_refused_row_in_its_own_database(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch, exchange_database: tuple[str, str]
) -> None:
    url, connection = exchange_database
    out = simulated(sqlite_hub, monkeypatch, CODE, cases=120, seed=3, dialect=NATIONAL, database_url=url)
    monkeypatch.setenv("AIRFLOW_CONN_LAND_BUREAU", connection)
    import_catalogue(sqlite_hub, out)
    sqlite_hub.run(CODE)

    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    with reading(sqlite_hub.engine) as central:
        assert differences(central, {**truth, "cards": []}) == []
    refused = {
        (each["table"], each["key"]): each["codes"][0]
        for each in truth["pieces"]
        if each["outcome"] in ("rejected", "conflict")
    }
    assert refused
    with opened(url) as engine, engine.connect() as department:
        rows = department.execute(text("select table_name, row_guid, abnormal_type from dn_audit_abnormal"))
        assert {(row[0], row[1]): row[2] for row in rows} == refused
        for table in {each["table"] for each in truth["pieces"]}:
            flags = department.execute(text(f"select row_guid, sync_flag from {table}"))
            assert {row[0]: row[1] for row in flags} == {
                each["key"]: "2" if (table, each["key"]) in refused else "1"
                for each in truth["pieces"]
                if each["table"] == table
            }


def test_the_national_item_tables_say_of_each_item_what_the_catalogue_file_says(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = simulated(sqlite_hub, monkeypatch, CODE, cases=1, dialect=NATIONAL)
    with opened(f"sqlite:///{out / 'exchange.db'}") as engine, engine.connect() as department:
        import_staged(
            sqlite_hub.engine,
            lambda staging, faults: stage_database(department, "exchange", staging, faults, None),
            sqlite_hub.home / "work",
            sources=[{"name": "exchange"}],
            by="test",
        )
    columns = (
        "item_code", "version", "catalog_code", "name", "org_uscc", "org_name", "item_type", "case_type",
        "exercise_level", "statutory_limit", "statutory_limit_unit", "promised_limit", "promised_limit_unit",
        "is_charged",
    )  # fmt: skip
    found = yaml.safe_load((out / "catalogue.yaml").read_text(encoding="utf-8"))["items"]
    expected = [tuple(item.get(column) for column in columns) for item in found]
    assert sorted(sqlite_hub.rows("service_item", *columns)) == sorted(expected)
    assert sqlite_hub.count("item_material") == sum(len(item["materials"]) for item in found)
    assert sqlite_hub.count("item_fee") == sum(len(item["fees"]) for item in found)


@dataclass(frozen=True)
class Told:
    """How a dialect tells what the canonical message tells otherwise, or not at all."""

    more: frozenset[str]  # fields that the simulated canonical message leaves out
    other: frozenset[
        str
    ]  # fields that hold something else: numbers and units of organisation of the dialect's own
    coarser: Mapping[str, Callable[[Any], Any]]  # fields whose codes are fewer
    tells: Mapping[str, Callable[[Row], bool]] = field(default_factory=dict)  # rows that it has words for
    of_its_own: Mapping[str, Callable[[Row], bool]] = field(default_factory=dict)  # rows that only it has


def always(row: Row) -> bool:
    return True


def never(row: Row) -> bool:
    return False


def as_extension_or_other(kind: Any) -> Any:
    return "1" if kind == "1" else "10"


TOLD = {
    NATIONAL: Told(
        more=frozenset(),
        other=frozenset(),
        coarser={"SpecialProcedure.Kind": as_extension_or_other},
        tells={"Acceptance": lambda row: row["status"] == "1"},
    ),
    PINYIN: Told(
        more=frozenset(
            {
                "Application.Place", "Acceptance.MaterialText", "Acceptance.DepartmentUscc",
                "Delivery.RecipientIdType", "Delivery.RecipientIdNo",
            }
        ),
        other=frozenset({"Acceptance.Department", "Step.StepCode", "Step.StepType", "Step.HandlerNo"}),
        coarser={
            "SpecialProcedure.Kind": as_extension_or_other,
            "Completion.Result": lambda result: "1" if result == "7" else result,
        },
        tells={
            "Acceptance": lambda row: row["status"] in ("1", "2"),
            "Step": lambda row: row["step_type"] != "1" and row["ended_day"] is not None,
        },
        of_its_own={"Step": lambda row: row["step_name"] == "预受理"},
    ),
}  # fmt: skip
FROM_THE_CATALOGUE = {
    "ServiceItem.ItemType", "ServiceItem.CaseType", "ServiceItem.StatutoryLimit", "ServiceItem.StatutoryLimitUnit",
    "ServiceItem.PromisedLimit", "ServiceItem.PromisedLimitUnit", "ServiceItem.IsCharged",
}  # fmt: skip
"""What neither dialect delivers and the item catalogue supplies: it must be what the canonical message says."""


def rows(hub: Hub, system: str, table: str) -> dict[int, list[Row]]:
    """The rows of a table by the running number of their case."""
    head, found = exchange.case_head, metadata.tables[table]
    statement = select(head.c.case_no, found).join(head, head.c.id == found.c.case_id)
    by_case: dict[int, list[Row]] = defaultdict(list)
    with reading(hub.engine) as connection:
        for row in connection.execute(statement.where(head.c.system == system)):
            by_case[int(row.case_no[-7:])].append(dict(row._mapping))
    return by_case


def compared(dialect: str) -> Iterator[tuple[str, str, dict[str, str], list[str]]]:
    """Element, table, plain columns with their fields, and base names of points in time that are compared."""
    speaks = delivered(load_dialect(dialect)) | FROM_THE_CATALOGUE
    told = TOLD[dialect]
    for element in load_contract("1.0").elements:
        fields = [
            each
            for each in element.fields
            if f"{element.name}.{each.name}" in speaks - told.more - told.other
        ]
        plain = {
            str(each.column): f"{element.name}.{each.name}"
            for each in fields
            if each.type != "dt" and each.column
        }
        times = [str(each.column) for each in fields if each.type == "dt"]
        if plain or times:
            yield element.name, element.table, plain, times


def key(row: Row, plain: Mapping[str, str], times: list[str], coarser: Mapping[str, Any]) -> list[str]:
    """What must be equal however precise the times are."""
    values = [coarser.get(name, lambda value: value)(row[column]) for column, name in plain.items()]
    return [str(value) for value in (*values, *(row[f"{base}_day"] for base in times))]


@pytest.mark.parametrize("dialect", [NATIONAL, PINYIN])
def test_the_same_lives_make_the_same_cases(hub: Hub, monkeypatch: pytest.MonkeyPatch, dialect: str) -> None:
    cases = 200
    told = {"cases": cases, "seed": 5, "clean": True}
    out = simulated(hub, monkeypatch, "in-pieces", dialect=dialect, package_size=SIZES[dialect], **told)
    import_catalogue(hub, out)
    simulated(hub, monkeypatch, CODE, package_size=100, **told)
    monkeypatch.setenv("AIRFLOW_CONN_LAND_BUREAU", f"sqlite://{out / 'exchange.db'}")
    hub.run(CODE)
    hub.run("in-pieces")

    heads = exchange.case_head
    with reading(hub.engine) as connection:
        states = connection.execute(select(heads.c.system, heads.c.state)).all()
    assert sorted(states) == [("in-pieces", "current")] * cases + [(CODE, "current")] * cases

    words = TOLD[dialect]
    seen = 0
    for element, table, plain, times in compared(dialect):
        whole, pieced = rows(hub, CODE, table), rows(hub, "in-pieces", table)
        for number in range(1, cases + 1):
            tells = words.tells.get(element, always)
            alone = words.of_its_own.get(element, never)
            ours = [row for row in whole[number] if tells(row)]
            theirs = [row for row in pieced[number] if not alone(row)]
            pair = [
                sorted(((key(row, plain, times, coarser), row) for row in found), key=lambda each: each[0])
                for found, coarser in ((ours, words.coarser), (theirs, {}))
            ]
            assert [each[0] for each in pair[0]] == [each[0] for each in pair[1]], (element, number)
            for (_, one), (_, other) in zip(*pair, strict=True):
                for base in times:
                    exact = {one[f"{base}_at"], other[f"{base}_at"]} - {None}
                    assert len(exact) <= 1, (element, number, base)
            seen += len(ours)
    assert seen > cases * 8
