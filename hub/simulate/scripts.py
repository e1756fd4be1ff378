"""The stories that are planted: which case is told when, in how many messages, and what is wrong with it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from random import Random

from hub.simulate.codes import speakable
from hub.simulate.days import day_of
from hub.simulate.defects import ATTACHMENT, Defect
from hub.simulate.exchange_scripts import EXCHANGES, first_day, last_day, sent
from hub.simulate.fabricated import fabricate
from hub.simulate.lawful import lawful
from hub.simulate.life import Life, seen
from hub.simulate.ordinary import ordinary
from hub.simulate.stage import Plant
from hub.simulate.story import Attachment, Message, Sending, Story
from hub.simulate.timed import timed
from hub.simulate.whole_plants import GROUPS, WholePlant
from hub.simulate.words import misnumbered
from hub.simulate.world import Options

QUIET = 15  # days before today in which a planted case does not change, so that repeats have room


def ordinary_story(options: Options, number: int, rng: Random) -> Story:
    """An ordinary case; clean simulations send each case once, as it stands at last, and so do those that fabricate."""
    if options.fabricate:
        life = fabricate(options, ordinary(options, number, rng, full=rng.random() < 0.2))
        return Story(number, "fabricated", " ".join(options.fabricate), [_once(options, life)])
    if options.lawful:
        return Story(number, "ordinary", "lawful", [_once(options, lawful(options, number, rng))])
    life = ordinary(options, number, rng, full=options.clean and rng.random() < 0.7)
    if options.clean:
        return Story(number, "ordinary", "clean", [_once(options, life)])
    return Story(number, "ordinary", "ordinary", _told(options, life, rng))


def _once(options: Options, life: Life) -> Sending:
    day = min(day_of(life.last_event()), options.today.toordinal())
    return Sending(day, [Message(life, 0, version=1, updated=life.last_event())])


def timed_story(options: Options, number: int, rng: Random, plant: Plant) -> Story:
    """A case whose times were planted, told in one to three messages."""
    return Story(number, "times", plant.name, _told(options, timed(options, number, rng, plant), rng))


def _told(options: Options, life: Life, rng: Random) -> list[Sending]:
    """A life told in one to three messages on days when something happened, by one of the three ways of ordering."""
    today = options.today.toordinal()
    last = min(day_of(life.last_event()), today)
    times = [life.applied, life.handled, life.completed, *(s.started for s in life.specials)]
    times += [time for _, time in (*life.notices, *life.receipts, *life.results)]
    earlier = sorted({day_of(time) for time in times if time is not None and day_of(time) < last})
    days = [*sorted(rng.sample(earlier, min(len(earlier), rng.choice((0, 0, 0, 1, 1, 2))))), last]
    way = rng.choices(("version", "time", "serial"), (75, 15, 10))[0]
    if way == "serial" and options.package_size is not None:
        way = "time"  # two messages may meet in one package, where one serial would make them a conflict
    layout = "flat" if rng.random() < 0.1 else "pretty"
    sendings = []
    for index, day in enumerate(days):
        shown = life if index == len(days) - 1 else seen(life, day)
        message = Message(shown, index, layout=layout)
        if way == "version":
            message.version = index + 1
        if way != "serial":
            message.updated = shown.last_event()
        sendings.append(Sending(day, [message]))
    return sendings


def exchange_story(options: Options, number: int, rng: Random, name: str) -> Story:
    """A case by one of the scripts about repeats, versions and withdrawals; it would be past its promise if its promised limit were one day."""
    life = _full(options, number, rng)
    return Story(number, "exchange", name, EXCHANGES[name](life))


def _full(options: Options, number: int, rng: Random) -> Life:
    life = ordinary(options, number, rng, full=True, quiet=QUIET)
    if life.times == "day":
        life.times = "offset"
    return life


def defect_story(options: Options, number: int, rng: Random, defect: Defect) -> Story:
    """A case with a defect: left as it is, corrected under the same version, or a bad successor of a good version."""
    life = _full(options, number, rng)
    first, last = first_day(life), last_day(life)
    ending = rng.choice(("left", "corrected", "corrected", "successor"))
    if ending == "successor":
        sendings = [
            sent(first, Message(seen(life, first), 0, 1)),
            sent(last, Message(life, 1, 2, defect=defect)),
        ]
    else:
        sendings = [sent(last, Message(life, 0, 1, defect=defect))]
    if ending == "corrected":
        sendings.append(sent(last + 1 + rng.randrange(8), Message(life, 0, 1)))
    return Story(number, "defects", defect.name, sendings)


def planted_story(options: Options, number: int, rng: Random, plant: WholePlant) -> Story:
    """A case whose life was planted as a whole, told once."""
    life = plant.life(options, number, rng)
    kind = GROUPS[type(plant)]
    steps = (day_of(step.ended) for step in life.steps if step.ended is not None)
    day = min(max(last_day(life), *steps, 0), options.today.toordinal())
    return Story(number, kind, plant.name, [sent(day, Message(life, 0, 1))])


WARNINGS = (
    "ID_CHECK", "REASON_MISSING acceptance", "REASON_MISSING completion", "LEGAL_REPRESENTATIVE_MISSING", "TIME_ORDER",
    "BASIS_MISSING and APPROVER_MISSING", "OPINION_MISSING",
)  # fmt: skip


def warning_story(options: Options, number: int, rng: Random, name: str) -> Story:
    """A case that leaves out what the law wants: accepted, for a rule to judge."""
    life = _full(options, number, rng)
    handled = life.handled or 0
    if name == "ID_CHECK":
        life.applicant = misnumbered(life.applicant, rng)
    elif name == "REASON_MISSING acceptance":
        life = seen(life, day_of(handled))
        life = replace(life, status="2", explained=False, steps=[], lacking=frozenset({2}))
    elif name == "REASON_MISSING completion":
        life.result = speakable(options.codes, "COMPLETION_RESULT", "1")
        life.explained = False
    elif name == "LEGAL_REPRESENTATIVE_MISSING":
        life.applicant = replace(life.applicant, kind="2", legal=None, id_type="002", id_no="MA4L12346")
    elif name == "TIME_ORDER":
        life.applied = handled + 7200  # applied for after it was accepted
    elif name == "OPINION_MISSING":
        life.decided = False
    else:
        life.specials = [replace(special, approved=False) for special in life.specials]
    return Story(number, "warnings", name, [sent(last_day(life), Message(life, 0, 1))])


ATTACHMENTS = ("attachment", "attachment left behind", "attachment with another digest")


def attachment_story(options: Options, number: int, rng: Random, name: str) -> Story:
    """A case with two files beside the XML; the second is right, left behind (accepted), or not the one that is stated."""
    life = _full(options, number, rng)
    files = []
    for place in (1, 2):
        content = f"附件{place} {life.case_no}\n".encode() * 20
        files.append(
            Attachment(f"材料-{number:07d}-{place}.txt", content, hashlib.sha256(content).hexdigest())
        )
    if name == "attachment left behind":
        files[1] = replace(files[1], content=None)
    elif name == "attachment with another digest":
        files[1] = replace(files[1], content="改动\n".encode())
    defect = ATTACHMENT if name == "attachment with another digest" else None
    message = Message(life, 0, 1, attachments=tuple(files), defect=defect)
    return Story(number, "attachments", name, [sent(last_day(life), message)])
