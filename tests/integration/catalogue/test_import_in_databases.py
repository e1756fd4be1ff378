"""Imports mean the same on each database: versions, parts that stay, keys of several columns, two imports at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bench.catalogue import import_200000
from hub.catalogue.checking import check_items
from hub.catalogue.columns import KINDS
from hub.catalogue.documents import document, listed
from hub.catalogue.faults import Refused
from hub.catalogue.lookup import lookup
from hub.central.engine import reading
from hub.central.tables import items
from tests.support.catalogue import CODE, TODAY, USCC, WHOLE, bring, rows


def test_versions_and_parts_that_stay(any_engine: Engine, tmp_path: Path) -> None:
    first = bring(any_engine, tmp_path, {"whole.yaml": WHOLE})
    assert first.counts["staff"] == {"new": 2, "changed": 0, "unchanged": 0}
    assert bring(any_engine, tmp_path, {"whole.yaml": WHOLE}).change is None

    bring(any_engine, tmp_path, {"materials.csv": f"item_code,name\n{CODE},身份证\n"}, day=date(2026, 6, 1))
    with reading(any_engine) as connection:
        found = document(connection, KINDS["item"], (CODE,))
        assert [row["name"] for row in found["materials"]] == ["身份证"]
        assert [row["step_code"] for row in found["steps"]] == ["SL", "BZ", "SC", "JD"]
        assert found["steps"][0]["next"] == ["SC", {"to": "BZ", "when": "材料不全"}]
        assert (found["steps"][2]["posts"], found["steps"][3]["apart_from"]) == (["SC"], ["SC"])
        assert (found["version"], found["valid_from"], found["promised_limit"]) == (2, "2026-06-01", 12)
        assert len(listed(connection, KINDS["item"], search="规划")) == 1
        assert list(check_items(connection, TODAY)) == []
    facts = lookup(any_engine).find(CODE, date(2026, 5, 31))
    assert facts is not None
    assert facts.version == 1


def test_a_person_in_a_new_post_is_a_new_version(any_engine: Engine, tmp_path: Path) -> None:
    bring(any_engine, tmp_path, {"whole.yaml": WHOLE})
    bring(any_engine, tmp_path, {"staff.csv": f"org_uscc,person_no,name,posts,mobile\n{USCC},0731001,李受理,CK;SC,13800000000\n"})  # fmt: skip
    assert rows(any_engine, items.staff_post, "person_no", "version", "post_code") == [
        ("0731001", 1, "CK"), ("0731001", 2, "CK"), ("0731001", 2, "SC"), ("0731002", 1, "SC"),
    ]  # fmt: skip


def test_a_refused_import_leaves_the_database_as_it_was(any_engine: Engine, tmp_path: Path) -> None:
    bring(any_engine, tmp_path, {"items.csv": f"item_code,version,name,org_uscc\nA1,1,甲,{USCC}\n"})
    with pytest.raises(Refused):
        bring(
            any_engine,
            tmp_path,
            {"items.csv": f"item_code,version,name,org_uscc\nA0,1,新,{USCC}\nA1,1,乙,{USCC}\n"},
        )
    assert rows(any_engine, items.service_item, "item_code", "name") == [("A1", "甲")]
    assert len(rows(any_engine, items.catalogue_change, "id")) == 1


def test_two_imports_at_once_do_one_after_the_other(any_engine: Engine, tmp_path: Path) -> None:
    def one(number: int) -> int | None:
        folder = tmp_path / str(number)
        folder.mkdir()
        return bring(
            any_engine, folder, {"items.csv": f"item_code,name,org_uscc\nA1,事项{number % 2},{USCC}\n"}
        ).change

    with ThreadPoolExecutor(4) as pool:
        changes = [each for each in pool.map(one, range(4)) if each is not None]
    versions = rows(any_engine, items.service_item, "version", "name")
    assert [number for number, _ in versions] == list(range(1, len(changes) + 1))
    assert all(one[1] != two[1] for one, two in pairwise(versions))


def test_the_benchmark_imports_what_it_says(postgres_url: str) -> None:
    assert import_200000(postgres_url, items=300) > 0
