"""The simulation as a whole: plans, writes the packages in the order of their serials, the registration and the truth."""

from __future__ import annotations

import gc
import shutil
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from hub.errors import Place, StopError
from hub.simulate.casting import story
from hub.simulate.catalogue import write_catalogue
from hub.simulate.codes import foreign
from hub.simulate.complaints import write_complaints
from hub.simulate.days import at
from hub.simulate.disclosed import Results
from hub.simulate.parcel import FORMS, SPOILERS, Parcel, write
from hub.simulate.piece_plants import NATIONAL, PINYIN
from hub.simulate.piecewise import PieceTruth, write_database, write_documents
from hub.simulate.plan import ID_CONFLICT, SENT_AGAIN, Plan, make_plan
from hub.simulate.registration import registration
from hub.simulate.render import case_text
from hub.simulate.story import Attachment, Message, Story
from hub.simulate.truth import TruthWriter
from hub.simulate.world import ENCODINGS, Options
from hub.simulate.xml import iso_day, written

MARKER = ".ok"
INBOX = ("out", "replies")
"""Folders of files that are delivered, and of documents that a service answers with."""
STORIES_AT_HAND = 8192  # stories kept between the packages they are sent in; about 40 MB
LATER = 2  # packages after which the same file comes again


@dataclass(slots=True)
class Summary:
    """What was written: counts of files, packages, outcomes, cards, and of each kind of plant."""

    today: str
    system: str
    files: int = 0
    packages: int = 0
    refused: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    cards: Counter[str] = field(default_factory=Counter)
    planted: dict[str, Counter[str]] = field(default_factory=dict)
    pieces: int = 0
    cases: Counter[str] = field(default_factory=Counter)  # states of cases that come in pieces


def simulate(options: Options) -> Summary:
    """Write what the department sends, its catalogue, complaints about it, DIR/<code>.yaml and DIR/truth.json.

    Raises StopError if the folder (the exchange database) holds such data already or cannot be written.
    """
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        with _without_collector():
            summary, results = _simulate(options)
        path = options.out / f"{options.code}.yaml"
        path.write_text(registration(options), encoding="utf-8", newline="\n")
        write_catalogue(options, results)
        write_complaints(options)
        return summary
    except OSError as error:
        raise StopError(
            "SIMULATE_WRITE",
            zh=f"无法写入 {error.filename or options.out}:{error.strerror}",
            en=f"Cannot write {error.filename or options.out}: {error.strerror}",
            remedy_zh="检查目录的权限和磁盘空间,或换一个 --out 目录",
            remedy_en="Check the folder's permissions and the free space, or give another --out folder",
            place=Place(system=options.code, file=str(error.filename or options.out)),
        ) from error


def _simulate(options: Options) -> tuple[Summary, Results]:
    if options.dialect == NATIONAL:
        return _in_pieces(options, write_database(options))
    inbox = options.out / INBOX[options.dialect == PINYIN and options.deliver == "soap"]
    if inbox.exists() and any(inbox.iterdir()):
        raise _occupied(inbox)
    for name in (inbox.name, "receipts", "refused"):
        (options.out / name).mkdir(exist_ok=True)
    if options.dialect == PINYIN:
        return _in_pieces(options, write_documents(options, inbox))
    return _Run(options, inbox).run()


def _in_pieces(options: Options, told: PieceTruth) -> tuple[Summary, Results]:
    """Write the truth of a dialect in pieces, and count it."""
    results = Results(options)
    cards = told.write(options, results)
    summary = Summary(options.today.isoformat(), options.code, planted=told.cast.planted)
    summary.files = len(told.packages) + len(told.repeats)
    summary.refused = sum(package["state"] == "refused" for package in told.packages)
    summary.packages = len(told.packages) - summary.refused
    summary.pieces = len(told.sent)
    summary.outcomes.update(piece.outcome for piece in told.sent)
    summary.codes.update(code for piece in told.sent for code in piece.codes)
    summary.cards.update(rule for _, rule in cards)
    summary.cases.update(told.fold.state(case_no) for case_no in told.fold.cases)
    return summary, results


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing here refers to itself in circles; looking for circles would take a quarter of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _occupied(inbox: Path) -> StopError:
    return StopError(
        "SIMULATE_OCCUPIED",
        zh=f"{inbox} 里已有文件,不会混入新的模拟数据",
        en=f"{inbox} already holds files; a simulation is not mixed with them",
        remedy_zh="换一个 --out 目录,或先把该目录清空",
        remedy_en="Give another --out folder, or empty this one first",
        place=Place(file=str(inbox)),
    )


