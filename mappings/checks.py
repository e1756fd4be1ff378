"""Content checks: what cannot be identified, attributed or stored is an error; what the law wants said is a warning.

Warnings never refuse a case by themselves (a supervision rule judges them), unless the registration raises them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from hub.register import Registration
from hub.shapes import Violation
from mappings.plan import Plan
from mappings.shred import Row, Shredded
from mappings.values import NULL
from schemas.numbers import organisation_number_ok, region_within, resident_id_ok, same_organisation, uscc_ok
from schemas.validator import ParsedCase

Attachments = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """What a case is checked against beside itself."""

    plan: Plan
    registration: Registration
    crosswalk: str
    attachments: Attachments


@dataclass(slots=True)
class _Case:
    """One case under check, with shorthands for its values and places; without `parsed` its places are not known."""

    context: Context
    parsed: ParsedCase | None
    found: Shredded

    def value(self, element: str, field: str, row: Row | None = None) -> str | None:
        rows = self.found.rows.get(element)
        if row is None:
            if not rows:
                return None
            row = rows[0]
        value = row[self.context.plan.rows[element].index(field)]
        return None if value is NULL else value

    def violation(self, code: str, element: str, field: str, at: int = 0, **params: object) -> Violation:
        if self.parsed is None:
            rows = self.found.rows.get(element)
            value = self.value(element, field, rows[at]) if rows else None
            return Violation(code, field=f"{element}.{field}", value=value, params=params)
        assert self.parsed.node is not None
        nodes = self.parsed.node.iter(element)
        node = next(islice(nodes, at, None), self.parsed.node)
        leaf = next((child for child in node if child.tag == field), None)
        place = leaf if leaf is not None else node
        path = self.parsed.path_of(place)
        return Violation(
            code,
            line=self.parsed.line_of(place),
            xpath=path,
            field=f"{element}.{field}",
            value=(leaf.text or "")[:500] if leaf is not None else None,
            params=params,
        )


def errors(context: Context, parsed: ParsedCase, found: Shredded) -> list[Violation]:
    """Everything for which the case must be refused."""
    case = _Case(context, parsed, found)
    bad: list[Violation] = []
    for leaf, element, field in found.unknown:
        slot = context.plan.rows[element].fields[field]
        bad.append(
            Violation(
                "CODE_UNKNOWN", line=parsed.line_of(leaf), xpath=parsed.path_of(leaf), field=f"{element}.{field}",
                value=leaf.text or "", params={"list": slot.field.list or "-", "crosswalk": context.crosswalk},
            )
        )  # fmt: skip
    unread = {(element, field) for _, element, field in found.unknown}
    bad += [v for v in _needed(case) if tuple((v.field or "").split(".")) not in unread]
    bad += _belongs(case)
    for element, rows in found.rows.items():
        row_plan = context.plan.rows[element]
        if row_plan.refers or (len(rows) > 1 and row_plan.unique):
            bad += _numbers(case, element, rows)
    bad += _step_times(case)
    bad += _attachments(case)
    return bad


def _step_times(case: _Case) -> Iterator[Violation]:
    plan = case.context.plan.rows["Step"]
    # A day-precise time has a day and no instant: the day tells whether a time was reported.
    days = [plan.index(name) + 1 for name in plan.element.one_of]
    for at, row in enumerate(case.found.rows.get("Step", ())):
        if all(row[day] is NULL for day in days):
            yield case.violation("STEP_TIME_MISSING", "Step", "EndedAt", at)


def _needed(case: _Case) -> Iterator[Violation]:
    for element, index, field in case.context.plan.needed:
        for at, row in enumerate(case.found.rows.get(element, ())):
            if row[index] is NULL:
                yield case.violation("DERIVED_MISSING", element, field, at)


def _belongs(case: _Case) -> Iterator[Violation]:
    """The organisation is well-formed and one of the node's; the region lies within the node's."""
    uscc, region = case.value("Organization", "Uscc"), case.value("Organization", "RegionCode")
    for code, field, params in belongs(uscc, region, case.context.registration):
        yield case.violation(code, "Organization", field, **params)


def belongs(
    uscc: str | None, region: str | None, registration: Registration
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Code, field of Organization and parameters of what is wrong with whose case it is; nine digits as 9-17 of a USCC."""
    known = registration.organizations
    if uscc is not None and not _one_of(uscc, known):
        if not organisation_number_ok(uscc):
            yield "USCC_CHECK", "Uscc", {}
        elif known:
            yield "ORG_FOREIGN", "Uscc", {"expected": ", ".join(known)}
    areas = registration.regions or (registration.region,)
    if region is not None and registration.region and not any(region_within(region, area) for area in areas):
        yield "REGION_FOREIGN", "RegionCode", {"expected": ", ".join(areas)}


def _one_of(uscc: str, known: Collection[str]) -> bool:
    return uscc in known or (len(uscc) == 9 and sum(same_organisation(uscc, each) for each in known) == 1)


def _numbers(case: _Case, element: str, rows: list[Row]) -> Iterator[Violation]:
    row_plan = case.context.plan.rows[element]
    for name, index in row_plan.unique:
        if len({row[index] for row in rows}) < len(rows):
            seen: set[str] = set()
            for at, row in enumerate(rows):
                if row[index] in seen:
                    yield case.violation("SEQ_DUPLICATE", element, name, at)
                seen.add(row[index])
    for name, index, target, key in row_plan.refers:
        target_index = case.context.plan.rows[target].index(key)
        there = {row[target_index] for row in case.found.rows.get(target, ())}
        for at, row in enumerate(rows):
            if row[index] is not NULL and row[index] not in there:
                yield case.violation("REF_UNKNOWN", element, name, at, target=f"{target}.{key}")


