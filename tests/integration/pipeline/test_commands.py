"""`suphub exchange run` and `suphub package list|show|replay`: what scripts and people rely on."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from connectors import Claim
from connectors.directory import DirectoryConnector
from connectors.failures import BROKEN, endpoint_failed
from hub import wiring
from tests.integration.pipeline.conftest import Hub
from tests.support.command import Suphub
from tests.support.message import SYSTEM, case, line_of, package

LIST = [
    "system", "package_id", "serial", "digest", "state", "cases", "accepted", "rejected", "duplicate", "stale",
    "conflict", "pending", "received_at",
]  # fmt: skip
REJECTION = [
    "ordinal", "case_no", "line", "xpath", "field", "value", "code", "message_zh", "message_en", "remedy_zh", "remedy_en",
]  # fmt: skip
MIXED = package([case("C1"), case("C2", {"Applicant/Type": "77"}), case("C1")], "P-1", serial=4)
OFF = package([case("C1")], "P-2", serial=5, count=9)


@pytest.fixture
def suphub(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Suphub:
    return Suphub(monkeypatch, capfdbinary)


@pytest.fixture
def served(sqlite_hub: Hub) -> Hub:
    """A hub that has one package of good and bad cases, and one that was refused."""
    sqlite_hub.send("a.xml", MIXED)
    sqlite_hub.send("b.xml", OFF)
    sqlite_hub.run()
    return sqlite_hub


def test_a_run_says_what_became_of_each_package(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.send("a.xml", MIXED)
    sqlite_hub.send("b.xml", OFF)
    said = suphub("exchange", "run", SYSTEM, "--json")
    assert (said.code, said.err) == (0, "")
    one, two = said.document
    assert (one["package_id"], one["state"], one["cases"]) == ("P-1", "closed", 3)
    assert (one["accepted"], one["rejected"], one["duplicate"], one["name"]) == (1, 1, 1, "a.xml")
    assert (two["package_id"], two["state"], two["cases"]) == (sha256(OFF).hexdigest(), "refused", 0)
    assert suphub("exchange", "run", SYSTEM, "--json").document == []


def test_people_read_the_same_as_a_table(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.send("a.xml", MIXED)
    said = suphub("exchange", "run", SYSTEM)
    assert said.code == 0
    assert "报文包 · packages" in said.text


def test_a_run_makes_a_database_where_there_is_none(
    suphub: Suphub, sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SUPHUB_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'hub.db'}")
    sqlite_hub.send("a.xml", MIXED)
    assert [each["state"] for each in suphub("exchange", "run", SYSTEM, "--json").document] == ["closed"]


def test_the_list_has_exactly_these_keys(suphub: Suphub, served: Hub) -> None:
    said = suphub("package", "list", "--json")
    assert (said.code, said.err) == (0, "")
    one, two = said.document
    assert list(one) == list(two) == LIST
    received = datetime.fromisoformat(one.pop("received_at"))
    assert received.utcoffset() == timedelta(hours=8)
    assert one == {
        "system": SYSTEM, "package_id": "P-1", "serial": 4, "digest": sha256(MIXED).hexdigest(), "state": "closed",
        "cases": 3, "accepted": 1, "rejected": 1, "duplicate": 1, "stale": 0, "conflict": 0, "pending": 0,
    }  # fmt: skip
    digest = sha256(OFF).hexdigest()
    assert (two["package_id"], two["digest"], two["state"], two["cases"]) == (digest, digest, "refused", 0)


def test_the_list_is_narrowed_by_system_and_state(suphub: Suphub, served: Hub) -> None:
    assert [each["state"] for each in suphub("package", "list", "--json", "--state", "refused").document] == [
        "refused"
    ]
    assert len(suphub("package", "list", "--json", "--system", SYSTEM).document) == 2
    assert suphub("package", "list", "--json", "--system", "nobody").document == []


def test_a_state_that_there_is_not_is_told(suphub: Suphub, served: Hub) -> None:
    said = suphub("package", "list", "--json", "--state", "close")
    assert (said.code, said.out) == (2, b"")
    assert "set_aside" in said.err


def test_show_adds_the_rejections(suphub: Suphub, served: Hub) -> None:
    said = suphub("package", "show", f"{SYSTEM}/P-1", "--json")
    assert (said.code, said.err) == (0, "")
    assert list(said.document)[: len(LIST)] == LIST
    [rejection] = said.document["rejections"]
    assert list(rejection) == REJECTION
    assert (rejection["case_no"], rejection["line"]) == ("C2", line_of(MIXED, "<Type>77"))
    assert (rejection["xpath"], rejection["field"]) == (
        "/ExchangePackage/Body/Case[2]/Applicant/Type",
        "Applicant.Type",
    )
    assert (rejection["value"], rejection["code"]) == ("77", "CODE_UNKNOWN")
    assert all(rejection[name] for name in REJECTION[-4:])


@pytest.mark.parametrize("name", [sha256(OFF).hexdigest(), sha256(OFF).hexdigest()[:8]])
def test_a_refused_package_is_shown_by_its_digest(suphub: Suphub, served: Hub, name: str) -> None:
    found = suphub("package", "show", f"{SYSTEM}/{name}", "--json").document
    assert (found["state"], found["refusal"]["code"], found["rejections"]) == ("refused", "PKG_COUNT", [])
    assert "9" in found["refusal"]["message_en"]


def test_people_read_every_reason(suphub: Suphub, served: Hub) -> None:
    said = suphub("package", "show", f"{SYSTEM}/P-1")
    for expected in ("P-1", "closed", "CODE_UNKNOWN", "C2", "Applicant.Type", "a.xml", "回执"):
        assert expected in said.text, expected
    assert "P-1" in suphub("package", "list").text


@pytest.mark.parametrize("name", ["P-1", f"{SYSTEM}/P-9", "nobody/P-1", f"{SYSTEM}/", f"{SYSTEM}/%"])
def test_a_package_that_is_not_there_ends_with_3(suphub: Suphub, served: Hub, name: str) -> None:
    said = suphub("package", "show", name, "--json")
    assert (said.code, said.out) == (3, b"")
    for expected in ("PACKAGE_UNKNOWN", "没有报文包", "There is no package", "处理:", "Remedy:"):
        assert expected in said.err, expected


def test_personal_values_are_masked(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.send("a.xml", package([case("C1", {"Applicant/IdNo": "4301021985" * 51})]))
    sqlite_hub.run()
    for arguments in (("--json",), ()):
        said = suphub("package", "show", f"{SYSTEM}/P1", *arguments)
        assert b"VALUE_LENGTH" in said.out
        assert b"19854301" not in said.out


FAILING = {
    "a system that is not registered": (("exchange", "run", "nowhere"), "SYSTEM_UNKNOWN"),
    "a registration with a typo": (("exchange", "run", "typo"), "REGISTRATION"),
    "a registration that requires an envelope": (("exchange", "run", "sealed"), "ENVELOPE_NO_KEY"),
    "an inbox that is not there": (("exchange", "run", "away"), "CONNECTOR_MISSING"),
}


@pytest.mark.parametrize(("arguments", "code"), FAILING.values(), ids=FAILING)
def test_what_cannot_run_ends_with_3_says_why_and_what_to_do(
    suphub: Suphub, sqlite_hub: Hub, arguments: tuple[str, ...], code: str
) -> None:
    sqlite_hub.register("typo", statuz="live")
    sqlite_hub.register("sealed", envelope="{encrypted: required}")
    sqlite_hub.register("away")
    sqlite_hub.folder("out", "away").rmdir()
    said = suphub(*arguments, "--json")
    assert (said.code, said.out) == (3, b"")
    for expected in (code, "处理:", "Remedy:"):
        assert expected in said.err, expected


def test_a_typo_is_told_with_line_column_and_the_words_that_are_allowed(
    suphub: Suphub, sqlite_hub: Hub
) -> None:
    sqlite_hub.register("typo", statuz="live")
    said = suphub("exchange", "run", "typo")
    for expected in ("typo.yaml", "line=10", "column=1", "Did you mean status?", "Allowed: code, name"):
        assert expected in said.err, expected


@pytest.mark.parametrize(
    "arguments", [("exchange",), ("exchange", "run"), ("package", "shwo"), ("package", "show")]
)
def test_wrong_use_ends_with_2(suphub: Suphub, arguments: tuple[str, ...]) -> None:
    assert suphub(*arguments).code == 2


def test_a_database_without_tables_is_told(
    suphub: Suphub, sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SUPHUB_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    said = suphub("package", "list", "--json")
    assert (said.code, said.out) == (3, b"")
    assert "suphub db upgrade" in said.err


def test_systems_are_listed_with_the_faulty_ones(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.register("typo", statuz="live")
    good, bad = suphub("system", "list", "--json").document
    assert (good["code"], good["status"]) == (SYSTEM, "live")
    assert (bad["code"], bad["error"]["code"], bad["error"]["place"]["line"]) == ("typo", "REGISTRATION", 10)
    assert "typo" in suphub("system", "list").text


def test_a_registration_in_a_file_of_another_ending_is_not_passed_over_in_silence(
    suphub: Suphub, sqlite_hub: Hub
) -> None:
    (sqlite_hub.systems / f"{SYSTEM}.yaml").rename(sqlite_hub.systems / f"{SYSTEM}.yml")
    said = suphub("system", "list", "--json")
    assert (said.code, said.document) == (0, [])
    assert f"{SYSTEM}.yml" in said.err


@pytest.mark.parametrize(
    ("words", "code", "faulty"),
    [({}, 0, None), ({"codes": "hunan2011"}, 1, "CROSSWALK"), ({"status": "lively"}, 1, "REGISTRATION"),
     ({"checks": "{OPINION_MISING: error}"}, 1, "REGISTRATION"), ({"envelope": "{signed: required}"}, 1, "ENVELOPE_TRUST"),
     ({"organization": "11430100006121778F"}, 1, "REGISTRATION_USCC")],
)  # fmt: skip
def test_a_registration_is_checked(
    suphub: Suphub, sqlite_hub: Hub, words: dict[str, str], code: int, faulty: str | None
) -> None:
    sqlite_hub.register(**words)
    said = suphub("system", "check", SYSTEM, "--json")
    assert said.code == code
    assert [each["code"] for each in said.document["checks"] if not each["ok"]] == (
        [faulty] if faulty else []
    )


def test_replay_judges_the_refused_cases_anew_once_the_registration_is_mended(
    suphub: Suphub, sqlite_hub: Hub
) -> None:
    sqlite_hub.register(region='"430200"')
    sqlite_hub.send("a.xml", package([case("C1"), case("C2")], "P-1", serial=1))
    sqlite_hub.run()
    first = sqlite_hub.receipt("a.xml").body
    sqlite_hub.register()
    said = suphub("package", "replay", f"{SYSTEM}/P-1", "--json")
    assert said.code == 0
    assert (said.document["package_id"], said.document["accepted"], said.document["rejected"]) == (
        "P-1~1",
        2,
        0,
    )
    assert sqlite_hub.receipt("a.xml").body == first
    assert [each["package_id"] for each in suphub("package", "list", "--json").document] == ["P-1", "P-1~1"]


def test_there_is_nothing_to_replay_in_a_package_without_refusals(suphub: Suphub, sqlite_hub: Hub) -> None:
    sqlite_hub.send("a.xml", package([case("C1")]))
    sqlite_hub.run()
    said = suphub("package", "replay", f"{SYSTEM}/P1", "--json")
    assert (said.code, said.out) == (3, b"")
    assert "REPLAY_NOTHING" in said.err


def test_a_file_that_cannot_be_taken_is_told_once_and_the_others_are_shown(
    suphub: Suphub, sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        sqlite_hub.send(f"{number}.xml", package([case(f"A{number}")], f"P{number}", serial=number))
    honest = DirectoryConnector.read

    def failing(self: DirectoryConnector, claim: Claim) -> Any:
        if claim.notice.name == "2.xml":
            raise endpoint_failed(BROKEN, system=SYSTEM, doing_zh="读取", doing_en="reading", path="2.xml")
        return honest(self, claim)

    monkeypatch.setattr(DirectoryConnector, "read", failing)
    said = suphub("exchange", "run", SYSTEM, "--json")
    assert said.code == 3
    assert [each["package_id"] for each in said.document] == ["P1", "P3"]
    assert said.err.count("CONNECTOR_IO") == 1
    assert "Check the disk of the front-end machine" in said.err


def test_what_another_run_has_finished_meanwhile_is_not_counted_by_this_one(
    sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        sqlite_hub.send(f"{number}.xml", package([case(f"A{number}")], f"P{number}", serial=number))
    ids = wiring.take(SYSTEM)
    assert [told for _, told in wiring.process_many(SYSTEM, ids)]
    monkeypatch.setattr(wiring, "take", lambda code, large: ids)
    assert wiring.exchange(SYSTEM) == []
