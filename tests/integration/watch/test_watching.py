"""The watch says once that something began and once that it is over, keeps what it saw, and takes nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from connectors.directory import DirectoryConnector
from frontend_probe import report as reporting
from hub import wiring
from hub.central.engine import reading, writing
from hub.central.tables import exchange, rules
from hub.central.tables.items import metadata
from hub.clock import MICROSECOND, from_us, now_us
from hub.errors import HubError, RetryError, StopError
from hub.watch import checks, history, probing
from hub.watch.conditions import CONDITIONS
from tests.integration.watch.conftest import Watched
from tests.support.command import Suphub
from tests.support.message import SYSTEM, case, package
from tests.support.message_servers import certificate
from tests.support.sealing import DAY, NOW, holder, revocations, rsa_key

HOUR = timedelta(hours=1) // MICROSECOND
COMMON = ["sample", "hub.backlog", "hub.space", "silence", "expected", "credentials"]


@pytest.fixture(autouse=True)
def a_roomy_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """How full this machine is does not matter here."""
    from frontend_probe import folders

    for module in (checks, folders):
        monkeypatch.setattr(module, "FREE_WARN", 0)
        monkeypatch.setattr(module, "FREE_FAIL", 0)


def break_inbox(watched: Watched, code: str = SYSTEM) -> Callable[[], None]:
    """Take the inbox away; the function gives it back."""
    inbox = watched.hub.folder("out", code)
    aside = inbox.with_name("aside")
    inbox.rename(aside)
    return lambda: (aside.rename(inbox), None)[1]


def test_a_system_that_is_well_has_all_checks_and_nobody_hears_of_it(watched: Watched) -> None:
    found = watched.watch()[SYSTEM]
    assert list(found)[-len(COMMON) :] == COMMON
    assert set(found.values()) == {"ok"}
    assert (watched.heard, watched.told, watched.alerts()) == ([], [], [])


def test_a_failing_probe_is_told_once_and_so_is_its_end(watched: Watched) -> None:
    mend = break_inbox(watched)
    for _ in range(3):
        assert watched.watch()[SYSTEM]["inbox.reachable"] == "fail"
    assert watched.heard == ["[告警] 国土资源局审批系统:前置机探测不通过"]
    assert watched.alerts() == [(SYSTEM, "probe.failing", "open", 3)]
    mend()
    for _ in range(2):
        watched.watch()
    assert watched.heard[1:] == ["[恢复] 国土资源局审批系统:前置机探测不通过"]
    assert watched.alerts() == [(SYSTEM, "probe.failing", "closed", 3)]
    assert watched.told == ["alert.raised", "alert.recovered"]
    break_inbox(watched)
    watched.watch()
    assert [row[2:] for row in watched.alerts()] == [("closed", 3), ("open", 1)]
    assert len(watched.heard) == 3


def test_two_workers_that_find_the_same_tell_it_once(watched: Watched) -> None:
    mend = break_inbox(watched)
    _together(watched.watch, watched.watch)
    assert (len(watched.heard), watched.told) == (1, ["alert.raised"])
    assert len(watched.alerts()) == 1
    mend()
    _together(watched.watch, watched.watch)
    assert (len(watched.heard), watched.told) == (2, ["alert.raised", "alert.recovered"])


def _together(*deeds: Callable[[], Any]) -> None:
    start = threading.Barrier(len(deeds))
    failed: list[BaseException] = []

    def work(deed: Callable[[], Any]) -> None:
        start.wait(20)
        try:
            deed()
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=work, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []


def test_one_system_that_hangs_holds_up_no_other(
    watched_lightly: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched_lightly.hub.register("hrss-bureau")
    gone = threading.Event()
    look = DirectoryConnector.look

    def hang(self: DirectoryConnector) -> Any:
        if self.system == SYSTEM:
            gone.wait(60)
        return look(self)

    monkeypatch.setattr(DirectoryConnector, "look", hang)
    monkeypatch.setattr(reporting, "LOOK_S", 0.3)
    monkeypatch.setattr(probing, "WHOLE_S", 5.0)
    found = watched_lightly.watch(SYSTEM, "hrss-bureau")
    gone.set()
    assert (found[SYSTEM]["backlog"], found[SYSTEM]["inbox.reachable"]) == ("fail", "ok")
    assert set(found["hrss-bureau"].values()) == {"ok"}
    assert len(watched_lightly.hub.rows("probe_run")) == 2


def test_a_probe_of_a_connector_that_never_returns_ends_too(
    watched_lightly: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = threading.Event()
    monkeypatch.setattr(probing, "OWN_S", 0.2)
    monkeypatch.setattr(probing.frontend_probe, "probe", lambda *_: gone.wait(60))
    found = watched_lightly.watch()[SYSTEM]
    gone.set()
    assert found["connector"] == "fail"
    assert found["hub.backlog"] == "ok"


# The sample


def test_the_sample_is_judged_and_stays_where_it_is(watched_lightly: Watched, suphub: Suphub) -> None:
    body = package([case("C1"), case("C2", {"Applicant/Type": "77"})], "P-1")
    watched_lightly.hub.send("a.xml", body)
    before = sorted(path.name for path in watched_lightly.hub.folder("out").rglob("*"))
    said = suphub("probe", SYSTEM, "--json")
    [found] = [each for each in said.document["checks"] if each["name"] == "sample"]
    assert (said.code, found["verdict"]) == (0, "warn")
    assert "a.xml: 1 件合格 / cases good, 1 件不合格 / bad" in found["seen"]
    assert "Applicant.Type" in found["seen"]
    assert "suphub system check land-bureau" in found["remedy"]
    assert sorted(path.name for path in watched_lightly.hub.folder("out").rglob("*")) == before
    assert watched_lightly.hub.rows("package") == []
    [done] = watched_lightly.hub.run()
    assert (done["accepted"], done["rejected"]) == (1, 1)


@pytest.mark.parametrize(
    ("body", "verdict", "said"),
    [
        (package([case("C1")], "P-1"), "ok", "1 件合格"),
        (b"<html/>", "warn", "refused as a whole: PKG_"),
        (package([case("C1")], "P-1", count=9), "warn", "PKG_COUNT"),
        (None, "ok", "nothing waits"),
    ],
)
def test_a_sample_says_what_would_become_of_it(
    watched_lightly: Watched, suphub: Suphub, body: bytes | None, verdict: str, said: str
) -> None:
    if body is not None:
        watched_lightly.hub.send("a.xml", body)
    [found] = [
        each for each in suphub("probe", SYSTEM, "--json").document["checks"] if each["name"] == "sample"
    ]
    assert found["verdict"] == verdict
    assert said in found["seen"]


# Silence, volume, backlog


def exchanged(watched: Watched, **words: str) -> None:
    watched.hub.register(**words)
    watched.hub.exchange("a.xml", package([case("C1"), case("C2")], "P-1"))


def move_back(watched: Watched, hours: float) -> None:
    """Let everything that came have come so much earlier, and no day be a day of rest."""
    by = int(hours * HOUR)
    with writing(watched.hub.engine) as connection:
        for table, column in (
            (exchange.arrival, "arrived_at"),
            (exchange.package, "received_at"),
            (exchange.system, "seen_at"),
        ):
            connection.execute(update(table).values({column: table.c[column] - by}))
        connection.execute(delete(rules.work_calendar))


def test_silence_is_told_and_ends_with_the_next_package(watched: Watched) -> None:
    exchanged(watched, silent_after="2d")
    assert watched.watch()[SYSTEM]["silence"] == "ok"
    move_back(watched, 49)
    assert watched.watch()[SYSTEM]["silence"] == "warn"
    assert watched.heard == ["[告警] 国土资源局审批系统:长时间没有报送"]
    watched.hub.exchange("b.xml", package([case("C3")], "P-2", serial=2))
    assert watched.watch()[SYSTEM]["silence"] == "ok"
    assert watched.heard[1:] == ["[恢复] 国土资源局审批系统:长时间没有报送"]


def test_a_system_that_never_sent_is_silent_since_it_was_registered(watched_lightly: Watched) -> None:
    watched_lightly.hub.register(silent_after="12h")
    watched_lightly.hub.run()
    assert watched_lightly.watch()[SYSTEM]["silence"] == "ok"
    move_back(watched_lightly, 13)
    assert watched_lightly.watch()[SYSTEM]["silence"] == "warn"
    [report] = wiring.watcher().watch([wiring.registration(SYSTEM)])
    [seen] = [check.seen for check in report.checks if check.name == "silence"]
    assert "nothing has come yet" in seen
    assert "13.0 h since it was registered" in seen


def test_a_paused_system_is_expected_to_be_silent(watched_lightly: Watched) -> None:
    exchanged(watched_lightly)
    watched_lightly.hub.register(silent_after="12h", status="paused")
    move_back(watched_lightly, 500)
    assert watched_lightly.watch()[SYSTEM]["silence"] == "ok"


@pytest.mark.parametrize(
    ("expect", "rest", "verdict"),
    [
        ("{min: 1, max: 10}", False, "ok"),
        ("{min: 3, max: 10}", False, "warn"),
        ("{min: 3, max: 10}", True, "ok"),
        ("{max: 1, why: 测试}", False, "warn"),
        ("{max: 1}", True, "warn"),
    ],
)
def test_yesterdays_number_is_held_against_what_is_usual(
    watched_lightly: Watched, expect: str, rest: bool, verdict: str
) -> None:
    exchanged(watched_lightly, expect=f"{{cases_per_day: {expect}}}")
    yesterday = from_us(now_us()).date() - timedelta(days=1)
    with writing(watched_lightly.hub.engine) as connection:
        connection.execute(
            update(exchange.package).values(received_at=exchange.package.c.received_at - 24 * HOUR)
        )
        connection.execute(update(exchange.system).values(seen_at=exchange.system.c.seen_at - 240 * HOUR))
        connection.execute(delete(rules.work_calendar))
        if rest:
            connection.execute(insert(rules.work_calendar).values(_day(yesterday)))
    assert watched_lightly.watch()[SYSTEM]["expected"] == verdict


def _day(day: Any) -> dict[str, Any]:
    row: dict[str, Any] = {column.name: 0 for column in metadata.tables["work_calendar"].columns}
    return {**row, "scope": "43", "day": day, "is_workday": 0}


def test_packages_that_the_hub_does_not_finish_are_told(watched_lightly: Watched) -> None:
    exchanged(watched_lightly)
    with writing(watched_lightly.hub.engine) as connection:
        connection.execute(update(exchange.package).values(state="processing"))
    assert watched_lightly.watch()[SYSTEM]["hub.backlog"] == "ok"
    move_back(watched_lightly, 2)
    assert watched_lightly.watch()[SYSTEM]["hub.backlog"] == "warn"
    assert watched_lightly.heard == ["[告警] 国土资源局审批系统:报文积压"]
    with writing(watched_lightly.hub.engine) as connection:
        connection.execute(update(exchange.package).values(state="set_aside"))
    assert watched_lightly.watch()[SYSTEM]["hub.backlog"] == "warn"
    assert watched_lightly.alerts() == [(SYSTEM, "backlog", "open", 2)]


def test_the_hubs_own_disk_is_one_alert_for_all_systems(
    watched_lightly: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched_lightly.hub.register("hrss-bureau")
    monkeypatch.setattr(checks, "FREE_WARN", 1 << 60)
    watched_lightly.watch(SYSTEM, "hrss-bureau")
    assert watched_lightly.alerts() == [("hub", "hub.space", "open", 2)]
    assert watched_lightly.heard == ["[告警] 监察枢纽 Supervision Hub:枢纽磁盘空间不足"]


@pytest.mark.parametrize(("days", "verdict"), [(10, "warn"), (60, "ok"), (0, "warn")])
def test_a_certificate_of_the_registration_that_ends_soon_is_told(
    watched_lightly: Watched, days: int, verdict: str
) -> None:
    certificate(watched_lightly.hub.systems, days=days)
    watched_lightly.hub.register(envelope="{signed: allowed, certificates: [server.pem]}")
    assert watched_lightly.watch()[SYSTEM]["credentials"] == verdict
    said = ["[告警] 国土资源局审批系统:凭据或证书将到期"] if verdict == "warn" else []
    assert watched_lightly.heard == said


def hub_key(folder: str, name: str, days: int) -> None:
    place = wiring.settings().keys / folder
    place.mkdir(parents=True, mode=0o700, exist_ok=True)
    for file in certificate(place, days=days):
        file.chmod(0o600)
        file.rename(file.with_stem(name))


def test_the_hubs_own_key_that_ends_soon_is_told_until_a_newer_one_lies_beside_it(
    watched_lightly: Watched,
) -> None:
    for folder in ("receipts", "envelope"):
        hub_key(folder, "2026", 10)
    watched_lightly.hub.register()
    assert watched_lightly.watch()[SYSTEM]["credentials"] == "warn"
    hub_key("receipts", "2027", 700)
    assert watched_lightly.watch()[SYSTEM]["credentials"] == "ok"  # nobody is asked to encrypt for the other
    watched_lightly.hub.register(envelope="{encrypted: required}")
    assert watched_lightly.watch()[SYSTEM]["credentials"] == "warn"


@pytest.mark.parametrize(("days", "verdict"), [(10, "warn"), (60, "ok")])
def test_the_hubs_own_key_in_a_connection_is_watched_too(
    watched_lightly: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, verdict: str
) -> None:
    pem = "".join(file.read_text(encoding="utf-8") for file in certificate(tmp_path, days=days))
    monkeypatch.setenv(
        "AIRFLOW_CONN_SUPHUB_RECEIPTS", json.dumps({"conn_type": "generic", "extra": {"pem": pem}})
    )
    assert watched_lightly.watch()[SYSTEM]["credentials"] == verdict


def test_a_key_of_the_hub_that_others_may_read_fails_the_check(watched_lightly: Watched) -> None:
    hub_key("receipts", "2026", 700)
    (wiring.settings().keys / "receipts" / "2026.key").chmod(0o644)
    assert watched_lightly.watch()[SYSTEM]["credentials"] == "fail"


def test_a_revocation_list_that_runs_out_is_told(watched_lightly: Watched) -> None:
    systems = watched_lightly.hub.systems
    authority = holder(systems, "ca", rsa_key(), ca=True)
    words = "{signed: allowed, authorities: [ca.crt], crls: [ca.crl]}"
    for days, verdict in ((1, "warn"), (20, "ok")):
        revocations(systems / "ca.crl", authority, {}, until=NOW + days * DAY)
        watched_lightly.hub.register(envelope=words)
        assert watched_lightly.watch()[SYSTEM]["credentials"] == verdict


def test_a_nodes_credential_that_ends_soon_is_told(watched_lightly: Watched, suphub: Suphub) -> None:
    watched_lightly.hub.run()
    assert (
        suphub(
            "node", "issue", f"{SYSTEM}/frontend-1", "--kind", "token", "--days", "20", "--reason", "test"
        ).code
        == 0
    )
    assert watched_lightly.watch()[SYSTEM]["credentials"] == "warn"
    [found] = [
        each for each in suphub("probe", SYSTEM, "--json").document["checks"] if each["name"] == "credentials"
    ]
    assert "frontend-1 token" in found["seen"]


# Exchange


def error(kind: str) -> HubError:
    make = {"retry": RetryError, "stop": StopError}[kind]
    return make("CODE", zh="连不上", en="unreachable", remedy_zh="等", remedy_en="wait")


@pytest.mark.parametrize("kind", ["retry", "stop"])
def test_an_exchange_that_fails_is_told_until_one_comes_to_its_end(watched: Watched, kind: str) -> None:
    for _ in range(3):
        with pytest.raises(HubError, match="CODE"), _told():
            raise error(kind)
    assert watched.heard == ["[告警] 国土资源局审批系统:交换失败"]
    assert watched.alerts() == [(SYSTEM, "exchange.failing", "open", 3)]
    watched.watch()  # the probe has no say in this
    assert len(watched.heard) == 1
    watched.hub.run()
    assert watched.heard[1:] == ["[恢复] 国土资源局审批系统:交换失败"]


@pytest.mark.parametrize(
    ("met", "code"), [(error("retry"), "CODE"), (KeyError("张三 430102199001011234"), "KeyError")]
)
def test_the_code_of_what_an_exchange_met_stands_in_the_list_and_in_the_log(
    watched_lightly: Watched, suphub: Suphub, met: Exception, code: str
) -> None:
    with pytest.raises(type(met)), _told():
        raise met
    [listed] = suphub("alert", "list", "--json").document
    assert (listed["condition"], listed["code"]) == ("exchange.failing", code)
    assert code in suphub("alert", "list").text
    assert bodies(watched_lightly) == [
        {"condition": "exchange.failing", "level": 2, "system": SYSTEM, "code": code}
    ]


def bodies(watched: Watched) -> list[dict[str, Any]]:
    """What the log says of alerts that began."""
    log = exchange.exchange_log.c
    with reading(watched.hub.engine) as connection:
        found = connection.execute(select(log.body).where(log.event == "alert.raised")).scalars()
        return [json.loads(body) for body in found]


def _told() -> AbstractContextManager[None]:
    return wiring.told(SYSTEM)


def test_an_inbox_that_is_gone_is_told_by_the_exchange_itself(watched_lightly: Watched) -> None:
    mend = break_inbox(watched_lightly)
    for _ in range(2):
        with pytest.raises(RetryError):
            watched_lightly.hub.run()
    mend()
    watched_lightly.hub.run()
    watched_lightly.hub.run()
    assert watched_lightly.told == ["alert.raised", "alert.recovered"]


def test_what_hinders_the_alert_never_hides_the_failure(
    watched_lightly: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wiring.settings().home / "messages.yaml").write_text("channels: [", encoding="utf-8")
    with pytest.raises(RetryError, match="CODE"), _told():
        raise error("retry")
    assert watched_lightly.alerts() == []
    watched_lightly.hub.run()


def test_a_faulty_book_is_said_after_everything_was_probed(watched_lightly: Watched) -> None:
    book = wiring.settings().home / "messages.yaml"
    good = book.read_text(encoding="utf-8")
    book.write_text("recipients: {duty: {channel: none}}", encoding="utf-8")
    break_inbox(watched_lightly)
    with pytest.raises(StopError) as caught:
        watched_lightly.watch()
    assert caught.value.code == "MESSAGES_FILE"
    assert len(watched_lightly.hub.rows("probe_run")) == 1
    assert watched_lightly.alerts() == []
    book.write_text(good, encoding="utf-8")
    watched_lightly.watch()
    assert len(watched_lightly.heard) == 1


def test_alerts_of_systems_that_are_gone_are_closed(watched_lightly: Watched) -> None:
    watched_lightly.hub.register("hrss-bureau")
    for code in (SYSTEM, "hrss-bureau"):
        break_inbox(watched_lightly, code)
    watched_lightly.watch(SYSTEM, "hrss-bureau")
    assert wiring.watcher().forget([SYSTEM]) == 1
    assert sorted(row[:3] for row in watched_lightly.alerts()) == [
        ("hrss-bureau", "probe.failing", "closed"),
        (SYSTEM, "probe.failing", "open"),
    ]


def test_a_chat_that_is_down_keeps_the_alert_and_gets_it_later(watched: Watched) -> None:
    watched.desk.answers = [(500, "")]
    break_inbox(watched)
    watched.watch()
    assert watched.hub.rows("outbox", "state", "attempts") == [("waiting", 1)]
    with writing(watched.hub.engine) as connection:
        from hub.messages.outbox import retry

        [row] = watched.hub.rows("outbox", "id")
        assert retry(connection, [row[0]], now_us()) == 1
    assert wiring.watcher().send().sent == 1
    assert watched.heard[1:] == ["[告警] 国土资源局审批系统:前置机探测不通过"]


# History and commands


def test_the_history_is_kept_and_pruned(watched: Watched, suphub: Suphub) -> None:
    watched.watch()
    break_inbox(watched)
    watched.watch()
    said = suphub("probe", SYSTEM, "--history", "--json")
    assert [(each["system"], each["verdict"]) for each in said.document] == [(SYSTEM, "fail"), (SYSTEM, "ok")]
    assert set(said.document[0]) == {"at", "system", "verdict", "checks"}
    assert "inbox.reachable" in suphub("probe", SYSTEM, "--history").text
    with writing(watched.hub.engine) as connection:
        assert history.prune(connection, 90, now_us()) == {"reports": 0, "alerts": 0, "messages": 0}
        later = now_us() + timedelta(days=91) // MICROSECOND
        assert history.prune(connection, 90, later) == {"reports": 2, "alerts": 0, "messages": 1}
    assert [row[2] for row in watched.alerts()] == ["open"]


def test_a_look_by_hand_keeps_nothing_unless_it_is_asked_to(watched_lightly: Watched, suphub: Suphub) -> None:
    break_inbox(watched_lightly)
    assert suphub("probe", SYSTEM, "--json").code == 1
    assert (watched_lightly.hub.rows("probe_run"), watched_lightly.heard) == ([], [])
    assert suphub("probe", SYSTEM, "--record", "--json").code == 1
    assert (len(watched_lightly.hub.rows("probe_run")), len(watched_lightly.heard)) == (1, 1)
    listed = suphub("alert", "list", "--json").document
    assert [(each["system"], each["condition"], each["state"]) for each in listed] == [
        (SYSTEM, "probe.failing", "open")
    ]
    assert "probe.failing" in suphub("alert", "list").text


def test_all_systems_are_probed_and_faulty_registrations_named(
    watched_lightly: Watched, suphub: Suphub
) -> None:
    watched_lightly.hub.register("hrss-bureau")
    watched_lightly.hub.register("old-bureau", status="paused")
    (watched_lightly.hub.systems / "bad.yaml").write_text("code: bad", encoding="utf-8")
    said = suphub("probe", "--all", "--json")
    assert said.code == 0
    assert {each["system"]: each["verdict"] for each in said.document} == {"hrss-bureau": "ok", SYSTEM: "ok"}
    assert "bad" in said.err
    assert "hrss-bureau" in suphub("probe", "--all").text


@pytest.mark.parametrize(
    "arguments",
    [
        ["probe"],
        ["probe", SYSTEM, "--all"],
        ["probe", "--all", "--history"],
        ["message", "list", "--state", "lost"],
    ],
)
def test_what_makes_no_sense_is_a_wrong_use(
    watched_lightly: Watched, suphub: Suphub, arguments: list[str]
) -> None:
    assert suphub(*arguments).code == 2


def test_messages_are_listed_tried_again_and_tried_out(watched_lightly: Watched, suphub: Suphub) -> None:
    watched_lightly.desk.answers = [(400, "bad")]
    break_inbox(watched_lightly)
    watched_lightly.watch()
    [row] = suphub("message", "list", "--json").document
    assert (row["state"], row["recipient"], row["system"]) == ("failed", "duty", SYSTEM)
    assert "MESSAGE_REFUSED" in suphub("message", "list", "--state", "failed").text
    assert suphub("message", "retry", "--json").document["sent"] == 1
    assert suphub("message", "send", "--json").document["sent"] == 0
    assert [each["name"] for each in suphub("message", "check", "--json").document] == ["duty"]
    assert suphub("message", "check", "--to", "duty").code == 0
    assert watched_lightly.heard[-1] == "监察枢纽试消息"
    watched_lightly.desk.answers = [(500, "")]
    said = suphub("message", "check", "--to", "duty")
    assert said.code == 3
    assert "MESSAGE_CHANNEL" in said.err


def test_before_the_first_upgrade_a_probe_works_and_makes_no_database(
    watched_lightly: Watched, suphub: Suphub, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = watched_lightly.hub.home / "none" / "hub.db"
    monkeypatch.setenv("SUPHUB_DATABASE_URL", f"sqlite:///{file}")
    said = suphub("probe", SYSTEM, "--json")
    assert (said.code, said.document["verdict"]) == (0, "ok")
    assert not file.exists()


def test_the_report_keeps_its_form(watched_lightly: Watched, suphub: Suphub) -> None:
    found = suphub("probe", SYSTEM, "--json").document
    assert set(found) == {"system", "verdict", "checks"}
    assert all(
        set(check) == {"name", "verdict", "seen", "expected", "remedy", "took_ms"}
        for check in found["checks"]
    )


def test_an_alert_names_what_everybody_knows(watched_lightly: Watched) -> None:
    break_inbox(watched_lightly)
    watched_lightly.watch()
    assert bodies(watched_lightly) == [
        {"condition": "probe.failing", "level": CONDITIONS["probe.failing"].level, "system": SYSTEM}
    ]
