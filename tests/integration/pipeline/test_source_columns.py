"""An exchange table that loses a column stops its system before a row is taken; when it is back, every row comes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, select, text

from hub import wiring
from hub.errors import StopError
from hub.simulate.national_tables import metadata as national
from tests.integration.pipeline.conftest import Hub
from tests.support.message import SYSTEM
from tests.support.pieces import ACCEPT, NATIONAL

TAKE = {
    "flag": '{flag: {column: sync_flag, new: "0", taken: "1", refused: "2"}}',
    "watermark": "{watermark: {late: 15m}}",
}


@pytest.mark.parametrize("mode", TAKE)
def test_a_lost_column_stops_the_system_and_no_row_is_lost(
    sqlite_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    hub = sqlite_hub
    file = tmp_path / "exchange.db"
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGE", f"sqlite:///{file}")
    tables = "{up_pro_accept: {key: row_guid, time: cd_time}, up_pro_process: {key: row_guid, time: cd_time}}"
    connector = f"{{kind: database, connection: exchange, tables: {tables}, take: {TAKE[mode]}}}"
    hub.register(**NATIONAL, connector=connector)
    source = create_engine(f"sqlite:///{file}")
    national.create_all(source)
    envelope = {"cd_operation": "I", "cd_time": datetime(2026, 4, 15, 8)}
    times = {"apply_date": datetime(2026, 3, 23, 9), "accept_date": datetime(2026, 3, 24, 10)}
    with source.begin() as connection:
        accept, step = national.tables["up_pro_accept"], national.tables["up_pro_process"]
        connection.execute(insert(accept).values({**ACCEPT, **times, **envelope, "project_no": "P-1"}))
        said = {"row_guid": "s1", "project_no": "P-1", "event_name": "1", "process_name": "审核", **envelope}
        connection.execute(insert(step).values({**said, "event_end_time": datetime(2026, 4, 1, 9)}))
        connection.execute(text("ALTER TABLE up_pro_process DROP COLUMN handle_explain"))
    with pytest.raises(StopError) as caught:
        hub.run()
    assert caught.value.code == "SOURCE_COLUMN"
    assert caught.value.place.field == "up_pro_process.handle_explain"
    assert hub.count("package") == 0
    with source.begin() as connection:
        assert set(connection.execute(select(accept.c.sync_flag)).scalars()) == {"0"}
        connection.execute(text("ALTER TABLE up_pro_process ADD COLUMN handle_explain TEXT"))
    [done] = hub.run()
    assert (done["accepted"], done["rejected"]) == (2, 0)
    assert hub.case("P-1").state == "current"
    source.dispose()
    assert wiring.registration(SYSTEM).serial == "hub"
