"""A quarter in the life of a small department, told by the hub's clock: for the rules on what arrives when, and what people do.

DIR/quarter holds the packages (rows, stage messages), DIR/diary.json when each is delivered, when supervision runs, who
answers a card or takes an order on, and the cards that must stand at the end: E1, E5, E6, E7, T10 and T11, counted by
hand from the written rules, as far as the dialect can say it. Days are working days before the last one; each pair of
plants lies just inside and just outside.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.simulate.catalogue import write_catalogue
from hub.simulate.days import at, back, day_of
from hub.simulate.life import Life, Limit, Special, Step
from hub.simulate.ordinary import blank, finish, opening, settle
from hub.simulate.quarter_ways import Said, Way, package_id, way_of
from hub.simulate.registration import registration
from hub.simulate.words import ITEMS, PLAIN
from hub.simulate.world import Options
from hub.simulate.xml import written

DIARY = "diary.json"
RULES = ("E1", "E5", "E6", "E7", "T10", "T11")
LEVELS = {"E1": 1, "E5": 1, "E6": 1, "E7": 2, "T10": 3, "T11": 3}
FIRST = 46  # the first package; a card of that day is to be answered until 30 working days later
DUE = FIRST - 30
_YELLOW = next(
    index for index, item in enumerate(ITEMS) if (item.promised, item.statutory) == ((5, "W"), (10, "W"))
)
_RED = next(index for index, item in enumerate(ITEMS) if (item.promised, item.statutory) == (None, (20, "W")))


@dataclass
class Diary:
    """What happens, in the order in which it is told, and what must stand in the end."""

    options: Options
    way: Way
    scenes: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    files: int = 0

    def day(self, before: int) -> int:
        """The working day so many working days before the last one."""
        return back(self.options.today.toordinal(), before)

    def scene(self, time: int, do: str, **told: Any) -> None:
        """Something that happens at a time."""
        self.scenes.append((time, {"do": do, **told}))

    def deliver(self, time: int, serial: int, *said: Said, spoilt: bool = False) -> int:
        """A package arrives; its time. A spoilt one states a case more than it holds."""
        self.files += 1
        name = self.way.write(self.files, time, serial, said, spoilt=spoilt)
        self.scene(time, "deliver", file=name)
        return time

    def expect(
        self, rule: str, life: Life | None = None, *, subject: str | None = None, came: int | None = None
    ) -> None:
        """A card that must stand; `{package}` in a subject is the hub's number of the package that came at a time."""
        case_no = self.way.case_no(life) if life is not None else None
        when = written(came, "offset") if came is not None else None
        card = {"case_no": case_no, "subject": subject, "rule": rule, "level": LEVELS[rule], "came": when}
        self.cards.append(card)


def write_quarter(options: Options) -> None:
    """Write DIR/quarter, DIR/<code>.yaml, DIR/catalogue.yaml and DIR/diary.json; an exchange database is made, empty."""
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / f"{options.code}.yaml").write_text(registration(options), encoding="utf-8", newline="\n")
    write_catalogue(options)
    diary = Diary(options, way_of(options))
    _play(diary)
    scenes = [
        {"at": written(time, "offset"), **told}
        for time, told in sorted(diary.scenes, key=lambda each: each[0])
    ]
    told = {
        "today": options.today.isoformat(),
        "system": options.code,
        "dialect": options.dialect,
        "rules": list(RULES),
        "scenes": scenes,
        "cards": diary.cards,
    }
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    (options.out / DIARY).write_text(text, encoding="utf-8", newline="\n")


def _play(diary: Diary) -> None:
    told = [Said(_open(diary, number)) for number in range(1, 5)]
    late = [Said(_late(diary, number)) for number in range(5, 11)]
    beat = Said(_open(diary, 11))
    first = at(diary.day(FIRST), 9)
    diary.deliver(first, 1, *told, *late, beat)
    diary.scene(first + 1800, "supervise")
    diary.scene(first + 3600, "answer others", keep=[diary.way.case_no(each.life) for each in late])
    _serials(diary, beat)
    _events(diary, told)
    _counts(diary, beat)
    _refusals(diary, beat)
    _answers(diary, [each.life for each in late], beat)
    last = diary.day(0)
    diary.deliver(at(last, 9), 18, beat)
    diary.scene(at(last, 18), "supervise")


def _serials(diary: Diary, beat: Said) -> None:
    """E5: number 2 comes within the hour after number 3; number 4 never comes."""
    day = diary.day(26)
    diary.deliver(at(day, 9), 3, beat)
    diary.scene(at(day, 9, 30), "supervise")
    diary.deliver(at(day, 9, 59, 59), 2, beat)
    diary.scene(at(day, 10, 30), "supervise")
    day = diary.day(25)
    diary.deliver(at(day, 9), 5, beat)
    for second in (0, 1):  # 60 minutes, and a second more
        diary.scene(at(day, 10, 0, second), "supervise")
    if diary.way.numbered:
        diary.expect("E5", subject=f"{diary.options.code} serial 4")


def _events(diary: Diary, told: Sequence[Said]) -> None:
    """E1: a step is taken at 10:00, or on a day; told 24 hours later, and a second after that; with a day, the day after, and then."""
    day = diary.day(24)
    for serial, (said, style, time) in enumerate(
        (
            (told[0], "offset", at(day + 1, 10)),
            (told[1], "offset", at(day + 1, 10, 0, 1)),
            (told[2], "day", at(day + 2, 0) - 1),
            (told[3], "day", at(day + 2, 0)),
        ),
        6,
    ):
        if style == "day" and not diary.way.days:
            continue
        life = said.life
        taken = Step(2, "2", at(day, 10), at(day, 10), 1, 1)
        diary.deliver(time, serial, Said(replace(life, steps=[*life.steps, taken], times=style), version=2))
    for number in (1, 3) if diary.way.days else (1,):
        diary.expect("E1", told[number].life)


