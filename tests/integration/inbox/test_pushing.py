"""What departments push is taken once and answered; what is wrong is told at once, and nothing of it is left behind."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest

from connectors.push import PushConnector
from connectors.returning import Parcel
from hub.central import pushed
from hub.central.engine import writing
from hub.clock import now_us
from hub.inbox.upload import Upload
from tests.integration.inbox.conftest import Department
from tests.integration.pipeline.conftest import Receipt
from tests.support.command import Suphub
from tests.support.message import SYSTEM, USCC, case, package
from tests.support.nodes import OTHER, entries, verified

GOOD = package([case("C1")])
FOREIGN = "91430100MA4L12346D"


def told(answer: Any, status: int, code: str) -> None:
    """A problem as the documentation has it: both languages, a remedy, nothing more."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "status", "code", "title", "zh", "en", "remedy_zh", "remedy_en"}


def test_a_package_is_taken_and_its_receipt_is_there_when_it_has_been_judged(department: Department) -> None:
    pushed = department.push("x.xml", GOOD)
    assert pushed.status_code == 202
    assert pushed.json()["sha256"] == sha256(GOOD).hexdigest()
    where = pushed.headers["location"]
    waiting = department.ask("GET", where)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "waiting")

    [done] = department.hub.run()
    assert (done["state"], done["accepted"]) == ("closed", 1)
    found = department.ask("GET", where)
    assert (found.status_code, Receipt(found.content).counts["accepted"]) == (200, 1)
    assert (
        department.ask("GET", f"{where}/signature").headers["content-type"] == "application/pkcs7-signature"
    )
    assert [name for name in department.lying() if name.startswith("packages")] == []


def test_the_same_bytes_again_get_the_same_answer_and_are_taken_once(department: Department) -> None:
    first = department.push("x.xml", GOOD)
    again = [department.push("x.xml", GOOD).json()]
    department.hub.run()
    again.append(department.push("x.xml", GOOD).json())
    assert department.hub.run() == []
    again.append(department.push("x.xml", GOOD).json())
    assert again == [first.json()] * 3
    assert department.receipt("x.xml").status_code == 200
    assert department.hub.count("arrival") == department.hub.count("package") == 1


def test_a_name_belongs_to_its_package_until_that_is_answered(department: Department) -> None:
    department.push("x.xml", GOOD)
    other = package([case("C2")], "P2", serial=2)
    told(department.push("x.xml", other), 409, "PUSH_NAME_WAITS")
    department.hub.run()
    first = department.receipt("x.xml").content
    assert department.push("x.xml", other).status_code == 202
    assert department.receipt("x.xml").status_code == 202  # the former one's receipt is not this one's
    department.hub.run()
    second = department.receipt("x.xml")
    assert second.status_code == 200
    assert second.content != first
    assert department.hub.count("package") == 2


def test_a_name_may_be_chinese_and_is_the_packages_name_in_the_hub(department: Department) -> None:
    department.push("报文 𠮷 01.xml", GOOD)
    department.hub.run()
    assert department.receipt("报文 𠮷 01.xml").status_code == 200
    assert department.hub.rows("arrival", "origin") == [("报文 𠮷 01.xml",)]


def chunks() -> Iterator[bytes]:
    for _ in range(64):
        yield b"x" * 1024


def digest(body: bytes, algorithm: str = "sha-256") -> dict[str, str]:
    return {"content_digest": f"{algorithm}=:{b64encode(sha256(body).digest()).decode()}:"}


@pytest.mark.parametrize(
    "headers", [digest(GOOD), {"content_digest": "md5=:AAAA:"}, {"content_encoding": "identity"}]
)
def test_what_is_said_rightly_of_a_package_does_no_harm(
    department: Department, headers: dict[str, str]
) -> None:
    assert department.push("x.xml", GOOD, **headers).status_code == 202


