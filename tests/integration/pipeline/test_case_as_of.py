"""`suphub case show --as-of`: a case as the hub knew it then, whatever came later."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert

from hub import wiring
from hub.central.engine import writing
from hub.central.tables import business
from hub.clock import SHANGHAI, to_us
from hub.wiring import registered_then
from tests.integration.pipeline.conftest import Hub
from tests.support.command import Suphub
from tests.support.message import SHORT, SYSTEM, case, package
from tests.support.pieces import ACCEPTED, APPLY, CASE_NO, CORRECTED, NOTICE, PINYIN, document, message

NAME = f"{SYSTEM}/C1"
SUBJECT = "Application.Subject"


class House:
    """A hub whose clock is set for each package, and the command."""

    def __init__(self, hub: Hub, suphub: Suphub, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hub, self.suphub, self._patch = hub, suphub, monkeypatch

    def exchange(self, when: str, name: str, body: bytes) -> None:
        """A package arrives at a time of Shanghai."""
        now = micros(when)
        with self._patch.context() as patch:
            patch.setattr("hub.clock.time", SimpleNamespace(time_ns=lambda: now * 1000))
            self.hub.exchange(name, body)

    def shown(self, as_of: str, name: str = NAME) -> dict[str, Any]:
        said = self.suphub("case", "show", name, "--as-of", as_of, "--json")
        assert (said.code, said.err) == (0, "")
        found: dict[str, Any] = said.document
        return found


def micros(when: str) -> int:
    return to_us(datetime.fromisoformat(when).replace(tzinfo=SHANGHAI))


@pytest.fixture
def house(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> House:
    return House(sqlite_hub, Suphub(monkeypatch, capfdbinary), monkeypatch)


@pytest.fixture
def three(house: House) -> House:
    """A case that is applied for on 1 June, finished on 8 June under another subject, and withdrawn on 15 June."""
    first = case("C1", version=1, only=SHORT)
    second = case("C1", {"Application/Subject": "另一地块"}, version=2)
    house.exchange("2026-06-01T09:00", "a.xml", package([case("C0"), first], "P-1"))
    house.exchange("2026-06-08T09:00", "b.xml", package([second], "P-2"))
    house.exchange("2026-06-15T09:00", "c.xml", package([case("C1", version=3, operation="D")], "P-3"))
    return house


# As of when → version, state, subject, whether it is finished, and from which file.
THEN = {
    "2026-06-01T09:00": (1, "current", "某地块规划许可", False, "a.xml"),
    "2026-06-07": (1, "current", "某地块规划许可", False, "a.xml"),
    "2026-06-08T08:59:59": (1, "current", "某地块规划许可", False, "a.xml"),
    "2026-06-08": (2, "current", "另一地块", True, "b.xml"),
    "2026-06-14": (2, "current", "另一地块", True, "b.xml"),
    "2026-06-15": (3, "deleted", "某地块规划许可", True, "c.xml"),
}


def test_a_case_that_comes_whole_is_shown_as_its_version_of_then(three: House) -> None:
    for as_of, (version, state, subject, finished, file) in THEN.items():
        found = three.shown(as_of)
        assert (found["version"], found["state"]) == (version, state), as_of
        told = found["origins"][SUBJECT]
        assert (told["value"], told["file"], told["written"]) == (subject, file, subject), as_of
        assert ("Completion.CompletedAt" in found["origins"]) == finished, as_of
        assert [each["version"] for each in found["versions"]] == list(range(1, version + 1)), as_of
        assert len(found["outcomes"]) == version, as_of
        assert found["unread"] == [], as_of


def test_personal_values_are_masked_and_the_rows_are_those_of_then(three: House) -> None:
    found = three.shown("2026-06-07")
    [applicant] = found["elements"]["applicant"]
    assert applicant["mobile"] == "138******00"
    assert found["elements"]["application"][0]["applied_at"] == "2026-03-23T09:12:00+08:00"
    assert found["elements"]["completion"] == []
    assert "13800000000" not in three.suphub("case", "show", NAME, "--as-of", "2026-06-07").text


def test_people_are_told_as_of_when_it_is(three: House) -> None:
    told = three.suphub("case", "show", NAME, "--as-of", "2026-06-07").text
    assert "2026-06-07T23:59:59.999999+08:00" in told
    assert "某地块规划许可" in told
    assert "另一地块" not in told


def test_a_day_before_the_first_version_is_refused_with_the_day_of_it(three: House) -> None:
    said = three.suphub("case", "show", NAME, "--as-of", "2026-06-01T08:59")
    assert said.code == 3
    assert "CASE_NOT_KNOWN_THEN" in said.err
    assert "2026-06-01T09:00:00+08:00" in said.err
    assert three.suphub("case", "show", f"{SYSTEM}/C9", "--as-of", "2026-06-07").code == 3
    assert three.suphub("case", "show", NAME, "--as-of", "yesterday").code == 2


def test_an_earlier_version_whose_bytes_are_gone_is_told_so_and_the_current_one_is_shown(
    three: House,
) -> None:
    digest = three.shown("2026-06-07")["versions"][0]["digest"]
    path = wiring.raw_store().path(digest)
    path.chmod(0o600)
    path.unlink()
    said = three.suphub("case", "show", NAME, "--as-of", "2026-06-07")
    assert (said.code, "CASE_VERSION_UNREAD" in said.err) == (3, True)
    assert three.shown("2026-06-15")["state"] == "deleted"


def test_a_version_is_read_by_the_registration_of_its_time(three: House) -> None:
    three.hub.register(codes="hunan-2011")
    assert three.shown("2026-06-07")["unread"] == []


def test_a_version_that_would_be_read_otherwise_today_says_so(
    three: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    three.hub.register(codes="hunan-2011")
    monkeypatch.setattr(registered_then, "versions", lambda _: {})  # from before registrations were kept
    codes = [each["code"] for each in three.shown("2026-06-07")["unread"]]
    assert codes == ["CASE_READ_OTHERWISE"]


def test_a_case_that_comes_in_pieces_is_assembled_of_those_that_had_come(house: House) -> None:
    house.hub.register(**PINYIN)
    name = f"{SYSTEM}/{CASE_NO}"
    house.exchange("2026-06-01T09:00", "a.xml", document(message(8, CORRECTED)))
    house.exchange("2026-06-02T09:00", "b.xml", document(message(0, APPLY), message(2, ACCEPTED)))
    house.exchange("2026-06-03T09:00", "c.xml", document(message(7, NOTICE)))
    renamed = {**APPLY, "SBXMMC": "另一地块"}
    house.exchange("2026-06-04T09:00", "d.xml", document(message(0, renamed, version=2)))
    found = [house.shown(f"2026-06-0{day}", name) for day in (1, 2, 3, 4)]
    assert [each["state"] for each in found] == ["pending", "current", "current", "current"]
    assert [len(each["pieces"]) for each in found] == [1, 3, 4, 4]
    subjects = [each["origins"].get(SUBJECT, {}).get("value") for each in found]
    assert subjects[0] is None
    assert subjects[1] == subjects[2] != subjects[3] == "另一地块"
    assert [each["origins"][SUBJECT]["file"] for each in found[1:]] == ["b.xml", "b.xml", "d.xml"]
    assert found[0]["waiting"]["missing"][-1] == "Application"
    assert found[1]["waiting"]["pieces"] == [{"kind": "notice-receipt", "source_key": "n8"}]
    assert found[2]["waiting"] is None
    assert all(each["unread"] == [] for each in found)
    assert "Application" in house.suphub("case", "show", name, "--as-of", "2026-06-01").text


def test_the_cards_and_the_level_are_those_of_then(three: House) -> None:
    with writing(three.hub.engine) as connection:
        case_id = three.hub.case("C1").id
        connection.execute(insert(business.card), [_card(case_id)])
        connection.execute(insert(business.card_event), [_event(1, "2026-06-09T10:00", None, "已发"),
                                                         _event(2, "2026-06-11T10:00", "已发", "已发", '{"level": 2}'),
                                                         _event(3, "2026-06-13T10:00", "已发", "撤销")])  # fmt: skip
    told = {as_of: three.shown(as_of) for as_of in ("2026-06-08", "2026-06-10", "2026-06-12", "2026-06-14")}
    cards = [[(each["level"], each["state"]) for each in found["cards"]] for found in told.values()]
    assert cards == [[], [(2, "已发")], [(3, "已发")], [(3, "撤销")]]
    assert [found["level"] for found in told.values()] == [0, 2, 3, 0]


def _card(case_id: int) -> dict[str, Any]:
    return {
        "card_id": 1, "system": SYSTEM, "case_id": case_id, "case_no": "C1", "rule": "T2", "rule_version": 1, "calendar_version": 1,
        "level": 3, "state": "撤销", "provisional": 0, "raised_on": datetime(2026, 6, 9).date(), "judged_as_of": 0,
        "snapshot": "{}", "raised_at": micros("2026-06-09T10:00"), "version": 3,
    }  # fmt: skip


def _event(
    number: int, at: str, before: str | None, after: str, changed: str | None = None
) -> dict[str, Any]:
    return {"card_id": 1, "number": number, "at": micros(at), "from_state": before, "to_state": after, "reason": "-",
            "before": changed}  # fmt: skip
