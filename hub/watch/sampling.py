"""Judges what lies ready at the source without taking it: opened, validated and mapped, nothing stored, nothing acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors import Access
from frontend_probe.report import OK, WARN, Finding
from hub.envelope import Limits
from hub.errors import PackageRefused
from hub.pipeline.sample import Sample, on_our_disk, take_sample
from hub.register import Registration
from hub.shapes import Violation
from schemas.catalogue import describe

REASONS = 3
"""So many reasons are told, the most frequent first."""

Reach = Callable[[str], Access]
Read = Callable[[Path, str, Registration, Path], Sample]
"""Judges a file, under a name, by a registration, with a scratch folder: `hub.pipeline.sample.read_sample`."""


def sampled(found: Registration, reach: Reach, work: Path, limits: Limits, read: Read) -> Finding:
    """The check `sample`: how many cases of the first package would be taken. A refused one is the department's matter: warn.

    Raises RetryError and StopError as the connector, the dialect and the crosswalk do, RetryError where the disk fails.
    """
    expected = "合格的报文 / packages that hold to the contract"
    with on_our_disk(work):
        work.mkdir(parents=True, exist_ok=True)
        scratch = TemporaryDirectory(prefix="probe-", dir=work)
    with scratch as folder:
        try:
            place = take_sample(found, reach, Path(folder), limits)
            if place is None:
                return Finding(OK, "没有待取的报文 / nothing waits", expected)
            sample = read(*place, found, Path(folder))
        except PackageRefused as error:
            sample = Sample("-", refused=Violation(error.code, line=error.line, params=error.params))
    if sample.refused is not None:
        return _refused(sample, sample.refused, expected)
    return _judged(found, sample, expected)


def _refused(sample: Sample, why: Violation, expected: str) -> Finding:
    texts = describe(why.code, why.field, None, why.params)
    line = f", 行 / line {why.line}" if why.line else ""
    seen = f"{sample.name}{line}: 整包拒收 / refused as a whole: {why.code} {texts.message_zh} / {texts.message_en}"
    return Finding(WARN, seen, expected, f"{texts.remedy_zh} / {texts.remedy_en}")


def _judged(found: Registration, sample: Sample, expected: str) -> Finding:
    bad = sum(any(v.severity == "error" for v in case.violations) for case in sample.cases)
    good = len(sample.cases) - bad
    seen = f"{sample.name}: {good} 件合格 / cases good, {bad} 件不合格 / bad"
    reasons = Counter(
        (violation.code, violation.field or "")
        for case in sample.cases
        for violation in case.violations
        if violation.severity == "error"
    )
    if not bad:
        return Finding(OK, seen, expected)
    told = ", ".join(
        f"{code}{f' {field}' if field else ''} ({number})"
        for (code, field), number in reasons.most_common(REASONS)
    )
    remedy = f"逐件原因 / every reason: suphub system check {found.code}"
    return Finding(WARN, f"{seen}: {told}", expected, remedy)