@pytest.mark.parametrize(
    ("name", "body", "headers", "status", "code"),
    [(".x.xml", GOOD, {}, 400, "PUSH_NAME"),
     ("x.part", GOOD, {}, 400, "PUSH_NAME"),
     ("x%0Ay.xml", GOOD, {}, 400, "PUSH_NAME"),
     ("x%E2%80%AEy.xml", GOOD, {}, 400, "PUSH_NAME"),
     ("%B1%A8.xml", GOOD, {}, 400, "PUSH_NAME"),
     ("x%00.xml", GOOD, {}, 400, "PUSH_NAME"),
     ("x" * 201, GOOD, {}, 400, "PUSH_NAME"),
     ("a%2Fb.xml", GOOD, {}, 404, "PUSH_PATH"),
     ("..%2F..%2Fkeys%2Fx.xml", GOOD, {}, 404, "PUSH_PATH"),
     ("x.xml", b"", {}, 400, "PUSH_EMPTY"),
     ("x.xml", GOOD, {"content_length": str(len(GOOD) + 1)}, 400, "PUSH_LENGTH"),
     ("x.xml", GOOD, {"content_length": "1e9"}, 400, "PUSH_LENGTH"),
     ("x.xml", GOOD, {"content_length": str(10**30)}, 413, "PUSH_TOO_LARGE"),
     ("x.xml", b"x" * 65_536, {}, 413, "PUSH_TOO_LARGE"),
     ("x.xml", chunks, {}, 413, "PUSH_TOO_LARGE"),
     ("x.xml", GOOD, {"content_encoding": "gzip"}, 415, "PUSH_ENCODING"),
     ("x.xml", GOOD, digest(b"other"), 400, "PUSH_DIGEST"),
     ("x.xml", GOOD, {"content_digest": "sha-256=:AAAA:"}, 400, "PUSH_DIGEST_FORM"),
     ("x.xml", GOOD, {"content_digest": "sha-256=nonsense"}, 400, "PUSH_DIGEST_FORM")],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_left_behind(
    department: Department, name: str, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    department.change(limit=lambda: 32_768)
    answer = department.push(name, body() if callable(body) else body, **headers)
    told(answer, status, code)
    assert answer.headers["connection"] == "close"
    assert department.lying() == []
    assert department.hub.count("pushed") == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/docs", 404), ("GET", "/openapi.json", 404), ("POST", f"/v1/systems/{SYSTEM}/packages/x", 405),
     ("DELETE", f"/v1/systems/{SYSTEM}/receipts/x", 405), ("GET", f"/v1/systems/{SYSTEM}/packages/", 404)],
)  # fmt: skip
def test_there_are_no_other_addresses(department: Department, method: str, path: str, status: int) -> None:
    told(department.ask(method, path), status, "PUSH_PATH" if status == 404 else "PUSH_METHOD")


def test_a_disk_without_room_is_told_and_nothing_is_left_half(
    department: Department, monkeypatch: pytest.MonkeyPatch
) -> None:
    department.change(reserve=1 << 60)
    refused = department.push("x.xml", GOOD)
    told(refused, 507, "PUSH_FULL")
    assert int(refused.headers["retry-after"]) > 0
    department.change(reserve=0)

    def fails(self: Upload, folder: Any, name: str) -> bool:
        raise OSError(5, "Input/output error", str(folder))

    with monkeypatch.context() as patch:
        patch.setattr(Upload, "named", fails)
        broken = department.push("x.xml", GOOD)
    told(broken, 503, "PUSH_UNAVAILABLE")
    assert str(department.hub.home) not in broken.text
    assert department.lying() == []
    assert (
        department.push("x.xml", GOOD).status_code == 202
    )  # the row of the one that failed is in nobody's way


def test_nothing_of_the_hubs_insides_is_told(department: Department) -> None:
    path = department.hub.systems / f"{SYSTEM}.yaml"
    path.write_text("code: [", encoding="utf-8")
    faulty = department.push("x.xml", GOOD)
    told(faulty, 503, "PUSH_UNAVAILABLE")
    assert str(department.hub.home) not in faulty.text
    path.unlink()
    told(department.push("x.xml", GOOD), 404, "PUSH_SYSTEM")


def test_more_at_once_than_may_be_are_told_to_come_again(department: Department) -> None:
    department.change(uploads=0)
    answer = department.push("x.xml", GOOD)
    told(answer, 503, "PUSH_BUSY")
    assert int(answer.headers["retry-after"]) > 0


def test_a_push_that_never_came_into_the_spool_is_none(department: Department) -> None:
    """A server that dies after it has noted a push, and before the file has its name, has told nobody yes."""
    with writing(department.hub.engine) as connection:
        pushed.note(connection, pushed.Push(SYSTEM, "x.xml", "0" * 64, 1, "front-1", "id", now_us()))
    told(department.receipt("x.xml"), 404, "PUSH_UNKNOWN")
    assert department.push("x.xml", GOOD).status_code == 202
    department.hub.run()
    assert department.receipt("x.xml").status_code == 200


def cases_of(*organizations: str, serial: int = 1) -> bytes:
    cases = [
        case(f"C{serial}-{number}", {"Organization/Uscc": uscc}) for number, uscc in enumerate(organizations)
    ]
    return package(cases, f"P{serial}", serial=serial)


