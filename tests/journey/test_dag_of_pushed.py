"""What a department pushes is exchanged by the DAG of its registration, and the department fetches the receipt."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from hub.clock import DAY_US, now_us
from hub.inbox import application
from hub.nodes.changes import issue
from hub.nodes.shapes import Grant
from hub.nodes.tokens import new_token
from tests.journey.test_dags import read_folder, run, states, write_registration
from tests.support.message import USCC, case, package

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("airflow_home")]
CODE = "land-bureau"


def test_a_pushed_package_is_taken_by_its_dag_and_its_receipt_can_be_fetched(hub_home: Path) -> None:
    from hub import wiring
    from hub.wiring.inbox import house

    write_registration(hub_home, CODE, connector="{kind: push}", organization=USCC)
    token, material = new_token()
    now = now_us()
    issue(
        wiring.engine(),
        Grant(CODE, "front-1", organizations=None, regions=None, valid_from=now - DAY_US, valid_to=now + DAY_US, by="王管理员"),
        material,
        now,
    )  # fmt: skip
    door = TestClient(
        application(house()), client=("192.0.2.7", 50000), headers={"authorization": f"Bearer {token}"}
    )
    where = f"/v1/systems/{CODE}/packages/x.xml"
    pushed = door.put(where, content=package([case("C1")], system=CODE))
    assert pushed.status_code == 202, pushed.text

    done = run(f"exchange__{CODE}", bag=read_folder())
    assert set(states(done).values()) == {"success"}
    receipt = door.get(pushed.headers["location"])
    assert (receipt.status_code, b"<Accepted>1</Accepted>" in receipt.content) == (200, True)
