"""A department of two organisations over four months, exchanged as packages: every figure of every dimension against arithmetic of
its own, which shares nothing with the hub's (working days by chinese_calendar, sets of Python instead of SQL).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

import chinese_calendar
import pytest
from sqlalchemy import insert, select, update
from stdnum.cn import uscc

from hub.central.engine import writing
from hub.central.tables import exchange
from hub.central.tables.business import card
from hub.scores.library import indicators
from hub.scores.period import Period, parse_period
from hub.supervision.seed import ensure_seeded
from hub.wiring import score_lists, score_pages, scores
from tests.integration.pipeline.conftest import Hub
from tests.support.message import NAMESPACE, SYSTEM, USCC

UTC8 = timezone(timedelta(hours=8))
OTHER = uscc.calc_check_digit("11430100006122222")
OTHER = f"11430100006122222{OTHER}"
ORGS = {USCC: ("自然资源局", "430102"), OTHER: ("水务局", "430103")}
FIRST, LAST, TODAY = date(2026, 3, 1), date(2026, 6, 30), date(2026, 7, 2)
MONTHS = ("2026-03", "2026-04", "2026-05", "2026-06")
PEOPLE = {"赵决定": "9001", "钱审批": "9002", "孙承办": None}
STEPS = (("承办", "业务科", "承办岗"), ("审核", "法规科", "审核岗"), ("决定", None, None))


def workdays(after: date, upto: date) -> int:
    """Working days d with after < d <= upto."""
    days = (after + timedelta(days=n) for n in range(1, (upto - after).days + 1))
    return sum(chinese_calendar.is_workday(day) for day in days)


@dataclass
class Case:
    """One case as the department tells it; `told` is when its first and its second package arrived."""

    no: str
    org: str
    item: str
    channel: str
    status: str
    limit: int | None
    accepted: datetime
    finished: datetime | None
    person: str
    step: tuple[str, str | None, str | None]
    told: tuple[datetime, datetime | None]
    grades: list[tuple[str, datetime | None]] = field(default_factory=list)
    deleted: bool = False
    again: bool = False  # sent once more, unchanged

    @property
    def applied(self) -> datetime:
        return self.accepted - timedelta(hours=1)

    def xml(self, version: int) -> str:
        """The case as of its first or second package."""
        name, region = ORGS[self.org]
        limit = (
            ""
            if self.limit is None
            else f"<PromisedLimit>{self.limit}</PromisedLimit><PromisedLimitUnit>W</PromisedLimitUnit>"
        )
        step, office, post = self.step
        number = PEOPLE[self.person]
        who = f"<HandlerName>{self.person}</HandlerName>" + (
            f"<HandlerNo>{number}</HandlerNo>" if number else ""
        )
        done = evaluated = steps = ""
        if version > 1 and self.finished is not None:
            steps = (
                f"<Process><Step><Seq>1</Seq><StepName>受理</StepName><StepType>1</StepType><HandlerName>李受理</HandlerName>"
                f"<HandlerPost>窗口岗</HandlerPost><Office>政务窗口</Office><EndedAt>{self.accepted.isoformat()}</EndedAt></Step>"
                f"<Step><Seq>2</Seq><StepName>{step}</StepName><StepType>3</StepType>{who}"
                + (f"<HandlerPost>{post}</HandlerPost><Office>{office}</Office>" if office else "")
                + f"<EndedAt>{self.finished.isoformat()}</EndedAt></Step></Process>"
            )
            done = f"<Completion><Result>0</Result><CompletedAt>{self.finished.isoformat()}</CompletedAt>{who}</Completion>"
            evaluated = "".join(
                f"<Evaluation><Grade>{grade}</Grade>"
                + (f"<EvaluatedAt>{at.isoformat()}</EvaluatedAt>" if at else "")
                + "<StepSeq>2</StepSeq></Evaluation>"
                for grade, at in self.grades
            )
        operation = "<Operation>D</Operation>" if self.deleted and version > 1 else ""
        return (
            f"<Case><CaseNo>{self.no}</CaseNo><DataVersion>{version}</DataVersion>{operation}"
            f"<Organization><Uscc>{self.org}</Uscc><Name>{name}</Name><RegionCode>{region}</RegionCode></Organization>"
            f"<ServiceItem><ItemCode>{self.item}</ItemCode><Name>事项{self.item[-1]}</Name><ItemType>01</ItemType><CaseType>2</CaseType>"
            f"{limit}</ServiceItem><Applicant><Type>1</Type><Name>某人</Name><IdType>111</IdType><IdNo>430102198503174518</IdNo></Applicant>"
            f"<Application><AppliedAt>{self.applied.isoformat()}</AppliedAt><Channel>{self.channel}</Channel><Subject>s</Subject></Application>"
            f"<Acceptance><Status>{self.status}</Status><HandledAt>{self.accepted.isoformat()}</HandledAt><HandlerName>李受理</HandlerName>"
            f"<Reason>材料不齐</Reason></Acceptance>{steps}{done}{evaluated}</Case>"
        )


def made(seed: int) -> list[Case]:
    """Some 60 cases: on the edges of months and limits, deleted, repeated, unfinished, refused, without a limit."""
    dice = random.Random(seed)
    found = []
    for number in range(60):
        day = FIRST + timedelta(days=dice.randrange(0, 118))
        if dice.random() < 0.2:
            day = dice.choice(
                [date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 4), date(2026, 5, 9), date(2026, 4, 30)]
            )
        accepted = datetime(
            day.year, day.month, day.day, dice.choice([0, 9, 16, 23]), dice.choice([0, 59]), tzinfo=UTC8
        )
        limit = dice.choice([None, 1, 3, 5, 5, 8, 10])
        finished = None
        if dice.random() < 0.8:
            finished = accepted + timedelta(
                days=dice.randrange(0, 18), hours=dice.randrange(0, 10), seconds=1
            )
            if finished.date() > LAST:
                finished = None
        late = dice.choice(
            [timedelta(hours=2), timedelta(hours=24), timedelta(hours=24, seconds=1), timedelta(days=4)]
        )
        first = accepted + dice.choice([timedelta(hours=3), timedelta(days=2)])
        second = None if finished is None else max(finished + late, first + timedelta(minutes=1))
        one = Case(
            no=f"C{number:03}", org=dice.choice([USCC, USCC, OTHER]), item=f"{USCC}44301012030{dice.randrange(1, 4):02}",
            channel=dice.choice("1123"), status="2" if dice.random() < 0.1 else "1", limit=limit, accepted=accepted, finished=finished,
            person=dice.choice(list(PEOPLE)), step=dice.choice(STEPS), told=(first, second),
            deleted=finished is not None and dice.random() < 0.08, again=dice.random() < 0.1,
        )  # fmt: skip
        if finished is not None:
            for _ in range(dice.choice([0, 0, 1, 1, 2])):
                at = dice.choice([None, finished + timedelta(days=dice.randrange(0, 20))])
                one.grades.append((dice.choice("12345"), at))
        found.append(one)
    return found


@pytest.fixture
def department(sqlite_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """The department exchanged; it is 2 July 2026. Packages bear every second or third serial, and arrive when they were told."""
    monkeypatch.setenv("SUPHUB_TODAY", "2026-07-02")
    with writing(sqlite_hub.engine) as connection:
        ensure_seeded(connection)
    sqlite_hub.register(schema='"1.1"', organization=f"[{USCC}, {OTHER}]", region='"430100"')
    cases = made(7)
    sendings = [(one.told[0], one, 1) for one in cases]
    sendings += [(one.told[1], one, 2) for one in cases if one.told[1] is not None]
    sendings += [(max(filter(None, one.told)) + timedelta(minutes=1), one, 0) for one in cases if one.again]
    sendings.sort(key=lambda each: (each[0], each[1].no, each[2]))
    hello = datetime(2026, 2, 27, 9, tzinfo=UTC8)
    arrived = {1: hello}
    sqlite_hub.send("p0000.xml", _package(1, []))
    for place, (at, one, version) in enumerate(sendings, 1):
        serial = 1 + place + place // 5  # every fifth package is followed by a serial that never comes
        arrived[serial] = at
        sent = version or (2 if one.told[1] else 1)
        sqlite_hub.send(f"p{place:04}.xml", _package(serial, [one.xml(sent)]))
        sqlite_hub.run()  # what comes in one run is told at once
    with writing(sqlite_hub.engine) as connection:
        for serial, at in arrived.items():
            us = int(at.timestamp()) * 1_000_000
            found = exchange.package.c.serial == serial
            number = connection.execute(select(exchange.package.c.id).where(found)).scalar_one()
            connection.execute(update(exchange.package).where(found).values(received_at=us))
            table = exchange.case_version
            connection.execute(update(table).where(table.c.package == number).values(known_at=us))
    ARRIVED.clear()
    ARRIVED.update(arrived)
    return cases


ARRIVED: dict[int, datetime] = {}


def _package(serial: int, cases: list[str]) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><ExchangePackage xmlns="{NAMESPACE}" version="1.1"><Head><PackageId>P{serial}</PackageId>'
        f"<SystemCode>{SYSTEM}</SystemCode><Serial>{serial}</Serial><CreatedAt>2026-03-01T08:00:00+08:00</CreatedAt>"
        f"<CaseCount>{len(cases)}</CaseCount></Head><Body>{''.join(cases)}</Body></ExchangePackage>"
    ).encode()


# --- the arithmetic of its own -------------------------------------------------------------------------------------------------

Row = dict[str, Any]


def day(at: datetime) -> date:
    return at.astimezone(UTC8).date()


def place(one: Case) -> Row:
    return {"organization": one.org, "region": ORGS[one.org][1], "item": one.item, "system": SYSTEM}


def finisher(one: Case) -> Row:
    """Who finished it, as far as the second package told."""
    if one.finished is None:
        return {"person": f"{one.org}/李受理"}
    step, office, post = one.step
    return {
        "person": f"{one.org}/{PEOPLE[one.person] or one.person}", "step": step,
        "office": office and f"{one.org}/{office}", "post": post and f"{one.org}/{post}",
    }  # fmt: skip


def accepter(one: Case) -> Row:
    told = one.finished is not None
    return {
        "person": f"{one.org}/李受理",
        "office": f"{one.org}/政务窗口" if told else None,
        "post": f"{one.org}/窗口岗" if told else None,
    }


def when(at: datetime) -> Row:
    local = at.astimezone(UTC8)
    return {"day": local.date().isoformat(), "hour": str(local.hour)}


def within(at: datetime, period: Period) -> bool:
    return period.first <= day(at) <= period.last


def expected(cases: list[Case], period: Period) -> dict[str, list[Row]]:
    """Indicator → its rows with num and den (both None: not judged)."""
    known = [one for one in cases if not one.deleted]
    last = min(period.last, TODAY)
    found: dict[str, list[Row]] = defaultdict(list)
    for one in known:
        if one.status == "1" and within(one.accepted, period):
            base = {**place(one), **accepter(one), **when(one.accepted)}
            found["accepted"].append({**base, "num": 1, "den": 1})
            found["online_handled"].append({**base, "num": int(one.channel in "23"), "den": 1})
        done = one.finished is not None and day(one.finished) <= last
        if done and within(one.finished, period):  # type: ignore[arg-type]
            _finished(found, one)
        elif not done and one.status == "1" and one.limit and workdays(day(one.accepted), last) > one.limit:
            found["on_time"].append({**place(one), **_open(one), "day": last.isoformat(), "num": 0, "den": 1})
        _events(found, one, period)
        for grade, at in one.grades:
            counted = at or one.finished
            assert counted is not None
            if within(counted, period) and day(counted) <= TODAY:
                row = {**place(one), **{**finisher(one), "person": None}, "day": day(counted).isoformat()}
                row["hour"] = None if at is None else str(at.astimezone(UTC8).hour)
                found["satisfaction"].append({**row, "num": int(grade in "123"), "den": 1})
    _serials(found, period)
    return found


def _open(one: Case) -> Row:
    """Of a case that was not finished by then: its acceptance was the last step that was known."""
    return {**accepter(one), "step": "受理" if one.finished is not None else None}


def _finished(found: dict[str, list[Row]], one: Case) -> None:
    assert one.finished is not None
    row = {**place(one), **finisher(one), **when(one.finished)}
    found["finished"].append({**row, "num": 1, "den": 1})
    assert one.told[1] is not None
    late = one.told[1] > one.finished + timedelta(hours=24)
    found["unreported"].append({**row, "num": int(late), "den": 1})
    if one.status != "1" or not one.limit:
        found["on_time"].append({**row, "num": None, "den": None})
        found["early"].append({**row, "num": None, "den": None})
        return
    used = workdays(day(one.accepted), day(one.finished))
    found["on_time"].append({**row, "num": int(used <= one.limit), "den": 1})
    found["early"].append({**row, "num": int(used < one.limit), "den": 1})


def _events(found: dict[str, list[Row]], one: Case, period: Period) -> None:
    """Application and acceptance came with the first package, everything else with the second."""
    first, second = one.told
    events: list[tuple[datetime, datetime, Row]] = [
        (one.applied, first, {}),
        (one.accepted, first, {"person": f"{one.org}/李受理"}),
    ]
    if one.finished is not None and second is not None:
        step, office, post = one.step
        person = f"{one.org}/{PEOPLE[one.person] or one.person}"
        window = {
            "step": "受理",
            "office": f"{one.org}/政务窗口",
            "post": f"{one.org}/窗口岗",
            "person": f"{one.org}/李受理",
        }
        last = {
            "step": step,
            "office": office and f"{one.org}/{office}",
            "post": post and f"{one.org}/{post}",
            "person": person,
        }
        events += [
            (one.accepted, second, window),
            (one.finished, second, last),
            (one.finished, second, {"person": person}),
        ]
    for at, told, who in events:
        if within(at, period):
            row = {**place(one), **who, **when(at), "num": int(told <= at + timedelta(hours=24)), "den": 1}
            found["timely_reporting"].append(row)
    if one.finished is not None:
        for at, (name, office, post), person in (
            (one.accepted, ("受理", "政务窗口", "窗口岗"), "李受理"),
            (one.finished, one.step, PEOPLE[one.person] or one.person),
        ):
            if within(at, period):
                who = {
                    "step": name,
                    "office": office and f"{one.org}/{office}",
                    "post": post and f"{one.org}/{post}",
                }
                row = {**place(one), **who, "person": f"{one.org}/{person}", **when(at), "num": 1, "den": 1}
                found["steps"].append(row)


def _serials(found: dict[str, list[Row]], period: Period) -> None:
    """Serials after the last one of the time before, up to the highest that came."""
    came = {serial: at for serial, at in ARRIVED.items() if day(at) <= period.last}
    before = max((serial for serial, at in came.items() if day(at) < period.first), default=0)
    after = sorted(serial for serial in came if serial > before)
    row: Row = {"organization": USCC, "region": "430100", "system": SYSTEM}
    earlier = before or None
    for serial in after:
        at = when(came[serial])
        found["complete_reporting"].append({**row, **at, "num": 1, "den": 1})
        missing = 0 if earlier is None else serial - earlier - 1
        found["complete_reporting"] += [{**row, **at, "num": 0, "den": 1}] * missing
        earlier = serial


# --- against the hub -----------------------------------------------------------------------------------------------------------

CODES = (
    "accepted", "finished", "online_handled", "on_time", "early", "unreported", "timely_reporting", "complete_reporting", "steps",
    "satisfaction",
)  # fmt: skip
PERIODS = (*MONTHS, "2026-Q1", "2026-Q2", "2026", "2026-04-04..2026-05-09")


def tally(rows: Iterable[Row], dimension: str | None) -> dict[str | None, tuple[int, int, int]]:
    """Key → numerator, denominator, not judged."""
    found: dict[str | None, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        sums = found[None if dimension is None else row.get(dimension)]
        sums[0] += row["num"] or 0
        sums[1] += row["den"] or 0
        sums[2] += row["den"] is None
    return {key: (a, b, c) for key, (a, b, c) in found.items()}


def told(code: str, period: Period, dimension: str | None) -> dict[str | None, tuple[int, int, int]]:
    found = score_lists.figures(code, period, dimension)
    return {
        each["key"]: (each["numerator"], each["denominator"], sum(each["not_judged"].values()))
        for each in found
        if dimension is not None or each["denominator"] or each["not_judged"]
    }


def test_every_figure_of_every_dimension(department: list[Case]) -> None:
    for name in PERIODS:
        period = parse_period(name)
        rows = expected(department, period)
        for code in CODES:
            for dimension in (None, *indicators()[code].by):
                assert told(code, period, dimension) == tally(rows[code], dimension), (name, code, dimension)


def test_every_published_figure_has_a_list_of_as_many_rows_on_the_command_line_and_on_the_page(
    department: list[Case],
) -> None:
    period = parse_period("2026-04")
    scores.publish(period, by="赵局长")
    for code, indicator in indicators().items():
        for dimension in (None, *indicator.by):
            for each in score_lists.figures(code, period, dimension):
                _listed(period, code, dimension, each)


def _listed(period: Period, code: str, dimension: str | None, figure: dict[str, Any]) -> None:
    kind = indicators()[code].kind
    counts = {"not_judged": sum(figure["not_judged"].values())}
    if kind != "mean":
        counts["numerator"] = figure["numerator"]
    if kind != "count":
        counts["denominator"] = figure["denominator"]
    for part, count in counts.items():
        rows = score_lists.behind(code, period, part, by=dimension, key=figure["key"])
        assert sum(row.get("weight", 1) for row in rows) == count, (code, part, dimension, figure["key"])
        key = figure["key"] or "" if dimension else None
        page = score_pages.figure(period.name, code, by=dimension, key=key, part=part, number=1, size=10_000)
        shown = [each for each in page["rows"] if each["subject"] is not None]
        assert sum(row["weight"] or 1 for row in shown) == count, (code, part, dimension, figure["key"])


CARDS = [
    # number, case (of those finished), level, day of issue, state
    *((n, n, 1, f"2026-04-{2 + n:02}", "已发") for n in range(1, 8)),  # seven warnings, broken by card 20
    (20, 3, 2, "2026-04-05", "办结"),
    (21, 5, 3, "2026-04-20", "申诉中"),
    (22, 6, 3, "2026-04-21", "撤销"),  # withdrawn: counts nowhere
    (23, 6, 2, "2026-05-04", "已发"),
    (24, 6, 2, None, "待发"),  # waits: not issued
    *((30 + n, 8, 3, "2026-06-01", "已发") for n in range(12)),  # enough to end at 0
]


def test_the_scores_of_organisations_and_people(department: list[Case]) -> None:
    finished = [one for one in department if one.finished is not None and not one.deleted]
    with writing(_engine()) as connection:
        for number, nth, level, issued, state in CARDS:
            one = finished[nth]
            connection.execute(insert(card).values(_card(connection, number, one, level, issued, state)))
    points: dict[str, dict[str, list[int]]] = {"organization": defaultdict(list), "person": defaultdict(list)}
    for name in MONTHS:
        period = parse_period(name)
        rows = expected(department, period)
        shown = scores.show(period)["scores"]
        for kind in ("organization", "person"):
            judged = {each["subject"]: each["points"] for each in shown[kind] if each["points"] is not None}
            for subject, found in judged.items():
                assert found == _points(rows, finished, kind, subject, name), (name, kind, subject)
                points[kind][subject].append(found)
        assert set(points["organization"]) == set(ORGS)
        scores.publish(period, by="赵局长")
    for quarter, names in (("2026-Q2", MONTHS[1:]),):
        scores.publish(parse_period(quarter), by="赵局长")
        for each in scores.show(parse_period(quarter))["scores"]["organization"]:
            months = points["organization"][each["subject"]][-len(names) :]
            assert each["points"] == pytest.approx(round(sum(months) / len(months) + 1e-9, 2)), each[
                "subject"
            ]


def _points(rows: dict[str, list[Row]], finished: list[Case], kind: str, subject: str, month: str) -> int:
    """100, less the cards and what was not reported, plus what was early; not below 0, not above 110."""
    mine = []
    for number, nth, level, issued, state in CARDS:
        one = finished[nth]
        whose = one.org if kind == "organization" else f"{one.org}/{PEOPLE[one.person] or one.person}"
        if issued and issued[:7] == month and state != "撤销" and whose == subject:
            mine.append((issued, number, level))
    run = warned = 0
    for _, _, level in sorted(mine):
        run = run + 1 if level == 1 else 0
        if run == 3:
            warned, run = warned + 1, 0
    levels = Counter(level for _, _, level in mine)
    early = [row for row in rows["early"] if row[kind] == subject and row["den"]]
    unreported = [row for row in rows["unreported"] if row[kind] == subject]
    plus = 100 * sum(row["num"] for row in early) // len(early) // 10 if early else 0
    minus = min(5, 100 * sum(row["num"] for row in unreported) // len(unreported)) if unreported else 0
    return max(0, min(110, 100 - 3 * warned - 5 * levels[2] - 10 * levels[3] + plus - minus))


def _engine() -> Any:
    from hub import wiring

    return wiring.engine()


def _card(connection: Any, number: int, one: Case, level: int, issued: str | None, state: str) -> Row:
    head = exchange.case_head
    case_id = connection.execute(select(head.c.id).where(head.c.case_no == one.no)).scalar_one()
    return {
        "card_id": number, "system": SYSTEM, "case_id": case_id, "case_no": one.no, "rule": "T2", "rule_version": 1,
        "calendar_version": 1, "case_version": 1, "level": level, "state": state, "provisional": 0, "raised_on": date(2026, 4, 1),
        "judged_as_of": 0, "org_uscc": one.org, "org_name": ORGS[one.org][0], "handler": one.person, "snapshot": "{}",
        "open_key": f"T2|{number}|", "raised_at": 0, "issued_on": None if issued is None else date.fromisoformat(issued),
        "subject": None, "step": None,
    }  # fmt: skip