def test_a_node_sends_for_its_own_organisations_only_and_what_is_anothers_is_logged(
    department: Department,
) -> None:
    narrow = department.token_of("front-2", organizations=(USCC,))
    bodies = {f"{serial}.xml": cases_of(USCC, OTHER, serial=serial) for serial in (1, 2, 3)}
    for name, body in bodies.items():  # small ones, which go together where nobody is bound
        department.push(name, body, token=narrow if name != "3.xml" else "own")
    department.hub.run()
    found = [
        [outcome for _, outcome, _ in department.hub.outcomes(sha256(body).hexdigest())]
        for body in bodies.values()
    ]
    assert found == [["accepted", "rejected"]] * 2 + [["accepted", "accepted"]]
    foreign = entries(department.hub.engine, "data.foreign")
    assert [(each["cases"], each["organizations"]) for each in foreign] == [(1, {OTHER: 1})] * 2
    assert verified(department.hub.engine).ok


def test_who_sends_the_same_bytes_later_changes_nothing(department: Department) -> None:
    narrow = department.token_of("front-2", organizations=(OTHER,))
    body = cases_of(USCC)
    department.push("x.xml", body)
    department.push("x.xml", body, token=narrow)
    department.push("y.xml", body, token=narrow)
    department.hub.run()
    assert [outcome for _, outcome, _ in department.hub.outcomes(sha256(body).hexdigest())] == ["accepted"]


def test_a_bound_node_sees_its_own_receipts_only(department: Department) -> None:
    narrow = department.token_of("front-2", organizations=(USCC,))
    department.push("own.xml", GOOD, token=narrow)
    department.push("others.xml", package([case("C2")], "P2", serial=2))
    department.hub.run()
    assert department.receipt("own.xml", token=narrow).status_code == 200
    told(department.receipt("others.xml", token=narrow), 404, "PUSH_UNKNOWN")
    assert department.receipt("own.xml").status_code == 200
    told(department.ask("GET", f"/v1/systems/{SYSTEM}/cards", token=narrow), 403, "PUSH_BOUNDS")


def test_cards_are_fetched_and_answers_laid_where_the_hub_takes_them(department: Department) -> None:
    base = f"/v1/systems/{SYSTEM}"
    assert department.ask("GET", f"{base}/cards").json()["cards"] == []
    connector = PushConnector(SYSTEM, {"kind": "push"}, department.spool.parent)
    connector.hand_over(Parcel("card-7-1", ((".pdf", b"%PDF"), (".xml", b"<Card/>"))))
    listed = department.ask("GET", f"{base}/cards").json()["cards"]
    assert [(each["name"], each["size"]) for each in listed] == [("card-7-1.pdf", 4), ("card-7-1.xml", 7)]
    os.utime(department.spool / "cards" / "card-7-1.pdf", (0, 0))
    today = quote(listed[1]["at"])
    for since, names in (("1970-01-02", ["card-7-1.xml"]), (today, ["card-7-1.xml"]), ("2999-01-01", [])):
        later = department.ask("GET", f"{base}/cards?since={since}").json()["cards"]
        assert [each["name"] for each in later] == names
    told(department.ask("GET", f"{base}/cards?since=yesterday"), 400, "PUSH_SINCE")
    assert department.ask("GET", f"{base}/cards/card-7-1.xml").content == b"<Card/>"
    told(department.ask("GET", f"{base}/cards/card-8-1.xml"), 404, "PUSH_UNKNOWN")

    told(department.ask("GET", f"{base}/answers/a.xml/receipt"), 404, "PUSH_UNKNOWN")
    for _ in range(2):
        assert department.ask("PUT", f"{base}/answers/a.xml", b"<Answer/>").status_code == 202
    told(department.ask("PUT", f"{base}/answers/a.xml", b"<Other/>"), 409, "PUSH_NAME_WAITS")
    assert department.ask("GET", f"{base}/answers/a.xml/receipt").json()["state"] == "waiting"
    taker = PushConnector(SYSTEM, {"kind": "push", "of": "answers"}, department.spool.parent)
    [notice] = taker.ready()
    claim = taker.claim(notice)
    assert claim is not None
    taker.acknowledge(claim)
    taker.deliver("a.xml", b"<AnswerReceipt/>")
    assert department.ask("GET", f"{base}/answers/a.xml/receipt").content == b"<AnswerReceipt/>"
    assert list(connector.ready()) == []


def test_a_new_registration_that_pushes_is_complete_and_its_spool_can_be_probed(
    department: Department, suphub: Suphub
) -> None:
    words = ("--name", "水利局审批系统", "--organization", OTHER, "--region", "430100", "--kind", "push")
    assert suphub("system", "new", "water-bureau", *words).code == 0
    checked = suphub("system", "check", "water-bureau", "--json")
    assert (checked.code, [each["name"] for each in checked.document["checks"] if not each["ok"]]) == (0, [])
    assert suphub("probe", "water-bureau", "--json").document["verdict"] == "ok"
    department.push("x.xml", GOOD)
    sample = suphub("system", "check", SYSTEM, "--json").document["sample"]
    assert [each["outcome"] for each in sample] == ["accepted"]
    assert suphub("exchange", "run", "water-bureau").code == 0
