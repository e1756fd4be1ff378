"""Cases of every kind of life are as the log and the bytes say, on each database; what was changed by hand is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from hub import wiring
from hub.audit.findings import Difference, Tally
from hub.catalogue.refilling import refill_pending
from hub.central.engine import writing
from hub.wiring import auditing
from tests.integration.catalogue.conftest import Hub
from tests.integration.catalogue.test_cases_and_catalogue import BARE, bring
from tests.integration.pipeline.test_dialects_simulated import (
    CODE,
    NATIONAL,
    PINYIN,
    import_catalogue,
    simulated,
)
from tests.support.catalogue import WHOLE
from tests.support.command import Suphub
from tests.support.message import case, package


def compared(*, mapped: bool = False) -> tuple[list[Difference], Tally]:
    found: list[Difference] = []
    return found, auditing.compare(found.append, all_mapped=mapped)


def places() -> set[tuple[str, str, str]]:
    return {(each.table, each.key, each.column) for each in compared()[0]}


def change(hub: Hub, statement: str) -> None:
    with writing(hub.engine) as connection:
        assert connection.execute(text(statement)).rowcount > 0


def same_both_ways() -> None:
    for mapped in (False, True):
        found, tally = compared(mapped=mapped)
        assert (found, dict(tally.not_held)) == ([], {})


def test_whole_cases_and_what_the_catalogue_adds(hub: Hub, suphub: Suphub, tmp_path: Path) -> None:
    bring(suphub, tmp_path)
    hub.exchange("a.xml", package([case("C1", BARE), case("C2"), case("C2", version=2), case("C3")]))
    later = [
        case("C1", BARE), case("C2", {"ServiceItem/ItemName": "改名"}, version=3), case("C2", version=1),
        case("C3", version=2, operation="D"), case("C3", {"ServiceItem/ItemName": "冲突"}), "<Case><CaseNo>C4</CaseNo></Case>",
    ]  # fmt: skip
    hub.exchange("b.xml", package(later, "P2", serial=2))
    hub.exchange("c.xml", b"<nothing/>")
    same_both_ways()
    since = WHOLE.replace("promised_limit: 12", "promised_limit: 7\n    valid_from: 2026-01-01")
    assert bring(suphub, tmp_path, since)["cases_refilled"] >= 1
    same_both_ways()

    change(hub, "UPDATE approval_case SET promised_limit = 90 WHERE promised_limit = 7")
    change(
        hub,
        "UPDATE step SET opinion = '改写' WHERE case_id = (SELECT id FROM case_head WHERE case_no = 'C2')",
    )
    assert places() == {
        ("approval_case", f"{CODE}/C1", "promised_limit"),
        ("step", f"{CODE}/C2/1", "opinion"),
    }


@pytest.mark.parametrize("dialect", [NATIONAL, PINYIN])
def test_cases_in_pieces(hub: Hub, monkeypatch: pytest.MonkeyPatch, dialect: str) -> None:
    out = simulated(hub, monkeypatch, CODE, cases=40, seed=7, dialect=dialect, held=2, package_size=60)
    import_catalogue(hub, out)
    refill_pending(hub.engine)
    hub.run(CODE)
    same_both_ways()

    change(
        hub,
        "UPDATE step SET handler_name = '他人' WHERE seq = 1 AND case_id = (SELECT min(case_id) FROM step)",
    )
    [found] = compared()[0]
    assert (found.table, found.column, found.found, found.why) == ("step", "handler_name", "他人", "mapped")


def test_a_package_is_mapped_again_by_the_registration_of_its_time(hub: Hub) -> None:
    hub.exchange("a.xml", package([case("C1")]))
    hub.register(region='"430200"', organization="11430200006121778E")
    hub.run(CODE)
    same_both_ways()
    change(hub, "UPDATE step SET handler_name = '他人' WHERE seq = 1")
    assert places() == {("step", f"{CODE}/C1/1", "handler_name")}
    kept = [row[0] for row in hub.rows("system", "registration_digest")]
    wiring.raw_store().path(kept[0]).unlink()
    assert ("raw", CODE, str(wiring.raw_store().path(kept[0]))) in places()