def _attachments(case: _Case) -> Iterator[Violation]:
    attachments = case.context.attachments
    if not attachments:
        return
    for at, row in enumerate(case.found.rows.get("Material", ())):
        reference = case.value("Material", "AttachmentRef", row)
        stated = case.value("Material", "AttachmentDigest", row)
        real = attachments.get(reference) if reference else None
        if real is not None and stated is not None and real != stated.lower():
            yield case.violation(
                "ATTACHMENT_DIGEST", "Material", "AttachmentDigest", at, expected=stated, found=real
            )


def warnings(context: Context, parsed: ParsedCase | None, found: Shredded) -> list[Violation]:
    """What is accepted and judged by a rule; each has severity "warning". Without `parsed` places are not known."""
    case = _Case(context, parsed, found)
    return [
        Violation(v.code, "warning", v.line, v.xpath, v.field, v.value, v.params)
        for check in _WARNINGS
        for v in check(case)
    ]


def remarks(found: Shredded, context: Context) -> list[Violation]:
    """What `warnings` says of a case that is not one XML element: without line and XPath."""
    return warnings(context, None, found)


def _identities(case: _Case) -> Iterator[Violation]:
    moment = _moment(case, "Application", "AppliedAt")
    applied = date.fromisoformat(moment[1]) if moment else date.max
    for element, kind, number in (
        ("Applicant", "IdType", "IdNo"),
        ("Applicant", "ContactIdType", "ContactIdNo"),
        ("Applicant", "AgentIdType", "AgentIdNo"),
        ("Delivery", "RecipientIdType", "RecipientIdNo"),
    ):
        value = case.value(element, number)
        check = _IDENTITIES.get(case.value(element, kind) or "")
        if value and check and not check(value.strip(), applied):
            yield case.violation("ID_CHECK", element, number)


_IDENTITIES: Mapping[str, Callable[[str, date], bool]] = {
    "111": resident_id_ok,
    "001": lambda number, _: uscc_ok(number),
}


def _reasons(case: _Case) -> Iterator[Violation]:
    if case.value("Acceptance", "Status") == "2" and not (case.value("Acceptance", "Reason") or "").strip():
        yield case.violation("REASON_MISSING", "Acceptance", "Reason")
    result = case.value("Completion", "Result")
    if (
        result in {"1", "2", "3", "4", "5", "7"}
        and not (case.value("Completion", "Explanation") or "").strip()
    ):
        yield case.violation("REASON_MISSING", "Completion", "Explanation")


def _special(case: _Case) -> Iterator[Violation]:
    for at, row in enumerate(case.found.rows.get("SpecialProcedure", ())):
        for field, code in (("Approver", "APPROVER_MISSING"), ("Basis", "BASIS_MISSING")):
            if not (case.value("SpecialProcedure", field, row) or "").strip():
                yield case.violation(code, "SpecialProcedure", field, at)


def _opinions(case: _Case) -> Iterator[Violation]:
    for at, row in enumerate(case.found.rows.get("Step", ())):
        if (
            case.value("Step", "StepType", row) == "3"
            and not (case.value("Step", "Opinion", row) or "").strip()
        ):
            yield case.violation("OPINION_MISSING", "Step", "Opinion", at)


def _representative(case: _Case) -> Iterator[Violation]:
    legal = case.value("Applicant", "Type") in {"2", "3", "4"}
    if legal and not (case.value("Applicant", "LegalRepresentative") or "").strip():
        yield case.violation("LEGAL_REPRESENTATIVE_MISSING", "Applicant", "LegalRepresentative")


_ORDERED = (
    (("Application", "AppliedAt"), ("Acceptance", "HandledAt")),
    (("Acceptance", "HandledAt"), ("Completion", "CompletedAt")),
    (("Completion", "CompletedAt"), ("Delivery", "DeliveredAt")),
)


def _order(case: _Case) -> Iterator[Violation]:
    """Strict: equal instants are in order; a day-precise time is compared at day precision."""
    for (first, earlier), (second, later) in _ORDERED:
        one, two = _moment(case, first, earlier), _moment(case, second, later)
        if one is None or two is None:
            continue
        wrong = int(one[0]) > int(two[0]) if NULL not in (one[0], two[0]) else one[1] > two[1]
        if wrong:
            yield case.violation(
                "TIME_ORDER", second, later, earlier=f"{first}.{earlier}", later=f"{second}.{later}"
            )


def _moment(case: _Case, element: str, field: str) -> tuple[str, str] | None:
    rows = case.found.rows.get(element)
    if not rows:
        return None
    index = case.context.plan.rows[element].index(field)
    at, day = rows[0][index], rows[0][index + 1]
    return None if day is NULL else (at, day)


def _missing_attachments(case: _Case) -> Iterator[Violation]:
    if not case.context.attachments:
        return
    for at, row in enumerate(case.found.rows.get("Material", ())):
        reference = case.value("Material", "AttachmentRef", row)
        if reference and reference not in case.context.attachments:
            yield case.violation("ATTACHMENT_MISSING", "Material", "AttachmentRef", at)


_WARNINGS: tuple[Callable[[_Case], Iterator[Violation]], ...] = (
    _identities, _reasons, _special, _opinions, _representative, _order, _missing_attachments,
)  # fmt: skip
