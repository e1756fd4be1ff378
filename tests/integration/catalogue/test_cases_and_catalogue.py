"""Cases are filled from the catalogue when they come in, and anew when it changes, on each database, through the commands."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from hub.catalogue.refilling import refill_pending
from hub.central.engine import writing
from hub.central.tables import items
from tests.integration.pipeline.conftest import Hub
from tests.support.catalogue import CODE, USCC, WHOLE
from tests.support.command import Suphub
from tests.support.message import case, package

BARE = {
    "ServiceItem/PromisedLimit": None,
    "ServiceItem/PromisedLimitUnit": None,
    "Process/Step/StepType": None,
}
COLUMNS = ("promised_limit", "promised_limit_unit", "statutory_limit", "item_version", "item_name")


def item(hub: Hub) -> tuple[Any, ...]:
    [row] = hub.rows("approval_case", *COLUMNS)
    return row


def derived(hub: Hub) -> dict[str, str]:
    [(text,)] = hub.rows("approval_case", "derived")
    return json.loads(text or "{}")


def bring(suphub: Suphub, folder: Path, text: str = WHOLE) -> Any:
    file = folder / "whole.yaml"
    file.write_text(text, encoding="utf-8")
    done = suphub("item", "import", file, "--by", "王管理", "--json")
    assert done.code == 0, done.err
    return done.document


def test_a_case_is_filled_and_another_catalogue_fills_it_anew_without_a_new_version(
    hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    bring(suphub, tmp_path)
    hub.exchange("a.xml", package([case("C1", BARE)]))
    assert item(hub) == (12, "W", 20, 1, "建设用地规划许可证核发")
    assert derived(hub)["ServiceItem.PromisedLimit"] == "catalogue"
    assert hub.rows("step", "step_code", "step_type") == [("JD", "3")]

    # The day of the case lies before the day of this import, so the new version must say from when it is valid.
    since = WHOLE.replace("promised_limit: 12", "promised_limit: 7\n    valid_from: 2026-01-01").replace("step_code: JD, name: 决定, step_type: 3", "step_code: JD9, name: 决定, step_type: 2")  # fmt: skip
    assert bring(suphub, tmp_path, since)["cases_refilled"] == 1
    assert item(hub) == (7, "W", 20, 2, "建设用地规划许可证核发")
    assert hub.rows("step", "step_code", "step_type") == [("JD9", "2")]
    assert hub.case("C1").version == 1
    assert len(hub.rows("case_version", "version")) == 1

    again = hub.exchange("b.xml", package([case("C1", BARE)], "P2", serial=2))
    assert again.counts["duplicate"] == 1
    assert hub.events("hub").count("catalogue.changed") == 2


def test_a_version_that_begins_later_leaves_earlier_cases_as_they_are(
    hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    bring(suphub, tmp_path)
    hub.exchange("a.xml", package([case("C1", BARE)]))
    assert bring(suphub, tmp_path, WHOLE.replace("promised_limit: 12", "promised_limit: 7\n    valid_from: 2026-12-01"))["cases_refilled"] == 0  # fmt: skip
    assert item(hub)[:2] == (12, "W")


def test_cases_that_came_before_the_catalogue_are_filled_when_it_comes(
    hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    hub.exchange("a.xml", package([case("C1", BARE), case("C2")]))
    before = hub.rows("approval_case", "case_id", "promised_limit")
    assert [limit for _, limit in before] == [None, 12]
    assert bring(suphub, tmp_path)["cases_refilled"] == 2
    assert [row[0] for row in hub.rows("approval_case", "statutory_limit")] == [20, 20]
    told = [json.loads(text) for (text,) in hub.rows("approval_case", "derived")]
    assert [each.get("ServiceItem.PromisedLimit") for each in told] == ["catalogue", None]
    assert hub.rows("case_head", "version") == [(1,), (1,)]


def test_what_the_message_says_stays_whatever_the_catalogue_says(
    hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    hub.exchange("a.xml", package([case("C1", {"ServiceItem/Name": "自己的名称"})]))
    bring(suphub, tmp_path)
    assert item(hub)[4] == "自己的名称"
    assert hub.rows("step", "step_type") == [("3",)]


def test_a_suspended_item_takes_back_the_limits_it_gave(hub: Hub, suphub: Suphub, tmp_path: Path) -> None:
    bring(suphub, tmp_path)
    hub.exchange("a.xml", package([case("C1", {**BARE, "ServiceItem/Name": None})]))
    bring(suphub, tmp_path, WHOLE.replace("promised_limit: 12", "promised_limit: 12\n    state: 暂停\n    valid_from: 2026-01-01"))  # fmt: skip
    assert item(hub) == (None, None, None, None, "建设用地规划许可证核发")
    assert set(derived(hub)) == {"ServiceItem.Name"}


def test_a_refill_that_was_cut_short_is_finished_by_the_next(
    hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    bring(suphub, tmp_path)
    hub.exchange("a.xml", package([case("C1", BARE)]))
    with writing(hub.engine) as connection:  # as a program leaves it that ended after the import
        connection.execute(items.service_item.update().values(promised_limit=9))
        connection.execute(items.catalogue_change.update().values(refilled_at=None))
    assert refill_pending(hub.engine) == 1
    assert item(hub)[0] == 9
    assert refill_pending(hub.engine) == 0


def test_an_item_that_nobody_knows_is_accepted(hub: Hub, suphub: Suphub, tmp_path: Path) -> None:
    bring(suphub, tmp_path)
    receipt = hub.exchange("a.xml", package([case("C1", {"ServiceItem/ItemCode": "别的编码"})]))
    assert receipt.counts["accepted"] == 1


def test_the_catalogue_can_be_listed_shown_compared_checked_and_covered(
    hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    bring(suphub, tmp_path)
    bring(suphub, tmp_path, WHOLE.replace("promised_limit: 12", "promised_limit: 30"))
    [row] = suphub("item", "list", "--json").document
    assert (row["item_code"], row["version"]) == (CODE, 2)
    flow = tmp_path / "flow.svg"
    shown = suphub("item", "show", CODE, "--version", 1, "--flow", flow, "--json").document
    assert shown["promised_limit"] == 12
    assert all(text in flow.read_text(encoding="utf-8") for text in ("材料不全", "岗位：窗口岗"))
    differences = suphub("item", "diff", CODE, "--json").document["differences"]
    assert {"where": "promised_limit", "before": 12, "after": 30} in differences
    checked = suphub("item", "check", "--json")
    assert (checked.code, [f["code"] for f in checked.document["findings"]]) == (1, ["PROMISED_LONGER"])
    [covered] = suphub("item", "coverage", "--json").document
    assert (covered["in_force"], covered["ever"], len(covered["missing"])) == (1, 0, 1)
    hub.exchange("a.xml", package([case("C1", BARE)]))
    [covered] = suphub("item", "coverage", "--first", "2026-03-01", "--last", "2026-03-31", "--json").document
    assert (covered["ever"], covered["in_period"], covered["missing"]) == (1, 1, [])
    [covered] = suphub("item", "coverage", "--first", "2026-04-01", "--json").document
    assert (covered["ever"], covered["in_period"]) == (1, 0)
    assert suphub("staff", "show", f"{USCC}/0731001", "--json").document["mobile"] == "138******00"
    assert suphub("staff", "check").code == suphub("organization", "check").code == 0
    assert suphub("organization", "list", "--json").document[0]["name"] == "长沙市自然资源和规划局"
    for command in (("item", "show", CODE), ("item", "list"), ("item", "diff", CODE), ("item", "coverage"), ("staff", "list", "--posts")):  # fmt: skip
        assert suphub(*command).code == 0


def test_faults_end_with_3_and_name_every_place(sqlite_hub: Hub, suphub: Suphub, tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text(f"item_code,name,org_uscc\nA1,,{USCC}\nA2,乙,1\n", encoding="utf-8")
    told = suphub("item", "import", file, "--json")
    assert (told.code, told.document["total"]) == (3, 2)
    assert [(f["row"], f["column"]) for f in told.document["faults"]] == [(2, "name"), (3, "org_uscc")]
    people = suphub("item", "import", file)
    assert people.code == 3
    assert "items.csv 第 2 行 row 2 name" in people.err
    assert suphub("item", "import", tmp_path / "没有.csv").code == 2
    assert suphub("item", "show", "没有").code == 3


def test_items_come_from_a_database_and_from_a_registered_system(
    sqlite_hub: Hub, suphub: Suphub, tmp_path: Path
) -> None:
    basic = {"row_guid": "g", "cd_operation": "I", "cd_time": "2026-03-05T09:00:00", "task_code": CODE, "task_name": "甲", "dept_code": USCC, "promise_day": "5", "promise_type": "工作日"}  # fmt: skip
    import sqlite3

    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute(f"CREATE TABLE up_task_general_basic ({', '.join(basic)})")
        connection.execute(f"INSERT INTO up_task_general_basic VALUES ({', '.join('?' * len(basic))})", tuple(basic.values()))  # fmt: skip
    done = suphub("item", "import", "--url", f"sqlite:///{tmp_path / 'x.db'}", "--json").document
    assert done["counts"]["item"]["new"] == 1

    rows = json.dumps(
        {"row": {**basic, "task_name": "乙"}, "table": "up_task_general_basic"}, ensure_ascii=False
    )
    sqlite_hub.send("rows.jsonl", f'{{"format":"row-set","version":1}}\n{rows}\n'.encode())
    told = suphub("item", "import", "--system", "land-bureau", "--json")
    assert told.code == 0, told.err
    assert told.document["imports"][0]["counts"]["item"]["changed"] == 1
    assert list(sqlite_hub.folder("out").glob("rows.jsonl")) == []
    [row] = suphub("item", "list", "--json").document
    assert (row["name"], date.fromisoformat(row["valid_from"]).year > 2020) == ("乙", True)
