"""Writes truth.json: what must become of every package and case, and the cards that must stand in the end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.simulate.anomaly_truth import Anomalies
from hub.simulate.disclosed import Results
from hub.simulate.judge import LEVELS
from hub.simulate.standing_truth import RISK_PERCENT, Standing


class TruthWriter:
    """Writes the truth piece by piece, one line per package, so that its size does not matter.

    Order of calls: `package` as often as needed, each with its cases, then `close` with what is known at the end.
    """

    def __init__(self, path: Path, today: date, system: str) -> None:
        self.path = path
        self.head = {"today": today.isoformat(), "system": system}
        self.file: TextIOWrapper | None = None
        self.first = True
        self.within = False

    def __enter__(self) -> Self:
        self.file = self.path.open("w", encoding="utf-8", newline="\n")
        self._put(_plain(self.head)[:-1] + ', "packages": [')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.file is not None
        self.file.close()

    def refused(self, file: str, digest: str, claimed: str, code: str) -> None:
        """A package that is refused as a whole: named by its digest; its cases have no outcome."""
        entry = {
            "file": file,
            "package_id": digest,
            "state": "refused",
            "code": code,
            "claimed_id": claimed,
            "digest": digest,
            "cases": [],
        }
        self._separate(_plain(entry))

    def open(self, file: str, package_id: str) -> None:
        """Begin a package that is taken; its cases follow."""
        entry = {"file": file, "package_id": package_id, "state": "closed", "code": None}
        self._separate(_plain(entry)[:-1] + ', "cases": [')
        self.within = False

    def case(self, case_no: str, outcome: str, codes: tuple[str, ...]) -> None:
        """One case of the open package, in the order of the document."""
        listed = "".join(f'"{code}", ' for code in codes)[:-2]
        comma = ", " if self.within else ""
        self._put(f'{comma}{{"case_no": "{case_no}", "outcome": "{outcome}", "codes": [{listed}]}}')
        self.within = True

    def shut(self, digest: str) -> None:
        """End the open package; its digest is known now."""
        self._put(f'], "digest": "{digest}"}}')

    def close(
        self,
        cards: Iterable[tuple[str, str]],
        repeats: list[dict[str, str]],
        planted: Mapping[str, Mapping[str, int]],
        anomalies: Anomalies,
        standing: Standing,
        results: Results,
    ) -> None:
        """The cards as (case_no, rule) in order, files that came twice, how much of each kind was planted, and what the
        cases of each month are together, and what must stand some days later."""
        self._put('\n], "cards": [')
        for index, entry in enumerate(entries(cards, anomalies, standing, results)):
            self._put(("," if index else "") + "\n" + _plain(entry))
        self._put(f'\n], "repeats": {_plain(repeats)}, "planted": {_plain(planted)}')
        self._put(f', "outcomes": {_plain(anomalies.outcomes())}, "later": {_plain(later(standing))}')
        self._put(f', "stricter": {_plain(stricter(standing))}}}\n')

    def _separate(self, text: str) -> None:
        self._put(("\n" if self.first else ",\n") + text)
        self.first = False

    def _put(self, text: str) -> None:
        assert self.file is not None
        self.file.write(text)


def entries(
    cards: Iterable[tuple[str, str]], anomalies: Anomalies, standing: Standing, results: Results
) -> Iterator[dict[str, object]]:
    """The cards of the truth: of cases, then of the system, which have no case number but a subject."""
    for case_no, rule in cards:
        yield {"case_no": case_no, "rule": rule, "level": LEVELS[rule]}
    for rule, subject in (*anomalies.cards(), *standing.cards(), *results.cards()):
        yield {"case_no": None, "subject": subject, "rule": rule, "level": LEVELS[rule]}


def later(standing: Standing) -> dict[str, object]:
    """What T14 must find on a later day, if nothing more is sent, and supervision ran on the first day."""
    cards = [{"case_no": case_no, "rule": rule, "level": LEVELS[rule]} for case_no, rule in standing.later()]
    return {"today": standing.day, "rules": ["T14"], "cards": cards}


def stricter(standing: Standing) -> dict[str, object]:
    """What T4 must find today under another parameter: steps that are risk points have less time."""
    cards = [{"case_no": case_no, "rule": "T4", "level": LEVELS["T4"]} for case_no in standing.stricter()]
    return {"rule": "T4", "set": {"risk_percent": RISK_PERCENT}, "cards": cards}


def _plain(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)
