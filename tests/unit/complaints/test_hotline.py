"""Exchange with a hotline: each of its numbers once, a faulty row holds up no other, and what goes back names nobody."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest

from hub.central.engine import writing
from hub.complaints import hotline
from hub.complaints.hotline import COLUMNS, OUT, Imported
from hub.errors import StopError
from tests.support.complaints import ZHANG, Office, personal

ROW = {
    "hotline": "12345", "hotline_no": "HT-0001", "handed_at": "2026-11-09T09:00", "topic": "超时办理", "title": "办证拖延",
    "content": "办证拖了两个月", "organization_name": "市国土局", "name": ZHANG.name, "phone": ZHANG.phone, "people": "1",
}  # fmt: skip


def as_csv(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def imported(office: Office, content: bytes, kind: str = "csv") -> Imported:
    done = Imported()
    for row in hotline.read(content, kind):
        with writing(office.engine) as connection:
            hotline.take(office.desk(), connection, row, done, by="接口")
    with writing(office.engine) as connection:
        hotline.finish(office.desk(), connection, content, done, by="接口")
    return done


def test_what_a_hotline_sends_is_registered_as_it_was_handed_over(office: Office) -> None:
    [number] = imported(office, as_csv(ROW)).registered
    shown = office.show(number)
    assert (shown["channel"], shown["hotline"], shown["hotline_no"]) == ("热线", "12345", "HT-0001")
    assert shown["registered_at"] == "2026-11-09T09:00:00+08:00"
    assert shown["events"][0]["role"] == "hotline"
    assert office.logged[-1][0] == "complaint.imported"
    assert personal(str(office.logged)) == []


def test_the_same_file_again_changes_nothing(office: Office) -> None:
    first = imported(office, as_csv(ROW, {**ROW, "hotline_no": "HT-0002"}))
    office.logged.clear()
    again = imported(office, as_csv(ROW, {**ROW, "hotline_no": "HT-0002"}))
    assert (len(first.registered), again.registered, again.known) == (2, [], 2)
    assert office.logged == []


def test_json_and_csv_mean_the_same(office: Office) -> None:
    imported(office, as_csv(ROW))
    listed = json.dumps([{**ROW, "people": 1, "major": False}]).encode()
    assert imported(office, listed, "json").known == 1


def test_a_known_number_with_other_content_is_told_and_nothing_is_overwritten(office: Office) -> None:
    [number] = imported(office, as_csv(ROW)).registered
    done = imported(office, as_csv({**ROW, "content": "三个月"}))
    assert done.changed == [{"line": 2, "hotline_no": "HT-0001", "complaint": number}]
    assert office.show(number)["content"] == ROW["content"]


FAULTY: list[tuple[dict[str, str], str]] = [
    ({"topic": ZHANG.name or ""}, "COMPLAINT_WORD"),
    ({"title": ""}, "COMPLAINT_FIELD"),
    ({"handed_at": "昨天"}, "COMPLAINT_ROW"),
    ({"handed_at": "2027-01-01"}, "COMPLAINT_TIME"),
    ({"people": "-1"}, "COMPLAINT_ROW"),
    ({"major": "是"}, "COMPLAINT_ROW"),
    ({"hotline_no": ""}, "COMPLAINT_ROW"),
    ({"organization": ZHANG.phone or ""}, "COMPLAINT_FIELD"),
    ({"region": f"{ZHANG.phone}000000"}, "COMPLAINT_FIELD"),
    ({"case": "land-bureau/none"}, "COMPLAINT_LINK"),
]


def test_a_faulty_row_is_told_with_its_line_and_holds_up_no_other(office: Office) -> None:
    rows = [{**ROW, "hotline_no": f"HT-1{number}", **cell} for number, (cell, _) in enumerate(FAULTY)]
    done = imported(office, as_csv(*rows, ROW))
    assert [(each["line"], each["code"]) for each in done.refused] == [
        (line, code) for line, (_, code) in enumerate(FAULTY, 2)
    ]
    assert done.registered == [2026000001], "no number is lost"
    assert personal(str(done.refused)) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xfe", "csv"),
        (b"hotline,hotline_no\n12345,1\n", "csv"),
        (as_csv(ROW).replace(b"title", b"titel"), "csv"),
        (b'hotline,hotline_no,handed_at,topic,title,content\n12345,1,"2026', "csv"),
        (b"hotline,hotline_no,handed_at,topic,title,content\n1,2,3,4,5,6,7\n", "csv"),
        (b"{}", "json"),
        (b"[1]", "json"),
        (b"[" * 100_000, "json"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(content: bytes, kind: str) -> None:
    with pytest.raises(StopError, match="COMPLAINT_FILE"):
        hotline.read(content, kind)


def test_a_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hotline, "MOST_ROWS", 1)
    with pytest.raises(StopError, match="COMPLAINT_FILE"):
        hotline.read(as_csv(ROW, ROW), "csv")
    with pytest.raises(StopError, match="COMPLAINT_FILE"):
        hotline.read(b" " * (hotline.LARGEST + 1), "csv")


def test_the_hotline_is_told_what_became_of_its_complaints_without_personal_data(office: Office) -> None:
    [number] = imported(office, as_csv(ROW)).registered
    office.register("2026-11-09T09:00")
    for action in ("accept", "decide", "feedback"):
        office.act(number, action, "2026-11-10T10:00", words=f"已电告 {ZHANG.phone} {ZHANG.name}")
    with writing(office.engine) as connection:
        [told] = hotline.export(office.desk(), connection, "12345", date(2026, 11, 10), by="接口")
    assert (told["complaint"], told["state"], told["feedback_at"]) == (
        number,
        "已反馈",
        "2026-11-10T10:00:00+08:00",
    )
    assert told["feedback"].startswith("已电告 138")
    assert personal(str(told)) == []
    assert office.logged[-1][0] == "complaint.exported"
    assert hotline.as_csv([told]).splitlines()[0] == ",".join(OUT)
    formula = {**told, "decision": '=HYPERLINK("x")', "due_on": None}
    [_, row] = csv.reader(hotline.as_csv([formula]).splitlines())
    assert (row[OUT.index("decision")], row[OUT.index("due_on")]) == ('\'=HYPERLINK("x")', "")
