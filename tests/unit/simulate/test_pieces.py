"""Cases in rows and stage messages: what is written, that it is the same lives, and a truth that adds up."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from hub.errors import StopError
from hub.register import load_registration
from hub.simulate import OptionError, Options, simulate
from hub.simulate.exchange_db import write_later
from hub.simulate.national_tables import CASE_TABLES, metadata
from hub.simulate.piece import Fold, Piece
from hub.simulate.piece_plants import NATIONAL, PINYIN, plants

TODAY = date(2026, 11, 20)
ENVELOPE = {"row_guid", "cd_operation", "cd_time", "cd_batch", "data_source", "sync_flag"}


def make(folder: Path, dialect: str, **options: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"cases": 300, "today": TODAY, "out": folder, "dialect": dialect} | options
    simulate(Options(**given))
    found: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return found


def select(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "exchange.db")) as database:
        return database.execute(statement).fetchall()


def messages(folder: Path) -> list[etree._Element]:
    """All messages of the documents that can be read, in their order."""
    found = []
    for path in sorted(folder.glob("*.xml")):
        try:
            root = etree.fromstring(path.read_bytes().replace(b'"gb2312"', b'"gb18030"'))
        except etree.XMLSyntaxError:
            continue
        found += [root] if root.tag == "BW" else list(root)
    return found


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".db"
    }


@pytest.mark.parametrize("dialect", [NATIONAL, PINYIN])
def test_the_same_options_give_the_same_bytes(tmp_path: Path, dialect: str) -> None:
    seen = []
    for _ in range(2):
        make(tmp_path / "same", dialect, cases=40, held=3)
        seen.append(digests(tmp_path / "same"))
        if dialect == NATIONAL:
            rows = [
                row
                for table in CASE_TABLES
                for row in select(tmp_path / "same", f"select * from {table.name}")
            ]
            seen[-1]["rows"] = repr(rows)
        (tmp_path / "same").rename(tmp_path / f"moved-{len(seen)}")
    assert seen[0] == seen[1]


@pytest.mark.parametrize("dialect", [NATIONAL, PINYIN])
def test_every_plant_and_outcome_occurs_in_300_cases(tmp_path: Path, dialect: str) -> None:
    truth = make(tmp_path, dialect, held=3)
    named = truth["planted"]["defects"] | truth["planted"]["exchange"]
    assert set(named) == {plant.name for plant in plants(dialect)}
    assert {each["outcome"] for each in truth["pieces"]} == {
        "accepted", "rejected", "pending", "duplicate", "conflict", "stale",
    }  # fmt: skip
    assert {each["state"] for each in truth["cases"]} >= {"current", "pending"}
    assert {card["rule"] for card in truth["cards"]} >= {"T1", "T2", "T3"}


@pytest.mark.parametrize("dialect", [NATIONAL, PINYIN])
def test_a_clean_simulation_has_nothing_refused_and_nothing_waiting_in_the_end(
    tmp_path: Path, dialect: str
) -> None:
    truth = make(tmp_path, dialect, cases=60, clean=True)
    assert {each["outcome"] for each in truth["pieces"]} <= {"accepted", "pending"}
    assert [each["state"] for each in truth["cases"]] == ["current"] * 60
    assert all(each["state"] == "closed" for each in truth["packages"])


def test_rows_lie_in_the_tables_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    truth = make(tmp_path, NATIONAL, cases=60)
    for table in CASE_TABLES:
        rows = select(tmp_path, f"select row_guid, cd_time, sync_flag from {table.name} order by rowid")
        assert {flag for _, _, flag in rows} == {"0"}
        told = [each["key"] for each in truth["pieces"] if each["table"] == table.name]
        assert told == [guid for guid, _, _ in sorted(rows, key=lambda row: (row[1], row[0]))]
    late = [row for row in select(tmp_path, "select cd_time from up_pro_process order by rowid")]
    assert late != sorted(late)  # some were written days after their time
    assert len(late) > 60


def test_the_tables_have_the_columns_of_the_national_exchange_and_its_envelope(tmp_path: Path) -> None:
    make(tmp_path, NATIONAL, cases=1)
    for name in metadata.tables:
        columns = {row[1] for row in select(tmp_path, f"pragma table_info({name})")}
        assert columns >= (
            ENVELOPE if name != "dn_audit_abnormal" else {"table_name", "row_guid", "abnormal_type"}
        )
    assert select(tmp_path, "select count(*) from dn_audit_abnormal") == [(0,)]


def test_a_database_with_rows_in_it_is_left_alone(tmp_path: Path) -> None:
    make(tmp_path, NATIONAL, cases=2)
    with pytest.raises(StopError, match="SIMULATE_OCCUPIED"):
        make(tmp_path, NATIONAL, cases=2)


def test_a_database_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://hub:very-secret@127.0.0.1:1/exchange"
    with pytest.raises(StopError, match="SIMULATE_DATABASE") as caught:
        make(tmp_path, NATIONAL, cases=1, database_url=url)
    assert "very-secret" not in str(caught.value)


def test_what_is_laid_aside_replaces_rows_and_makes_the_database_the_whole(tmp_path: Path) -> None:
    make(tmp_path / "whole", NATIONAL, cases=80, clean=True)
    make(tmp_path / "held", NATIONAL, cases=80, clean=True, held=20)

    def everything(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
        return {t.name: sorted(select(folder, f"select * from {t.name}"), key=repr) for t in CASE_TABLES}

    assert everything(tmp_path / "held") != everything(tmp_path / "whole")
    assert write_later(tmp_path / "held") > 0
    assert everything(tmp_path / "held") == everything(tmp_path / "whole")
    assert write_later(tmp_path / "held") == 0


def test_stage_messages_declare_gb2312_and_hold_characters_that_it_lacks(tmp_path: Path) -> None:
    truth = make(tmp_path, PINYIN)
    documents = [path.read_bytes() for path in sorted((tmp_path / "out").glob("*.xml"))]
    assert all(each.startswith(b'<?xml version="1.0" encoding="gb2312"?>') for each in documents)
    assert any("𠮷".encode("gb18030") in each for each in documents)
    assert len(documents) == len(truth["packages"]) + len(truth["repeats"])
    assert all(path.with_name(path.name + ".ok").exists() for path in (tmp_path / "out").glob("*.xml"))


def test_every_message_is_in_the_truth_in_its_order(tmp_path: Path) -> None:
    truth = make(tmp_path, PINYIN)
    again = {each["file"] for each in truth["repeats"]}
    for name in again:
        (tmp_path / "out" / name).unlink()
    found = [(each.get("LX"), each.findtext("SBLSH")) for each in messages(tmp_path / "out")]
    assert found == [(each["message"], each["case_no"]) for each in truth["pieces"]]
    assert {name for name, _ in found} == set("0123456789")
    assert all(re.fullmatch(r"\d{29}", case or "") for _, case in found)


def test_stages_come_out_of_order_and_some_documents_have_one_message_as_their_root(tmp_path: Path) -> None:
    make(tmp_path, PINYIN)
    order: dict[str, list[str]] = {}
    for each in messages(tmp_path / "out"):
        order.setdefault(each.findtext("SBLSH") or "", []).append(each.get("LX") or "")
    assert sum(kinds[0] != "0" for kinds in order.values()) > 5
    roots = Counter(
        etree.fromstring(path.read_bytes(), etree.XMLParser(recover=True, encoding="gb18030")).tag
        for path in (tmp_path / "out").glob("*.xml")
    )
    assert set(roots) == {"BW", "BWJ"}


def test_a_service_is_given_pages_without_markers(tmp_path: Path) -> None:
    make(tmp_path, PINYIN, cases=40, deliver="soap", held=2)
    names = sorted(path.name for path in (tmp_path / "replies").iterdir())
    held = sorted(path.name for path in (tmp_path / "held").iterdir())
    assert held
    assert names + held == [f"{number:06d}.xml" for number in range(1, len(names) + len(held) + 1)]
    assert not (tmp_path / "out").exists()


def test_the_lives_are_those_of_the_canonical_messages(tmp_path: Path) -> None:
    make(tmp_path / "whole", "canonical", cases=40, clean=True)
    make(tmp_path / "rows", NATIONAL, cases=40, clean=True)
    make(tmp_path / "stages", PINYIN, cases=40, clean=True)
    whole = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "whole" / "out").glob("*.xml"))
    cases = re.findall(
        r"<CaseNo>\d+-\d+-(\d+)</CaseNo>.*?<IdNo>(.*?)</IdNo>.*?<Subject>(.*?)</Subject>", whole, re.S
    )
    told = {(number, person, subject.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
            for number, person, subject in cases}  # fmt: skip
    statement = "select substr(project_no, -7), applyer_page_code, project_name from up_pro_accept"
    assert set(select(tmp_path / "rows", statement)) == told
    assert {
        ((each.findtext("SBLSH") or "")[-7:], each.findtext("SQRZJHM"), each.findtext("SBXMMC"))
        for each in messages(tmp_path / "stages" / "out")
        if each.get("LX") == "0"
    } == told


@pytest.mark.parametrize(
    ("options", "kind", "codes"),
    [
        ({"dialect": NATIONAL}, "database", "gbt-39046"),
        ({"dialect": PINYIN}, "directory", "guangdong"),
        ({"dialect": PINYIN, "deliver": "soap"}, "soap-pull", "guangdong"),
    ],
)
def test_the_registration_can_be_used_as_it_is(
    tmp_path: Path, options: dict[str, str], kind: str, codes: str
) -> None:
    simulate(Options(cases=3, today=TODAY, out=tmp_path, **options))  # type: ignore[arg-type]
    found = load_registration(tmp_path / "land-bureau.yaml")
    assert (found.connector["kind"], found.codes, found.serial) == (kind, codes, "hub")
    assert found.dialect == options["dialect"]


@pytest.mark.parametrize("dialect", ["canonical", NATIONAL, PINYIN])
def test_the_catalogue_holds_every_item_that_is_applied_for(tmp_path: Path, dialect: str) -> None:
    make(tmp_path, dialect, cases=60)
    found = yaml.safe_load((tmp_path / "catalogue.yaml").read_text(encoding="utf-8"))
    assert set(found) == {"organizations", "regions", "posts", "staff", "disclosures", "items"}
    items = {item["item_code"]: item for item in found["items"]}
    flows = [{step["step_code"] for step in item["steps"]} for item in items.values()]
    for item, codes in zip(items.values(), flows, strict=True):
        assert {fee["step_code"] for fee in item["fees"]} <= codes
        following = {
            part.split("=")[0] for step in item["steps"] for part in step.get("next", "").split(";") if part
        }
        assert following <= codes
    if dialect == NATIONAL:
        wanted = {code for (code,) in select(tmp_path, "select distinct task_code from up_pro_accept")}
        assert {code for (code,) in select(tmp_path, "select task_code from up_task_general_basic")} == set(
            items
        )
    elif dialect == PINYIN:
        wanted = {each.findtext("SXBM") for each in messages(tmp_path / "out")}
    else:
        texts = "".join(
            path.read_bytes().decode("utf-8", "replace") for path in (tmp_path / "out").glob("*.xml")
        )
        wanted = {code for code in re.findall(r"<ItemCode>(\w+)</ItemCode>", texts)}
    assert wanted
    assert wanted <= set(items)


@pytest.mark.parametrize(
    "options",
    [
        {"dialect": "pinyin"},
        {"dialect": NATIONAL, "codes": "hunan"},
        {"dialect": PINYIN, "encoding": "gbk"},
        {"dialect": PINYIN, "deliver": "post"},
        {"held": 91},
    ],
)
def test_options_that_cannot_be_meant_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    given: dict[str, Any] = {"cases": 1, "today": TODAY, "out": tmp_path} | options
    with pytest.raises(OptionError):
        Options(**given)


def piece(kind: str, rank: int = 1, text: str = "a", **more: Any) -> Piece:
    return Piece("1", 1, kind, kind, "", rank, 0, {"text": text}, root=kind == "apply", **more)


@pytest.mark.parametrize(
    ("packages", "outcomes"),
    [
        ([["apply"]], ["accepted"]),
        ([["step", "apply"]], ["accepted", "accepted"]),
        ([["step"], ["apply"]], ["pending", "accepted"]),
    ],
)
def test_what_waits_is_asked_when_the_package_is_in(packages: list[list[str]], outcomes: list[str]) -> None:
    fold, sent = Fold(), []
    for package in packages:
        pieces = [piece(kind) for kind in package]
        fold.take(pieces)
        sent += pieces
    assert [each.outcome for each in sent] == outcomes


def test_versions_of_one_message_are_judged_by_their_numbers_alone() -> None:
    told = [(3, "a"), (1, "b"), (3, "a"), (3, "c"), (1, "b"), (4, "d")]
    sent = [piece("apply", rank, text) for rank, text in told]
    fold = Fold()
    for each in sent:
        fold.take([each])
    assert [each.outcome for each in sent] == [
        "accepted", "stale", "duplicate", "conflict", "duplicate", "accepted",
    ]  # fmt: skip


def test_a_rejected_message_does_not_count_as_sent() -> None:
    fold = Fold()
    wrong, right = piece("apply", codes=("VALUE_TYPE",)), piece("apply")
    fold.take([wrong])
    assert not fold.cases
    fold.take([right])
    assert (wrong.outcome, right.outcome, fold.state("1")) == ("rejected", "accepted", "current")


def test_a_withdrawn_root_withdraws_the_case() -> None:
    fold = Fold()
    fold.take([piece("apply"), piece("apply", 2, operation="D")])
    assert fold.state("1") == "deleted"