class _Run:
    """One simulation being written; packages come out in the order of their serials."""

    def __init__(self, options: Options, inbox: Path) -> None:
        self.options = options
        self.inbox = inbox
        self.codes = foreign(options.codes)
        self.summary = Summary(options.today.isoformat(), options.code)
        self.repeats: list[dict[str, str]] = []
        self.again: deque[tuple[int, Path, Parcel]] = deque()
        self.last_day, self.of_day = 0, 0
        self.tell = lru_cache(maxsize=STORIES_AT_HAND)(self._tell)

    def _tell(self, number: int) -> Story:
        return story(self.options, number)

    def run(self) -> tuple[Summary, Results]:
        plan = make_plan(self.options)
        self.summary.planted = plan.planted
        with TruthWriter(self.options.out / "truth.json", self.options.today, self.options.code) as truth:
            for package in range(len(plan.bounds)):
                self._package(plan, package, truth)
                self._send_again(package)
            self._send_again(len(plan.bounds) + LATER)
            truth.close(plan.cards, self.repeats, plan.planted, plan.anomalies, plan.standing, plan.results)
        self.summary.cards.update(rule for _, rule in plan.cards)
        of_no_case = (*plan.anomalies.cards(), *plan.standing.cards(), *plan.results.cards())
        self.summary.cards.update(rule for rule, _ in of_no_case)
        return self.summary, plan.results

    def _package(self, plan: Plan, package: int, truth: TruthWriter) -> None:
        """Write one package, before it its spoilt form, after it what disputes its id."""
        treatment = plan.treatments.get(package, "")
        good = self._parcel(plan, package)
        good = FORMS.get(treatment, replace)(good)
        if treatment in SPOILERS:
            self._refused(plan, package, SPOILERS[treatment](good), good.package_id, treatment, truth)
        path = self._next(good)
        truth.open(path.name, good.package_id)
        attachments: list[Attachment] = []
        if good.container == "zip":
            attachments = [file for m in self._messages(plan, package) for file in m.attachments]
        digest = write(path, good, self._cases(plan, package, truth), attachments)
        truth.shut(digest)
        self._ready(path)
        self.summary.packages += 1
        if treatment == ID_CONFLICT:
            other = replace(good, remark="再次导出")
            self._refused(plan, package, other, good.package_id, treatment, truth)
        if treatment == SENT_AGAIN:
            self.again.append((package + LATER, path, good))

    def _parcel(self, plan: Plan, package: int) -> Parcel:
        day = count = attached = 0
        for slot in plan.of(package):
            day, count = slot.day, count + slot.messages
            attached |= slot.attached
        self.of_day = self.of_day + 1 if day == self.last_day else 0
        self.last_day = day
        stamp = iso_day(day).replace("-", "")
        return Parcel(
            package_id=f"{self.options.code}-{stamp}-{package + 1:06d}",
            system=self.options.code,
            serial=package + 1,
            created=written(at(day, 18) + min(self.of_day * 20, 21_599), "offset"),
            count=count,
            charset=ENCODINGS[self.options.encoding],
            container="zip" if attached else "",
            version=self.options.schema,
        )

    def _messages(self, plan: Plan, package: int) -> Iterator[Message]:
        for slot in plan.of(package):
            yield from self.tell(slot.number).sendings[slot.index].messages

    def _cases(self, plan: Plan, package: int, truth: TruthWriter | None) -> Iterator[str]:
        """The cases of a package as text, one at a time; what becomes of each goes into the truth."""
        for message in self._messages(plan, package):
            if truth is not None:
                truth.case(message.life.case_no, message.outcome, message.codes)
                self.summary.outcomes[message.outcome] += 1
                self.summary.codes.update(message.codes)
            yield case_text(message, self.codes)

    def _refused(
        self, plan: Plan, package: int, parcel: Parcel, claimed: str, code: str, truth: TruthWriter
    ) -> None:
        path = self._next(parcel)
        digest = write(path, parcel, self._cases(plan, package, None), ())
        self._ready(path)
        truth.refused(path.name, digest, claimed, code)
        self.summary.refused += 1

    def _send_again(self, package: int) -> None:
        while self.again and self.again[0][0] <= package:
            _, original, parcel = self.again.popleft()
            path = self._next(parcel)
            shutil.copyfile(original, path)
            self._ready(path)
            entry = {"file": path.name, "package_id": parcel.package_id, "same_as": original.name}
            self.repeats.append(entry)

    def _next(self, parcel: Parcel) -> Path:
        """The next file: a running number first, so that the order of names is the order of sending."""
        self.summary.files += 1
        return self.inbox / f"{self.summary.files:06d}-{parcel.package_id}{parcel.suffix}"

    def _ready(self, path: Path) -> None:
        path.with_name(path.name + MARKER).touch()