def _counts(diary: Diary, beat: Said) -> None:
    """E6: refused for its count, repeated within the hour; a second later; never. E7: the last one, three working days on."""
    day = diary.day(22)
    if not diary.way.counted:
        diary.deliver(at(day, 13), 12, beat)
        return
    diary.deliver(at(day, 9), 10, beat, spoilt=True)
    diary.deliver(at(day, 10), 10, beat)
    repeated = diary.deliver(at(day, 11), 11, beat, spoilt=True)
    diary.deliver(at(day, 12, 0, 1), 11, beat)
    lost = diary.deliver(at(day, 13), 12, beat, spoilt=True)
    for each in (repeated, lost):
        diary.expect("E6", subject=f"{diary.options.code}/{{package}}", came=each)
    diary.expect("E7", subject=f"{diary.options.code} package {package_id(diary.options, 12)}")


def _refusals(diary: Diary, beat: Said) -> None:
    """E7: three cases refused; one corrected at the end of the third working day, one at the begin of the fourth, one never.

    Of three more, where they come in rows, only one row is refused, and said again as late; of the one of which it never is
    another step is told.

    E5 meanwhile: nothing comes for two working days, and a second more.
    """
    good = [Said(_open(diary, number)) for number in (12, 13, 14)]
    rows = [Said(_open(diary, number)) for number in (15, 16, 17)] if diary.way.by_rows else []
    refused = [replace(each, wrong=True) for each in good] + [replace(each, wrong_row=True) for each in rows]
    diary.deliver(at(diary.day(21), 9), 13, *refused)
    silent = diary.deliver(at(diary.day(20), 10), 14, beat)
    for second in (0, 1):
        diary.scene(at(diary.day(18), 10, 0, second), "supervise")
    diary.expect("E5", subject=f"{diary.options.code} silent after package {{package}}", came=silent)
    over = diary.day(17)
    diary.deliver(at(over, 0) - 1, 15, good[0], *rows[:1])
    taken = Step(2, "2", at(over - 1, 10), at(over - 1, 10), 1, 1)
    others = [
        Said(replace(each.life, steps=[*each.life.steps, taken]), without_row=True) for each in rows[2:]
    ]
    diary.deliver(at(over, 0), 16, good[1], *rows[1:2], *others)
    diary.scene(at(over, 9), "supervise")
    for each in (*good[1:], *rows[1:]):
        diary.expect("E7", subject=f"{diary.options.code}/{diary.way.case_no(each.life)}")


def _answers(diary: Diary, late: Sequence[Life], beat: Said) -> None:
    """T10: answered on the last day, a working day later, never, in an order by then, and a red card never (an order begins).

    T11: of the hands 审核 2, 签收 1, 反馈 10, 办结 5 working days: all in time; one a day late and one not done; none done.
    """
    numbers = [diary.way.case_no(life) for life in late]
    diary.scene(at(diary.day(DUE), 23), "answer", case_no=numbers[0])
    diary.scene(at(diary.day(DUE - 1), 9), "answer", case_no=numbers[1])
    for number in numbers[3:5]:
        diary.scene(at(diary.day(DUE + 4), 11), "order", case_no=number)
    hands = {
        3: ((18, "approve"), (16, "sign"), (6, "feedback")),
        4: ((18, "approve"), (17, "sign"), (7, "feedback"), (2, "finish")),
    }
    for index, done in hands.items():
        for before, action in done:
            diary.scene(at(diary.day(before), 16), action, case_no=numbers[index])
    diary.deliver(at(diary.day(DUE - 1), 9, 30), 17, beat)
    diary.scene(at(diary.day(DUE), 9), "supervise")
    diary.scene(at(diary.day(DUE - 1), 10), "supervise")
    for index in (1, 2, 5):
        diary.expect("T10", late[index])
    for index in (3, 3, 5):  # 签收 and 办结; 审核
        diary.expect("T11", late[index])


def _open(diary: Diary, number: int) -> Life:
    """Accepted before the first package, and since then under examination by others: its limits stand still."""
    life = _begun(diary, number, PLAIN, FIRST + 6)
    life.steps = [opening(life)]
    life.specials = [Special(1, "5", at(diary.day(FIRST + 6), 11), Limit(None, None))]
    return life


def _late(diary: Diary, number: int) -> Life:
    """Finished late before the first package: a yellow card, the last one of them a red card."""
    red = number == 10
    life = _begun(diary, number, _RED if red else _YELLOW, FIRST + (22 if red else 8))
    rng = diary.options.rng("quarter", "late", number)
    finish(diary.options, life, diary.day(FIRST + 1), rng)
    life.delivered, life.result = None, "0"
    settle(life, diary.day(FIRST), rng)
    return life


def _begun(diary: Diary, number: int, item: int, before: int) -> Life:
    options = diary.options
    life = blank(options, number, options.rng("quarter", number), item)
    day = diary.day(before)
    life.channel, life.times, life.by_code9 = "1", "offset", False
    life.applied, life.status, life.handled = at(day, 9), "1", at(day, 10)
    assert day_of(life.handled) == day
    life.case_no = f"{options.organization.region}-{options.today:%Y}-{options.today:%m%d}{number:03d}"
    return life
